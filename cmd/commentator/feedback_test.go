package main

import (
	"context"
	"testing"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/otel/mlflow"
)

// feedbackSettings point at the real server and the bench's experiment.
func feedbackSettings(b *bench, uri string) config.Settings {
	return config.Settings{MLflow: config.MLflow{
		TrackingURI: config.Address(uri), ExperimentName: b.experiment, EnableTracking: true, EnableTracing: true,
	}}
}

// opinions reads the feedback on a job's trace back, by user and name.
func opinions(t *testing.T, c *mlflow.Client, experiment, traceID string) map[string]any {
	t.Helper()
	e, err := c.ExperimentByName(context.Background(), experiment)
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.SearchTraces(context.Background(), e.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for _, tr := range found {
		if tr.TraceID != "tr-"+traceID {
			continue
		}
		for _, a := range tr.Assessments {
			if a.Source.Type != "HUMAN" {
				continue // of the gates
			}
			key := a.Source.ID + " " + a.Name
			if _, twice := out[key]; twice {
				t.Errorf("%s is there twice", key)
			}
			out[key] = a.Feedback.Value
		}
	}
	return out
}

func TestFeedbackReachesTraceAndRun(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newBench(t)
	uri := server.URI(t)
	c := b.mlflow(uri)
	rep := b.jobs(exitOK, b.page("fetch-api.html"))[0]
	record := newFeedback(feedbackSettings(b, uri))
	metric := func() float64 {
		t.Helper()
		v, ok := metrics(b.tree(c, rep.JobID)[""])["feedback/helpful"]
		if !ok {
			return -1
		}
		return v
	}
	if got := metric(); got != -1 {
		t.Errorf("before any feedback the metric is %g", got)
	}
	for _, step := range []struct {
		user   string
		value  bool
		metric float64
	}{
		{"U1", true, 1}, {"U1", true, 1}, // the same again
		{"U2", false, 0}, // the newest opinion
		{"U1", false, 0}, {"U2", true, 1},
	} {
		if err := record(t.Context(), rep.TraceID, step.user, "helpful", step.value); err != nil {
			t.Fatalf("%+v: %v", step, err)
		}
		if got := metric(); got != step.metric {
			t.Errorf("%+v: the metric is %g", step, got)
		}
	}
	if got := opinions(t, c, b.experiment, rep.TraceID); len(got) != 2 || got["U1 helpful"] != false || got["U2 helpful"] != true {
		t.Errorf("assessments %v", got)
	}
	if err := record(t.Context(), "0123456789abcdef0123456789abcdef", "U1", "helpful", true); !mlflow.IsNotFound(err) || !retry.Retryable(err) {
		t.Errorf("feedback on a trace that may still wait in the outbox must be tried again: %v", err)
	}
}

func TestFeedbackFollowsTheSwitches(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newBench(t)
	uri := server.URI(t)
	c := b.mlflow(uri)
	rep := b.jobs(exitOK, b.page("fetch-api.html"))[0]
	s := feedbackSettings(b, uri)
	s.MLflow.EnableTracking = false
	if err := newFeedback(s)(t.Context(), rep.TraceID, "U1", "helpful", true); err != nil {
		t.Fatal(err)
	}
	if got := opinions(t, c, b.experiment, rep.TraceID); got["U1 helpful"] != true {
		t.Errorf("assessments %v", got)
	}
	if _, there := metrics(b.tree(c, rep.JobID)[""])["feedback/helpful"]; there {
		t.Error("a metric though tracking is off")
	}
	s.MLflow.EnableTracing = false
	if newFeedback(s) != nil {
		t.Error("feedback though there are no traces to record it on")
	}
}

func TestFeedbackSaysThatTheServerIsAway(t *testing.T) {
	s := config.Settings{MLflow: config.MLflow{TrackingURI: "http://127.0.0.1:1", EnableTracing: true}}
	if err := newFeedback(s)(t.Context(), "0123456789abcdef0123456789abcdef", "U1", "helpful", true); err == nil {
		t.Error("no error")
	}
	s.MLflow.TrackingURI = "no address"
	if err := newFeedback(s)(t.Context(), "0123456789abcdef0123456789abcdef", "U1", "helpful", true); err == nil {
		t.Error("no error for a malformed address")
	}
}
