package mlflow_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
)

// record is one of a dataset, about a page.
func record(url, text string, expectations map[string]any) mlflow.DatasetRecord {
	inputs, err := json.Marshal(map[string]string{"url": url, "text": text})
	if err != nil {
		panic(err)
	}
	return mlflow.DatasetRecord{
		Inputs: inputs, Expectations: expectations, Tags: map[string]string{"k": "v"},
		Source: &mlflow.RecordSource{Type: "TRACE", Data: map[string]any{"trace_id": "tr-" + strings.Repeat("a", 32)}},
	}
}

// inputsOf are those of a record.
func inputsOf(t *testing.T, r mlflow.DatasetRecord) (in map[string]string) {
	t.Helper()
	if err := json.Unmarshal(r.Inputs, &in); err != nil {
		t.Fatal(err)
	}
	return in
}

// recordsOf reads a dataset whole.
func recordsOf(t *testing.T, c *mlflow.Client, id string) []mlflow.DatasetRecord {
	t.Helper()
	var all []mlflow.DatasetRecord
	if err := c.DatasetRecords(t.Context(), id, func(r mlflow.DatasetRecord) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRealServerKeepsDatasets(t *testing.T) {
	c := client(t, server.URI(t))
	exp := experiment(t, c)
	if _, found, err := c.DatasetByName(t.Context(), exp, "it's"); found || err != nil {
		t.Fatalf("found %v in an empty experiment, %v", found, err)
	}
	made, err := c.CreateDataset(t.Context(), exp, "it's", map[string]string{"a": "b", "c": "d"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDatasetTags(t.Context(), made.ID, map[string]string{"a": "changed"}); err != nil {
		t.Fatal(err)
	}
	other, err := c.CreateDataset(t.Context(), exp, "it's", nil)
	if err != nil || other.ID == made.ID {
		t.Fatalf("a second one of the name: %+v, %v", other, err)
	}
	rows := []mlflow.DatasetRecord{record("https://e.com/é", "a \"b\"\n", map[string]any{"n": 1.0}), record("https://e.com/2", "", nil)}
	for i, want := range [][2]int{{2, 0}, {0, 2}} {
		if inserted, updated, err := c.PutDatasetRecords(t.Context(), made.ID, rows); inserted != want[0] || updated != want[1] || err != nil {
			t.Errorf("call %d: %d inserted, %d updated, %v", i, inserted, updated, err)
		}
	}
	rows[0].Expectations = map[string]any{"more": []any{"x"}}
	rows[0].Tags = map[string]string{"k": "w"}
	if _, _, err := c.PutDatasetRecords(t.Context(), made.ID, rows[:1]); err != nil {
		t.Fatal(err)
	}
	got, found, err := c.DatasetByName(t.Context(), exp, "it's")
	if err != nil || !found || got.ID != made.ID || got.Records != 2 || got.Digest == made.Digest || !maps.Equal(got.Tags, map[string]string{"a": "changed", "c": "d"}) {
		t.Errorf("dataset %+v, %v, %v; the older one has id %s", got, found, err, made.ID)
	}
	byURL := map[string]mlflow.DatasetRecord{}
	for _, r := range recordsOf(t, c, made.ID) {
		byURL[inputsOf(t, r)["url"]] = r
	}
	r := byURL["https://e.com/é"]
	if len(byURL) != 2 || inputsOf(t, r)["text"] != "a \"b\"\n" || fmt.Sprint(r.Expectations) != "map[more:[x] n:1]" || r.Tags["k"] != "w" ||
		r.Source.Type != "TRACE" || r.Source.Data["trace_id"] == "" || !strings.HasPrefix(r.ID, "dr-") {
		t.Errorf("records %+v", byURL)
	}
	stop := errors.New("enough")
	if err := c.DatasetRecords(t.Context(), made.ID, func(mlflow.DatasetRecord) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped with %v", err)
	}
	if all, err := c.Datasets(t.Context(), "999999"); len(all) != 0 || err != nil {
		t.Errorf("of no experiment: %v, %v", all, err)
	}
}

// What is beyond the bound of one answer is asked for in smaller pages.
func TestRealServerGivesDatasetsOfAnySize(t *testing.T) {
	c := client(t, server.URI(t))
	made, err := c.CreateDataset(t.Context(), experiment(t, c), "large", nil)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("ф\"", 200_000) // 7 and 4 bytes of an answer, for a letter and a quote
	for i := range 20 {
		if _, _, err := c.PutDatasetRecords(t.Context(), made.ID, []mlflow.DatasetRecord{record(fmt.Sprint(i), long, nil)}); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for _, r := range recordsOf(t, c, made.ID) {
		seen[inputsOf(t, r)["url"]] = true
	}
	if len(seen) != 20 {
		t.Errorf("%d records", len(seen))
	}
}

// What this client writes is what MLflow's own reads, as its own would have written it.
func TestMLflowsClientReadsOurDatasets(t *testing.T) {
	uri := server.URI(t)
	c := client(t, uri)
	exp := experiment(t, c)
	made, err := c.CreateDataset(t.Context(), exp, "ours", map[string]string{"a": "b"})
	if err != nil {
		t.Fatal(err)
	}
	rows := []mlflow.DatasetRecord{record("https://e.com/", "t", map[string]any{"expected_response": "x"})}
	if _, _, err := c.PutDatasetRecords(t.Context(), made.ID, rows); err != nil {
		t.Fatal(err)
	}
	python, err := filepath.Glob(filepath.Join(cmp.Or(os.Getenv("XDG_CACHE_HOME"), filepath.Join(os.Getenv("HOME"), ".cache")),
		"commentator", "mlflow-3.17.2", "bin", "python"))
	if err != nil || len(python) != 1 {
		t.Skip("MLflow's own client is not where it is looked for", python, err)
	}
	cmd := exec.CommandContext(t.Context(), python[0], "-c", `
import json, sys
from mlflow.genai.datasets import get_dataset
d = get_dataset(dataset_id=sys.argv[1])
d.merge_records([{"inputs": {"url": "https://e.com/", "text": "t"}, "expectations": {"expected_response": "x"}, "tags": {"k": "v"}}])
rows = d.to_df()
r = rows.iloc[0]
print(json.dumps([d.name, d.experiment_ids, len(rows), r["inputs"], r["expectations"], r["source_type"], d.tags.get("a")], sort_keys=True))`, made.ID)
	cmd.Env = append(os.Environ(), "MLFLOW_TRACKING_URI="+uri, "MLFLOW_DISABLE_TELEMETRY=true")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`["ours", ["%s"], 1, {"text": "t", "url": "https://e.com/"}, {"expected_response": "x"}, "TRACE", "b"]`, exp)
	if got := strings.TrimSpace(string(out)); got != want {
		t.Errorf("MLflow's client has\n%s, want\n%s", got, want)
	}
}

func TestRealServerChangesExpectationsAndMetadata(t *testing.T) {
	c := client(t, server.URI(t))
	exp := experiment(t, c)
	var id trace.TraceID
	copy(id[:], fmt.Sprintf("%016d", time.Now().UnixNano()))
	if err := c.PutTraceInfo(t.Context(), mlflow.TraceInfo{
		TraceID: mlflow.TraceID(id), Location: mlflow.InExperiment(exp), RequestTime: mlflow.FormatTime(time.Now()), State: "OK",
	}); err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"first", "second"} {
		value, err := mlflow.NewExpectation(said)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []mlflow.Assessment{
			{Name: "expected_response", Expectation: &value},
			{Name: "helpful", Feedback: &mlflow.Feedback{Value: false}, Rationale: said},
		} {
			a.ID, a.TraceID = mlflow.FeedbackID(id, "U1", a.Name), mlflow.TraceID(id)
			a.Source, a.Metadata = mlflow.AssessmentSource{Type: "HUMAN", ID: "U1"}, map[string]string{"reason": said}
			if err := c.PutAssessment(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		info, err := c.GetTraceInfo(t.Context(), mlflow.TraceID(id))
		if err != nil || len(info.Assessments) != 2 {
			t.Fatalf("%+v, %v", info.Assessments, err)
		}
		for _, a := range info.Assessments {
			if a.Metadata["reason"] != said || a.Expectation != nil && a.Expectation.Value != said || a.Feedback != nil && a.Rationale != said {
				t.Errorf("after %q: %+v", said, a)
			}
		}
	}
}
