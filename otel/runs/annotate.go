package runs

import (
	"math"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Annotate prepares td for upload to MLflow. It edits td: give it a copy of
// what others hold. What a span says itself stays; only what MLflow's pages
// need and the span lacks is added:
//
//   - mlflow.spanType on every span (only a set type reaches MLflow's column);
//   - on a root, the trace's name, and input and output in chat form, so that
//     traces and sessions read as conversations;
//   - session.id and user.id on a root; a session loses its slashes everywhere,
//     as MLflow's page does not escape them, and what is beyond 250 characters,
//     as MLflow refuses its whole span (the run keeps it all);
//   - mlflow.llm.model, mlflow.chat.tokenUsage and mlflow.llm.cost on the span
//     that counts for a model call, and on a span that repeats usage what makes
//     MLflow's sum of the trace come out right.
//
// And what MLflow refuses (422 loses the whole request) is mended: text that is
// not UTF-8, numbers that JSON has no word for, ids of the wrong length, a span
// without an end, which gets the last time known and status ERROR.
//
// Of the resource only attributes that would become noisy trace tags go, those
// of process, host, operating system, SDK and container instance; they stay in
// the parent run's resource.json.
func Annotate(td *tracepb.TracesData, rules Rules) {
	for _, rs := range td.GetResourceSpans() {
		mendResource(rs.GetResource())
		for _, ss := range rs.GetScopeSpans() {
			if sc := ss.GetScope(); sc != nil {
				sc.Name, sc.Version = mend(sc.Name), mend(sc.Version)
				mendAttributes(sc.Attributes)
			}
			for _, s := range ss.GetSpans() {
				mendSpan(s)
			}
		}
	}
	for _, t := range grow(td, rules) {
		t.sum()
		for _, n := range t.nodes {
			n.annotate(t)
		}
	}
}

func (n *node) annotate(t *tree) {
	s := n.pb
	add := func(key, v string) {
		if v == "" {
			return
		}
		for _, kv := range s.Attributes {
			if kv.GetKey() == key {
				return
			}
		}
		s.Attributes = append(s.Attributes, &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}})
	}
	root := n.begins()
	for _, kv := range s.Attributes {
		// MLflow's own SDK sends its types as JSON over OTLP, and the server
		// then stores the quotes.
		if t := kv.GetValue().GetStringValue(); kv.GetKey() == "mlflow.spanType" && word(t) != t {
			kv.Value = &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: word(t)}}
		}
	}
	add("mlflow.spanType", string(n.spanType()))
	if n.unfinished {
		s.EndTimeUnixNano = uint64(n.endTime().UnixNano())
		if s.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_ERROR {
			s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "span never ended"}
		}
	} else if s.EndTimeUnixNano < s.StartTimeUnixNano {
		s.EndTimeUnixNano = s.StartTimeUnixNano
	}
	for _, kv := range s.Attributes {
		if k, v := kv.GetKey(), kv.GetValue().GetStringValue(); (k == "session.id" || k == "gen_ai.conversation.id") && sessionID(v) != v {
			kv.Value = &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: sessionID(v)}}
		}
	}
	if n.f.kind.model() {
		model, _ := n.f.models()
		add("mlflow.llm.model", model)
	}
	switch {
	case n.own.usageKnown:
		add("mlflow.chat.tokenUsage", n.own.usage.mlflow())
	case n.f.usage.known() && n.f.kind != kindEmbedding:
		// MLflow reads usage off the topmost span that has any, and takes the
		// trace's sum from there (tracing/utils, _aggregate_from_nodes). So a
		// roll-up gets the true sum, and a second report of a call nothing.
		add("mlflow.chat.tokenUsage", n.total.usage.mlflow())
	}
	if n.own.hasCost {
		add("mlflow.llm.cost", string(compactJSON(n.f.costObject(n.own.cost))))
	}
	if !root {
		return
	}
	add("mlflow.traceTag.mlflow.traceName", t.name(n))
	add("session.id", sessionID(t.first(n, func(f *facts) string { return f.session })))
	add("user.id", t.first(n, func(f *facts) string { return f.user }))
	in, out := t.conversation(n)
	if in != "" {
		add("mlflow.spanInputs", string(compactJSON(map[string]any{
			"messages": []any{map[string]any{"role": "user", "content": in}},
		})))
	}
	if out != "" {
		add("mlflow.spanOutputs", string(compactJSON(map[string]any{
			"choices": []any{map[string]any{"message": map[string]any{"role": "assistant", "content": out}}},
		})))
	}
}

