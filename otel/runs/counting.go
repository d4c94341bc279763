package runs

// totals is what a span and all spans below it add up to. A call is counted
// where it happened, on the innermost span that describes it; numbers on
// wrapping spans are sums of these, last steps, or sums over an agent's whole
// life, and count only when nothing below them tells any.
type totals struct {
	usage       usage
	calls       int // model calls, failed ones included
	embedded    int64
	embeddings  int // embedding calls
	tools       int
	errors      int
	cost        float64
	hasCost     bool
	usageKnown  bool
	viaTool     int // of calls, those below a tool
	viaAgent    int // of calls, those below a tool or an agent
	errorsBelow bool
}

func (t *totals) add(o totals) {
	t.usage = t.usage.plus(o.usage)
	t.calls += o.calls
	t.embedded += o.embedded
	t.embeddings += o.embeddings
	t.tools += o.tools
	t.errors += o.errors
	t.cost += o.cost
	t.hasCost = t.hasCost || o.hasCost
	t.usageKnown = t.usageKnown || o.usageKnown
	t.viaTool += o.viaTool
	t.viaAgent += o.viaAgent
	t.errorsBelow = t.errorsBelow || o.errorsBelow
}

// sum fills own and total of every node, children before parents.
func (t *tree) sum() {
	order := t.ordered
	for i := len(order) - 1; i >= 0; i-- {
		order[i].settleKind()
	}
	t.findDoubles(order)
	for i := len(order) - 1; i >= 0; i-- {
		order[i].sum()
	}
}

// settleKind learns from what lies below: when the last thing happened,
// why it failed, and which sorts of spans there are. It corrects guessed kinds by it: a span taken for a
// model call because it carries usage, with model calls below it, wraps them.
func (n *node) settleKind() {
	for _, k := range n.kids {
		n.wrapsDirectly = n.wrapsDirectly || k.f.kind.model() || k.f.kind != kindTool && k.wrapsDirectly
		n.wrapsModel = n.wrapsModel || k.wrapsModel || k.f.kind.model()
		n.wrapsEmbedding = n.wrapsEmbedding || k.wrapsEmbedding || k.f.kind == kindEmbedding
		n.genAI = n.genAI || k.genAI
	}
	n.last = n.end
	for _, e := range n.pb.GetEvents() {
		n.last = max(n.last, e.GetTimeUnixNano())
	}
	for _, k := range n.kids {
		n.last = max(n.last, k.last)
	}
	if n.failed {
		n.reason = n.errorText()
	}
	n.genAI = n.genAI || n.f.kind != kindUnknown
	if n.f.named || !n.f.kind.model() || !n.wrapsDirectly {
		return
	}
	n.f.kind = kindChain
	if n.f.agent != "" {
		n.f.kind = kindAgent
	}
}

func (n *node) sum() {
	var below totals
	for _, k := range n.kids {
		below.add(k.total)
	}
	own := totals{}
	f := n.f
	switch {
	case n.same != nil:
		// counted on the other span
	case f.kind.model():
		wrapper := below.calls > 0 && !n.callsToo(below)
		if !wrapper {
			own.calls = 1
		}
		if f.usage.known() && (!wrapper || !below.usageKnown) {
			own.usage, own.usageKnown = f.usage, true
		}
	case f.kind == kindEmbedding:
		if below.embeddings == 0 {
			own.embeddings = 1
		}
		if n := max(f.usage.input, f.usage.total); n > 0 && below.embedded == 0 {
			own.embedded = n
		}
	case f.kind == kindReranker:
	case f.usage.known() && !below.usageKnown && (f.kind == kindAgent || f.usage.input > 0 && f.usage.output > 0):
		// Sums over calls that have no span. A prompt's size alone, on the step
		// that builds it, is no use of a model.
		if below.embeddings == 0 || f.usage.output > 0 || f.usage.input != below.embedded {
			own.usage, own.usageKnown = f.usage, true
		}
	}
	if f.cost != nil && n.same == nil && !below.hasCost {
		own.cost, own.hasCost = *f.cost, true
	}
	if f.kind == kindTool && n.same == nil && !n.repeatsTool() {
		own.tools = 1
	}
	if n.failed && n.same == nil && !f.noise && !below.errorsBelow {
		own.errors, own.errorsBelow = 1, true
	}
	n.own = own
	n.total = own
	n.total.add(below)
	switch f.kind {
	case kindTool:
		n.total.viaTool, n.total.viaAgent = n.total.calls, n.total.calls
	case kindAgent:
		n.total.viaAgent = n.total.calls
	}
	if f.noise {
		n.total.errorsBelow = below.errorsBelow
	}
}

// callsToo says whether a model span with model calls below it is a call as
// well: the SDK ran the tools that the model asked for inside the span, and
// those asked models of their own. A wrapper's numbers are the sum of the calls
// below, a call's are not.
func (n *node) callsToo(below totals) bool {
	switch {
	case below.viaAgent == below.calls && n.ownAnswer():
		return true
	case below.viaTool == below.calls && n.f.usage.known():
		return n.f.usage.input != below.usage.input || n.f.usage.output != below.usage.output
	}
	return false
}

// ownAnswer says whether a model span with model calls below it is a call of
// its own: it has an answer id that none of them has.
func (n *node) ownAnswer() bool {
	if n.f.responseID == "" {
		return false
	}
	own := true
	for _, k := range n.kids {
		k.walk(func(m *node) { own = own && m.f.responseID != n.f.responseID })
	}
	return own
}

// repeatsTool says whether a tool span is the inner report of a call that a
// span above describes already: a client and a server span, or a framework's
// span in another's. An agent or a model in between makes it a call of its own.
func (n *node) repeatsTool() bool {
	for p := n.parent; p != nil; p = p.parent {
		switch {
		case p.f.kind == kindAgent || p.f.kind.model():
			return false
		case p.f.kind == kindTool:
			a, b := toolName(n), toolName(p)
			return a == b || n.f.toolName == "" || n.f.toolCallID != "" && n.f.toolCallID == p.f.toolCallID
		}
	}
	return false
}

func toolName(n *node) string {
	if n.f.toolName != "" {
		return n.f.toolName
	}
	return n.pb.GetName()
}
