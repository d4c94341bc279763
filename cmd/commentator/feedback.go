package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/mlflowview"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/slack"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// newFeedback brings 👍 and 👎 into MLflow: as an assessment of the trace, and as the metric
// feedback/<name> of the job's run (1 or 0, the newest opinion that stands). What a person says
// beside 👎 is the assessment's rationale, and an expectation of the trace. An opinion that was
// taken back takes both with it; where none stands any more the metric is NaN, since
// MLflow can't delete one. Called again with the same opinion, it changes nothing, since the
// assessment's id follows from trace, user and name. It returns nil where traces do not go to
// MLflow, and so have no place for opinions. The function makes a client each time: reactions are
// rare, and a kept connection would mostly be stale.
func newFeedback(s config.Settings) slack.Feedback {
	if !s.MLflow.EnableTracing {
		return nil
	}
	return func(ctx context.Context, traceID string, f job.Feedback) error {
		id, err := trace.TraceIDFromHex(traceID)
		if err != nil {
			return fmt.Errorf("record feedback on trace %q: %w", traceID, err)
		}
		client, err := mlflowConfig(s).Client()
		if err != nil {
			return err
		}
		defer client.CloseIdle()
		if err := putOpinion(ctx, client, id, f); err != nil {
			return waiting(err)
		}
		if !s.MLflow.EnableTracking {
			return nil
		}
		return waiting(feedbackMetric(ctx, client, s, traceID, f))
	}
}

// putOpinion makes or changes the person's assessment of the trace, or takes it away. There is
// nothing to take from a trace that is not there yet: what is recorded on it later is what stands
// then.
func putOpinion(ctx context.Context, client *mlflow.Client, id trace.TraceID, f job.Feedback) error {
	verdict := mlflow.Assessment{Name: f.Name, Rationale: rationale(f), Metadata: map[string]string{datasets.ReasonKey: f.Why}}
	if f.Value != "" {
		verdict.Feedback = &mlflow.Feedback{Value: f.Value == "true"}
	}
	better := mlflow.Assessment{Name: datasets.ExpectedResponse}
	if f.Better != "" {
		better.Expectation = &mlflow.Expectation{Value: f.Better}
	}
	for _, a := range []mlflow.Assessment{verdict, better} {
		a.ID, a.TraceID = mlflow.FeedbackID(id, f.User, a.Name), mlflow.TraceID(id)
		a.Source = mlflow.AssessmentSource{Type: "HUMAN", ID: f.User}
		if a.Feedback == nil && a.Expectation == nil {
			if err := client.DeleteAssessment(ctx, a.TraceID, a.ID); err != nil {
				return fmt.Errorf("take feedback back from the trace: %w", err)
			}
			continue
		}
		if err := client.PutAssessment(ctx, a); err != nil {
			return fmt.Errorf("record feedback on the trace: %w", err)
		}
	}
	return nil
}

// rationale is why a person judged so, if that was said, and who it was, by name: the source of an
// assessment is the person's id, which tells people nothing. The name is left out where it is not known.
func rationale(f job.Feedback) string {
	emoji := map[string]string{"true": "👍", "false": "👎"}[f.Value]
	who := ""
	if f.UserName != "" && emoji != "" {
		who = f.UserName + " reacted with " + emoji + " in Slack"
	}
	if f.Why == "" || who == "" {
		return cmp.Or(f.Why, who)
	}
	return f.Why + "\n\n" + who
}

// waiting makes of what may pass a wait, which the queue counts as no attempt: MLflow may be away, or let nobody in,
// for hours, as for traces, and people react to a comment whose trace still waits in the outbox.
func waiting(err error) error {
	if mlflow.IsRetryable(err) || mlflow.IsNotFound(err) {
		return retry.Turn(err, mlflow.RetryAfter(err))
	}
	return err
}

// feedbackMetric logs the newest opinion that stands on the run of the job, unless that is what the
// run shows. A run that is not found is no error: the trace may not be delivered yet, or only traces
// are.
func feedbackMetric(ctx context.Context, client *mlflow.Client, s config.Settings, traceID string, f job.Feedback) error {
	e, err := findExperiment(ctx, client, s)
	if err != nil {
		if f.Newest == "" && mlflow.IsNotFound(err) {
			return nil // no experiment, no metric
		}
		return fmt.Errorf("record feedback on the run: %w", err)
	}
	// Only the job's own run has the tag channel_id; nested runs have the
	// trace's tag too.
	found, _, err := client.SearchRuns(ctx, mlflow.RunSearch{
		ExperimentIDs: []string{e.ID},
		Filter:        "tags.`" + mlflowattr.TraceIDTag + "` = '" + traceID + "' and tags.channel_id != 'none'",
		MaxResults:    1,
	})
	if err != nil || len(found) == 0 {
		return err
	}
	point := mlflow.Metric{Key: mlflowview.FeedbackMetric(f.Name), Value: score(f.Newest), Timestamp: time.Now().UnixMilli()}
	shown := math.NaN()
	for _, m := range found[0].Data.Metrics {
		if m.Key == point.Key {
			shown = m.Value
			point.Timestamp = max(point.Timestamp, m.Timestamp+1) // the newest is the one that lists show
		}
	}
	if shown == point.Value || math.IsNaN(shown) && math.IsNaN(point.Value) {
		return nil
	}
	if err := client.LogBatch(ctx, found[0].Info.RunID, mlflow.Batch{Metrics: []mlflow.Metric{point}}); err != nil {
		return fmt.Errorf("record feedback on the run: %w", err)
	}
	return nil
}

// score is a verdict as a number, as metrics are; NaN for none.
func score(verdict string) float64 {
	switch verdict {
	case "true":
		return 1
	case "false":
		return 0
	}
	return math.NaN()
}