// mlflow is MLflow's form of usage.
func (u usage) mlflow() string {
	obj := map[string]any{"input_tokens": u.input, "output_tokens": u.output, "total_tokens": u.total}
	if u.cached > 0 {
		obj["cache_read_input_tokens"] = u.cached
	}
	if u.written > 0 {
		obj["cache_creation_input_tokens"] = u.written
	}
	return string(compactJSON(obj))
}

// costObject is MLflow's form of a cost.
func (f *facts) costObject(total float64) map[string]any {
	in, out := f.costIn, f.costOut
	if in+out == 0 {
		in = total // a total alone cannot be split; MLflow wants the three keys
	}
	return map[string]any{"input_cost": in, "output_cost": out, "total_cost": total}
}

func mendSpan(s *tracepb.Span) {
	if s == nil {
		return
	}
	trace, span := fixBytes(s.TraceId, 16, s), fixBytes(s.SpanId, 8, s)
	if len(s.ParentSpanId) > 0 {
		if zero(s.ParentSpanId) {
			s.ParentSpanId = nil
		} else {
			s.ParentSpanId = fixBytes(s.ParentSpanId, 8, s)
		}
	}
	s.TraceId, s.SpanId = trace, span
	s.Name, s.TraceState = mend(s.Name), mend(s.TraceState)
	if s.Name == "" {
		s.Name = "unnamed"
	}
	if s.Status != nil {
		s.Status.Message = mend(s.Status.Message)
	}
	mendAttributes(s.Attributes)
	for _, e := range s.Events {
		if e != nil {
			e.Name = mend(e.Name)
			mendAttributes(e.Attributes)
		}
	}
	links := s.Links[:0]
	for _, l := range s.Links {
		if l == nil || len(l.TraceId) != 16 || len(l.SpanId) != 8 {
			continue // points nowhere
		}
		l.TraceState = mend(l.TraceState)
		mendAttributes(l.Attributes)
		links = append(links, l)
	}
	s.Links = links
}

// mendResource also drops what would only be noise among a trace's tags.
func mendResource(r *resourcepb.Resource) {
	if r == nil {
		return
	}
	mendAttributes(r.Attributes)
	kept := r.Attributes[:0]
	for _, kv := range r.Attributes {
		if !noisyResource(kv.GetKey()) {
			kept = append(kept, kv)
		}
	}
	r.Attributes = kept
}

func noisyResource(key string) bool {
	for _, prefix := range []string{"process.", "host.", "os.", "telemetry.", "container.", "k8s.pod.uid", "service.instance.id"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func mendAttributes(kvs []*commonpb.KeyValue) {
	for _, kv := range kvs {
		if kv != nil {
			kv.Key = mend(kv.Key)
			mendValue(kv.Value, 0)
		}
	}
}

func mendValue(v *commonpb.AnyValue, depth int) {
	if v == nil || depth > maxDepth {
		return
	}
	switch x := v.Value.(type) {
	case *commonpb.AnyValue_StringValue:
		x.StringValue = mend(x.StringValue)
	case *commonpb.AnyValue_DoubleValue:
		if math.IsNaN(x.DoubleValue) || math.IsInf(x.DoubleValue, 0) {
			v.Value = &commonpb.AnyValue_StringValue{StringValue: formatFloat(x.DoubleValue)}
		}
	case *commonpb.AnyValue_ArrayValue:
		for _, e := range x.ArrayValue.GetValues() {
			mendValue(e, depth+1)
		}
	case *commonpb.AnyValue_KvlistValue:
		for _, kv := range x.KvlistValue.GetValues() {
			if kv != nil {
				kv.Key = mend(kv.Key)
				mendValue(kv.Value, depth+1)
			}
		}
	}
}
