package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/otel/mlflow"
)

// feedbackSettings point at the real server and the bench's experiment.
func feedbackSettings(b *bench, uri string) config.Settings {
	return config.Settings{MLflow: config.MLflow{
		TrackingURI: config.Address(uri), ExperimentName: b.experiment, EnableTracking: true, EnableTracing: true,
	}}
}

// said is an opinion on a comment, with the newest of anybody; empty for none.
func said(user, value, newest string) job.Feedback {
	return job.Feedback{User: user, Name: "helpful", Value: value, Newest: newest}
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
			if a.Rationale != "" {
				out[key] = fmt.Sprint(a.Feedback.Value, ": ", a.Rationale)
			}
		}
	}
	return out
}

func TestFeedbackReachesTraceAndRun(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
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
		said   job.Feedback
		metric float64
		stand  string
	}{
		{said("U1", "", ""), -1, "map[]"}, // taken back before it came
		{said("U1", "true", "true"), 1, "map[U1 helpful:true]"},
		{said("U1", "true", "true"), 1, "map[U1 helpful:true]"},                    // the same again
		{said("U2", "false", "false"), 0, "map[U1 helpful:true U2 helpful:false]"}, // the newest opinion
		{said("U2", "", "true"), 1, "map[U1 helpful:true]"},                        // that of U1 stands
		{said("U2", "", "true"), 1, "map[U1 helpful:true]"},
		{said("U1", "", ""), math.NaN(), "map[]"},
		{said("U1", "", ""), math.NaN(), "map[]"},
		{said("U1", "false", "false"), 0, "map[U1 helpful:false]"}, // a change of mind
		{said("U2", "true", "true"), 1, "map[U1 helpful:false U2 helpful:true]"},
	} {
		if err := record(t.Context(), rep.TraceID, step.said); err != nil {
			t.Fatalf("%+v: %v", step, err)
		}
		if got := metric(); got != step.metric && !(math.IsNaN(got) && math.IsNaN(step.metric)) {
			t.Errorf("%+v: the metric is %g", step, got)
		}
		if got := fmt.Sprint(opinions(t, c, b.experiment, rep.TraceID)); got != step.stand {
			t.Errorf("%+v: assessments %s", step, got)
		}
	}
	if err := record(t.Context(), "fedcba98765432100123456789abcdef", said("U1", "", "")); err != nil {
		t.Errorf("nothing is there to be taken back: %v", err)
	}
	if err := record(t.Context(), "0123456789abcdef0123456789abcdef", said("U1", "true", "true")); !mlflow.IsNotFound(err) || !retry.Waits(err) {
		t.Errorf("feedback on a trace that may still wait in the outbox must wait for it: %v", err)
	}
}

func TestFeedbackFollowsTheSwitches(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	uri := server.URI(t)
	c := b.mlflow(uri)
	rep := b.jobs(exitOK, b.page("fetch-api.html"))[0]
	s := feedbackSettings(b, uri)
	s.MLflow.EnableTracking = false
	ada := said("U1", "true", "true")
	ada.UserName = "Ada"
	for _, f := range []job.Feedback{ada, said("U2", "true", "true")} {
		if err := newFeedback(s)(t.Context(), rep.TraceID, f); err != nil {
			t.Fatal(err)
		}
	}
	got := opinions(t, c, b.experiment, rep.TraceID)
	if got["U1 helpful"] != "true: Ada reacted with 👍 in Slack" || got["U2 helpful"] != true {
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
	shut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error_code": "UNAUTHENTICATED", "message": "You are not authenticated."}`, http.StatusUnauthorized)
	}))
	defer shut.Close()
	for _, uri := range []config.Address{"http://127.0.0.1:1", config.Address(shut.URL), "no address"} {
		s := config.Settings{MLflow: config.MLflow{TrackingURI: uri, EnableTracing: true}}
		for _, f := range []job.Feedback{said("U1", "true", "true"), said("U1", "", "")} {
			err := newFeedback(s)(t.Context(), "0123456789abcdef0123456789abcdef", f)
			if err == nil {
				t.Errorf("no error for %s and %+v", uri, f)
			}
			// It was an attempt, of which there are fourteen in three hours: what people had said in a longer outage was lost.
			if away := uri != "no address"; retry.Waits(err) != away {
				t.Errorf("%s and %+v: %v, which waits: %v", uri, f, err, !away)
			}
		}
	}
}
