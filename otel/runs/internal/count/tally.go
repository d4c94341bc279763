package count

import (
	"slices"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

// Tally is what is known about the spans of a tree together. It does not change
// after Tree returned it.
type Tally struct {
	Notes  notes.Notes
	spans  []Span        // by tree.Span.Index
	prices *prices.Table // of calls whose cost no span says; nil: they have none
}

// Span is what a span's surroundings say about it, and what it counts for.
type Span struct {
	Kind   kind.Kind    // as given or guessed, corrected by what lies below
	GenAI  bool         // it or a span below is GenAI work
	Reason string       // why it failed, "" when it did not
	Cost   *float64     // of the call as a span says it; nil: none does
	Listed *prices.Cost // what the call costs by list, where that counts in place of a cost that no span says

	Own   Totals // what is counted on the span itself
	Total Totals // its own and everything below

	// DuplicateOf is the span that counts instead, when two describe one call.
	DuplicateOf *tree.Span

	last uint64 // when the last thing known happened in it or below, Unix nanoseconds

	wrapsModel, wrapsEmbedding bool // there is such a span below
	wrapsDirectly              bool // there is a model call below, and no tool or agent in between
	wrapsNamed                 bool // one that more than its usage tells, and no tool or agent in between
	wrapsBeyond                bool // there is a model call below a tool or an agent below

	call      *tree.Span // the model call that the span is a part of
	partsTell bool       // of a model call: parts of it know its usage, and it does not
	hasParts  bool       // of a model call with others below its tools: parts tell its own usage

	partsSummed bool // hasParts is known

	costAbove bool // a span above says a cost, which is that of the call too
}

// Totals is what one or several spans used. See Tally.add for who counts what.
type Totals struct {
	Usage           dialect.Usage
	UsageKnown      bool
	Calls           int // model calls, failed ones included
	EmbeddingTokens int64
	EmbeddingCalls  int
	ToolCalls       int
	Errors          int
	Cost            float64 // US dollars
	CostKnown       bool
	Lists           []string // the prices by which costs were computed that no span says, sorted

	callsViaTool  int // of Calls, those below a tool
	callsViaAgent int // of Calls, those below a tool or an agent
	// errorBelow: an error was counted, so that the same one rising is none.
	errorBelow bool
	// looseCost: a cost was counted on a span that has no call, and may be that of one around it.
	looseCost bool
}

func (t *Totals) add(o Totals) {
	t.Usage = t.Usage.Plus(o.Usage)
	t.UsageKnown = t.UsageKnown || o.UsageKnown
	t.Calls += o.Calls
	t.EmbeddingTokens += o.EmbeddingTokens
	t.EmbeddingCalls += o.EmbeddingCalls
	t.ToolCalls += o.ToolCalls
	t.Errors += o.Errors
	t.Cost += o.Cost
	t.CostKnown = t.CostKnown || o.CostKnown
	t.callsViaTool += o.callsViaTool
	t.callsViaAgent += o.callsViaAgent
	t.errorBelow = t.errorBelow || o.errorBelow
	t.looseCost = t.looseCost || o.looseCost
	for _, list := range o.Lists {
		if at, known := slices.BinarySearch(t.Lists, list); !known {
			t.Lists = slices.Insert(slices.Clip(t.Lists), at, list)
		}
	}
}

// Tree counts a whole tree. Calls whose cost no span says cost what the table says, nil for none.
func Tree(t *tree.Tree, table *prices.Table) *Tally {
	c := &Tally{spans: make([]Span, len(t.Ordered)), prices: table}
	for i := len(t.Ordered) - 1; i >= 0; i-- { // children before parents
		c.lookBelow(t.Ordered[i])
	}
	for _, s := range t.Ordered { // parents before children
		c.lookAbove(s)
	}
	c.findDuplicates(t.Ordered)
	for i := len(t.Ordered) - 1; i >= 0; i-- {
		c.add(t.Ordered[i])
	}
	return c
}

// Of returns what is known about a span of the tree.
func (c *Tally) Of(s *tree.Span) *Span { return &c.spans[s.Index] }

// Type returns MLflow's word for the span.
func (c *Tally) Type(s *tree.Span) kind.Kind { return s.Type(c.Of(s).Kind) }

// End returns the end of the span. A span that never ended ends with the last
// thing known to have happened in it.
func (c *Tally) End(s *tree.Span) time.Time {
	if s.Unfinished {
		return tree.Time(c.Of(s).last)
	}
	return tree.Time(s.End)
}

// Seconds returns how long the span took, never less than zero.
func (c *Tally) Seconds(s *tree.Span) float64 {
	return max(0, c.End(s).Sub(tree.Time(s.Start)).Seconds())
}

// lookBelow learns from what lies below: when the last thing happened, why it
// failed, and which sorts of spans there are. It corrects guessed kinds by it: a
// span taken for a model call because it carries usage, with model calls below it,
// wraps them.
func (c *Tally) lookBelow(s *tree.Span) {
	n := c.Of(s)
	n.Kind, n.Cost, n.last = s.Facts.Kind, s.Facts.Cost, s.End
	for _, kid := range s.Kids {
		k := c.Of(kid)
		n.wrapsDirectly = n.wrapsDirectly || k.Kind.Model() || k.Kind != kind.Tool && k.Kind != kind.Agent && k.wrapsDirectly
		n.wrapsModel = n.wrapsModel || k.wrapsModel || k.Kind.Model()
		switch beyond := k.Kind == kind.Tool || k.Kind == kind.Agent; {
		case beyond:
			n.wrapsBeyond = n.wrapsBeyond || k.wrapsModel || k.wrapsBeyond
		default:
			n.wrapsNamed = n.wrapsNamed || k.wrapsNamed || k.Kind.Model() && !kid.Facts.Anonymous
			n.wrapsBeyond = n.wrapsBeyond || k.wrapsBeyond
		}
		n.wrapsEmbedding = n.wrapsEmbedding || k.wrapsEmbedding || k.Kind == kind.Embedding
		n.GenAI = n.GenAI || k.GenAI
		n.last = max(n.last, k.last)
	}
	for _, e := range s.PB.GetEvents() {
		n.last = max(n.last, e.GetTimeUnixNano())
	}
	if s.Failed {
		n.Reason = c.reason(s)
	}
	n.GenAI = n.GenAI || n.Kind != kind.Unknown
	if isCall(s) && !n.wrapsNamed {
		n.wrapsModel = n.wrapsBeyond // the rest are its parts
		return
	}
	if s.Facts.KindGiven || !n.Kind.Model() || !n.wrapsDirectly {
		return
	}
	n.Kind = kind.Chain
	if s.Facts.Agent != "" {
		n.Kind = kind.Agent
	}
}

// add fills what a span counts for itself and with all below it. A call is counted
// where it happened, on the innermost span that describes it; numbers on wrapping
// spans are sums of these, last steps, or sums over an agent's whole life, and
// count only when nothing below them has any.
func (c *Tally) add(s *tree.Span) {
	n, f := c.Of(s), s.Facts
	var below Totals
	for _, k := range s.Kids {
		below.add(c.Of(k).Total)
	}
	if n.DuplicateOf == nil {
		n.Own = c.own(s, below)
	}
	n.Total = n.Own
	n.Total.add(below)
	switch n.Kind {
	case kind.Tool:
		n.Total.callsViaTool, n.Total.callsViaAgent = n.Total.Calls, n.Total.Calls
	case kind.Agent:
		n.Total.callsViaAgent = n.Total.Calls
	}
	if f.Noise {
		n.Total.errorBelow = below.errorBelow
	}
}

// own is what a span counts for itself, given all below it.
func (c *Tally) own(s *tree.Span, below Totals) (own Totals) {
	n, f := c.Of(s), s.Facts
	switch {
	case n.Kind.Model():
		wrapper := below.Calls > 0 && !c.callsToo(s, below)
		if !wrapper {
			own.Calls = 1
		}
		if f.Usage.Known() && (!wrapper || !below.UsageKnown) && !n.partsTell {
			own.Usage, own.UsageKnown = f.Usage, true
		}
	case n.Kind == kind.Embedding:
		if below.EmbeddingCalls == 0 {
			own.EmbeddingCalls = 1
		}
		if tokens := max(f.Usage.Input, f.Usage.Total); tokens > 0 && below.EmbeddingTokens == 0 {
			own.EmbeddingTokens = tokens
		}
	case n.Kind == kind.Reranker:
	case n.call != nil && !c.Of(n.call).partsTell: // the call's own usage
	case f.CountsUsage() && !below.UsageKnown && (n.Kind == kind.Agent || f.Usage.Input > 0 && f.Usage.Output > 0):
		// Sums over calls that have no span. A prompt's size alone, on the step
		// that builds it, is no use of a model.
		if below.EmbeddingCalls == 0 || f.Usage.Output > 0 || f.Usage.Input != below.EmbeddingTokens {
			own.Usage, own.UsageKnown = f.Usage, true
		}
	}
	switch {
	case c.saysCost(s):
		if !below.CostKnown {
			own.Cost, own.CostKnown = *n.Cost, true
			own.looseCost = !own.UsageKnown && own.EmbeddingTokens == 0
		}
	case !below.looseCost && !n.costAbove:
		c.priceCall(s, &own)
	}
	if n.Kind == kind.Tool && !c.runsTools(s) && !c.repeatsTool(s) {
		own.ToolCalls = 1
	}
	if s.Failed && !f.Noise && !below.errorBelow {
		own.Errors, own.errorBelow = 1, true
	}
	return own
}

// callsToo reports whether a model span with model calls below it is a call as
// well: the SDK ran the tools that the model asked for inside the span, and those
// asked models of their own. A wrapper's numbers are the sum of the calls below, a
// call's are not.
func (c *Tally) callsToo(s *tree.Span, below Totals) bool {
	switch {
	case c.Of(s).hasParts, below.callsViaAgent == below.Calls && hasOwnAnswer(s):
		return true
	case below.callsViaTool == below.Calls && s.Facts.Usage.Known():
		return s.Facts.Usage.Input != below.Usage.Input || s.Facts.Usage.Output != below.Usage.Output
	case (below.callsViaAgent == below.Calls || c.callsAgain(s)) && s.Facts.Usage.Known():
		return !c.repeatsBelow(s, below)
	}
	return false
}

// callsAgain reports whether the very instrumentation that reports a model call reports
// the next one right inside it, with another answer: the SDK calls itself until no tool is
// asked for.
func (c *Tally) callsAgain(s *tree.Span) bool {
	own := s.Facts.ResponseID
	return own != "" && slices.ContainsFunc(s.Kids, func(k *tree.Span) bool {
		return c.Of(k).Kind.Model() && k.Scope == s.Scope && k.Facts.ResponseID != "" && k.Facts.ResponseID != own
	})
}

// repeatsBelow reports whether a model span around others says only what they used: all
// of it, or what one of them did, or whatever a server answered that runs them. It looks
// no further than the next calls, so that a chain of thousands is looked at once.
func (c *Tally) repeatsBelow(s *tree.Span, below Totals) bool {
	u := s.Facts.Usage
	if u.Input == below.Usage.Input && u.Output == below.Usage.Output {
		return true
	}
	for next := slices.Clone(s.Kids); len(next) > 0; {
		k := next[len(next)-1]
		next = next[:len(next)-1]
		v := k.Facts.Usage
		if k.PB.GetKind() == tracepb.Span_SPAN_KIND_SERVER || v.Known() && v.Input == u.Input && v.Output == u.Output {
			return true
		}
		if !c.Of(k).Kind.Model() {
			next = append(next, k.Kids...)
		}
	}
	return false
}

// hasOwnAnswer reports whether a span has an answer id that none below it has.
func hasOwnAnswer(s *tree.Span) bool {
	if s.Facts.ResponseID == "" {
		return false
	}
	own := true
	for _, k := range s.Kids {
		k.Walk(func(m *tree.Span) { own = own && m.Facts.ResponseID != s.Facts.ResponseID })
	}
	return own
}

// runsTools reports whether a tool span only stands around the tools that it runs: it
// names none, and those right below do.
func (c *Tally) runsTools(s *tree.Span) bool {
	return s.Facts.ToolName == "" && slices.ContainsFunc(s.Kids, func(k *tree.Span) bool {
		return c.Of(k).Kind == kind.Tool && k.Facts.ToolName != ""
	})
}

// repeatsTool reports whether a tool span is the inner report of a call that a span
// above describes already: a client and a server span, or a framework's span in
// another's. An agent or a model in between makes it a call of its own.
func (c *Tally) repeatsTool(s *tree.Span) bool {
	for p := s.Parent; p != nil; p = p.Parent {
		switch k := c.Of(p).Kind; {
		case k == kind.Agent || k.Model():
			return false
		case k == kind.Tool && !c.runsTools(p):
			return s.Tool() == p.Tool() || s.Facts.ToolName == "" ||
				s.Facts.ToolCallID != "" && s.Facts.ToolCallID == p.Facts.ToolCallID
		}
	}
	return false
}
