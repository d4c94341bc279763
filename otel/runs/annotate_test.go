package runs

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func annotated(td *tracepb.TracesData) map[string]map[string]any {
	td = proto.Clone(td).(*tracepb.TracesData)
	Annotate(td, Rules{})
	out := map[string]map[string]any{}
	eachSpan(td, func(s *tracepb.Span) { out[s.Name] = attributesOf(s.Attributes) })
	return out
}

func eachSpan(td *tracepb.TracesData, visit func(*tracepb.Span)) {
	for _, rs := range td.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				visit(s)
			}
		}
	}
}

func TestAnnotateAddsWhatMLflowNeeds(t *testing.T) {
	got := annotated(trace(
		span{name: "job", to: 100, attrs: m{"session.id": "C1/17.2"}},
		span{name: "chat m", parent: "job", from: 1, to: 50, attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.model": "m-2024", "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1,
			"gen_ai.usage.input_cost": 0.25, "gen_ai.usage.output_cost": 0.5, "gen_ai.input.messages": `[{"role":"user","content":"hi"}]`, "gen_ai.output.messages": `[{"role":"assistant","content":"ho"}]`,
		}},
		span{name: "typed", parent: "job", from: 51, to: 52, attrs: m{"mlflow.spanType": "EVALUATOR"}},
		span{name: "execute_tool t", parent: "job", from: 53, to: 54, attrs: m{"gen_ai.operation.name": "execute_tool"}},
		span{name: "retrieve", parent: "job", from: 55, to: 56, attrs: m{"gen_ai.operation.name": "retrieval"}},
		span{name: "step", parent: "job", from: 57, to: 58, kind: tracepb.Span_SPAN_KIND_INTERNAL},
		span{name: "POST", parent: "job", from: 59, to: 60, kind: tracepb.Span_SPAN_KIND_CLIENT},
	))
	for name, want := range map[string]string{
		"job": "CHAIN", "chat m": "CHAT_MODEL", "typed": "EVALUATOR", "execute_tool t": "TOOL", "retrieve": "RETRIEVER", "step": "CHAIN", "POST": "UNKNOWN",
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
func TestAnnotateShortensSessionsThatMLflowRefuses(t *testing.T) {
	long := strings.Repeat("s", 1000)
	got := annotated(trace(
		span{name: "job", to: 100},
		span{name: "step", parent: "job", from: 1, to: 2, attrs: m{"session.id": long, "gen_ai.conversation.id": long}},
	))
	for _, key := range []string{"session.id", "gen_ai.conversation.id"} {
		if got["step"][key] != long[:250] {
			t.Errorf("%s has %d characters", key, len(fmt.Sprint(got["step"][key])))
		}
	}
}

// TestMLflowsSumOfATraceComesOutRight adds up as the server does: the topmost
// span with usage stands for all below it.
func TestMLflowsSumOfATraceComesOutRight(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		td := loadCase(t, c.Files)
		want := map[string]float64{}
		for _, p := range Project(td, Rules{}) {
			want[p.TraceID] = metrics(p.Runs[0])["input_tokens"]
		}
		Annotate(td, Rules{})
		for _, tr := range grow(td, Rules{}) {
			var sum float64
			covered := map[*node]bool{}
			for _, n := range tr.ordered {
				covered[n] = n.parent != nil && covered[n.parent]
				v, ok := n.attribute("mlflow.chat.tokenUsage")
				if n.f.kind == kindEmbedding || !ok && !n.f.usage.known() {
					continue
				}
				if !ok {
					t.Errorf("%s: span %q leaves its usage to MLflow's reading", c.Name, n.pb.GetName())
				}
				if !covered[n] {
					in, _ := number(structured(v).(map[string]any)["input_tokens"])
					sum += in
				}
				covered[n] = true
			}
			if sum != want[tr.id] {
				t.Errorf("%s %s: MLflow would show %v input tokens, want %v", c.Name, tr.id[:8], sum, want[tr.id])
			}
		}
	}
}

