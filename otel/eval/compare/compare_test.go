package compare_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/eval/compare"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runprocessor"
)

var server = mlflowtest.New(mlflowtest.WithVersion("3.18.0"))

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// rows are so many with one score each.
func rows(from int, scores ...float64) []compare.Row {
	out := make([]compare.Row, len(scores))
	for i, s := range scores {
		out[i] = compare.Row{ID: fmt.Sprint(from + i), Scores: map[string]float64{"s": s}}
	}
	return out
}

func TestRowsAreMatchedByTheirIDs(t *testing.T) {
	baseline := append(rows(0, 0, 0, 0, 0, 0, 0, 0, 0), rows(0, 1)...) // row 0 twice
	candidate := append(rows(1, 1, 1, 1, 1, 1, 1), rows(8, 1)...)      // row 7 is missing, row 8 more
	candidate[0].Scores = map[string]float64{"s": 1, "other": 1}       // which the baseline lacks
	candidate = append(candidate, compare.Row{ID: "0", Scores: nil})   // doubled in the baseline
	r, err := compare.Rows(baseline, candidate)
	if err != nil {
		t.Fatal(err)
	}
	if r.Pairs != 6 || len(r.Scorers) != 1 || fmt.Sprint(r.OnlyBaseline) != "[7]" || fmt.Sprint(r.OnlyCandidate) != "[8 0]" || fmt.Sprint(r.Doubled) != "[0]" {
		t.Errorf("%+v", r)
	}
	if s := r.Scorers[0]; s.Pairs != 6 || s.Diff != 1 || s.PValue != 0.03125 || !s.Improved(0.05) || s.Improved(0.01) || s.Regressed(0.05) {
		t.Errorf("%+v", s)
	}
}

func TestWhatIsBetterIsSaid(t *testing.T) {
	worse, better := rows(0, 5, 6, 7, 8, 9, 10, 11), rows(0, 1, 2, 3.5, 4, 5, 6, 7)
	r, err := compare.Rows(worse, better, compare.WithLowerIsBetter("s"))
	if err != nil || !r.Scorers[0].Improved(0.05) || r.AssertImproved(0.05, "s") != nil || r.AssertImproved(0.05) != nil {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = compare.Rows(worse, better)
	if err != nil || !r.Scorers[0].Regressed(0.05) {
		t.Errorf("%+v, %v", r, err)
	}
	few, err := compare.Rows(worse[:3], better[:3])
	if err != nil || few.Scorers[0].Enough || !math.IsNaN(few.Scorers[0].Diff) {
		t.Errorf("%+v, %v", few, err)
	}
	for want, err := range map[string]error{
		"difference -3.9": r.AssertImproved(0.05, "s"), "was not compared": r.AssertImproved(0.05, "x"), "needs 6": few.AssertImproved(0.05),
		"no scorer": compare.Result{}.AssertImproved(0.05),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := compare.Rows(nil, nil, compare.WithConfidence(1)); err == nil {
		t.Error("a confidence of 1 was taken")
	}
}

// evaluate brings an evaluation to the server and returns the id of its run.
func evaluate(t *testing.T, c *mlflow.Client, experiment, variant string, task func(context.Context, int) (float64, error)) (string, eval.Report) {
	t.Helper()
	p, err := runprocessor.New(t.Context(), runprocessor.WithSpoolDir(filepath.Join(t.TempDir(), "outbox")), runprocessor.WithShutdownTimeout(4*time.Minute),
		runprocessor.WithConfig(mlflow.Config{URI: c.URI(), ExperimentName: experiment, EnableTracking: true, EnableTracing: true}))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	var data []eval.Row[int, float64]
	for i := range 14 {
		data = append(data, eval.Row[int, float64]{ID: fmt.Sprint("row ", i), Inputs: i, Expected: float64(i)})
	}
	r, err := eval.RunWith(t.Context(), []eval.Option{
		eval.WithTracerProvider(provider), eval.WithName(variant), eval.WithParams(map[string]string{"variant": variant}), eval.WithConcurrency(1),
	}, eval.Slice("numbers", data...), task,
		eval.Check("near", func(_ int, want, out float64) bool { return math.Abs(want-out) < 1 }),
		eval.Measure("error", func(_ int, want, out float64) float64 { return math.Abs(want - out) }))
	if err != nil {
		t.Fatal(err)
	}
	end, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	defer cancel()
	if err := provider.Shutdown(end); err != nil {
		t.Fatal(err)
	}
	exp, err := c.ExperimentByName(t.Context(), experiment)
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{
		ExperimentIDs: []string{exp.ID}, Filter: "tags.`otel.trace_id` = '" + r.TraceID.String() + "'",
	})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d runs, %v", len(found), err)
	}
	return found[0].Info.RunID, r
}

