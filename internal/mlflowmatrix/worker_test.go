package mlflowmatrix

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// viaWorker runs the worker's program on a page, with the offline analyst or with a
// model that reports tokens. Of what it leaves undelivered where nobody answers a copy
// is kept, which is delivered a second time.
func viaWorker(t *testing.T, s *site, experiment string, withTokens bool) delivered {
	t.Helper()
	program, err := programs.worker()
	if err != nil {
		t.Fatal(err)
	}
	pages := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	t.Cleanup(pages.Close)
	w := worker{t: t, s: s, program: program, experiment: experiment, pages: pages.URL, data: t.TempDir(), tokens: withTokens}
	if withTokens {
		model := httptest.NewServer(http.HandlerFunc(answerQuestion))
		t.Cleanup(model.Close)
		w.model = model.URL + "/v1"
	}

	// One job as people run it: the server is there.
	d := w.run(s.uri, 0)
	d.faults = append(d.faults, w.outbox(w.data)...)

	// Another while it is away, delivered afterwards, twice.
	late := w.run("http://127.0.0.1:1", 4)
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(w.data)); err != nil {
		t.Fatal(err)
	}
	d.faults = append(d.faults, late.faults...)
	d.faults = append(d.faults, w.retry(w.data)...)
	d.more = []expectation{late.want}
	d.again = func() []string { return w.retry(copied) }
	return d
}

// worker is a place to run the program in.
type worker struct {
	t                                       *testing.T
	s                                       *site
	program, experiment, pages, model, data string
	tokens                                  bool
}

func (w worker) env(uri, data string) []string {
	env := environ("MLFLOW_TRACKING_URI="+uri, "MLFLOW_EXPERIMENT_NAME="+w.experiment, "COMMENTATOR_DATA_DIR="+data,
		"COMMENTATOR_FETCH_ALLOW="+strings.TrimPrefix(w.pages, "http://"), "LOG_LEVEL=WARN")
	if w.tokens {
		env = append(env, "OPENAI_BASE_URL="+w.model, "OPENAI_API_KEY=of-a-test", "MODEL=test-1")
	}
	return env
}

// run does one job, and checks the exit code and what the program says of it.
func (w worker) run(uri string, wantCode int) (d delivered) {
	w.t.Helper()
	wait := "--wait=" + deliveryTime.String()
	if wantCode != 0 {
		wait = "--wait=100ms"
	}
	p := start(w.t, w.data, w.env(uri, w.data), w.program, "run", "--json", wait, w.pages+"/lamps.html")
	code := p.wait(w.t)
	var report struct {
		JobID     string `json:"job_id"`
		Outcome   string `json:"outcome"`
		TraceID   string `json:"trace_id"`
		Delivered bool   `json:"delivered"`
	}
	if err := json.Unmarshal(p.out.Bytes(), &report); err != nil {
		w.t.Fatalf("exit code %d: %v\n%s%s", code, err, &p.out, &p.err)
	}
	if code != wantCode || report.Delivered != (wantCode == 0) || report.Outcome != "success" {
		d.fault("commentator run: exit code %d, outcome %s, delivered: %v; %s", code, report.Outcome, report.Delivered, lastLines(p.err.String()))
	}
	d.want = w.expectation(report.JobID, report.TraceID)
	return d
}

// retry delivers what waits in a data folder.
func (w worker) retry(data string) (faults []string) {
	w.t.Helper()
	var d delivered
	p := start(w.t, data, w.env(w.s.uri, data), w.program, "outbox", "retry", "--here", "--wait="+deliveryTime.String())
	if code := p.wait(w.t); code != 0 {
		d.fault("commentator outbox retry: exit code %d; %s", code, lastLines(p.err.String()))
	}
	return append(d.faults, w.outbox(data)...)
}

// outbox says what is still in the outbox of a data folder.
func (w worker) outbox(data string) (faults []string) {
	w.t.Helper()
	p := start(w.t, data, w.env(w.s.uri, data), w.program, "outbox", "list", "--json")
	if code := p.wait(w.t); code != 0 {
		w.t.Fatalf("outbox list: exit code %d\n%s", code, &p.err)
	}
	var d delivered
	dec := json.NewDecoder(&p.out)
	for dec.More() {
		var e struct{ State, Reason string }
		if err := dec.Decode(&e); err != nil {
			w.t.Fatal(err)
		}
		d.fault("the outbox has a trace that is %s: %.300s", e.State, e.Reason)
	}
	return d.faults
}

func (w worker) expectation(jobID, traceID string) expectation {
	all := map[string]string{"job_id": jobID, "outcome": "success", "domain": "127.0.0.1", "adapter_name": "GenericAdapter"}
	with := func(key, value string) map[string]string {
		out := map[string]string{key: value}
		for k, v := range all {
			out[k] = v
		}
		return out
	}
	took := func(more ...string) map[string]float64 {
		out := map[string]float64{"latency_seconds": anyNumber}
		for _, k := range more {
			out[k] = anyNumber
		}
		return out
	}
	parent, model := "job_"+jobID, map[string]string{"model": anyText}
	e := expectation{
		traceID: traceID,
		runs: map[string]expectedRun{
			parent: {
				parent: true, tags: with("channel_id", "cli"), params: model,
				metrics: took("snippet_count", "tool_call_count", "gate_failures", "error_count"),
				artifacts: []string{
					"commentary.md", "retrieval/evidence.json", "analysis/analysis_result.json", "quality_gates/gates.json",
					"slack_post/slack_payload.json", "slack_post/message.html",
				},
			},
			"retrieval": {
				tags: with("stage", "retrieval"), params: map[string]string{"adapter_name": "GenericAdapter", "coverage": anyText},
				metrics: took("snippet_count", "source_count"), artifacts: []string{"evidence.json"},
			},
			"analysis": {
				tags: with("stage", "analysis"), params: model, metrics: took("tool_call_count"), artifacts: []string{"analysis_result.json"},
			},
			"quality_gates": {tags: with("stage", "quality_gates"), metrics: took("gate_passed"), artifacts: []string{"gates.json"}},
			"slack_post":    {tags: with("stage", "slack_post"), metrics: took(), artifacts: []string{"slack_payload.json"}},
		},
		spans: []string{
			"GET 127.0.0.1", "analysis.run", "extract 127.0.0.1", "pipeline.process_job", "quality_gates.validate", "retrieval.fetch_evidence", "slack.post_message",
		},
	}
	if w.tokens {
		e.spans = append(e.spans, "chat test-1")
		slices.Sort(e.spans)
		e.count(tokensIn, tokensOut, parent, "analysis")
	}
	return e
}

// answerQuestion stands in for a model that reports the tokens it used.
func answerQuestion(rw http.ResponseWriter, _ *http.Request) {
	content, err := os.ReadFile(filepath.Join("testdata", "answer.json"))
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	message := map[string]any{"role": "assistant", "content": string(content)}
	_ = json.NewEncoder(rw).Encode(map[string]any{
		"id": "chatcmpl-1", "object": "chat.completion", "model": "test-1", "created": 1,
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": message}},
		"usage":   map[string]any{"prompt_tokens": tokensIn, "completion_tokens": tokensOut, "total_tokens": tokensIn + tokensOut},
	})
}

// lastLines is the end of a log, on one line.
func lastLines(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " / ")
}
