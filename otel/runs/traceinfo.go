package runs

import (
	"strings"

	"github.com/technoshare/commentator/otel/internal/mlflowid"
)

// States of a trace in MLflow's own words.
const (
	stateOK    = "OK"
	stateError = "ERROR"
)

// info describes the trace itself, from its first local root.
func (t *tree) info() TraceInfo {
	root := t.roots[0]
	for _, r := range t.roots {
		if r.begins() {
			root = r
			break
		}
	}
	in, out := t.conversation(root)
	info := TraceInfo{
		Name: t.name(root), Start: unix(root.start), State: stateOK,
		RequestPreview: preview(in), ResponsePreview: preview(out),
		SessionID: sessionID(t.first(root, func(f *facts) string { return f.session })),
		UserID:    t.first(root, func(f *facts) string { return f.user }),
		Tags:      map[string]string{}, Metadata: map[string]string{},
	}
	end := root.endTime()
	for _, r := range t.roots {
		if r.failed || r.unfinished {
			info.State = stateError
		}
		if e := r.endTime(); e.After(end) {
			end = e
		}
		if s := unix(r.start); s.Before(info.Start) {
			info.Start = s
		}
	}
	info.Duration = end.Sub(info.Start)
	for _, kv := range root.pb.GetAttributes() {
		if key, ok := strings.CutPrefix(mend(kv.GetKey()), "mlflow.traceTag."); ok && key != "mlflow.traceName" {
			info.Tags[key] = word(decode(kv.GetValue()))
		}
	}
	if v, ok := root.attribute("mlflow.clientRequestId"); ok {
		info.ClientRequestID = word(v)
	}
	for key, attribute := range map[string]string{
		"service.version":             "service.version",
		"deployment.environment.name": "deployment.environment.name",
	} {
		if v, ok := root.resource[key]; ok {
			info.Metadata[attribute], _ = cutRunes(word(v), maxKey)
		}
	}
	for _, n := range t.ordered {
		info.Assessments = append(info.Assessments, t.assessments(n)...)
	}
	return info
}

// name of the trace: what the program calls it, else the root's name.
func (t *tree) name(root *node) string {
	if root.f.name != "" {
		s, _ := cutRunes(root.f.name, maxKey)
		return s
	}
	return stableName(root.pb.GetName())
}

// first gives the first value in a root's tree.
func (t *tree) first(root *node, get func(*facts) string) string {
	if s := get(root.f); s != "" {
		return s
	}
	found := ""
	root.walk(func(n *node) {
		if found == "" {
			found = get(n.f)
		}
	})
	return found
}

// sessionID spells a session without slashes: MLflow's page does not escape
// them and the link ends nowhere.
func sessionID(s string) string {
	s, _ = cutRunes(strings.ReplaceAll(s, "/", ":"), maxKey)
	return s
}

// conversation gives what was asked and what was answered, as plain text: of
// the root, else of the first span that has an input, and of the last model
// call for the output.
func (t *tree) conversation(root *node) (in, out string) {
	in, out = root.f.asked(), answer(root.f.output.v)
	defer func() { in, out = unredacted(in), unredacted(out) }()
	if root.f.kind == kindTool {
		if in == "" {
			in = text(root.f.toolArgs.v)
		}
		if out == "" {
			out = text(root.f.toolResult.v)
		}
	}
	var order []*node
	root.walk(func(n *node) { order = append(order, n) })
	if in == "" && root.f.input.set() && !hollow(root.f.input.v) {
		in = text(root.f.input.v)
	}
	for i := 0; in == "" && i < len(order); i++ {
		if f := order[i].f; f.kind != kindEmbedding && f.knownContent() {
			in = f.asked()
		}
	}
	var last *node
	for _, n := range order {
		if n.f.kind.model() && n.f.output.set() && answer(n.f.output.v) != "" && (last == nil || n.end >= last.end) {
			last = n
		}
	}
	if out == "" && last != nil {
		out = answer(last.f.output.v)
	}
	if out == "" {
		out = requested(root.f.output.v)
	}
	if out == "" && root.f.output.set() && !hollow(root.f.output.v) {
		out = text(root.f.output.v)
	}
	if out == "" && root.failed {
		out = root.reason // so that a session shows bubbles for failures too
	}
	return in, out
}

// asked gives the question of a span: of its best input, else of any other.
func (f *facts) asked() string {
	if s := question(f.input.v); s != "" {
		return s
	}
	for _, a := range f.attrs {
		if a.what == mInput && !a.ignored && a.arg == "" {
			if s := question(a.value); s != "" {
				return s
			}
		}
	}
	return ""
}

// unredacted drops what OpenInference writes in place of hidden content.
func unredacted(s string) string {
	if s == "__REDACTED__" {
		return ""
	}
	return s
}

// hollow says whether a value holds nothing, like {"args":[],"kwargs":{}}.
func hollow(v any) bool {
	switch x := v.(type) {
	case map[string]any:
		for _, e := range x {
			if !hollow(e) {
				return false
			}
		}
		return true
	case []any:
		for _, e := range x {
			if !hollow(e) {
				return false
			}
		}
		return true
	}
	return empty(v)
}

// assessments reads a span's evaluation events.
func (t *tree) assessments(n *node) []Assessment {
	var out []Assessment
	for _, e := range sortedEvents(n.pb.GetEvents()) {
		if e.GetName() != evaluationEvent {
			continue
		}
		a := attributesOf(e.GetAttributes())
		name := strings.TrimSpace(word(a["gen_ai.evaluation.name"]))
		if name == "" {
			t.notes.add("event %s of span %q has no gen_ai.evaluation.name", evaluationEvent, n.pb.GetName())
			continue
		}
		name = strings.ReplaceAll(cleanKey(name), "/", "_")
		as := Assessment{
			ID: mlflowid.Evaluation(t.id, n.id, name), Name: name, SpanID: n.id, SourceType: "CODE",
			SourceID: stableName(n.pb.GetName()), Rationale: word(a["gen_ai.evaluation.explanation"]),
		}
		if n.run != nil {
			as.SourceID = n.run.title
		}
		label := word(a["gen_ai.evaluation.score.label"])
		score, scored := number(a["gen_ai.evaluation.score.value"])
		switch strings.ToLower(label) {
		case "pass", "passed", "true", "yes":
			as.Value = true
		case "fail", "failed", "false", "no":
			as.Value = false
		default:
			switch {
			case scored:
				as.Value = score
			case label != "":
				as.Value = label
			default:
				continue
			}
		}
		if n.f.kind.model() || word(a["gen_ai.request.model"]) != "" {
			as.SourceType = "LLM_JUDGE"
		}
		if i := indexOf(out, as.ID); i >= 0 { // the later verdict stands
			out[i] = as
			continue
		}
		out = append(out, as)
	}
	return out
}

func indexOf(list []Assessment, id string) int {
	for i := range list {
		if list[i].ID == id {
			return i
		}
	}
	return -1
}
