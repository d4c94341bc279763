package runs

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Flags of a span that say whether its parent is in another process
// (opentelemetry/proto/trace/v1/trace.proto, SpanFlags).
const (
	flagRemoteKnown = 0x100
	flagRemote      = 0x200
)

// node is one span in its tree.
type node struct {
	pb       *tracepb.Span
	resource map[string]any
	scope    string

	id, parentID string // 16 hex digits; parentID empty for a root
	parent       *node
	kids         []*node // by start, then id
	orphan       bool    // hung below the only root because its parent is not in the trace
	f            *facts

	start, end uint64 // Unix nanoseconds; end is never before start
	last       uint64 // when the last thing known happened in it or below
	unfinished bool
	failed     bool
	reason     string // why it failed

	wrapsModel, wrapsEmbedding bool // there is such a span below
	wrapsDirectly              bool // there is a model call below, and no tool in between
	genAI                      bool // it or a span below says it is GenAI work

	own   totals
	total totals // own and everything below
	same  *node  // the span that counts instead, when two describe one call

	run  *draft
	rule *RunRule
}

// tree is one trace.
type tree struct {
	id    string
	nodes []*node // by start, then id
	roots []*node // local roots
	// ordered holds all nodes, parents first.
	ordered []*node
	ix      rowIndex
	rules   Rules
	notes   *notes
}

// notes collects what the projection changed, each sentence once.
type notes struct {
	seen map[string]bool
	list []string
}

// maxNotes bounds the notes of one trace.
const maxNotes = 100

func (n *notes) add(format string, args ...any) {
	s := mend(fmt.Sprintf(format, args...))
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	if n.seen[s] || len(n.list) > maxNotes {
		return
	}
	if len(n.list) == maxNotes {
		s = "further notes left out"
	}
	n.seen[s] = true
	n.list = append(n.list, s)
}

// grow reads all spans and puts them into one tree per trace, whatever their
// order, and whether they came in one request or many.
func grow(td *tracepb.TracesData, rules Rules) []*tree {
	byTrace := map[string]*tree{}
	spans := map[string]map[string]*node{}
	ix := newRowIndex()
	for _, rs := range td.GetResourceSpans() {
		var resource map[string]any
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				if s == nil {
					continue
				}
				if resource == nil {
					resource = map[string]any{}
					for _, a := range gather(rs.GetResource().GetAttributes()) {
						resource[a.key] = a.value
					}
				}
				trace := fixID(s.GetTraceId(), 16, s)
				t := byTrace[trace]
				if t == nil {
					t = &tree{id: trace, ix: ix, rules: rules, notes: &notes{}}
					byTrace[trace] = t
					spans[trace] = map[string]*node{}
				}
				n := &node{pb: s, resource: resource, scope: mend(ss.GetScope().GetName()), id: fixID(s.GetSpanId(), 8, s)}
				if p := s.GetParentSpanId(); !zero(p) {
					n.parentID = fixID(p, 8, s)
				}
				n.readTimes()
				if prev := spans[trace][n.id]; prev != nil && !n.better(prev) {
					continue
				}
				spans[trace][n.id] = n
			}
		}
	}
	trees := make([]*tree, 0, len(byTrace))
	for _, id := range sortedKeys(byTrace) {
		t := byTrace[id]
		t.connect(spans[id])
		trees = append(trees, t)
	}
	slices.SortStableFunc(trees, func(a, b *tree) int {
		return cmp.Or(cmp.Compare(a.nodes[0].start, b.nodes[0].start), cmp.Compare(a.id, b.id))
	})
	return trees
}

func zero(id []byte) bool { return len(bytes.Trim(id, "\x00")) == 0 }

// fixID gives an id as hex. One that OTLP does not allow (empty, zero, of
// another length) is padded, or derived from the span, so that the span is
// not lost.
func fixID(id []byte, size int, s *tracepb.Span) string {
	return hex.EncodeToString(fixBytes(id, size, s))
}

func fixBytes(id []byte, size int, s *tracepb.Span) []byte {
	switch {
	case len(id) == size && !zero(id):
	case len(id) > 0 && len(id) < size && !zero(id):
		id = append(make([]byte, size-len(id)), id...)
	default:
		sum := sha256.Sum256(fmt.Appendf(nil, "%x/%x/%q/%d/%d", s.GetTraceId(), id, s.GetName(), s.GetStartTimeUnixNano(), s.GetEndTimeUnixNano()))
		id = sum[:size]
	}
	return id
}

func (n *node) readTimes() {
	n.start, n.end = n.pb.GetStartTimeUnixNano(), n.pb.GetEndTimeUnixNano()
	n.unfinished = n.end == 0
	for _, kv := range n.pb.GetAttributes() {
		if kv.GetKey() == string(mlflowattr.UnfinishedKey) {
			if yes, ok := boolean(decode(kv.GetValue())); ok && yes {
				n.unfinished = true
			}
		}
	}
	if n.start == 0 {
		n.start = n.end
	}
	n.end = max(n.start, n.end)
	n.failed = n.pb.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR
}

// better says which of two reports of one span counts: the finished one, then
// the later, then the fuller, then any fixed order.
func (n *node) better(o *node) bool {
	if n.unfinished != o.unfinished {
		return o.unfinished
	}
	c := cmp.Or(
		cmp.Compare(n.end, o.end),
		cmp.Compare(len(n.pb.GetAttributes()), len(o.pb.GetAttributes())),
		cmp.Compare(len(n.pb.GetEvents()), len(o.pb.GetEvents())),
	)
	if c == 0 {
		c = strings.Compare(n.spelling(), o.spelling())
	}
	return c > 0
}

