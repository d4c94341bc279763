package runs

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/technoshare/commentator/otel/runs/internal/chat"
)

func TestKeysThatCollideAreBothKept(t *testing.T) {
	p := one(t, traceOf(span{Name: "job", To: 9, Attrs: m{"a@b": "one", "a#b": "two", "n@1": 1, "n#1": 2}}), Rules{})
	r := p.Runs[0]
	if r.Tags["a_b"] != "two" || r.Tags["a_b_2"] != "one" {
		t.Errorf("tags %v", r.Tags)
	}
	wantMetrics(t, r, map[string]float64{"n_1": 2, "n_1_2": 1})
	if !strings.Contains(strings.Join(p.Notes, "\n"), `tag "a@b" is named "a_b_2"`) {
		t.Errorf("notes %q", p.Notes)
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	whole := strings.Repeat("é", 9000)
	p := one(t, traceOf(span{Name: "job", To: 9, Attrs: m{
		"long": whole, "bad": "a\xffb", "nan": math.NaN(), "inf": math.Inf(1), "mlflow.run.param.p": whole,
		"vector": []any{1.5, math.NaN()}, "bytes": []byte{1, 2}, "list": []any{"a", "b"}, "on": true, "quoted": `"support"`,
	}}), Rules{})
	r := p.Runs[0]
	for _, v := range []string{r.Tags["long"], r.Params["p"]} {
		if !strings.HasSuffix(v, ")") || !strings.Contains(v, "… (shortened, whole value in artifact values/") {
			t.Errorf("no mark in %q", v[max(0, len(v)-80):])
		}
	}
	if n := utf8.RuneCountInString(r.Tags["long"]); n > 5000 {
		t.Errorf("tag of %d characters", n)
	}
	if n := utf8.RuneCountInString(r.Params["p"]); n > 6000 {
		t.Errorf("param of %d characters", n)
	}
	if artifact(r, "values/long.txt") != whole || artifact(r, "values/p.txt") != whole {
		t.Error("the whole value is not in an artifact")
	}
	for k, want := range map[string]string{"bad": "a\uFFFDb", "nan": "NaN", "inf": "+Inf", "list": "a, b", "on": "true",
		"quoted": "support"} {
		if r.Tags[k] != want {
			t.Errorf("tag %s = %q, want %q", k, r.Tags[k], want)
		}
	}
	for k := range metrics(r) {
		if k == "nan" || k == "inf" {
			t.Errorf("metric %s", k)
		}
	}
	if artifact(r, "values/bytes.bin") != "\x01\x02" {
		t.Error("bytes are lost")
	}
}

func TestAThousandAttributesAndFiveMegabytes(t *testing.T) {
	attrs := m{"big": strings.Repeat("x", 5<<20)}
	for i := range 1000 {
		attrs[fmt.Sprintf("s%03d", i)] = "v"
		attrs[fmt.Sprintf("n%04d", i)] = i
	}
	attrs["gen_ai.operation.name"], attrs["gen_ai.usage.input_tokens"] = "chat", 5
	p := one(t, traceOf(span{Name: "job", To: 9, Attrs: attrs}), Rules{Limits: Limits{Metrics: 100, ArtifactBytes: 1 << 20}})
	r := p.Runs[0]
	if len(r.Tags) > 200 || len(r.Metrics) > 130 {
		t.Errorf("%d tags, %d metrics", len(r.Tags), len(r.Metrics))
	}
	wantMetrics(t, r, map[string]float64{"input_tokens": 5, "latency_seconds": 0.009, "llm_call_count": 1})
	if a := artifact(r, "attributes.json"); !strings.Contains(a, `"s999": "v"`) {
		t.Error("tags beyond the limit are lost")
	}
	if a := artifact(r, "metrics.json"); !strings.Contains(a, `"n0999"`) {
		t.Error("metrics beyond the limit are lost")
	}
	cut := artifact(r, "values/big.txt.cut.txt")
	if len(cut) > 1<<20 || !strings.Contains(cut, "cut here") {
		t.Errorf("an artifact of %d bytes", len(cut))
	}
	if len(p.Notes) == 0 {
		t.Error("nothing is dropped silently, but there are no notes")
	}
}

func TestWhereAttributesGo(t *testing.T) {
	p := one(t, traceOf(
		span{Name: "job", To: 1000, Attrs: m{"queue.depth": 3, "server.port": 8080, "http.status_code": 200, "note": "short",
			"ratio": 0.5}},
		span{Name: "chat m", Parent: "job", From: 1, To: 500, Attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.model": "m-2024",
			"gen_ai.provider.name":       "openai",
			"gen_ai.request.temperature": 0.2, "gen_ai.request.max_tokens": 100, "gen_ai.usage.input_tokens": 10,
			"gen_ai.usage.output_tokens": 2,
			"gen_ai.input.messages":      `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`,
			"gen_ai.output.messages":     `[{"role":"assistant","parts":[{"type":"text","content":"ho"}]}]`,
		}},
		span{Name: "retrieve", Parent: "job", From: 501, To: 600, Attrs: m{
			"openinference.span.kind": "RETRIEVER", "input.value": "q", "retrieval.documents.0.document.content": "text",
			"retrieval.documents.0.document.id": "d1",
		}},
		span{Name: "stage", Parent: "job", From: 601, To: 900},
		span{Name: "execute_tool t", Parent: "stage", From: 602, To: 700,
			Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "t", "gen_ai.tool.call.arguments": `{"a":1}`,
				"gen_ai.tool.call.result": "ok"}},
	), Rules{})
	job := p.Runs[0]
	wantMetrics(t, job, map[string]float64{
		"queue.depth": 3, "ratio": 0.5, "server.port": -1, "http.status_code": -1, "input_tokens": 10, "tool_call_count": 1,
		"tokens/input": 10, "tokens/output": 2, "latency/chat m": 0.499, "latency/stage": 0.299, "latency_seconds": 1,
	})
	if job.Tags["note"] != "short" || job.Tags["server.port"] != "8080" || job.Params["model"] != "m" || job.Tags["service.name"] != "tests" {
		t.Errorf("tags %v params %v", job.Tags, job.Params)
	}
	chat := run(t, p, "chat m")
	for k, want := range map[string]string{"model": "m", "response_model": "m-2024", "provider": "openai", "temperature": "0.2",
		"max_tokens": "100"} {
		if chat.Params[k] != want {
			t.Errorf("param %s = %q, want %q", k, chat.Params[k], want)
		}
	}
	if a := artifact(chat, "messages.json"); !strings.Contains(a, `"content": "hi"`) || !strings.Contains(a, `"content": "ho"`) {
		t.Errorf("messages.json = %s", a)
	}
	if a := artifact(run(t, p, "retrieve"), "documents.json"); !strings.Contains(a, `"id": "d1"`) {
		t.Errorf("documents.json = %s", a)
	}
	if a := artifact(run(t, p, "stage"), "tool_calls.json"); !strings.Contains(a, `"result": "ok"`) || !strings.Contains(a, `"a": 1`) {
		t.Errorf("tool_calls.json = %s", a)
	}
}

