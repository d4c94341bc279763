package mlflow_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// experiment makes an experiment on the real server.
func experiment(t *testing.T, c *mlflow.Client) string {
	t.Helper()
	e, created, err := c.EnsureExperiment(t.Context(), mlflowtest.Experiment(t), []mlflow.Tag{{Key: "k", Value: "v"}})
	if err != nil || !created {
		t.Fatal(created, err)
	}
	return e.ID
}

func TestRealServerTellsHealthAndVersion(t *testing.T) {
	c := client(t, server.URI(t))
	if err := c.Health(t.Context()); err != nil {
		t.Error(err)
	}
	if v, err := c.Version(t.Context()); err != nil || !strings.HasPrefix(v, "3.") {
		t.Errorf("version %q, %v", v, err)
	}
}

func TestRealServerExperimentIsMadeOnce(t *testing.T) {
	c := client(t, server.URI(t))
	name := mlflowtest.Experiment(t)
	first, created, err := c.EnsureExperiment(t.Context(), name, []mlflow.Tag{{Key: "k", Value: "v"}})
	if err != nil || !created {
		t.Fatal(created, err)
	}
	if _, err := c.CreateExperiment(t.Context(), name, nil); !mlflow.IsAlreadyExists(err) {
		t.Errorf("the name is taken: %v", err)
	}
	if err := c.SetExperimentTag(t.Context(), first.ID, "k2", "v2"); err != nil {
		t.Fatal(err)
	}
	again, created, err := c.EnsureExperiment(t.Context(), name, nil)
	if err != nil || created || again.ID != first.ID {
		t.Fatal(again, created, err)
	}
	if tags := mlflow.TagMap(again.Tags); tags["k"] != "v" || tags["k2"] != "v2" {
		t.Errorf("tags %v", tags)
	}
}

func TestRealServerExperimentIsFoundByItsID(t *testing.T) {
	c := client(t, server.URI(t))
	id := experiment(t, c)
	e, err := c.ExperimentByID(t.Context(), id)
	if err != nil || e.ID != id || mlflow.TagMap(e.Tags)["k"] != "v" {
		t.Errorf("%+v, %v", e, err)
	}
	for _, wrong := range []string{"9999999", "a name"} {
		_, err := c.ExperimentByID(t.Context(), wrong)
		if err == nil || mlflow.IsRetryable(err) || !strings.Contains(err.Error(), wrong) {
			t.Errorf("id %q: retryable %v: %v", wrong, mlflow.IsRetryable(err), err)
		}
	}
	if e, err := c.ExperimentByName(t.Context(), mlflow.DefaultExperiment); err != nil || e.ID == "" {
		t.Errorf("the default experiment: %+v, %v", e, err)
	}
}

func TestRealServerDeletedExperimentSaysHowToRestore(t *testing.T) {
	uri := server.URI(t)
	c := client(t, uri)
	name := mlflowtest.Experiment(t)
	e, _, err := c.EnsureExperiment(t.Context(), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(uri+"/api/2.0/mlflow/experiments/delete", "application/json", strings.NewReader(`{"experiment_id":"`+e.ID+`"}`))
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	_, _, err = c.EnsureExperiment(t.Context(), name, nil)
	var deleted *mlflow.DeletedExperimentError
	if !errors.As(err, &deleted) || deleted.ID != e.ID || !strings.Contains(err.Error(), "mlflow experiments restore --experiment-id "+e.ID) {
		t.Errorf("error %v", err)
	}
	if _, err = c.ExperimentByID(t.Context(), e.ID); !errors.As(err, &deleted) || !mlflow.IsRetryable(err) {
		t.Errorf("by its id: %v", err)
	}
	if _, err = c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: e.ID, Start: time.Now()}); !mlflow.IsExperimentGone(err) || mlflow.IsRunDeleted(err) {
		t.Errorf("a run in it: %v", err)
	}
}

func TestRealServerDeletedRunIsRecognised(t *testing.T) {
	c := client(t, server.URI(t))
	run, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: experiment(t, c), Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteRun(t.Context(), run.Info.RunID); err != nil {
		t.Fatal(err)
	}
	err = c.LogBatch(t.Context(), run.Info.RunID, mlflow.Batch{Params: []mlflow.Tag{{Key: "k", Value: "v"}}})
	if !mlflow.IsRunDeleted(err) || mlflow.IsExperimentGone(err) || mlflow.IsRetryable(err) {
		t.Errorf("error %v", err)
	}
}