// spelling is all that two reports of one span can still differ in.
func (n *node) spelling() string {
	return string(compactJSON([]any{
		mend(n.pb.GetName()), attributesOf(n.pb.GetAttributes()), eventList(n.pb.GetEvents(), true),
		int64(n.pb.GetStatus().GetCode()), mend(n.pb.GetStatus().GetMessage()), n.resource, n.scope, n.parentID,
	}))
}

// remote says whether the span declares its parent to be in another process.
func (n *node) remote() bool {
	f := n.pb.GetFlags()
	return f&flagRemoteKnown != 0 && f&flagRemote != 0
}

// begins says whether the trace, or its part in this process, begins with the
// span. One whose parent got lost, or comes in another part, does not.
func (n *node) begins() bool { return n.parentID == "" || n.parent == nil && n.remote() }

// connect finds parents and local roots. A local root is a span without a
// parent, or whose parent is not in the trace: in another process, or lost.
// Spans of lost parents hang below the only real root, if there is one. A
// remote parent that is here as well (a Collector sees both services) is a
// parent like any other, so that the trace stays one job.
func (t *tree) connect(spans map[string]*node) {
	for _, id := range sortedKeys(spans) {
		t.nodes = append(t.nodes, spans[id])
	}
	slices.SortStableFunc(t.nodes, byStart)
	var real, orphans []*node
	for _, n := range t.nodes {
		switch p := spans[n.parentID]; {
		case n.parentID == "":
			real = append(real, n)
		case p != nil && p != n:
			n.parent = p
		case n.remote():
			t.roots = append(t.roots, n)
		default:
			orphans = append(orphans, n)
		}
	}
	orphans = append(orphans, t.breakCycles()...)
	for _, n := range orphans {
		if len(real) == 1 {
			n.parent, n.orphan = real[0], true
			t.notes.add("span %q has no parent in this trace and was counted with the root", n.pb.GetName())
			continue
		}
		t.roots = append(t.roots, n)
	}
	t.roots = append(t.roots, real...)
	t.boundRoots()
	for _, n := range t.nodes { // in order of start, so kids are too
		if n.parent != nil {
			n.parent.kids = append(n.parent.kids, n)
		}
	}
	t.ordered = make([]*node, 0, len(t.nodes))
	for _, r := range t.roots {
		r.walk(func(n *node) { t.ordered = append(t.ordered, n) })
	}
	for _, n := range t.nodes {
		n.f = readFacts(t.ix, n.pb, t.rules.ignored)
		n.failed = n.failed || n.saysFailed()
	}
}

// boundRoots keeps a trace that lost its root from becoming hundreds of parent
// runs: local roots beyond the limit hang below the first. Those that are roots
// by their own word come first.
func (t *tree) boundRoots() {
	slices.SortStableFunc(t.roots, byStart)
	limit := t.rules.limits().Runs
	if len(t.roots) <= limit {
		return
	}
	var kept, rest []*node
	for _, want := range []bool{true, false} {
		for _, n := range t.roots {
			switch {
			case n.begins() != want:
			case len(kept) < limit:
				kept = append(kept, n)
			default:
				rest = append(rest, n)
			}
		}
	}
	for _, n := range rest {
		n.parent, n.orphan = kept[0], true
	}
	t.notes.add("%d local roots beyond the limit of %d were folded into the first", len(rest), limit)
	slices.SortStableFunc(kept, byStart)
	t.roots = kept
}

// saysFailed finds errors of programs that never set the span's status.
func (n *node) saysFailed() bool {
	if n.pb.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_UNSET {
		return false
	}
	for _, a := range n.f.attrs {
		switch a.key {
		case "error":
			if yes, ok := boolean(a.value); ok && yes {
				return true
			}
		case "otel.status_code", "langfuse.observation.level", "genkit:state":
			if strings.EqualFold(word(a.value), "error") {
				return true
			}
		}
	}
	return false
}

func byStart(a, b *node) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), cmp.Compare(a.id, b.id))
}

// breakCycles cuts each ring of parents at its earliest span and returns
// those spans.
func (t *tree) breakCycles() []*node {
	const (
		unseen = iota
		onPath
		done
	)
	state := make(map[*node]int, len(t.nodes))
	var cut []*node
	for _, n := range t.nodes {
		var path []*node
		for m := n; m != nil && state[m] != done; m = m.parent {
			if state[m] == onPath {
				first := m
				for r := m.parent; r != m; r = r.parent {
					if byStart(r, first) < 0 {
						first = r
					}
				}
				first.parent = nil
				cut = append(cut, first)
				t.notes.add("spans that are their own ancestors were cut apart at %q", first.pb.GetName())
				break
			}
			state[m] = onPath
			path = append(path, m)
		}
		for _, m := range path {
			state[m] = done
		}
	}
	return cut
}

// walk visits n and all below it, parents first.
func (n *node) walk(visit func(*node)) {
	stack := []*node{n}
	for len(stack) > 0 {
		m := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		visit(m)
		for i := len(m.kids) - 1; i >= 0; i-- {
			stack = append(stack, m.kids[i])
		}
	}
}

// below says whether n is a or a span below it.
func (n *node) below(a *node) bool {
	for m := n; m != nil; m = m.parent {
		if m == a {
			return true
		}
	}
	return false
}
