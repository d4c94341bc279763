package runs

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

func annotated(td *tracepb.TracesData) map[string]map[string]any {
	td = Read(td, Rules{}).Annotated()
	out := map[string]map[string]any{}
	for _, s := range otlp.Spans(td) {
		out[s.Name] = value.Attributes(s.Attributes)
	}
	return out
}

func TestAnnotatedAddsWhatMLflowNeeds(t *testing.T) {
	got := annotated(traceOf(
		span{Name: "job", To: 100, Attrs: m{"session.id": "C1/17.2"}},
		span{Name: "chat m", Parent: "job", From: 1, To: 50, Attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.model": "m-2024",
			"gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1,
			"gen_ai.usage.input_cost": 0.25, "gen_ai.usage.output_cost": 0.5, "gen_ai.input.messages": `[{"role":"user","content":"hi"}]`,
			"gen_ai.output.messages": `[{"role":"assistant","content":"ho"}]`,
		}},
		span{Name: "typed", Parent: "job", From: 51, To: 52, Attrs: m{"mlflow.spanType": "EVALUATOR"}},
		span{Name: "execute_tool t", Parent: "job", From: 53, To: 54, Attrs: m{"gen_ai.operation.name": "execute_tool"}},
		span{Name: "retrieve", Parent: "job", From: 55, To: 56, Attrs: m{"gen_ai.operation.name": "retrieval"}},
		span{Name: "step", Parent: "job", From: 57, To: 58, Kind: tracepb.Span_SPAN_KIND_INTERNAL},
		span{Name: "POST", Parent: "job", From: 59, To: 60, Kind: tracepb.Span_SPAN_KIND_CLIENT},
	))
	for name, want := range map[string]string{
		"job": "CHAIN", "chat m": "CHAT_MODEL", "typed": "EVALUATOR", "execute_tool t": "TOOL", "retrieve": "RETRIEVER", "step": "CHAIN",
		"POST": "UNKNOWN",
	} {
		if got[name]["mlflow.spanType"] != want {
			t.Errorf("%s: type %v, want %s", name, got[name]["mlflow.spanType"], want)
		}
	}
	for key, want := range map[string]string{
		"mlflow.traceTag.mlflow.traceName": "job", "session.id": "C1:17.2",
		"mlflow.spanInputs":  `{"messages":[{"content":"hi","role":"user"}]}`,
		"mlflow.spanOutputs": `{"choices":[{"message":{"content":"ho","role":"assistant"}}]}`,
	} {
		if got["job"][key] != want {
			t.Errorf("root: %s = %v, want %s", key, got["job"][key], want)
		}
	}
	for key, want := range map[string]string{
		"mlflow.llm.model": "m", "mlflow.chat.tokenUsage": `{"input_tokens":3,"output_tokens":1,"total_tokens":4}`,
		"mlflow.llm.cost": `{"input_cost":0.25,"output_cost":0.5,"total_cost":0.75}`,
	} {
		if got["chat m"][key] != want {
			t.Errorf("chat: %s = %v, want %s", key, got["chat m"][key], want)
		}
	}
	if got["job"]["mlflow.chat.tokenUsage"] != nil {
		t.Error("the root of a counted call has no usage of its own")
	}
}

// MLflow answers 400 to a longer one, and the whole request is lost.
func TestAnnotatedShortensSessionsThatMLflowRefuses(t *testing.T) {
	long := strings.Repeat("s", 1000)
	got := annotated(traceOf(
		span{Name: "job", To: 100},
		span{Name: "step", Parent: "job", From: 1, To: 2, Attrs: m{"session.id": long, "gen_ai.conversation.id": long}},
	))
	for _, key := range []string{"session.id", "gen_ai.conversation.id"} {
		if got["step"][key] != long[:250] {
			t.Errorf("%s has %d characters", key, len(fmt.Sprint(got["step"][key])))
		}
	}
}