func TestRealServerRunIsReadBackAsWritten(t *testing.T) {
	c := client(t, server.URI(t))
	exp := experiment(t, c)
	start := time.UnixMilli(1_790_000_000_123)
	run, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: exp, Name: "job_1", Start: start, Tags: []mlflow.Tag{{Key: "otel.trace_id", Value: "abc"}}})
	if err != nil {
		t.Fatal(err)
	}
	id := run.Info.RunID
	b := mlflow.Batch{
		Metrics: []mlflow.Metric{{Key: "a/b", Value: 1.5, Timestamp: 1_790_000_001_000, Step: 3}, {Key: "nan", Value: math.NaN(), Timestamp: 1}, {Key: "inf", Value: math.Inf(1), Timestamp: 1}},
		Params:  []mlflow.Tag{{Key: "model", Value: "m"}},
		Tags:    []mlflow.Tag{{Key: "outcome", Value: "success"}},
	}
	for range 2 { // sending again changes nothing
		if err := c.LogBatch(t.Context(), id, b); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.LogBatch(t.Context(), id, mlflow.Batch{Params: []mlflow.Tag{{Key: "model", Value: "other"}}}); !mlflow.IsParamConflict(err) || mlflow.IsRetryable(err) {
		t.Errorf("changed param: %v", err)
	}
	end := start.Add(time.Second)
	if err := c.UpdateRun(t.Context(), id, "FINISHED", end, ""); err != nil {
		t.Fatal(err)
	}
	got, err := c.GetRun(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	i := got.Info
	if i.Name != "job_1" || i.Status != "FINISHED" || i.StartTime != start.UnixMilli() || i.EndTime != end.UnixMilli() || !strings.HasPrefix(i.ArtifactURI, "mlflow-artifacts:/") {
		t.Errorf("info %+v", i)
	}
	metrics := map[string]float64{}
	for _, m := range got.Data.Metrics {
		metrics[m.Key] = m.Value
	}
	if metrics["a/b"] != 1.5 || !math.IsNaN(metrics["nan"]) || metrics["inf"] < 1e300 {
		t.Errorf("metrics %v", metrics)
	}
	if mlflow.TagMap(got.Data.Params)["model"] != "m" || mlflow.TagMap(got.Data.Tags)["outcome"] != "success" {
		t.Errorf("data %+v", got.Data)
	}
	search := func(view string) int {
		runs, next, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{exp}, Filter: "tags.`otel.trace_id` = 'abc'", View: view, MaxResults: 10})
		if err != nil || next != "" {
			t.Fatal(next, err)
		}
		return len(runs)
	}
	if n := search(""); n != 1 {
		t.Errorf("%d runs found, want 1", n)
	}
	if err := c.DeleteRun(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if search("") != 0 || search("ALL") != 1 {
		t.Error("a deleted run is found in view ALL only")
	}
}

func TestRealServerTakesBatchesBeyondItsLimit(t *testing.T) {
	c := client(t, server.URI(t))
	run, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: experiment(t, c), Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	var b mlflow.Batch
	for i := range 1100 {
		b.Metrics = append(b.Metrics, mlflow.Metric{Key: "m", Value: float64(i), Timestamp: 1, Step: int64(i)})
	}
	for i := range 130 {
		b.Params = append(b.Params, mlflow.Tag{Key: fmt.Sprint("p", i), Value: "v"})
		b.Tags = append(b.Tags, mlflow.Tag{Key: fmt.Sprint("t", i), Value: "v"})
	}
	if err := c.LogBatch(t.Context(), run.Info.RunID, b); err != nil {
		t.Fatal(err)
	}
	got, err := c.GetRun(t.Context(), run.Info.RunID)
	if err != nil || len(got.Data.Params) != 130 || len(got.Data.Tags) < 130 || got.Data.Metrics[0].Step != 1099 {
		t.Errorf("%d params, %d tags, %v", len(got.Data.Params), len(got.Data.Tags), err)
	}
}

