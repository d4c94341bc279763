package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// obedient is a model server whose comments depend on the prompt: they have a link that is not on the
// page about pages of which the prompt says "link row <id>.", and none comes where it says "fail row <id>.".
// It takes money for each answer, but not for one that it gave under the same idempotency key.
type obedient struct {
	*httptest.Server
	mu     sync.Mutex
	paid   map[string]int // by key
	calls  int
	called chan struct{} // one for each call, where somebody waits
	delay  time.Duration
}

func newObedient(t testing.TB) *obedient {
	o := &obedient{paid: map[string]int{}, called: make(chan struct{}, 10_000)}
	comment, err := os.ReadFile(filepath.Join(sourceDir, "testdata/comment.json"))
	if err != nil {
		t.Fatal(err)
	}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { o.answer(w, r, string(comment)) }))
	t.Cleanup(o.Close)
	return o
}

func (o *obedient) answer(w http.ResponseWriter, r *http.Request, comment string) {
	var said struct {
		Model    string
		Messages []struct{ Content string }
	}
	if err := json.NewDecoder(r.Body).Decode(&said); err != nil || len(said.Messages) != 2 {
		http.Error(w, "no messages", http.StatusBadRequest)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	o.mu.Lock()
	o.calls++
	if o.paid[key] == 0 || key == "" {
		o.paid[key]++
	}
	o.mu.Unlock()
	o.called <- struct{}{}
	time.Sleep(o.delay) // a model takes time
	told := func(what string) bool {
		for n := range 200 {
			if row := fmt.Sprintf("row %d.", n); strings.Contains(said.Messages[1].Content, row) {
				return strings.Contains(said.Messages[0].Content, what+" "+row)
			}
		}
		return false
	}
	if told("fail") {
		http.Error(w, `{"error":{"message":"out of order"}}`, http.StatusBadRequest)
		return
	}
	if told("link") {
		comment = strings.Replace(comment, "replaces XMLHttpRequest.", "replaces https://elsewhere.example/x today.", 1)
	}
	completion(comment, "stop")(w, r)
}

// evaluationBench is a place for evaluations: a dataset of rows, and prompts by what they tell the model.
func evaluationBench(t *testing.T, uri string, rows int, model *obedient, told ...string) (*bench, *mlflow.Client) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	c := b.mlflow(uri)
	b.set("OPENAI_BASE_URL", model.URL)
	e, _, err := c.EnsureExperiment(t.Context(), b.experiment, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []datasets.Row
	for n := range rows {
		all = append(all, datasets.Row{ID: fmt.Sprintf("r%03d", n), Inputs: datasets.Inputs{URL: fmt.Sprintf("https://e.com/%d", n), Evidence: &job.Evidence{
			URL: "https://e.com", Title: "Fetch API", AdapterName: "WebAdapter", Coverage: job.CoverageFull, Lang: "en",
			Text: fmt.Sprintf("The Fetch API replaces XMLHttpRequest. Headers, bodies and Service workers use it, and signals abort it. This is row %d.", n),
		}}})
	}
	if done, err := datasets.Put(t.Context(), c, e.ID, "links", all...); err != nil || done.Added != rows {
		t.Fatalf("%+v, %v", done, err)
	}
	versions := registry.New(c, nil)
	for i, what := range told {
		p := &job.Prompt{Name: b.promptName(), System: "Comment on the page in {{language}}. {{context}} " + what}
		v, _, err := versions.Push(t.Context(), b.promptName(), p, e.ID)
		if err == nil && i == 0 {
			err = c.SetPromptAlias(t.Context(), b.promptName(), prompts.Production, v.Version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return b, c
}

// promptName is that of the bench's prompts, which are of no other one.
func (b *bench) promptName() string { return "commentary-" + filepath.Base(b.experiment) }

// printedEvaluation is what eval --json prints.
type printedEvaluation struct {
	RunID    string `json:"run_id"`
	RunURL   string `json:"run_url"`
	Variants []struct {
		Prompt, Model string
		RunID         string `json:"run_id"`
		Rows, Failed  int
		CostUSD       float64 `json:"cost_usd"`
		Scores        map[string]float64
	}
	Comparison struct {
		Baseline, Verdict string
		Results           []struct {
			Scorer string
			N      int
			Diff   *float64
		}
	}
}

// eval runs the command with --json.
func (b *bench) eval(wantCode int, args ...string) printedEvaluation {
	b.t.Helper()
	args = append([]string{"eval", "--json", "--dataset=links", "--wait=5m"}, args...)
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "PROMPT", b.promptName())
	}
	code, out, errs := b.run(args...)
	if code != wantCode {
		b.t.Fatalf("%q: exit code %d, want %d\n%s\n%s", args, code, wantCode, out, errs)
	}
	var got printedEvaluation
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		b.t.Fatalf("%v\n%s\n%s", err, out, errs)
	}
	return got
}

// TestPromptsAreComparedAndTheVerdictIsInMLflow evaluates a better and a worse prompt than that of production.
func TestPromptsAreComparedAndTheVerdictIsInMLflow(t *testing.T) {
	model := newObedient(t)
	b, c := evaluationBench(t, server.URI(t), 8, model, "link row 6. link row 7.", "link row 7.", "link row 1. link row 6.")
	files := t.TempDir()
	junit, markdown := filepath.Join(files, "junit.xml"), filepath.Join(files, "summary.md")

	better := b.eval(exitOK, "--prompt=PROMPT/2", "--baseline=PROMPT@production")
	if len(better.Variants) != 2 || better.RunID == "" || better.RunID != better.Variants[0].RunID || !strings.Contains(better.RunURL, better.RunID) {
		t.Fatalf("%+v", better)
	}
	for i, passed := range []float64{7.0 / 8, 6.0 / 8} {
		v := better.Variants[i]
		if v.Rows != 8 || v.Failed != 0 || v.Scores["passed"] != passed || v.Scores["links"] != passed || v.Scores["gates"] != passed ||
			v.Scores["language"] != 1 || v.CostUSD <= 0 || v.Model != "gpt-4o" {
			t.Errorf("variant %d: %+v", i, v)
		}
	}
	if n := model.calls; n != 16 {
		t.Errorf("%d calls for 16 rows", n)
	}
	if got := better.Comparison; got.Verdict != "pass" || got.Baseline != b.promptName()+"/1" || len(got.Results) != len(better.Variants[0].Scores) {
		t.Errorf("%+v", got)
	}
	b.checkEvaluation(c, better, 0, "pass", better.Variants[1].RunID)

	worse := b.eval(exitRegression, "--prompt=PROMPT/3", "--baseline=PROMPT@production", "--junit="+junit, "--markdown="+markdown)
	b.checkEvaluation(c, worse, 0, "regression", worse.Variants[1].RunID)
	for path, want := range map[string]string{junit: `<failure message="gates: links:`, markdown: "1 row passed with the baseline and not now: r001"} {
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q: %v\n%s", path, want, err, text)
		}
	}

	// Several at once: the best counts.
	both := b.eval(exitOK, "--prompt=PROMPT/3", "--prompt=PROMPT/2", "--model=gpt-4o", "--model=gpt-4o-mini", "--baseline=PROMPT@production",
		"--policy=margin=0.9")
	if len(both.Variants) != 5 || both.Variants[2].Prompt != b.promptName()+"/2" || both.RunID != both.Variants[3].RunID || both.Variants[3].Model != "gpt-4o-mini" ||
		both.Variants[3].Scores["passed"] != 7.0/8 {
		t.Errorf("the best of them is %s: %+v", both.RunID, both.Variants)
	}
	if left, err := filepath.Glob(filepath.Join(b.own["COMMENTATOR_DATA_DIR"], evalFolder, "*")); err != nil || len(left) != 0 {
		t.Errorf("journals are left: %v, %v", left, err)
	}
}