// Usage of an agent is that of all it asked: what MLflow shows of the trace is taken from it.
func TestAnAgentsUsageHasItsEmbeddings(t *testing.T) {
	usage := func(in, out int) m { return m{"gen_ai.usage.input_tokens": in, "gen_ai.usage.output_tokens": out} }
	operation := func(name string, attrs m) m {
		attrs["gen_ai.operation.name"] = name
		return attrs
	}
	chat := span{Name: "chat m", Parent: "agent", From: 1, To: 5, Attrs: operation("chat", usage(3, 1))}
	embed := span{Name: "embeddings e", Parent: "agent", From: 5, To: 9, Attrs: operation("embeddings", m{"gen_ai.usage.input_tokens": 6})}
	for name, c := range map[string]struct {
		said  m
		below []span
		want  string
	}{
		"that says its chats":     {usage(3, 1), []span{chat, embed}, `{"input_tokens":9,"output_tokens":1,"total_tokens":10}`},
		"that says all":           {usage(9, 1), []span{chat, embed}, `{"input_tokens":9,"output_tokens":1,"total_tokens":10}`},
		"that says its embedding": {m{"gen_ai.usage.input_tokens": 6}, []span{embed}, `{"input_tokens":6,"output_tokens":0,"total_tokens":6}`},
		"without any":             {usage(3, 1), []span{chat}, `{"input_tokens":3,"output_tokens":1,"total_tokens":4}`},
	} {
		td := traceOf(append([]span{{Name: "agent", To: 10, Attrs: operation("invoke_agent", c.said)}}, c.below...)...)
		if got := annotated(td)["agent"]["mlflow.chat.tokenUsage"]; got != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
		if got := project(Read(td, Rules{}).Annotated(), Rules{})[0].Runs[0]; metrics(got)["input_tokens"] != metrics(project(td, Rules{})[0].Runs[0])["input_tokens"] {
			t.Errorf("%s: read again it has other metrics: %v", name, metrics(got))
		}
	}
}

// TestMLflowsSumOfATraceComesOutRight adds up as the server does: the topmost span
// with usage stands for all below it.
func TestMLflowsSumOfATraceComesOutRight(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		td := loadCase(t, c.Files)
		want := map[trace.TraceID]float64{}
		for _, p := range project(td, Rules{}) {
			m := metrics(p.Runs[0])
			want[p.TraceID] = max(m["input_tokens"], 0) + max(m["embedding_tokens"], 0)
		}
		for _, tr := range Read(Read(td, Rules{}).Annotated(), Rules{}).list {
			var sum float64
			covered := map[*tree.Span]bool{}
			for _, s := range tr.Ordered {
				covered[s] = s.Parent != nil && covered[s.Parent]
				v, ok := s.Attribute("mlflow.chat.tokenUsage")
				if !ok && !s.Facts.Usage.Known() {
					continue
				}
				if !ok {
					t.Errorf("%s: span %q leaves its usage to MLflow's reading", c.Name, s.Name())
				}
				if !covered[s] {
					in, _ := value.Number(value.Structured(v).(map[string]any)["input_tokens"])
					sum += in
				}
				covered[s] = true
			}
			if sum != want[tr.ID] {
				t.Errorf("%s %s: MLflow would show %v input tokens, want %v", c.Name, tr.ID, sum, want[tr.ID])
			}
		}
	}
}

func TestAnnotatedKeepsWhatIsThere(t *testing.T) {
	own := m{"mlflow.spanInputs": `{"q":1}`, "mlflow.spanOutputs": `"x"`, "mlflow.traceTag.mlflow.traceName": "mine",
		"mlflow.spanType": "AGENT", "session.id": "s", "user.id": "u"}
	td := traceOf(span{Name: "job", To: 9, Attrs: own})
	once := Read(td, Rules{}).Annotated()
	if !proto.Equal(once, Read(once, Rules{}).Annotated()) {
		t.Error("annotating twice is not annotating once")
	}
	got := annotated(td)["job"]
	for k, want := range own {
		if got[k] != want {
			t.Errorf("%s = %v, want %v", k, got[k], want)
		}
	}
	if len(got) != len(own) {
		t.Errorf("added %v", got)
	}
}

func TestAnnotatedAFailedRootStaysAConversation(t *testing.T) {
	got := annotated(traceOf(span{Name: "job", To: 9, Err: "no such host", Attrs: m{"input.value": "hi"}}))["job"]
	if got["mlflow.spanOutputs"] != `{"choices":[{"message":{"content":"no such host","role":"assistant"}}]}` {
		t.Errorf("outputs %v", got["mlflow.spanOutputs"])
	}
}

