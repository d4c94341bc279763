package usage

import (
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Call is one call of a model, or what a span says that was used by calls that have no spans.
type Call struct {
	SpanID    trace.SpanID
	Service   string // service.name
	Operation string // chat, embeddings and so on, in the words of the conventions; _OTHER for what they have no word for
	Provider  string // as the span says it; "" where it does not
	Asked     string // the model that was asked for
	Answered  string // the one that answered, where it is another
	Agent     string // the nearest around it
	ErrorType string // "" for what went well

	// IsCall is false for a sum over calls, of which there is no duration.
	IsCall     bool
	Start      time.Time
	Duration   time.Duration
	FirstChunk time.Duration // 0: not known

	UsageKnown    bool
	Input, Output int64 // tokens, with cached ones and reasoning
	HasOutput     bool  // embeddings have none

	CostKnown bool
	Cost      float64 // US dollars
	Listed    bool    // computed by the table, since no span says it
}

// Trace is what is known of one trace. It belongs to one goroutine.
type Trace struct {
	id    trace.TraceID
	spans map[trace.SpanID]*Span
	order []*tree.Span
	fresh bool // something came since the last Count
}

// NewTrace returns a trace of which nothing is known yet.
func NewTrace(id trace.TraceID) *Trace { return &Trace{id: id, spans: map[trace.SpanID]*Span{}} }

// Len returns how many spans are kept.
func (t *Trace) Len() int { return len(t.order) }

// Report says what a span was to its trace when it was added.
type Report int

// A span is new; or a report of it came before, or comes after, that was made while it was at work; or it had ended in both,
// and was sent twice.
const (
	First Report = iota
	Further
	Repeated
)

// Add adds a span of the trace. Of several reports of one span the ended one that ended last counts, unless one was
// returned already.
func (t *Trace) Add(s *Span) Report {
	known := t.spans[s.ID]
	if known == nil {
		t.fresh = true
		t.spans[s.ID] = s
		s.at = len(t.order)
		t.order = append(t.order, s.Span)
		return First
	}
	report := Repeated
	if known.Unfinished || s.Unfinished {
		report = Further
	}
	if !known.returned && (known.Unfinished && !s.Unfinished || known.Unfinished == s.Unfinished && s.End > known.End) {
		t.fresh = true
		s.at = known.at
		t.order[s.at] = s.Span
		t.spans[s.ID] = s
	}
	return report
}

// Count returns the calls that no Count returned before, in the order in which they began. Those whose cost no span says cost
// what the table says, nothing where it is nil.
func (t *Trace) Count(table *prices.Table) []Call {
	if !t.fresh {
		return nil
	}
	t.fresh = false
	tr := tree.GrowLight(t.id, t.order)
	tally := count.Tree(tr, table)
	told := t.told(tr, tally)
	var out []Call
	for _, ts := range tr.Spans {
		s := t.spans[ts.ID]
		own := tally.Of(ts).Own
		if s.returned || s.Unfinished || !counts(own) {
			continue
		}
		s.returned, s.calls, s.usage = true, own.Calls+own.EmbeddingCalls, own.UsageKnown
		if !told[ts] {
			out = append(out, t.call(s, tally))
		}
	}
	return out
}

func counts(own count.Totals) bool {
	return own.Calls+own.EmbeddingCalls > 0 || own.UsageKnown || own.EmbeddingTokens > 0 || own.CostKnown
}

// told returns the spans that count now, and were told already by spans that counted before and no longer do.
func (t *Trace) told(tr *tree.Tree, tally *count.Tally) map[*tree.Span]bool {
	var out map[*tree.Span]bool
	tell := func(s *tree.Span) {
		if out == nil {
			out = map[*tree.Span]bool{}
		}
		out[s] = true
	}
	for _, s := range tr.Ordered {
		before, n := t.spans[s.ID], tally.Of(s)
		if !before.returned || n.Own.Calls+n.Own.EmbeddingCalls >= before.calls && (n.Own.UsageKnown || !before.usage) {
			continue
		}
		if n.DuplicateOf != nil {
			tell(n.DuplicateOf)
			continue
		}
		for p := s.Parent; p != nil; p = p.Parent { // it is a part of what came around it
			if counts(tally.Of(p).Own) {
				tell(p)
				break
			}
		}
		s.Walk(tell) // what came below it are its parts
	}
	return out
}

// call says what a span counts for.
func (t *Trace) call(s *Span, tally *count.Tally) Call {
	n := tally.Of(s.Span)
	c := Call{
		SpanID: s.ID, Service: s.service, Provider: s.Facts.Provider, ErrorType: s.errorType,
		IsCall: n.Own.Calls+n.Own.EmbeddingCalls > 0, Start: tree.Time(s.Start), Duration: time.Duration(min(s.End-s.Start, maxDuration)),
		FirstChunk: s.firstChunk, Operation: operation(s.Span, n.Kind),
		CostKnown: n.Own.CostKnown, Cost: n.Own.Cost, Listed: n.Listed != nil,
	}
	c.Asked, c.Answered = s.Facts.Models()
	switch {
	case n.Own.EmbeddingTokens > 0:
		c.UsageKnown, c.Input = true, n.Own.EmbeddingTokens
	case n.Own.UsageKnown && n.Own.Usage.Split():
		c.UsageKnown, c.HasOutput = true, true
		c.Input, c.Output = n.Own.Usage.Input, n.Own.Usage.Output
	}
	for p := s.Span; p != nil && c.Agent == ""; p = p.Parent {
		c.Agent = p.Facts.Agent
	}
	return c
}

const maxDuration = 1<<63 - 1 // nanoseconds

// operation names what a span did, in the words of the conventions.
func operation(s *tree.Span, k kind.Kind) string {
	if v, ok := s.Attribute(operationKey); ok {
		switch w := value.Word(v); w {
		case "chat", "generate_content", "text_completion", "embeddings", "invoke_agent", "create_agent", "invoke_workflow":
			return w
		}
	}
	switch {
	case k.Model():
		return "chat"
	case k == kind.Embedding:
		return "embeddings"
	case k == kind.Agent:
		return "invoke_agent"
	}
	return other
}
