package main

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

// TestPagesWithARealSmallModel runs the main job as its users do. A model
// of 270 million parameters writes well-formed answers, not good ones, so the
// gates may hold its comments back; what MLflow shows must be right all the same.
func TestPagesWithARealSmallModel(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server and a real model")
	}
	llm := os.Getenv("COMMENTATOR_TEST_LLM_URL")
	if llm == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("COMMENTATOR_TEST_LLM_URL is not set: scripts/test.sh starts a small model")
		}
		t.Skip("no model: scripts/start_llm.sh --background starts one, then set COMMENTATOR_TEST_LLM_URL")
	}
	b := newOwnBench(t)
	c := b.mlflow(server.URI(t))
	b.set("OPENAI_BASE_URL", llm)
	b.set("MODEL", "gemma-3-270m")
	b.set("MODEL_CONTEXT_TOKENS", "4096")
	b.set("MODEL_MAX_TOKENS", "600")
	b.set("MODEL_TIMEOUT", "300s")
	pages := []string{"more/ebb.html", "fetch-api.html"}
	if os.Getenv("COMMENTATOR_TEST_PAGES") == "all" { // which takes minutes beside other tests
		pages = append(pages, "javascript-code-coverage.html", "mozilla-wikipedia.html", "more/hermitian-matrix.html")
	}
	for _, page := range pages {
		code, out, errs := b.run("run", "--json", "--wait=5m", b.page(page))
		rep := decode(t, out)[0]
		t.Logf("%s: exit code %d, %s %s %v", page, code, rep.Outcome, rep.Error, rep.GateFailures)
		if !rep.Delivered || (code != exitOK && code != exitJob) {
			t.Fatalf("exit code %d\n%s%s", code, out, errs)
		}
		if rep.Outcome == "error" {
			continue // the model rambled past its limit: no result to show
		}
		checkTable(t, c, b, rep, rep.URL, "127.0.0.1")
		checkTokens(t, c, b, rep)
	}
}

// checkTokens holds run tree and trace to the same numbers, counted once.
func checkTokens(t *testing.T, c *mlflow.Client, b *bench, rep jobReport) {
	t.Helper()
	runs := b.tree(c, rep.JobID)
	parent, analysis := metrics(runs[""]), metrics(runs["analysis"])
	if analysis["input_tokens"] < 100 || analysis["output_tokens"] < 10 || analysis["llm_call_count"] < 1 {
		t.Errorf("analysis metrics %v", analysis)
	}
	for _, k := range []string{"input_tokens", "output_tokens", "total_tokens", "llm_call_count"} {
		if parent[k] != analysis[k] {
			t.Errorf("%s is %v on the parent, %v on analysis", k, parent[k], analysis[k])
		}
	}
	if analysis["total_tokens"] != analysis["input_tokens"]+analysis["output_tokens"] {
		t.Errorf("total of %v", analysis)
	}
	if p := params(runs["analysis"]); p["model"] != "gemma-3-270m" || p["temperature"] == "" || p["max_tokens"] != "600" ||
		p["prompt_name"] == "" || p["prompt_version"] == "" {
		t.Errorf("params of analysis %v", p)
	}
	found, err := c.SearchTraces(context.Background(), runs[""].Info.ExperimentID, "attributes.run_id = '"+runs[""].Info.RunID+"'", 1)
	if err != nil || len(found) != 1 {
		t.Fatalf("trace of the job: %v, %v", found, err)
	}
	var usage struct {
		Total float64 `json:"total_tokens"`
	}
	if err := json.Unmarshal([]byte(found[0].Metadata["mlflow.trace.tokenUsage"]), &usage); err != nil {
		t.Fatalf("token usage of the trace %v: %v", found[0].Metadata, err)
	}
	if usage.Total != analysis["total_tokens"] {
		t.Errorf("the trace has %v tokens, the run %v", usage.Total, analysis["total_tokens"])
	}
}
