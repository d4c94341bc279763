package runs

import (
	"regexp"
	"sort"
	"strconv"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
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
}

// attr is one attribute as read.
type attr struct {
	key   string
	value any
	what  meaning
	arg   string
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
func readFacts(ix rowIndex, s *tracepb.Span) *facts {
	f := &facts{params: map[string]any{}}
	f.attrs = gather(s.GetAttributes())
	f.readEvents(ix, s.GetEvents())
	type ranked struct {
		attr
		rank int
	}
	order := make([]ranked, len(f.attrs))
	for i := range f.attrs {
		r, rank := ix.find(f.attrs[i].key)
		f.attrs[i].what, f.attrs[i].arg = r.what, r.arg
		order[i] = ranked{f.attrs[i], rank}
	}
	sort.SliceStable(order, func(i, j int) bool { return order[i].rank < order[j].rank })
	for _, a := range order {
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

func (f *facts) readCosts(v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		return
	}
	for _, k := range sortedKeys(obj) {
		n, ok := number(obj[k])
		if !ok || n < 0 {
			continue
		}
		switch snake(k) {
		case "total", "total_cost":
			if f.cost == nil {
				f.cost = &n
			}
		case "input", "output", "input_cost", "output_cost", "prompt", "completion":
			f.addCost(k, n)
		}
	}
}

// addCost takes the input's or the output's share of the cost.
func (f *facts) addCost(key string, n float64) {
	f.hasParts = true
	if w := snake(key); strings.Contains(w, "output") || strings.Contains(w, "completion") {
		f.costOut = max(f.costOut, n)
		return
	}
	f.costIn = max(f.costIn, n)
}

// readParams takes the settings out of an object of invocation parameters.
// Only short values are settings; tools and instructions go elsewhere.
func (f *facts) readParams(v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		return
	}
	for _, k := range sortedKeys(obj) {
		name := snake(k)
		switch name {
		case "model", "model_name":
			if f.model == "" || name == "model" {
				if m := word(obj[k]); m != "" {
					f.params["model"] = m
				}
			}
			continue
		case "tools", "functions":
			f.tools.offer("tools", len(dialects), obj[k])
			continue
		}
		if !isSetting(name) {
			continue
		}
		switch x := obj[k].(type) {
		case string, bool, int64, float64:
			if _, taken := f.params[name]; !taken && len(text(x)) <= 250 {
				f.params[name] = x
			}
		}
	}
}

// isSetting tells a setting of a model call from what else frameworks put in
// the same object: ids, timestamps, usage, the whole answer.
func isSetting(name string) bool {
	switch name {
	case "temperature", "top_p", "top_k", "seed", "max_tokens", "max_completion_tokens", "max_output_tokens", "max_retries",
		"frequency_penalty", "presence_penalty", "stop", "stream", "n", "reasoning_effort", "response_format", "service_tier",
		"tool_choice", "parallel_tool_calls", "context_window", "num_output", "timeout", "logprobs", "truncation", "verbosity",
		"candidate_count", "num_ctx", "dimensions", "encoding_format", "prompt_name", "prompt_version":
		return true
	}
	return false
}

var callID = regexp.MustCompile(`"(?:id|response_id|responseId)" ?: ?"((?:chatcmpl|resp|cmpl|gen|msg)[-_][A-Za-z0-9_-]{6,})"`)

// searchContent finds in a model call's JSON what its attributes leave out:
// usage and the id of the answer.
func (f *facts) searchContent() {
	if !f.usage.known() {
		f.searchUsage(isUsage)
	} else if f.usage.cached+f.usage.written > 0 {
		f.compareUsage()
	}
	if f.responseID == "" {
		for _, a := range f.attrs {
			if a.what != mOutput && a.what != mSpanPayload {
				continue
			}
			s := text(a.value)
			if len(s) > 1<<20 {
				s = s[:1<<20]
			}
			if m := callID.FindStringSubmatch(s); m != nil {
				f.responseID = m[1]
				break
			}
		}
	}
	if in, ok := f.input.v.(map[string]any); ok { // a whole request body
		f.readParams(in)
		if f.model == "" {
			f.model = word(in["model"])
		}
	}
}

// searchUsage takes usage from the JSON that the span carries.
func (f *facts) searchUsage(is func(map[string]any) bool) {
	for _, a := range f.attrs {
		switch a.what {
		case mOutput, mSpanPayload, mNone:
			if obj, ok := findUsage(structured(a.value), is); ok {
				var u usage
				if u.read(obj); u.known() {
					f.usage = u
					return
				}
			}
		}
	}
}

// compareUsage looks whether the provider's own answer counts cached tokens
// apart from the input that the attributes repeat.
func (f *facts) compareUsage() {
	for _, a := range f.attrs {
		if a.what != mOutput && a.what != mSpanPayload {
			continue
		}
		obj, ok := findUsage(structured(a.value), isUsage)
		if !ok {
			continue
		}
		var u usage
		u.read(obj)
		if raw, ok := count(obj["input_tokens"]); ok && raw == f.usage.input && u.input > raw {
			f.usage.input = u.input
		}
		return
	}
}

// gather reads attributes, last writer wins per key, and puts indexed ones
// (llm.input_messages.0.message.role) back together as one list per prefix.
func gather(kvs []*commonpb.KeyValue) []attr {
	flat := make(map[string]any, len(kvs))
	for _, kv := range kvs {
		if kv == nil {
			continue
		}
		flat[mend(kv.GetKey())] = decode(kv.GetValue())
	}
	trees := map[string]*branch{}
	out := make([]attr, 0, len(flat))
	for _, key := range sortedKeys(flat) {
		prefix, rest, ok := indexed(key)
		if !ok {
			out = append(out, attr{key: key, value: flat[key]})
			continue
		}
		if trees[prefix] == nil {
			trees[prefix] = &branch{}
		}
		trees[prefix].put(rest, flat[key])
	}
	for _, prefix := range sortedKeys(trees) {
		v := trees[prefix].build()
		if prev, dup := flat[prefix]; dup { // both a.b and a.b.0.c are there
			v = []any{prev, v}
			for i := range out {
				if out[i].key == prefix {
					out[i].value = v
				}
			}
			continue
		}
		out = append(out, attr{key: prefix, value: v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].key < out[j].key })
	return out
}

// indexed splits a key at its first numeric segment.
func indexed(key string) (prefix string, rest []string, ok bool) {
	if !strings.ContainsAny(key, "0123456789") {
		return "", nil, false
	}
	parts := strings.Split(key, ".")
	if len(parts) > maxDepth {
		return "", nil, false
	}
	for i := 1; i < len(parts); i++ {
		if isIndex(parts[i]) {
			return strings.Join(parts[:i], "."), parts[i:], true
		}
	}
	return "", nil, false
}

func isIndex(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n < 100000 && strconv.Itoa(n) == s
}

// branch is a node of gathered attributes.
type branch struct {
	leaf any
	set  bool
	kids map[string]*branch
}

func (b *branch) put(path []string, v any) {
	if len(path) == 0 {
		b.leaf, b.set = v, true
		return
	}
	if b.kids == nil {
		b.kids = map[string]*branch{}
	}
	if b.kids[path[0]] == nil {
		b.kids[path[0]] = &branch{}
	}
	b.kids[path[0]].put(path[1:], v)
}

func (b *branch) build() any {
	if len(b.kids) == 0 {
		return b.leaf
	}
	keys := sortedKeys(b.kids)
	list := !b.set
	for _, k := range keys {
		list = list && isIndex(k)
	}
	if list {
		sort.Slice(keys, func(i, j int) bool {
			a, _ := strconv.Atoi(keys[i])
			c, _ := strconv.Atoi(keys[j])
			return a < c
		})
		out := make([]any, 0, len(keys))
		for _, k := range keys {
			out = append(out, b.kids[k].build())
		}
		return out
	}
	out := make(map[string]any, len(keys)+1)
	for _, k := range keys {
		out[k] = b.kids[k].build()
	}
	if b.set {
		out["value"] = b.leaf
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
