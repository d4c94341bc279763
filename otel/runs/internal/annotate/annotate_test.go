package annotate

import (
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

type (
	span = tracetest.Span
	m    = map[string]any
)

// annotate gives the attributes of each span of the copy, in the order of the data.
func annotate(td *tracepb.TracesData) (*tracepb.TracesData, []m) {
	c := NewCopy(td, false)
	for _, tr := range tree.Read(td, tree.Options{MaxRoots: 50, Ignored: func(string) bool { return false }}) {
		c.Annotate(tr, count.Tree(tr, nil), nil)
	}
	var attrs []m
	for _, s := range otlp.Spans(c.Data) {
		attrs = append(attrs, value.Attributes(s.Attributes))
	}
	return c.Data, attrs
}

func TestTheOriginalIsLeftAlone(t *testing.T) {
	td := tracetest.Trace(span{Name: "job", Attrs: m{"k": "v\xff", "session.id": "a/b"}}, span{Name: "", ID: "x", From: 5, To: 1})
	td.ResourceSpans[0].ScopeSpans[0].Spans = append(td.ResourceSpans[0].ScopeSpans[0].Spans, nil)
	before := otlp.Clone(td)
	out, attrs := annotate(td)
	if !proto.Equal(otlp.Clone(td), before) {
		t.Error("reading and annotating changed what was read")
	}
	if len(attrs) != 2 || attrs[0]["session.id"] != "a:b" || attrs[0]["k"] != "v\uFFFD" {
		t.Errorf("attributes %v", attrs)
	}
	if s := out.ResourceSpans[0].ScopeSpans[0].Spans[1]; s.Name != "unnamed" || s.EndTimeUnixNano != s.StartTimeUnixNano {
		t.Errorf("span %v", s)
	}
}

// Of two reports of one span the one that counts is annotated; MLflow keeps the one
// that comes last, and both are good enough to be taken.
func TestOnlyTheReportThatCountsIsAnnotated(t *testing.T) {
	_, attrs := annotate(tracetest.Trace(span{Name: "job"}, span{Name: "job", To: 9}))
	if attrs[0]["mlflow.spanType"] != nil || attrs[1]["mlflow.spanType"] != "CHAIN" {
		t.Errorf("attributes %v", attrs)
	}
}

func TestMLflowShowsWhatARetrievalLookedFor(t *testing.T) {
	retrieval := func(more m) m {
		attrs := m{"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.query.text": "how to reset"}
		for k, v := range more {
			attrs[k] = v
		}
		return attrs
	}
	_, attrs := annotate(tracetest.Trace(
		span{Name: "job", To: 100},
		span{Name: "plain", Parent: "job", From: 1, To: 2, Attrs: retrieval(nil)},
		span{Name: "told", Parent: "job", From: 3, To: 4, Attrs: retrieval(m{"mlflow.spanInputs": "mine"})},
		span{Name: "none", Parent: "job", From: 5, To: 6, Attrs: m{"gen_ai.operation.name": "retrieval", "input.value": "theirs"}},
	))
	conversation := `{"messages":[{"content":"how to reset","role":"user"}]}`
	for i, want := range []any{conversation, `{"query":"how to reset"}`, "mine", nil} {
		if got := attrs[i]["mlflow.spanInputs"]; got != want {
			t.Errorf("span %d: %v, want %v", i, got, want)
		}
	}
}

func TestARepeatedCallOfAToolIsNoneOnMLflowsPage(t *testing.T) {
	call := func() m {
		return m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search", "mlflow.spanType": "TOOL"}
	}
	_, attrs := annotate(tracetest.Trace(
		span{Name: "client", To: 100, Attrs: call()},
		span{Name: "server", Parent: "client", From: 1, To: 90, Attrs: call()},
		span{Name: "inner", Parent: "server", From: 2, To: 80, Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "other"}},
	))
	for i, want := range []string{"TOOL", "CHAIN", "TOOL"} {
		if got := attrs[i]["mlflow.spanType"]; got != want {
			t.Errorf("span %d: type %v, want %v", i, got, want)
		}
	}
}

