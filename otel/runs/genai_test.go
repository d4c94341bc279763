package runs

import (
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestIsGenAI(t *testing.T) {
	text := func(key, v string) *commonpb.KeyValue {
		return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}}
	}
	truth := &commonpb.KeyValue{Key: "mlflow.run", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: true}}}
	web := &tracepb.Span{Name: "GET /orders/{id}", Kind: tracepb.Span_SPAN_KIND_SERVER, Attributes: []*commonpb.KeyValue{
		text("http.request.method", "GET"), text("http.route", "/orders/{id}"), text("url.path", "/orders/1"),
		text("server.address", "shop"), text("user_agent.original", "curl/8"),
	}}
	query := &tracepb.Span{Name: "SELECT orders", Attributes: []*commonpb.KeyValue{text("db.system.name", "postgresql"),
		text("db.query.text", "SELECT 1")}}
	ids := []byte("0123456789abcdef")
	tests := map[string]struct {
		spans []*tracepb.Span
		rules Rules
		want  bool
	}{
		"a web request with a query": {spans: []*tracepb.Span{web, query}},
		"a model call below it": {spans: []*tracepb.Span{web,
			{Name: "chat m", Attributes: []*commonpb.KeyValue{text("gen_ai.operation.name", "chat")}}}, want: true},
		"an OpenInference tool": {spans: []*tracepb.Span{{Name: "t",
			Attributes: []*commonpb.KeyValue{text("openinference.span.kind", "TOOL")}}}, want: true},
		"a span that asks to be a run": {spans: []*tracepb.Span{{Name: "train", Attributes: []*commonpb.KeyValue{truth}}}, want: true},
		"a point of a metric": {spans: []*tracepb.Span{{Name: "train",
			Events: []*tracepb.Span_Event{{Name: "mlflow.metric"}}}}, want: true},
		"a span that a rule names": {spans: []*tracepb.Span{query}, rules: Rules{Runs: []RunRule{{Span: "SELECT*"}}}, want: true},
		"a span that a rule skips": {spans: []*tracepb.Span{query}, rules: Rules{Runs: []RunRule{{Span: "SELECT*", Skip: true}}}},
		"a report that a richer one replaced": {spans: []*tracepb.Span{
			{Name: "call", TraceId: ids[:16], SpanId: ids[:8], EndTimeUnixNano: 2, Attributes: web.Attributes},
			{Name: "call", TraceId: ids[:16], SpanId: ids[:8], EndTimeUnixNano: 1, Attributes: []*commonpb.KeyValue{text("gen_ai.operation.name", "chat")}},
		}, want: true},
		"two reports without any sign": {spans: []*tracepb.Span{
			{Name: "call", TraceId: ids[:16], SpanId: ids[:8], EndTimeUnixNano: 2, Attributes: web.Attributes},
			{Name: "call", TraceId: ids[:16], SpanId: ids[:8], EndTimeUnixNano: 1, Attributes: query.Attributes},
		}},
		"a sign that is not shown": {spans: []*tracepb.Span{{Name: "chat m",
			Attributes: []*commonpb.KeyValue{text("gen_ai.operation.name", "chat")}}}, rules: Rules{Ignore: []string{"gen_ai.*"}}, want: true},
		"a rule for all spans is no sign": {spans: []*tracepb.Span{query}, rules: Rules{Runs: []RunRule{{Span: "*"}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			td := &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: tt.spans}}}}}
			if got := Read(td, tt.rules).IsGenAI(); got != tt.want {
				t.Errorf("IsGenAI = %v, want %v", got, tt.want)
			}
		})
	}
	for _, c := range loadManifest(t).Cases {
		if td := loadCase(t, c.Files); !Read(td, Rules{}).IsGenAI() {
			t.Errorf("%s is not taken for GenAI", c.Name)
		}
	}
}
