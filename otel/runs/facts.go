package runs

import (
	"sort"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// facts is one span, read through the table of dialects.
type facts struct {
	kind     kind
	named    bool // the span itself says its kind
	model    string
	answered string
	provider string
	agent    string
	name     string // name the program gave to the trace or operation

	responseID string
	finish     string
	usage      usage
	cost       *float64
	costIn     float64
	costOut    float64
	hasParts   bool

	params map[string]any

	input, output, system, tools, documents value
	toolName, toolCallID                    string
	toolArgs, toolResult                    value
	vector                                  bool

	session, user string
	errorText     string

	attrs []attr // all attributes, sorted by key, indexed ones gathered
	noise bool   // transport chatter, not a step of the program

	hidden map[meaning]bool // what the rules keep off the run, though it is known
}

// attr is one attribute as read.
type attr struct {
	key   string
	value any
	what  meaning
	arg   string

	ignored bool // by the rules
}

// value is content found under an attribute, the best-ranked one.
type value struct {
	v    any
	key  string
	rank int
}

func (v value) set() bool { return v.key != "" }

func (v *value) offer(key string, rank int, val any) {
	if empty(val) || v.set() && v.rank <= rank {
		return
	}
	*v = value{v: structured(val), key: key, rank: rank}
}

func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(x) == ""
	case []any:
		return len(x) == 0
	case map[string]any:
		return len(x) == 0
	}
	return false
}

// knownContent says whether messages were found under a name of the table.
func (f *facts) knownContent() bool {
	return f.input.set() && f.input.rank < len(dialects) || f.output.set() && f.output.rank < len(dialects)
}

// readFacts reads one span. Order of attributes does not matter: the table's
// order decides between several names for one thing.
//
// An ignored attribute still tells what the span is and what it used, so that
// ignoring changes no count, but gives no content, setting or label.
func readFacts(ix rowIndex, s *tracepb.Span, ignored func(string) bool) *facts {
	f := &facts{params: map[string]any{}, hidden: map[meaning]bool{}}
	f.attrs = gather(s.GetAttributes())
	f.readEvents(ix, s.GetEvents())
	type ranked struct {
		attr
		rank int
	}
	order := make([]ranked, len(f.attrs))
	for i := range f.attrs {
		r, rank := ix.find(f.attrs[i].key)
		if r.arg == "guess" && !couldBeContent(f.attrs[i].value) {
			r = row{}
		}
		f.attrs[i].what, f.attrs[i].arg, f.attrs[i].ignored = r.what, r.arg, ignored(f.attrs[i].key)
		order[i] = ranked{f.attrs[i], rank}
	}
	sort.SliceStable(order, func(i, j int) bool { return order[i].rank < order[j].rank })
	for _, a := range order {
		if a.ignored {
			f.hidden[a.what] = true
			if a.what.shown() {
				continue
			}
		}
		f.take(a.attr, a.rank)
	}
	if f.kind == kindUnknown {
		f.kind = f.inferKind(s.GetName())
	}
	switch {
	case f.kind.model():
		f.searchContent()
	case f.kind == kindEmbedding && !f.usage.known():
		f.searchUsage(isInput)
	case f.kind == kindRetriever && !f.documents.set():
		if _, list := f.output.v.([]any); list {
			f.documents = f.output
		}
	}
	if f.model == "" && f.kind.model() {
		f.model = f.answered
	}
	if f.cost == nil && f.hasParts {
		sum := f.costIn + f.costOut
		f.cost = &sum
	}
	f.usage = f.usage.settle()
	return f
}

// couldBeContent keeps a guess from taking a number of messages for messages.
func couldBeContent(v any) bool {
	switch v.(type) {
	case string, []any, map[string]any:
		return true
	}
	return false
}

func (f *facts) take(a attr, rank int) {
	setText := func(dst *string) {
		if w := strings.TrimSpace(word(a.value)); *dst == "" && w != "" && len(w) <= 1000 {
			*dst = w
		}
	}
	switch a.what {
	case mKind:
		if k := kindOf(word(a.value)); k != kindUnknown && (f.kind == kindUnknown || !f.named || f.kind == kindChain) {
			f.kind, f.named = k, true
		}
	case mOperation:
		if k := kindOf(word(a.value)); f.kind == kindUnknown && word(a.value) != "" {
			if k == kindUnknown {
				k = kindChain
			}
			f.kind, f.named = k, true
		}
	case mJSONType:
		if obj, ok := structured(a.value).(map[string]any); ok {
			if k := kindOf(word(obj["type"])); f.kind == kindUnknown {
				f.kind, f.named = k, k != kindUnknown
			}
		}
	case mModel:
		setText(&f.model)
	case mAnswered:
		setText(&f.answered)
	case mProvider:
		setText(&f.provider)
	case mAgent:
		setText(&f.agent)
	case mTraceName:
		setText(&f.name)
	case mResponseID:
		setText(&f.responseID)
	case mFinish:
		setText(&f.finish)
	case mSession:
		setText(&f.session)
	case mUser:
		setText(&f.user)
	case mToolName:
		setText(&f.toolName)
	case mToolCallID:
		setText(&f.toolCallID)
	case mErrorText:
		setText(&f.errorText)
	case mInTokens, mOutTokens, mAllTokens, mCached, mCacheWrite, mReasoning:
		if n, ok := count(a.value); ok {
			f.usage.set(a.what, n)
		}
	case mUsage:
		if obj, ok := structured(a.value).(map[string]any); ok {
			f.usage.read(obj)
		}
	case mCost:
		if n, ok := number(a.value); ok && f.cost == nil && n >= 0 {
			f.cost = &n
		}
	case mCostPart:
		if n, ok := number(a.value); ok && n >= 0 {
			f.addCost(a.key, n)
		}
	case mCosts:
		f.readCosts(structured(a.value))
	case mParam:
		if _, taken := f.params[a.arg]; !taken && a.arg != "" {
			f.params[a.arg] = a.value
		}
	case mParams:
		f.readParams(structured(a.value))
	case mInput:
		f.input.offer(a.key, rank, a.value)
	case mOutput:
		f.output.offer(a.key, rank, a.value)
	case mSpanPayload:
		if a.arg == "input" {
			f.input.offer(a.key, rank, a.value)
		} else {
			f.output.offer(a.key, rank, a.value)
		}
	case mSystem:
		f.system.offer(a.key, rank, a.value)
	case mTools:
		f.tools.offer(a.key, rank, a.value)
	case mDocuments:
		f.documents.offer(a.key, rank, a.value)
	case mToolArgs:
		f.toolArgs.offer(a.key, rank, a.value)
	case mToolResult:
		f.toolResult.offer(a.key, rank, a.value)
	case mVector:
		f.vector = true
	case mNone:
		if a.key == "asgi.event.type" {
			f.noise = true
		}
	}
}