func TestMLflowsSumComesOutRight(t *testing.T) {
	usage := func(in int) m {
		return m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": in, "gen_ai.usage.output_tokens": 1}
	}
	agent := m{"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 900, "gen_ai.usage.output_tokens": 9,
		"gen_ai.usage.cost": 9.0}
	_, attrs := annotate(tracetest.Trace(
		span{Name: "agent", To: 100, Attrs: agent},
		span{Name: "a", Parent: "agent", From: 1, To: 9, Attrs: usage(3)},
		span{Name: "b", Parent: "agent", From: 10, To: 19, Attrs: usage(4)},
		span{Name: "e", Parent: "agent", From: 20, To: 29,
			Attrs: m{"gen_ai.operation.name": "embeddings", "gen_ai.usage.input_tokens": 6}},
	))
	for i, want := range []any{
		`{"input_tokens":13,"output_tokens":2,"total_tokens":15}`, `{"input_tokens":3,"output_tokens":1,"total_tokens":4}`,
		`{"input_tokens":4,"output_tokens":1,"total_tokens":5}`,
		`{"input_tokens":6,"output_tokens":0,"total_tokens":6}`,
	} {
		if got := attrs[i]["mlflow.chat.tokenUsage"]; got != want {
			t.Errorf("span %d: usage %v, want %v", i, got, want)
		}
	}
	if got := attrs[0]["mlflow.llm.cost"]; got != `{"input_cost":9,"output_cost":0,"total_cost":9}` {
		t.Errorf("a total alone stands with the input: %v", got)
	}
}

func TestTypesLoseTheirQuotes(t *testing.T) {
	_, attrs := annotate(tracetest.Trace(span{Name: "job", To: 9, Attrs: m{"mlflow.spanType": `"LLM"`}}))
	if got := attrs[0]["mlflow.spanType"]; got != "LLM" {
		t.Errorf("type %v", got)
	}
}

func TestNoisyResourceAttributesGo(t *testing.T) {
	td := tracetest.Trace(span{Name: "job", To: 9})
	r := td.ResourceSpans[0].Resource
	for _, key := range []string{"host.name", "os.type", "telemetry.sdk.name", "container.id", "k8s.pod.uid", "k8s.pod.name",
		"service.instance.id"} {
		r.Attributes = append(r.Attributes, &commonpb.KeyValue{Key: key, Value: textValue("v")})
	}
	out, _ := annotate(td)
	got := value.Attributes(out.ResourceSpans[0].Resource.Attributes)
	if len(got) != 2 || got["service.name"] == nil || got["k8s.pod.name"] == nil {
		t.Errorf("resource %v", got)
	}
}

// MLflow's page of tool calls counts OK as success, and nothing else.
func TestWhatEndedSaysHow(t *testing.T) {
	ok, failed, unset := tracepb.Status_STATUS_CODE_OK, tracepb.Status_STATUS_CODE_ERROR, tracepb.Status_STATUS_CODE_UNSET
	td := tracetest.Trace(
		span{Name: "job", To: 100},
		span{Name: "tool", Parent: "job", From: 1, To: 9, Attrs: m{"gen_ai.operation.name": "execute_tool"}},
		span{Name: "by status", Parent: "job", From: 10, To: 19, Err: "disk full"},
		span{Name: "by attribute", Parent: "job", From: 20, To: 29, Attrs: m{"gen_ai.operation.name": "execute_tool", "error.type": "Timeout"}},
		span{Name: "open", Parent: "job", From: 30},
	)
	for _, s := range otlp.Spans(td) {
		if s.Name == "open" {
			s.EndTimeUnixNano = 0
		}
	}
	before := otlp.Clone(td)
	for open, want := range map[bool]map[string]tracepb.Status_StatusCode{
		false: {"job": ok, "tool": ok, "by status": failed, "by attribute": failed, "open": failed},
		true:  {"job": ok, "tool": ok, "by status": failed, "by attribute": failed, "open": unset},
	} {
		c := NewCopy(td, open)
		for _, tr := range tree.Read(td, tree.Options{MaxRoots: 50, Ignored: func(string) bool { return false }}) {
			c.Annotate(tr, count.Tree(tr, nil), nil)
		}
		for _, s := range otlp.Spans(c.Data) {
			if got := s.GetStatus().GetCode(); got != want[s.Name] {
				t.Errorf("open %v: %s is %s, want %s", open, s.Name, got, want[s.Name])
			}
			if s.Name == "by attribute" && s.GetStatus().GetMessage() != "Timeout" || s.Name == "by status" && s.GetStatus().GetMessage() != "disk full" {
				t.Errorf("%s: %q", s.Name, s.GetStatus().GetMessage())
			}
		}
	}
	if !proto.Equal(otlp.Clone(td), before) {
		t.Error("the original got a status")
	}
}