func TestSteeringFromInsideASpan(t *testing.T) {
	p := one(t, traceOf(
		span{Name: "job", To: 1000, Attrs: m{
			"mlflow.run.tag.team": "blue", "mlflow.run.param.k": 5, "mlflow.run.metric.score": "0.75", "mlflow.run.metric.good": true,
			"mlflow.run.artifact.out/report.md": "# hi", "mlflow.run.artifact.data.json": `{"a":[1]}`,
			"mlflow.run.artifact.empty.txt": "",
			"mlflow.run.tag.otel.trace_id":  "forged", "mlflow.run.tag.mlflow.parentRunId": "forged",
			"mlflow.run.metric.latency_seconds": 9,
		}, Events: []event{
			{Name: "mlflow.metric", At: 10, Attrs: m{"key": "loss", "value": 2.0, "step": 1}},
			{Name: "mlflow.metric", At: 20, Attrs: m{"key": "loss", "value": 1.0, "step": 2}},
			{Name: "mlflow.metric", At: 30, Attrs: m{"key": "", "value": 1.0}},
			{Name: "gen_ai.evaluation.result", At: 40,
				Attrs: m{"gen_ai.evaluation.name": "gate/length", "gen_ai.evaluation.score.value": 1.0,
					"gen_ai.evaluation.score.label": "pass", "gen_ai.evaluation.explanation": "ok"}},
		}},
		span{Name: "stage", Parent: "job", From: 1, To: 500},
		span{Name: "inner", Parent: "stage", From: 2, To: 400, Attrs: m{"mlflow.run.tag.from": "inner", "mlflow.run.metric.depth": 2}},
	), Rules{})
	job := p.Runs[0]
	if job.Tags["team"] != "blue" || job.Params["k"] != "5" ||
		job.Tags["otel.trace_id"] != p.TraceID.String() || job.Tags["mlflow.parentRunId"] != "" {
		t.Errorf("tags %v params %v", job.Tags, job.Params)
	}
	wantMetrics(t, job, map[string]float64{"score": 0.75, "good": 1, "loss": 1, "gate/length": 1, "latency_seconds": 9})
	if artifact(job, "out/report.md") != "# hi" || artifact(job, "data.json") != `{"a":[1]}` || artifact(job, "empty.txt") != "" {
		t.Errorf("artifacts %v", job.Artifacts)
	}
	var steps []int64
	for _, mt := range job.Metrics {
		if mt.Key == "loss" {
			steps = append(steps, mt.Step)
		}
	}
	if fmt.Sprint(steps) != "[1 2]" {
		t.Errorf("steps %v", steps)
	}
	if s := run(t, p, "stage"); s.Tags["from"] != "inner" || metrics(s)["depth"] != 2 {
		t.Errorf("a folded span steers its nearest run: %v", s.Tags)
	}
	if len(p.Trace.Assessments) != 1 {
		t.Fatalf("assessments %v", p.Trace.Assessments)
	}
	a := p.Trace.Assessments[0]
	if a.Name != "gate_length" || a.Value != true || a.Rationale != "ok" || a.SourceID != "job" ||
		!regexp.MustCompile(`^a-[0-9a-f]{32}$`).MatchString(a.ID) {
		t.Errorf("assessment %+v", a)
	}
	if !strings.Contains(strings.Join(p.Notes, "\n"), "needs a key and a numeric value") {
		t.Errorf("notes %q", p.Notes)
	}
}