// TestAnnotatedALatePart: the root came in an earlier part, and must keep its
// name, its session and its conversation.
func TestAnnotatedALatePart(t *testing.T) {
	got := annotated(traceOf(span{Name: "late", Parent: "job of another part", To: 9,
		Attrs: m{"input.value": "x", "gen_ai.operation.name": "chat"}}))["late"]
	for k := range got {
		if k != "input.value" && k != "gen_ai.operation.name" && k != "mlflow.spanType" {
			t.Errorf("added %s = %v", k, got[k])
		}
	}
	remote := annotated(traceOf(span{Name: "server", Parent: "elsewhere", Flags: 0x300, To: 9, Attrs: m{"input.value": "x"}}))["server"]
	if remote["mlflow.traceTag.mlflow.traceName"] != "server" {
		t.Errorf("a root whose parent is in another process is a root: %v", remote)
	}
}

// TestAnnotatedRepairsWhatMLflowRefuses: one such span would lose the request.
func TestAnnotatedRepairsWhatMLflowRefuses(t *testing.T) {
	td := traceOf(
		span{Name: "job", Events: []event{{Name: "e\xff", At: 5, Attrs: m{"k\xff": "v\xff"}}},
			Attrs: m{"k": "v\xff", "n": math.NaN(), "l": []any{math.Inf(-1)}, "d": m{"x\xff": math.NaN()}}},
		span{Name: "no id", From: 1, To: 2},
		span{Name: "backwards", Parent: "job", From: 50, To: 40},
	)
	spans := td.ResourceSpans[0].ScopeSpans[0].Spans
	spans[1].SpanId = make([]byte, 8)
	spans[1].ParentSpanId = make([]byte, 8)
	spans[0].Links = []*tracepb.Span_Link{{TraceId: []byte{1}}, nil,
		{TraceId: tracetest.Bytes("x", 16), SpanId: tracetest.Bytes("y", 8), TraceState: "\xff"}}
	td.ResourceSpans[0].Resource.Attributes[0].Key = "bad\xff"
	td = Read(td, Rules{}).Annotated()
	spans = td.ResourceSpans[0].ScopeSpans[0].Spans
	if _, err := proto.Marshal(td); err != nil {
		t.Fatalf("still not encodable: %v", err)
	}
	for _, s := range otlp.Spans(td) {
		if len(s.SpanId) != 8 || s.SpanId[0] == 0 || len(s.TraceId) != 16 {
			t.Errorf("%s: ids %x %x", s.Name, s.TraceId, s.SpanId)
		}
		if len(s.ParentSpanId) > 0 && s.ParentSpanId[0] == 0 {
			t.Errorf("%s: a parent of zeros", s.Name)
		}
		if s.EndTimeUnixNano < s.StartTimeUnixNano {
			t.Errorf("%s ends before it starts", s.Name)
		}
		if _, err := json.Marshal(value.Attributes(s.Attributes)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	if s := spans[0]; s.EndTimeUnixNano != tracetest.At(50) || s.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || len(s.Links) != 1 {
		t.Errorf("an open root gets an end and an error: %v %v, links %d", s.EndTimeUnixNano, s.Status, len(s.Links))
	}
	for _, kv := range td.ResourceSpans[0].Resource.Attributes {
		if kv.Key == "process.pid" {
			t.Error("process attributes would become trace tags")
		}
	}
}

func TestAnnotatedTypesEverySpanOfEveryCase(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		td := loadCase(t, c.Files)
		before := project(td, Rules{})
		td = Read(td, Rules{}).Annotated()
		for _, s := range otlp.Spans(td) {
			if a := value.Attributes(s.Attributes); value.Word(a["mlflow.spanType"]) == "" {
				t.Errorf("%s: span %q has no type", c.Name, s.Name)
			}
		}
		for i, p := range project(td, Rules{}) {
			for j, r := range p.Runs {
				for _, k := range []string{"input_tokens", "output_tokens", "llm_call_count", "tool_call_count", "error_count"} {
					if a, b := metrics(before[i].Runs[j])[k], metrics(r)[k]; a != b {
						t.Errorf("%s %s: %s was %v, after annotating %v", c.Name, r.Name, k, a, b)
					}
				}
			}
		}
	}
}