// TestWhatIsLoggedIsWhatMLflowLogs: compare_evaluations of the server's own release, and ours,
// each into a run of the same evaluation.
func TestWhatIsLoggedIsWhatMLflowLogs(t *testing.T) {
	c, err := mlflow.NewClient(server.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	experiment := mlflowtest.Experiment(t)
	baseline, before := evaluate(t, c, experiment, "baseline", func(_ context.Context, n int) (float64, error) { return float64(n) * 1.2, nil })
	candidate, after := evaluate(t, c, experiment, "candidate", func(_ context.Context, n int) (float64, error) { return float64(n) * 1.05, nil })
	r, err := compare.Runs(t.Context(), c, baseline, candidate)
	if err != nil {
		t.Fatal(err)
	}
	own, err := compare.Reports(before, after)
	if err != nil || own.Pairs != 14 || len(own.Scorers) != 2 || math.Abs(own.Scorers[0].Diff-r.Scorers[0].Diff) > 1e-12 {
		t.Errorf("by the reports %+v, by the server %+v, %v", own, r, err)
	}
	if _, err := compare.Runs(t.Context(), c, baseline, baseline); err == nil {
		t.Error("a run was compared with itself")
	}
	theirs, theirFile := logged(t, c, candidate, func() { pythonCompares(t, c.URI(), baseline, candidate) })
	ours, ourFile := logged(t, c, candidate, func() {
		if err := compare.Log(t.Context(), c, baseline, candidate, r); err != nil {
			t.Fatal(err)
		}
	})
	if len(theirs) != 2*6 || len(ours) != len(theirs) || ourFile != theirFile {
		t.Fatalf("MLflow logs %v and %s, we log %v and %s", theirs, theirFile, ours, ourFile)
	}
	for key, want := range theirs {
		if got, ok := ours[key]; !ok || math.Abs(got-want) > 1e-6 {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
}

// logged returns the metrics of a comparison after do, and its artifact with its path.
func logged(t *testing.T, c *mlflow.Client, runID string, do func()) (metrics map[string]float64, file string) {
	t.Helper()
	do()
	run, err := c.GetRun(t.Context(), runID)
	if err != nil {
		t.Fatal(err)
	}
	metrics = map[string]float64{}
	for _, m := range run.Data.Metrics {
		if strings.HasPrefix(m.Key, "compare/") {
			metrics[m.Key] = m.Value
		}
	}
	files, err := c.ListArtifacts(t.Context(), runID, "compare")
	if err != nil || len(files) != 1 {
		t.Fatalf("artifacts %v, %v", files, err)
	}
	text, err := c.GetArtifact(t.Context(), mlflow.ArtifactRoot{RunID: runID, URI: run.Info.ArtifactURI}, files[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	return metrics, files[0].Path + ": " + string(text)
}

// pythonCompares runs MLflow's own comparison, of the release of the server.
func pythonCompares(t *testing.T, uri, baseline, candidate string) {
	t.Helper()
	cache := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(cache) {
		home, err := os.UserHomeDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(home, ".cache")
	}
	python := filepath.Join(cache, "commentator", "mlflow-3.18.0", "bin", "python") // where mlflowtest installs it
	cmd := exec.CommandContext(t.Context(), python, "-c", `import sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.genai.compare_evaluations(candidate_run_id=sys.argv[3], baseline_run_id=sys.argv[2], log_results=True)`, uri, baseline, candidate)
	cmd.Env = append(os.Environ(), "MLFLOW_DISABLE_TELEMETRY=true")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