// checkEvaluation looks at what MLflow has of a variant.
func (b *bench) checkEvaluation(c *mlflow.Client, got printedEvaluation, variant int, verdict, baseline string) {
	b.t.Helper()
	v := got.Variants[variant]
	r, err := c.GetRun(b.t.Context(), v.RunID)
	if err != nil {
		b.t.Fatal(err)
	}
	tagged, p, m := tags(r), params(r), metrics(r)
	if tagged[mlflowattr.RunTypeTag] != mlflowattr.RunTypeEvaluation || tagged[prompts.VerdictTag] != verdict || tagged[prompts.EvaluatedTag] != v.Prompt ||
		tagged[mlflowattr.RowsMissingTag] != "" || !strings.Contains(tagged[mlflowattr.LinkedPromptsTag], b.promptName()) || tagged[policyTag] != "no-regression" ||
		(tagged[reasonsTag] == "") != (verdict == "pass") {
		b.t.Errorf("tags %v", tagged)
	}
	if p["model"] != v.Model || p["prompt_version"] == "" || m["passed/mean"] != v.Scores["passed"] || m["links/mean"] != v.Scores["links"] ||
		m["compare/"+baseline[:8]+"/passed/n_paired"] != 8 {
		b.t.Errorf("params %v, metrics %v", p, m)
	}
	rows := 0
	err = c.RunTraces(b.t.Context(), r.Info.ExperimentID, v.RunID, func(i mlflow.TraceInfo) error {
		rows++
		if len(i.Assessments) != len(v.Scores) || !strings.Contains(i.RequestPreview, "https://e.com/") {
			b.t.Errorf("row %s has %d assessments, and asks %s", i.Tags[mlflowattr.RowIDTag], len(i.Assessments), i.RequestPreview)
		}
		return nil
	})
	if err != nil || rows != v.Rows {
		b.t.Errorf("%d rows in MLflow, %v", rows, err)
	}
}

