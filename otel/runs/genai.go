package runs

import (
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// IsGenAI reports whether a trace has anything that MLflow is for: a span that a
// dialect knows as GenAI work (a model call, a tool, an agent, a step of a
// framework), one that asks to be a run, or one that a rule makes a run.
func IsGenAI(td *tracepb.TracesData, rules Rules) bool {
	ix := newRowIndex()
	none := func(string) bool { return false }
	for _, rs := range td.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				if s != nil && (listed(s, rules) || steered(s) || readFacts(ix, s, none).kind != kindUnknown) {
					return true
				}
			}
		}
	}
	return false
}

// listed: a rule names the span. A rule for all spans says nothing about one.
func listed(s *tracepb.Span, rules Rules) bool {
	for _, r := range rules.Runs {
		if !r.Skip && r.Span != "*" && matches(r.Span, s.GetName()) {
			return true
		}
	}
	return false
}

func steered(s *tracepb.Span) bool {
	for _, kv := range s.GetAttributes() {
		if key := kv.GetKey(); key == string(mlflowattr.RunKey) && kv.GetValue().GetBoolValue() || strings.HasPrefix(key, string(mlflowattr.RunKey)+".") {
			return true
		}
	}
	for _, e := range s.GetEvents() {
		if e.GetName() == mlflowattr.MetricEventName || e.GetName() == evaluationEvent {
			return true
		}
	}
	return false
}
