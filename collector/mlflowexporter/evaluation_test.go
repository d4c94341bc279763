package mlflowexporter

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestAnEvaluationInAnyLanguage runs the lines of Python in the documentation, through a
// Collector into a real server.
func TestAnEvaluationInAnyLanguage(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	text, err := os.ReadFile("../../otel/eval/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, found := bytes.Cut(text, []byte("```python\n"))
	code, _, ended := bytes.Cut(code, []byte("```"))
	if !found || !ended {
		t.Fatal("the documentation has no Python")
	}
	uri, experiment := server.URI(t), mlflowtest.Experiment(t)
	collector := collect(t, t.TempDir(), `mlflow:
  endpoint: `+uri+`
  experiment: {name: `+experiment+`}
  storage: file_storage
  assembly: {wait_after_root: 300ms}
`)
	cmd := exec.CommandContext(t.Context(), python, "-c", string(code))
	cmd.Env = append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.url)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	var run mlflow.Run
	rows := map[string]mlflow.TraceInfo{}
	within(t, 2*time.Minute, "an evaluation run with two rows", func() bool {
		e, err := c.ExperimentByName(t.Context(), experiment)
		if err != nil {
			return false
		}
		all, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{e.ID}})
		if err != nil || len(all) != 1 || all[0].Info.Status != "FINISHED" {
			return false
		}
		run = all[0]
		err = c.RunTraces(t.Context(), e.ID, run.Info.RunID, func(i mlflow.TraceInfo) error { rows[i.Tags[mlflowattr.RowIDTag]] = i; return nil })
		return err == nil && len(rows) == 2 && mlflow.TagMap(run.Data.Tags)[mlflowattr.RowsMissingTag] == ""
	})
	if tags := mlflow.TagMap(run.Data.Tags); run.Info.Name != "evaluation capitals" || tags[mlflowattr.RunTypeTag] != mlflowattr.RunTypeEvaluation ||
		mlflow.TagMap(run.Data.Params)["model"] != "guess" {
		t.Errorf("run %+v with tags %v and params %v", run.Info, tags, run.Data.Params)
	}
	for id, right := range map[string]bool{"fr": true, "it": false} {
		verdict := false
		for _, a := range rows[id].Assessments {
			verdict = verdict || a.Name == "exact" && a.Feedback != nil && a.Feedback.Value == right && a.Metadata["mlflow.assessment.sourceRunId"] == run.Info.RunID
		}
		if !verdict || len(rows[id].Assessments) != 2 {
			t.Errorf("row %s has assessments %+v", id, rows[id].Assessments)
		}
	}
}
