package runs_test

import (
	"fmt"
	"os"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs"
)

// A trace of the Strands agent framework, which knows nothing of MLflow, in
// the two requests that it arrived in.
func ExampleRead() {
	var files []runs.File
	for _, name := range []string{"strands-parcel.001.pb", "strands-parcel.002.pb"} {
		body, err := os.ReadFile("testdata/traces/" + name)
		if err != nil {
			fmt.Println(err)
			return
		}
		files = append(files, runs.File{Name: name, Body: body})
	}
	trace, err := runs.ReadOTLP(files...)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range runs.Read(trace, runs.Rules{}).Project() {
		fmt.Println(p.Trace.Name, "·", p.Trace.RequestPreview)
		for _, r := range p.Runs {
			for _, m := range r.Metrics {
				if m.Key == "input_tokens" || m.Key == "tool_call_count" {
					fmt.Println(r.Name, r.Status, m.Key, m.Value)
				}
			}
		}
	}
	// Output:
	// invoke_agent logistics · Where is my parcel? shipping
	// invoke_agent logistics FINISHED input_tokens 673
	// invoke_agent logistics FINISHED tool_call_count 2
	// execute_event_loop_cycle FINISHED input_tokens 155
	// execute_event_loop_cycle FINISHED tool_call_count 1
	// execute_event_loop_cycle FINISHED input_tokens 222
	// execute_event_loop_cycle FINISHED tool_call_count 1
	// execute_event_loop_cycle FINISHED input_tokens 296
}

// A span says from inside what its run shows, in any language: these are plain
// attributes and events. In Go, package mlflowattr has the names.
func Example_steering() {
	number := func(v float64) *commonpb.AnyValue {
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: v}}
	}
	text := func(s string) *commonpb.AnyValue {
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
	}
	trace, root, span := make([]byte, 16), []byte{1, 0, 0, 0, 0, 0, 0, 0}, []byte{2, 0, 0, 0, 0, 0, 0, 0}
	trace[0] = 1
	td := &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{
		{TraceId: trace, SpanId: root, Name: "nightly", StartTimeUnixNano: 1e18, EndTimeUnixNano: 1e18 + 4e9},
		{TraceId: trace, SpanId: span, ParentSpanId: root, Name: "index", StartTimeUnixNano: 1e18 + 1e9, EndTimeUnixNano: 1e18 + 3e9,
			Attributes: []*commonpb.KeyValue{
				{Key: "mlflow.run.name", Value: text("build index")},
				{Key: "mlflow.run.param.chunk_size", Value: text("512")},
				{Key: "mlflow.run.tag.corpus", Value: text("manuals")},
				{Key: "mlflow.run.artifact.report.md", Value: text("# 40 pages")},
			},
			Events: []*tracepb.Span_Event{
				{Name: "mlflow.metric", TimeUnixNano: 1e18 + 2e9, Attributes: []*commonpb.KeyValue{
					{Key: "key", Value: text("recall")}, {Key: "value", Value: number(0.93)}, {Key: "step", Value: number(1)},
				}},
			}},
	}}}}}}
	for _, r := range runs.Read(td, runs.Rules{}).Project()[0].Runs {
		fmt.Println(r.Name, r.Status, r.End.Sub(r.Start))
		for key, v := range r.Params {
			fmt.Println(key, v)
		}
		for _, m := range r.Metrics {
			if m.Key == "recall" {
				fmt.Println(m.Key, m.Value, "at step", m.Step)
			}
		}
		for _, a := range r.Artifacts {
			fmt.Printf("%s: %s\n", a.Path, a.Body)
		}
	}
	// Output:
	// nightly FINISHED 4s
	// build index FINISHED 2s
	// chunk_size 512
	// recall 0.93 at step 1
	// report.md: # 40 pages
}

func ExampleParseRules() {
	rules, err := runs.ParseRules([]byte(`
runs:
  - span: checkout.*
    name: order_{order.id}
    tags: {customer: customer.id}
  - span: http send
    skip: true
only_listed: true
`))
	fmt.Println(len(rules.Runs), rules.Runs[0].Name, err)
	_, err = runs.ParseRules([]byte("runs:\n  - spam: checkout\n"))
	fmt.Println(err)
	// Output:
	// 2 order_{order.id} <nil>
	// parse rules: line 2, runs[0].spam: unknown key "spam" (known here: span, skip, name, params, metrics, tags, artifacts, set, no_defaults)
}