func TestRowsThatFailAreNoVerdict(t *testing.T) {
	model := newObedient(t)
	b, c := evaluationBench(t, server.URI(t), 3, model, "fail row 1.")
	got := b.eval(exitJob, "--prompt=PROMPT@production", "--trials=2")
	if v := got.Variants[0]; v.Rows != 6 || v.Failed != 2 || v.Scores["passed"] != 1 || got.Comparison.Verdict != "failed" || got.Comparison.Baseline != "" {
		t.Errorf("%+v", got)
	}
	r, err := c.GetRun(t.Context(), got.RunID)
	if err != nil || tags(r)[prompts.VerdictTag] != "failed" || !strings.Contains(tags(r)[reasonsTag], "2 rows failed (r001#1, r001#2)") {
		t.Errorf("tags %v, %v", tags(r), err)
	}
	if got := b.eval(exitJob, "--prompt=PROMPT@production", "--max-cost=0.0000001", "--concurrency=1"); got.Variants[0].Failed < 2 {
		t.Errorf("over the budget: %+v", got)
	}
	if got := b.eval(exitJob, "--prompt=PROMPT@production", "--first=2"); got.Variants[0].Rows != 2 {
		t.Errorf("of the first two: %+v", got)
	}
	code, out, errs := b.run("eval", "--dataset=links", "--prompt="+b.promptName()+"@production")
	if code != exitJob || !strings.Contains(out, ": 3 of 3 rows, ") || !strings.Contains(out, " of them by an earlier run, 1 failed, passed 1.000, cost $") ||
		!strings.Contains(out, "policy required: failed") || errs != "" {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
}

// TestAnEvaluationThatIsKilledGoesOn kills the built program again and again.
func TestAnEvaluationThatIsKilledGoesOn(t *testing.T) {
	const rows, kills, atOnce = 50, 5, 4
	model := newObedient(t)
	model.delay = 5 * time.Millisecond
	b, c := evaluationBench(t, server.URI(t), rows, model, "first")
	args := []string{"eval", "--json", "--dataset=links", "--prompt=" + b.promptName() + "@production", "--wait=5m", fmt.Sprint("--concurrency=", atOnce)}
	for range kills {
		p := b.start(args...)
		for range rows / kills / 2 {
			select {
			case <-model.called:
			case <-p.done:
				t.Fatalf("it ended by itself\n%s\n%s", &p.out, &p.err)
			}
		}
		p.kill()
		<-p.done
		for len(model.called) > 0 {
			<-model.called
		}
	}
	last := b.start(args...)
	if code := last.wait(t); code != exitOK {
		t.Fatalf("exit code %d\n%s\n%s", code, &last.out, &last.err)
	}
	var got printedEvaluation
	if err := json.Unmarshal(last.out.Bytes(), &got); err != nil || got.Variants[0].Rows != rows || got.Variants[0].Failed != 0 {
		t.Fatalf("%v\n%s", err, &last.out)
	}
	if len(model.paid) != rows || model.paid[""] != 0 {
		t.Errorf("%d answers were paid for %d rows, %d without a key", len(model.paid), rows, model.paid[""])
	}
	if again := model.calls - rows; again > kills*atOnce {
		t.Errorf("%d calls were made again, more than were under way at %d kills", again, kills)
	}
	runs := b.runsOf(c, "")
	if len(runs) != 1 || runs[0].Info.RunID != got.RunID || runs[0].Info.Status != "FINISHED" || tags(runs[0])[mlflowattr.RowsMissingTag] != "" {
		t.Errorf("runs %+v", runs)
	}
	var ids []string
	if err := c.RunTraces(t.Context(), runs[0].Info.ExperimentID, got.RunID, func(i mlflow.TraceInfo) error {
		ids = append(ids, i.Tags[mlflowattr.RowIDTag])
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	if len(ids) != rows || len(slices.Compact(ids)) != rows {
		t.Errorf("%d rows in MLflow: %v", len(ids), ids)
	}
}
