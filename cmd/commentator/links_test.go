package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflow"
)

var linkedTrace = trace.TraceID{0xab, 1}

// awaitLinks asks for links until there are any.
func awaitLinks(t *testing.T, links job.Links) (run, tr string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if run, tr = links("job1", linkedTrace); run+tr != "" {
			return run, tr
		}
		if time.Now().After(deadline) {
			t.Fatal("no links within a minute")
		}
	}
}

func TestLinksLeadToTheJobsPages(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	uri := server.URI(t)
	c := b.mlflow(uri)
	b.jobs(exitOK, b.page("fetch-api.html")) // makes the experiment
	e, err := c.ExperimentByName(t.Context(), b.experiment)
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]struct {
		change     func(*config.MLflow)
		base       string
		runs, tree bool
	}{
		"both":         {func(*config.MLflow) {}, uri, true, true},
		"UI elsewhere": {func(m *config.MLflow) { m.UIURL = "https://mlflow.example/" }, "https://mlflow.example", true, true},
		"with password": {func(m *config.MLflow) {
			m.TrackingURI = config.Address(strings.Replace(uri, "://", "://carla:secret@", 1))
		},
			uri, true, true},
		"runs only":   {func(m *config.MLflow) { m.EnableTracing = false }, uri, true, false},
		"traces only": {func(m *config.MLflow) { m.EnableTracking = false }, uri, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := feedbackSettings(b, uri)
			set.change(&s.MLflow)
			run, tr := awaitLinks(t, jobLinks(t.Context(), s))
			page := set.base + "/#/experiments/" + e.ID
			wantRun, wantTrace := page+"/runs?searchFilter=tags.job_id+%3D+%27job1%27", page+"/traces?selectedEvaluationId=tr-"+linkedTrace.String()
			if set.runs != (run == wantRun) || (!set.runs && run != "") {
				t.Errorf("run %q, want %q", run, wantRun)
			}
			if set.tree != (tr == wantTrace) || (!set.tree && tr != "") {
				t.Errorf("trace %q, want %q", tr, wantTrace)
			}
		})
	}
}

func TestWithoutMLflowThereAreNoLinksAndNoRequests(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	links := jobLinks(t.Context(), config.Settings{MLflow: config.MLflow{TrackingURI: config.Address(s.URL)}})
	run, tr := links("job1", linkedTrace)
	s.Close() // waits for requests
	if run+tr != "" || asked.Load() != 0 {
		t.Errorf("links %q %q, %d requests", run, tr, asked.Load())
	}
}

// The first reply of a fresh installation is written before anything is delivered.
func TestTheFirstReplyHasLinksToAnExperimentThatIsNotThereYet(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	uri := server.URI(t)
	c := b.mlflow(uri)
	run, _ := awaitLinks(t, jobLinks(t.Context(), feedbackSettings(b, uri)))
	e, err := c.ExperimentByName(t.Context(), b.experiment)
	if err != nil || !strings.HasPrefix(run, uri+"/#/experiments/"+e.ID+"/") {
		t.Fatalf("run %q, experiment %+v, %v", run, e, err)
	}
	b.jobs(exitOK, b.page("fetch-api.html"))
	if e, err = c.ExperimentByID(t.Context(), e.ID); err != nil {
		t.Fatal(err)
	}
	if set := mlflow.TagMap(e.Tags); !strings.Contains(set["mlflow.note.content"], "One run a link") || len(set) < 3 {
		t.Errorf("the delivery has not set the experiment up: %v", set)
	}
}

// A server that is away is asked again, without a job having to come.
func TestLinksAreLookedForUntilTheServerIsThere(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"experiment":{"experiment_id":"7","name":"jobs","lifecycle_stage":"active"}}`))
	}))
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	links := jobLinks(ctx, config.Settings{MLflow: config.MLflow{
		TrackingURI: config.Address(s.URL), ExperimentName: "jobs", EnableTracking: true, EnableTracing: true, MaxRetries: 1, RequestTimeout: 5,
	}})
	run, tr := awaitLinks(t, links)
	cancel()
	if !strings.HasPrefix(run, s.URL+"/#/experiments/7/") || !strings.HasPrefix(tr, s.URL) || asked.Load() != 2 {
		t.Errorf("links %q %q after %d requests", run, tr, asked.Load())
	}
}