func TestWhatTheTraceShows(t *testing.T) {
	long := strings.Repeat("word ", 400)
	for _, c := range []struct {
		name    string
		in, out any
		wantIn  string
		wantOut string
	}{
		{"semconv parts",
			`[{"role":"system","parts":[{"type":"text","content":"be nice"}]},{"role":"user","parts":[{"type":"text","content":"hi"}]}]`,
			`[{"role":"assistant","parts":[{"type":"tool_call","name":"t"}]},` +
				`{"role":"assistant","parts":[{"type":"text","content":"ho"}]}]`, "hi", "ho"},
		{"OpenAI bodies", `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`,
			`{"choices":[{"message":{"role":"assistant","content":"ho"}}]}`, "hi", "ho"},
		{"a function's arguments", `{"args":["hi"],"kwargs":{}}`, `"ho"`, "hi", "ho"},
		{"one key", `{"question":"hi"}`, `{"answer":"ho"}`, "hi", "ho"},
		{"LangChain", `{"messages":[{"type":"human","data":{"content":"hi"}}]}`,
			`{"messages":[{"type":"human","data":{"content":"hi"}},{"type":"ai","data":{"content":"ho"}}]}`, "hi", "ho"},
		{"Gemini", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`,
			`{"candidates":[{"content":{"role":"model","parts":[{"text":"ho"}]}}]}`, "hi", "ho"},
		{"roles without text, and the text elsewhere", `[{"message":{"role":"user"}}]`, "ho", "hi", "ho"},
		{"tool calls only", "hi",
			`[{"message":{"role":"assistant","tool_calls":[{"tool_call":` +
				`{"id":"1","function":{"name":"look","arguments":"{\"city\":1}"}}}]}}]`, "hi", `look({"city":1})`},
		{"hidden", "__REDACTED__", "__REDACTED__", "", ""},
		{"text that is long", long, long, chat.Preview(strings.TrimSpace(long)), chat.Preview(strings.TrimSpace(long))},
	} {
		t.Run(c.name, func(t *testing.T) {
			attrs := m{"input.value": c.in, "output.value": c.out, "session.id": "C1/17.2", "user.id": "U1"}
			if c.name == "roles without text, and the text elsewhere" {
				attrs["gen_ai.input.messages"], attrs["input.value"] = c.in, `{"messages":[{"role":"user","content":"hi"}]}`
			}
			p := one(t, traceOf(span{Name: "job", To: 9, Attrs: attrs}), Rules{})
			if p.Trace.RequestPreview != c.wantIn || p.Trace.ResponsePreview != c.wantOut {
				t.Errorf("got %q and %q", p.Trace.RequestPreview, p.Trace.ResponsePreview)
			}
			if utf8.RuneCountInString(p.Trace.RequestPreview) > 1000 {
				t.Error("preview too long")
			}
			if p.Trace.SessionID != "C1:17.2" || p.Trace.UserID != "U1" {
				t.Errorf("session %q user %q", p.Trace.SessionID, p.Trace.UserID)
			}
		})
	}
}
