package runs

import (
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// settings adds what the model calls of the run were asked for. Different
// values of several calls stand side by side. A parent also names the models
// of its nested runs, so that the list of jobs shows them.
func (d *draft) settings() {
	spans := append([]*node{d.node}, d.folded...)
	all := map[string]*distinct{}
	add := func(name string, v any) {
		s := strings.TrimSpace(word(v))
		if s == "" || len(s) > 1000 || d.tree.rules.ignored(name) {
			return
		}
		if all[name] == nil {
			all[name] = &distinct{}
		}
		all[name].add(s)
	}
	for _, n := range spans {
		if n.same != nil {
			continue
		}
		n.settings(add)
	}
	if d.node.parent == nil || len(all) == 0 {
		d.node.walk(func(n *node) {
			if n.same == nil && n.f.kind.model() && n.run != d {
				n.named(add)
			}
		})
	}
	for _, name := range sortedKeys(all) {
		d.param(name, strings.Join(all[name].list, ", "))
	}
}

// distinct collects values in the order of their first appearance.
type distinct struct {
	seen map[string]bool
	list []string
}

func (c *distinct) add(s string) {
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	if !c.seen[s] && len(c.list) < 20 {
		c.seen[s] = true
		c.list = append(c.list, s)
	}
}

// models gives the requested model and, where it is another, the one that
// answered. Some dialects have only the answering one and keep the requested
// one among the settings.
func (f *facts) models() (model, answered string) {
	model, answered = f.model, f.answered
	if m := word(f.params["model"]); m != "" {
		if answered == "" {
			answered = model
		}
		model = m
	}
	if answered == model {
		answered = ""
	}
	return model, answered
}

func (n *node) settings(add func(string, any)) {
	f := n.f
	model, _ := f.models()
	if f.hidden[mModel] {
		model = ""
	}
	switch f.kind {
	case kindEmbedding:
		add("embedding_model", model)
		for _, k := range sortedKeys(f.params) {
			if k != "model" {
				add("embedding_"+k, f.params[k])
			}
		}
		return
	case kindReranker:
		add("reranker_model", model)
		return
	}
	n.named(add)
	for _, k := range sortedKeys(f.params) {
		if k != "model" {
			add(k, f.params[k])
		}
	}
}

// named adds who was asked.
func (n *node) named(add func(string, any)) {
	model, answered := n.f.models()
	if !n.f.hidden[mModel] {
		add("model", model)
	}
	if !n.f.hidden[mAnswered] {
		add("response_model", answered)
	}
	if !n.f.hidden[mProvider] {
		add("provider", n.f.provider)
	}
}

// shortText is the longest list or object that is shown as a tag; longer ones
// are artifacts.
const shortText = 250

// own puts the span's own attributes to their places.
func (d *draft) own() {
	n, f := d.node, d.node.f
	tag := func(key, v string) {
		if !d.tree.rules.ignored(key) {
			d.tag(key, v)
		}
	}
	known := func(what meaning, key, v string) {
		if !f.hidden[what] {
			tag(key, v)
		}
	}
	tag("span_type", string(n.spanType()))
	known(mSession, "session.id", f.session)
	known(mUser, "user.id", f.user)
	known(mAgent, "agent_name", f.agent)
	known(mToolName, "tool_name", f.toolName)
	known(mToolCallID, "tool_call_id", f.toolCallID)
	known(mFinish, "finish_reason", f.finish)
	known(mResponseID, "response_id", f.responseID)
	if n.same != nil {
		tag("duplicate_of", n.same.id)
	}
	for i := range f.attrs {
		if a := &f.attrs[i]; !a.ignored {
			d.place(a)
		}
	}
	if n.parent == nil {
		for _, key := range []string{"service.name", "service.version", "deployment.environment.name", "deployment.environment"} {
			if v, ok := n.resource[key]; ok {
				tag(key, word(v))
			}
		}
		if len(n.resource) > 0 {
			d.file("resource.json", prettyJSON(n.resource))
		}
	}
}

func (d *draft) place(a *attr) {
	f := d.node.f
	switch a.what {
	case mNone:
		d.plain(a.key, a.value)
	case mCost, mCostPart, mInTokens, mOutTokens, mAllTokens, mCached, mCacheWrite, mReasoning, mUsage, mCosts:
		if !d.node.own.usageKnown { // a sum over other spans: kept, not shown
			d.spill(a.key, a.value)
		}
	case mRollup:
		d.spill(a.key, a.value)
	case mKind, mOperation:
		if kindOf(word(a.value)) == kindUnknown {
			d.plain(a.key, a.value)
		}
	case mTraceName:
		d.plain(a.key, a.value)
	case mModel, mAnswered, mProvider, mAgent, mResponseID, mFinish, mSession, mUser, mToolName, mToolCallID, mErrorText, mParam:
		if !f.tells(a) {
			d.spill(a.key, a.value) // said otherwise by a better-ranked name
		}
	case mInput, mOutput:
		if a.arg == "guess" && f.input.key != a.key && f.output.key != a.key {
			d.plain(a.key, a.value)
			return
		}
		if !d.holdsContent(a.key) {
			d.spill(a.key, structured(a.value))
		}
	case mSystem, mTools, mDocuments, mToolArgs, mToolResult, mSpanPayload:
		if !d.holdsContent(a.key) {
			d.spill(a.key, structured(a.value))
		}
	case mVector:
		d.file("embeddings.json", prettyJSON(a.value))
	case mParams:
		d.spill(a.key, structured(a.value))
	}
}

// tells says whether the facts hold the very value of the attribute.
func (f *facts) tells(a *attr) bool {
	w := strings.TrimSpace(word(a.value))
	if a.what == mParam {
		return word(f.params[a.arg]) == word(a.value)
	}
	for _, s := range []string{f.model, f.answered, f.provider, f.agent, f.responseID, f.finish, f.session, f.user, f.toolName, f.toolCallID, f.errorText, ""} {
		if w == s {
			return true
		}
	}
	return false
}

// holdsContent says whether content() writes the attribute of that name.
func (d *draft) holdsContent(key string) bool {
	f := d.node.f
	for _, v := range []value{f.input, f.output, f.system, f.tools, f.documents, f.toolArgs, f.toolResult} {
		if v.key == key {
			return true
		}
	}
	return false
}

// plain places an attribute that the table does not know, by its type alone.
func (d *draft) plain(key string, v any) {
	if n, ok := v.(int64); ok && !isLabel(key) {
		d.standardAt(key, float64(n))
		return
	}
	if n, ok := v.(float64); ok && !isLabel(key) {
		d.standardAt(key, n)
		return
	}
	switch x := structured(v).(type) {
	case []any, map[string]any:
		s := string(compactJSON(x))
		if list, ok := words(x); ok {
			s = list
		}
		if len(s) > shortText {
			d.file("values/"+cleanPath(key)+".json", prettyJSON(x))
			return
		}
		d.tag(key, s)
	case []byte:
		d.file("values/"+cleanPath(key)+".bin", x)
	default:
		d.tag(key, word(v))
	}
}

func (d *draft) standardAt(key string, v float64) {
	if _, have := d.metricNames.given[key]; !have {
		d.metric(key, v, d.node.endTime(), 0)
	}
}

// words joins a list of short words.
func words(v any) (string, bool) {
	list, ok := v.([]any)
	if !ok {
		return "", false
	}
	var out []string
	for _, e := range list {
		s, ok := e.(string)
		if !ok || strings.Contains(s, ", ") {
			return "", false
		}
		out = append(out, s)
	}
	return strings.Join(out, ", "), len(out) > 0
}

// isLabel tells numbers that name something from numbers that measure.
func isLabel(key string) bool {
	w := split(key)
	if len(w) == 0 {
		return true
	}
	switch w[0] {
	case "thread", "process", "code", "net", "network", "server", "client", "host":
		return true
	}
	switch w[len(w)-1] {
	case "id", "port", "pid", "lineno", "code", "version", "year", "timestamp", "seed", "index":
		return true
	}
	return false
}

// spanType is MLflow's word for the span. One that says nothing is a step of a
// chain, or a call to some other system.
func (n *node) spanType() kind {
	if n.f.kind != kindUnknown {
		return n.f.kind
	}
	switch n.pb.GetKind() {
	case tracepb.Span_SPAN_KIND_CLIENT, tracepb.Span_SPAN_KIND_PRODUCER:
		if n.parentID != "" {
			return kindOther
		}
	}
	return kindChain
}

// foldedSpans lists the spans of a run that are no runs, in order of the tree.
func foldedSpans(order []*node) {
	for _, n := range order {
		if n.run != nil && n.run.node != n {
			n.run.folded = append(n.run.folded, n)
		}
	}
}
