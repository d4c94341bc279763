package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
)

func TestAnExperimentCanBeNamedByItsID(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	uri := server.URI(t)
	c := b.mlflow(uri)
	e, _, err := c.EnsureExperiment(t.Context(), b.experiment+"-by-id", nil)
	if err != nil {
		t.Fatal(err)
	}
	b.set("MLFLOW_EXPERIMENT_ID", e.ID) // the name of the bench is another one's
	rep := b.jobs(0, b.page("fetch-api.html"))[0]
	if want := uri + "/#/experiments/" + e.ID + "/"; !rep.Delivered || !strings.HasPrefix(rep.RunURL, want) || !strings.HasPrefix(rep.TraceURL, want) {
		t.Errorf("%s and %s are not in experiment %s", rep.RunURL, rep.TraceURL, e.ID)
	}

	s := config.Settings{MLflow: config.MLflow{TrackingURI: config.Address(uri), ExperimentID: e.ID, EnableTracking: true, EnableTracing: true}}
	id, err := trace.TraceIDFromHex(rep.TraceID)
	if err != nil {
		t.Fatal(err)
	}
	links := jobLinks(t.Context(), s)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if run, _ := links("1", id); run != "" { // the experiment is looked up
			break
		}
	}
	if run, tr := links("1", id); !strings.Contains(run, e.ID+"/runs?searchFilter=tags.job_id") || tr != rep.TraceURL {
		t.Errorf("links %s and %s", run, tr)
	}

	feedback := newFeedback(s)
	for range 2 {
		if err := feedback(context.Background(), rep.TraceID, said("U1", "true", "true")); err != nil {
			t.Fatal(err)
		}
	}
	found, err := c.SearchTraces(t.Context(), e.ID, "", 10)
	if err != nil || len(found) != 1 || len(found[0].Assessments) == 0 {
		t.Fatalf("traces %+v, %v", found, err)
	}
	there := 0
	for _, a := range found[0].Assessments {
		if a.Name == "helpful" {
			there++
		}
	}
	if there != 1 {
		t.Errorf("the opinion is there %d times", there)
	}
	if err := feedback(context.Background(), "no id", said("U1", "true", "true")); err == nil {
		t.Error("feedback on no trace")
	}
	b.set("MLFLOW_EXPERIMENT_ID", "999999")
	code, out, _ := b.run("doctor")
	if code == 0 || !strings.Contains(out, "MLFLOW_EXPERIMENT_ID") {
		t.Errorf("doctor ends with %d for an unknown experiment:\n%s", code, out)
	}
}

func TestAnAddressOutOfABrowserIsTheServers(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	uri := server.URI(t)
	b.set("MLFLOW_TRACKING_URI", uri+"/#/experiments/1?compareRunsMode=TRACES")
	rep := b.jobs(exitOK, b.page("fetch-api.html"))[0]
	for _, link := range []string{rep.RunURL, rep.TraceURL} {
		if !strings.HasPrefix(link, uri+"/#/experiments/") || strings.Count(link, "#") != 1 {
			t.Errorf("link %s", link)
		}
	}
}
