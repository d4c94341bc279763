package mlflowexporter

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// TestATextThatIsNoUTF8LosesNoTrace puts one into each place of a trace, which is taken, and so has to leave.
func TestATextThatIsNoUTF8LosesNoTrace(t *testing.T) {
	const broken = "a\xffb\xc3\x28\xed\xa0\x80"
	server, url := fake(t)
	exp, _ := begin(t, quick(t, url, ""), nil)
	places := map[string]func(ptrace.ResourceSpans, ptrace.Span){
		"resource":        func(rs ptrace.ResourceSpans, _ ptrace.Span) { rs.Resource().Attributes().PutStr(broken, broken) },
		"schema":          func(rs ptrace.ResourceSpans, _ ptrace.Span) { rs.SetSchemaUrl(broken) },
		"scope":           func(rs ptrace.ResourceSpans, _ ptrace.Span) { rs.ScopeSpans().At(0).Scope().SetName(broken) },
		"schema of scope": func(rs ptrace.ResourceSpans, _ ptrace.Span) { rs.ScopeSpans().At(0).SetSchemaUrl(broken) },
		"name":            func(_ ptrace.ResourceSpans, s ptrace.Span) { s.SetName(broken) },
		"state":           func(_ ptrace.ResourceSpans, s ptrace.Span) { s.TraceState().FromRaw(broken) },
		"status":          func(_ ptrace.ResourceSpans, s ptrace.Span) { s.Status().SetMessage(broken) },
		"key":             func(_ ptrace.ResourceSpans, s ptrace.Span) { s.Attributes().PutStr(broken, "v") },
		"prompt":          func(_ ptrace.ResourceSpans, s ptrace.Span) { s.Attributes().PutStr("gen_ai.input.messages", broken) },
		"nested": func(_ ptrace.ResourceSpans, s ptrace.Span) {
			s.Attributes().PutEmptySlice("l").AppendEmpty().SetEmptyMap().PutStr(broken, broken)
		},
		"event": func(_ ptrace.ResourceSpans, s ptrace.Span) {
			e := s.Events().AppendEmpty()
			e.SetName(broken)
			e.Attributes().PutStr("exception.message", broken)
		},
		"link": func(_ ptrace.ResourceSpans, s ptrace.Span) {
			l := s.Links().AppendEmpty()
			l.SetTraceID(pcommon.TraceID{1})
			l.SetSpanID(pcommon.SpanID{1})
			l.TraceState().FromRaw(broken)
			l.Attributes().PutStr(broken, broken)
		},
	}
	ids := map[string]int{}
	for name, put := range places {
		ids[name] = 1 + len(ids)
		td := request(ids[name], "shop", root(1), chat(2, 1))
		put(td.ResourceSpans().At(0), td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1))
		if err := exp.ConsumeTraces(t.Context(), td); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for name, id := range ids {
		eventually(t, "the trace with a broken "+name, func() bool {
			return server.HasSpan(traceHex(id), spanHex(2)) && len(server.Runs(traceHex(id))) == 2
		})
	}
}
