package main

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/slack"
	"github.com/technoshare/commentator/otel/mlflow"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// newFeedback brings 👍 and 👎 into MLflow: as an assessment of the trace, and as
// the metric feedback/<name> of the job's run (1 or 0, the newest opinion).
// Called again with the same opinion, it changes nothing, since the
// assessment's id follows from trace, user and name. It returns nil where
// traces do not go to MLflow, and so have no place for opinions. The function
// makes a client each time: reactions are rare, and a kept connection would
// mostly be stale.
func newFeedback(s config.Settings) slack.Feedback {
	if !s.MLflow.EnableTracing {
		return nil
	}
	return func(ctx context.Context, traceID, user, name string, value bool) error {
		id, err := trace.TraceIDFromHex(traceID)
		if err != nil {
			return fmt.Errorf("record feedback on trace %q: %w", traceID, err)
		}
		client, err := mlflowConfig(s).Client()
		if err != nil {
			return err
		}
		defer client.CloseIdle()
		err = client.PutAssessment(ctx, mlflow.Assessment{
			ID: mlflow.FeedbackID(id, user, name), Name: name, TraceID: mlflow.TraceID(id),
			Source: mlflow.AssessmentSource{Type: "HUMAN", ID: user}, Feedback: &mlflow.Feedback{Value: value},
		})
		if err != nil {
			return untilDelivered(fmt.Errorf("record feedback on the trace: %w", err))
		}
		if !s.MLflow.EnableTracking {
			return nil
		}
		return feedbackMetric(ctx, client, s, traceID, name, value)
	}
}

// untilDelivered makes what is not there yet worth another try: people react to a
// comment whose trace may still wait in the outbox.
func untilDelivered(err error) error {
	if mlflow.IsNotFound(err) {
		return retry.Passing(err)
	}
	return err
}

// feedbackMetric logs the opinion on the run of the job. A run that is not
// found is no error: the trace may not be delivered yet, or only traces are.
func feedbackMetric(ctx context.Context, client *mlflow.Client, s config.Settings, traceID, name string, value bool) error {
	e, err := findExperiment(ctx, client, s)
	if err != nil {
		return untilDelivered(fmt.Errorf("record feedback on the run: %w", err))
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
	// MLflow's metrics are numbers, and the newest point is the one that lists
	// show.
	score := 0.0
	if value {
		score = 1
	}
	err = client.LogBatch(ctx, found[0].Info.RunID, mlflow.Batch{Metrics: []mlflow.Metric{{
		Key: "feedback/" + name, Value: score, Timestamp: time.Now().UnixMilli(),
	}}})
	if err != nil {
		return fmt.Errorf("record feedback on the run: %w", err)
	}
	return nil
}