func TestRealServerArtifactsAndModels(t *testing.T) {
	c := client(t, server.URI(t))
	exp := experiment(t, c)
	run, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: exp, Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"first", "second"} {
		if err := c.PutArtifact(t.Context(), run.Info.ArtifactRoot(), "folder/a b.txt", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := c.GetArtifact(t.Context(), run.Info.ArtifactRoot(), "folder/a b.txt"); err != nil || string(b) != "second" {
		t.Errorf("artifact %q, %v", b, err)
	}
	if l, err := c.ListArtifacts(t.Context(), run.Info.RunID, "folder"); err != nil || len(l) != 1 || l[0].Path != "folder/a b.txt" || l[0].Size != 6 {
		t.Errorf("listing %+v, %v", l, err)
	}
	spec := mlflow.ModelSpec{Name: mlflow.ModelName("svc", "1.2"), Type: "agent", Params: []mlflow.Tag{{Key: "a", Value: "b"}}}
	var ids []string
	for range 2 {
		m, err := c.EnsureLoggedModel(t.Context(), exp, spec)
		if err != nil || m.Status != "LOGGED_MODEL_READY" {
			t.Fatal(m, err)
		}
		ids = append(ids, m.ID)
	}
	if ids[0] != ids[1] {
		t.Error("a second model of the same name was made")
	}
	if err := c.LogOutputs(t.Context(), run.Info.RunID, ids[0]); err != nil {
		t.Fatal(err)
	}
	if err := c.LogOutputs(t.Context(), run.Info.RunID, ids[0]); !mlflow.IsUniqueViolation(err) {
		t.Errorf("again: %v", err)
	}
	got, err := c.GetRun(t.Context(), run.Info.RunID)
	if err != nil || len(got.Outputs.Models) != 1 || got.Outputs.Models[0].ModelID != ids[0] {
		t.Errorf("outputs %+v, %v", got.Outputs, err)
	}
}

func TestRealServerTraceInfoAndLinks(t *testing.T) {
	c := client(t, server.URI(t))
	exp := experiment(t, c)
	run, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: exp, Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	id := "tr-" + fmt.Sprintf("%032x", time.Now().UnixNano())
	info := mlflow.TraceInfo{
		TraceID: id, Location: mlflow.InExperiment(exp), RequestTime: mlflow.FormatTime(time.UnixMilli(1_790_000_000_123)),
		Duration: mlflow.FormatDuration(1500 * time.Millisecond), State: "OK", RequestPreview: "in", ResponsePreview: "out", ClientRequestID: "job",
		Metadata: map[string]string{"mlflow.source.name": "svc"}, Tags: map[string]string{"t": "v"},
		Assessments: []mlflow.Assessment{{
			ID: "a-" + strings.Repeat("0", 31) + "1", Name: "gate", TraceID: id,
			Source: mlflow.AssessmentSource{Type: "CODE", ID: "gates"}, Feedback: &mlflow.Feedback{Value: true}, Rationale: "fine",
		}},
	}
	info.Assessments[0].ID = "a-" + strings.TrimPrefix(id, "tr-")
	for range 2 {
		if err := c.PutTraceInfo(t.Context(), info); err != nil {
			t.Fatal(err)
		}
		if err := c.LinkTraces(t.Context(), run.Info.RunID, id); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.SearchTraces(t.Context(), exp, "attributes.run_id = '"+run.Info.RunID+"'", 10)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	g := got[0]
	if g.TraceID != id || g.State != "OK" || g.Duration != "1.500s" && g.Duration != "1.5s" || g.RequestPreview != "in" || g.ResponsePreview != "out" ||
		g.ClientRequestID != "job" || g.Metadata["mlflow.source.name"] != "svc" || g.Tags["t"] != "v" || len(g.Assessments) != 1 || g.Assessments[0].Feedback.Value != true {
		t.Errorf("trace %+v", g)
	}
}

func TestRealServerBehindATLSProxyWithAPrefix(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "/team/mlflow", true)
	if _, err := client(t, p.URL).Version(t.Context()); err == nil {
		t.Error("an unknown certificate was trusted")
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]mlflow.Option{"certificate file": mlflow.WithCAFile(ca), "insecure": mlflow.WithInsecureTLS(true)} {
		c := client(t, p.URL, o)
		if err := c.Health(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		exp := experiment(t, c)
		run, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: exp, Start: time.Now()})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.PutArtifact(t.Context(), run.Info.ArtifactRoot(), "a/b c.txt", []byte("x")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := client(t, strings.TrimSuffix(p.URL, "/mlflow"), mlflow.WithInsecureTLS(true)).GetRun(t.Context(), "x"); !mlflow.IsRetryable(err) {
		t.Errorf("a wrong prefix can be mended outside: %v", err)
	}
}
