package runs

import (
	"fmt"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func BenchmarkProject(b *testing.B) {
	b.Run("job of 6 spans", func(b *testing.B) {
		td := traceOf(jobTrace()...)
		b.ReportAllocs()
		for b.Loop() {
			project(td, jobRules())
		}
	})
	b.Run("captured RAG of 28 spans", func(b *testing.B) {
		td := loadCase(b, []string{"oi-llamaindex-rag.001.pb"})
		b.ReportAllocs()
		for b.Loop() {
			project(td, Rules{})
		}
	})
	b.Run("agent of 10,000 spans", func(b *testing.B) {
		td := wide(10_000)
		b.ReportAllocs()
		for b.Loop() {
			project(td, Rules{})
		}
	})
}

func BenchmarkAnnotate(b *testing.B) {
	td := traceOf(jobTrace()...)
	b.ReportAllocs()
	for b.Loop() {
		Read(td, Rules{}).Annotated()
	}
}

// wide is one root with n model calls that all overlap, half of them seen by
// a second instrumentation.
func wide(n int) *tracepb.TracesData {
	spans := []span{{Name: "job", To: uint64(n) + 10}}
	for i := range n {
		scope := "one"
		if i%3 == 2 {
			scope = "two"
		}
		spans = append(spans, span{Name: fmt.Sprint("chat ", i), Parent: "job", From: uint64(i), To: uint64(i) + 500, Scope: scope, Attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1 + i%7, "gen_ai.usage.output_tokens": 1,
		}})
	}
	return traceOf(spans...)
}

// deep is a chain of n model spans, each the parent of the next.
func deep(n int) *tracepb.TracesData {
	spans := []span{{Name: "0", To: uint64(2 * n)}}
	for i := 1; i < n; i++ {
		spans = append(spans, span{Name: fmt.Sprint(i), Parent: fmt.Sprint(i - 1), From: uint64(i), To: uint64(2*n - i), Err: "-", Attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 1, "gen_ai.response.id": fmt.Sprint("r", i),
		}})
	}
	return traceOf(spans...)
}
