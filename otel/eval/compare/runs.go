package compare

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Reports compares two evaluations of this process.
func Reports(baseline, candidate eval.Report, opts ...Option) (Result, error) {
	return Rows(rowsOf(baseline), rowsOf(candidate), opts...)
}

func rowsOf(r eval.Report) []Row {
	rows := make([]Row, len(r.Rows))
	for i, row := range r.Rows {
		rows[i] = Row{ID: row.Name, Scores: map[string]float64{}}
		for name, s := range row.Scores {
			rows[i].Scores[name] = s.Value
		}
	}
	return rows
}

// errSameRun says that there is nothing to compare.
var errSameRun = errors.New("baseline and candidate are the same run")

// Runs compares two evaluation runs on a server, by their ids. Rows are matched by the tag
// mlflow.eval.requestId of their traces, see mlflowattr.RowIDKey; those without it match
// nothing. Feedback that other runs gave does not count.
func Runs(ctx context.Context, c *mlflow.Client, baselineRunID, candidateRunID string, opts ...Option) (Result, error) {
	if baselineRunID == candidateRunID {
		return Result{}, fmt.Errorf("compare evaluations: %w", errSameRun)
	}
	baseline, err := readRows(ctx, c, baselineRunID)
	if err != nil {
		return Result{}, fmt.Errorf("compare evaluations: read baseline: %w", err)
	}
	candidate, err := readRows(ctx, c, candidateRunID)
	if err != nil {
		return Result{}, fmt.Errorf("compare evaluations: read candidate: %w", err)
	}
	return Rows(baseline, candidate, opts...)
}

// readRows reads the rows of a run, in the server's order.
func readRows(ctx context.Context, c *mlflow.Client, runID string) ([]Row, error) {
	run, err := c.GetRun(ctx, runID)
	if err != nil {
		return nil, err
	}
	var rows []Row
	err = c.RunTraces(ctx, run.Info.ExperimentID, runID, func(i mlflow.TraceInfo) error {
		if id := i.Tags[mlflowattr.RowIDTag]; id != "" {
			rows = append(rows, Row{ID: id, Scores: scoresOf(i, runID)})
		} else {
			rows = append(rows, Row{ID: i.TraceID, Scores: scoresOf(i, runID)})
		}
		return nil
	})
	return rows, err
}

// assessedByKey is in the metadata of an assessment the run that it was made for
// (mlflow.tracing.constant, AssessmentMetadataKey).
const assessedByKey = "mlflow.assessment.sourceRunId"

// scoresOf gives the feedback of a row as numbers, the mean where a name has several.
func scoresOf(i mlflow.TraceInfo, runID string) map[string]float64 {
	sums, count := map[string]float64{}, map[string]float64{}
	for _, a := range i.Assessments {
		if of := a.Metadata[assessedByKey]; a.Feedback == nil || a.Feedback.Error != nil || of != "" && of != runID {
			continue
		}
		if v, ok := number(a.Feedback.Value); ok {
			sums[a.Name] += v
			count[a.Name]++
		}
	}
	for name, n := range count {
		sums[name] /= n
	}
	return sums
}

// number reads a verdict as MLflow does: yes and true are 1.
func number(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case bool:
		if x {
			return 1, true
		}
		return 0, true
	case string:
		word := strings.ToLower(x)
		if word == "yes" {
			return 1, true
		}
		return 0, word == "no"
	}
	return 0, false
}

// shortID is how much of the baseline's id is in the names of what is logged.
const shortID = 8

// Log writes a comparison to the candidate's run as compare_evaluations(log_results=True) of
// MLflow 3.18 does: metrics compare/<baseline>/<scorer>/diff, ci_low, ci_high, p_value,
// effect_size and n_paired, <baseline> being the first eight characters of the run's id, and
// an artifact compare/<baseline>.json with the whole.
func Log(ctx context.Context, c *mlflow.Client, baselineRunID, candidateRunID string, r Result) error {
	key := "compare/" + baselineRunID[:min(shortID, len(baselineRunID))]
	now := time.Now().UnixMilli()
	var batch mlflow.Batch
	for _, s := range r.Scorers {
		for _, m := range []struct {
			name  string
			value float64
		}{
			{"diff", s.Diff}, {"ci_low", s.Low}, {"ci_high", s.High},
			{"p_value", s.PValue}, {"effect_size", s.Effect}, {"n_paired", float64(s.Pairs)},
		} {
			if !math.IsNaN(m.value) && !math.IsInf(m.value, 0) {
				batch.Metrics = append(batch.Metrics, mlflow.Metric{Key: key + "/" + s.Name + "/" + m.name, Value: m.value, Timestamp: now})
			}
		}
	}
	if err := c.LogBatch(ctx, candidateRunID, batch); err != nil {
		return fmt.Errorf("log comparison: %w", err)
	}
	run, err := c.GetRun(ctx, candidateRunID)
	if err != nil {
		return fmt.Errorf("log comparison: %w", err)
	}
	text, err := json.MarshalIndent(map[string]string{"baseline_run_id": baselineRunID}, "", "  ")
	if err != nil {
		return fmt.Errorf("log comparison: %w", err)
	}
	root := mlflow.ArtifactRoot{RunID: candidateRunID, URI: run.Info.ArtifactURI}
	if err := c.PutArtifact(ctx, root, key+".json", text); err != nil {
		return fmt.Errorf("log comparison: %w", err)
	}
	return nil
}
