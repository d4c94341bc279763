package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Dataset is what a run took its rows from. Name and Digest tell it from others; Source is
// JSON that says where it is, in a form that SourceType names.
type Dataset struct {
	Name       string `json:"name"`
	Digest     string `json:"digest"`
	SourceType string `json:"source_type"`
	Source     string `json:"source"`
	Profile    string `json:"profile,omitempty"` // JSON, such as {"num_rows":3}
}

// EvaluationDataset is one of MLflow's own datasets as the input of a run
// (mlflow.entities.EvaluationDataset, MLflow 3.4 and newer).
func EvaluationDataset(id, name, digest string) Dataset {
	return Dataset{Name: name, Digest: digest, SourceType: "mlflow_evaluation_dataset", Source: source("dataset_id", id)}
}

// NamedDataset is rows of a program's own as the input of a run, known by their name.
func NamedDataset(name, digest string) Dataset {
	return Dataset{Name: name, Digest: digest, SourceType: "local", Source: source("uri", name)}
}

// source writes where a dataset is.
func source(key, value string) string {
	text, err := json.Marshal(map[string]string{key: value})
	if err != nil { // texts always have JSON
		panic(err)
	}
	return string(text)
}

// equalWrites is how often a write is sent that met an equal one. One of them succeeds each time, so that
// this is how many may meet.
const equalWrites = 4

// LogInputs says which datasets an evaluation run used. Sent again it changes nothing. Runs that name the same new
// dataset at the same time are all right: MLflow looks for it and then makes it, as two things, and refuses the second.
func (c *Client) LogInputs(ctx context.Context, runID string, datasets ...Dataset) error {
	type input struct {
		Dataset Dataset `json:"dataset"`
		Tags    []Tag   `json:"tags"`
	}
	in := make([]input, len(datasets))
	for i, d := range datasets {
		in[i] = input{d, []Tag{{Key: "mlflow.data.context", Value: "evaluation"}}}
	}
	var err error
	for range equalWrites {
		err = c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/log-inputs", nil, map[string]any{"run_id": runID, "datasets": in}, nil)
		if !IsUniqueViolation(err) {
			break
		}
	}
	return err
}

// RunTraces calls visit for each trace that is one of a run, be it by a link or by its
// metadata, in pages of 500, until visit returns an error, which is returned.
func (c *Client) RunTraces(ctx context.Context, experimentID, runID string, visit func(TraceInfo) error) error {
	return c.Traces(ctx, experimentID, "attributes.run_id = '"+runID+"'", visit)
}

// errNoCount says that an answer was none to the question.
var errNoCount = errors.New("the answer holds no count of traces")

// CountRunTraces returns how many traces a run has, see [Client.RunTraces]. Where the server
// cannot count, as before MLflow 3.9, they are all asked for.
func (c *Client) CountRunTraces(ctx context.Context, experimentID, runID string) (int, error) {
	n, err := c.countTraces(ctx, experimentID, "trace.metadata.`mlflow.sourceRun` = '"+runID+"'")
	if err == nil || !errors.Is(err, errNoCount) && IsRetryable(err) {
		return n, err
	}
	n = 0
	err = c.RunTraces(ctx, experimentID, runID, func(TraceInfo) error { n++; return nil })
	return n, err
}

func (c *Client) countTraces(ctx context.Context, experimentID, filter string) (int, error) {
	var out struct {
		Points []struct {
			Values map[string]float64 `json:"values"`
		} `json:"data_points"`
	}
	err := c.call(ctx, http.MethodPost, "api/3.0/mlflow/traces/metrics", nil, map[string]any{
		"experiment_ids": []string{experimentID}, "view_type": "TRACES", "metric_name": "trace_count",
		"aggregations": []map[string]string{{"aggregation_type": "COUNT"}}, "filters": []string{filter},
	}, &out)
	if err != nil {
		return 0, fmt.Errorf("count traces: %w", err)
	}
	if len(out.Points) == 0 {
		return 0, nil // of none there is no point
	}
	n, ok := out.Points[0].Values["COUNT"]
	if !ok {
		return 0, fmt.Errorf("count traces: %w", errNoCount)
	}
	return int(n), nil
}