func TestAnnotateKeepsWhatIsThere(t *testing.T) {
	own := m{"mlflow.spanInputs": `{"q":1}`, "mlflow.spanOutputs": `"x"`, "mlflow.traceTag.mlflow.traceName": "mine", "mlflow.spanType": "AGENT", "session.id": "s", "user.id": "u"}
	td := trace(span{name: "job", to: 9, attrs: own})
	Annotate(td, Rules{})
	once := proto.Clone(td)
	Annotate(td, Rules{})
	if !proto.Equal(once, td) {
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

func TestAnnotateAFailedRootStaysAConversation(t *testing.T) {
	got := annotated(trace(span{name: "job", to: 9, err: "no such host", attrs: m{"input.value": "hi"}}))["job"]
	if got["mlflow.spanOutputs"] != `{"choices":[{"message":{"content":"no such host","role":"assistant"}}]}` {
		t.Errorf("outputs %v", got["mlflow.spanOutputs"])
	}
}

// TestAnnotateALatePart: the root came in an earlier part, and must keep its
// name, its session and its conversation.
func TestAnnotateALatePart(t *testing.T) {
	got := annotated(trace(span{name: "late", parent: "job of another part", to: 9, attrs: m{"input.value": "x", "gen_ai.operation.name": "chat"}}))["late"]
	for k := range got {
		if k != "input.value" && k != "gen_ai.operation.name" && k != "mlflow.spanType" {
			t.Errorf("added %s = %v", k, got[k])
		}
	}
	remote := annotated(trace(span{name: "server", parent: "elsewhere", flags: 0x300, to: 9, attrs: m{"input.value": "x"}}))["server"]
	if remote["mlflow.traceTag.mlflow.traceName"] != "server" {
		t.Errorf("a root whose parent is in another process is a root: %v", remote)
	}
}

// TestAnnotateMendsWhatMLflowRefuses: one such span would lose the request.
func TestAnnotateMendsWhatMLflowRefuses(t *testing.T) {
	td := trace(
		span{name: "job", events: []event{{name: "e\xff", at: 5, attrs: m{"k\xff": "v\xff"}}}, attrs: m{"k": "v\xff", "n": math.NaN(), "l": []any{math.Inf(-1)}, "d": m{"x\xff": math.NaN()}}},
		span{name: "no id", from: 1, to: 2},
		span{name: "backwards", parent: "job", from: 50, to: 40},
	)
	spans := td.ResourceSpans[0].ScopeSpans[0].Spans
	spans[1].SpanId = make([]byte, 8)
	spans[1].ParentSpanId = make([]byte, 8)
	spans[0].Links = []*tracepb.Span_Link{{TraceId: []byte{1}}, nil, {TraceId: id("x", 16), SpanId: id("y", 8), TraceState: "\xff"}}
	td.ResourceSpans[0].Resource.Attributes[0].Key = "bad\xff"
	Annotate(td, Rules{})
	if _, err := proto.Marshal(td); err != nil {
		t.Fatalf("still not encodable: %v", err)
	}
	eachSpan(td, func(s *tracepb.Span) {
		if len(s.SpanId) != 8 || zero(s.SpanId) || len(s.TraceId) != 16 {
			t.Errorf("%s: ids %x %x", s.Name, s.TraceId, s.SpanId)
		}
		if len(s.ParentSpanId) > 0 && zero(s.ParentSpanId) {
			t.Errorf("%s: a parent of zeros", s.Name)
		}
		if s.EndTimeUnixNano < s.StartTimeUnixNano {
			t.Errorf("%s ends before it starts", s.Name)
		}
		if _, err := json.Marshal(attributesOf(s.Attributes)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	})
	if s := spans[0]; s.EndTimeUnixNano != at(50) || s.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || len(s.Links) != 1 {
		t.Errorf("an open root gets an end and an error: %v %v, links %d", s.EndTimeUnixNano, s.Status, len(s.Links))
	}
	for _, kv := range td.ResourceSpans[0].Resource.Attributes {
		if kv.Key == "process.pid" {
			t.Error("process attributes would become trace tags")
		}
	}
}

func TestAnnotateTypesEverySpanOfEveryCase(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		td := loadCase(t, c.Files)
		before := Project(td, Rules{})
		Annotate(td, Rules{})
		eachSpan(td, func(s *tracepb.Span) {
			if a := attributesOf(s.Attributes); word(a["mlflow.spanType"]) == "" {
				t.Errorf("%s: span %q has no type", c.Name, s.Name)
			}
		})
		for i, p := range Project(td, Rules{}) {
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
