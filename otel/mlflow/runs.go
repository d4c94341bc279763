package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"time"
)

// Run is a run as the server knows it.
type Run struct {
	Info    RunInfo `json:"info"`
	Data    RunData `json:"data"`
	Outputs struct {
		Models []ModelOutput `json:"model_outputs"`
	} `json:"outputs"`
}

// RunInfo is what a run has without its data. Times are Unix milliseconds.
type RunInfo struct {
	RunID          string `json:"run_id"`
	ExperimentID   string `json:"experiment_id"`
	Name           string `json:"run_name"`
	Status         string `json:"status"`
	StartTime      int64  `json:"start_time"`
	EndTime        int64  `json:"end_time"`
	ArtifactURI    string `json:"artifact_uri"`
	LifecycleStage string `json:"lifecycle_stage"` // active or deleted
}

// RunData holds the newest value of each metric.
type RunData struct {
	Metrics []Metric `json:"metrics"`
	Params  []Tag    `json:"params"`
	Tags    []Tag    `json:"tags"`
}

// ModelOutput says that a run is one of a logged model.
type ModelOutput struct {
	ModelID string `json:"model_id"`
	Step    int64  `json:"step"`
}

// Metric is one point. Sending an equal one again changes nothing.
type Metric struct {
	Key       string
	Value     float64
	Timestamp int64 // Unix milliseconds
	Step      int64
}

type metricJSON struct {
	Key       string `json:"key"`
	Value     any    `json:"value"`
	Timestamp int64  `json:"timestamp"`
	Step      int64  `json:"step"`
}

// MarshalJSON writes NaN and infinities as MLflow reads and writes them:
// protobuf's JSON mapping, strings.
func (m Metric) MarshalJSON() ([]byte, error) {
	j := metricJSON{m.Key, m.Value, m.Timestamp, m.Step}
	switch {
	case math.IsNaN(m.Value):
		j.Value = "NaN"
	case math.IsInf(m.Value, 1):
		j.Value = "Infinity"
	case math.IsInf(m.Value, -1):
		j.Value = "-Infinity"
	}
	return json.Marshal(j)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (m *Metric) UnmarshalJSON(b []byte) error {
	var j metricJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	m.Key, m.Timestamp, m.Step = j.Key, j.Timestamp, j.Step
	switch v := j.Value.(type) {
	case float64:
		m.Value = v
	case string:
		switch v {
		case "Infinity":
			m.Value = math.Inf(1)
		case "-Infinity":
			m.Value = math.Inf(-1)
		default:
			m.Value = math.NaN()
		}
	}
	return nil
}

// RunSpec is a run to be created; the tag mlflow.parentRunId makes it nested.
type RunSpec struct {
	ExperimentID string
	Name         string
	Start        time.Time
	Tags         []Tag
}

// CreateRun makes a RUNNING run. The server gives the id, so a create without
// an answer must be looked for before it is repeated: see IsAmbiguous.
func (c *Client) CreateRun(ctx context.Context, s RunSpec) (Run, error) {
	var out struct {
		Run Run `json:"run"`
	}
	err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/create", nil, struct {
		ExperimentID string `json:"experiment_id"`
		Name         string `json:"run_name,omitempty"`
		Start        int64  `json:"start_time"`
		Tags         []Tag  `json:"tags,omitempty"`
	}{s.ExperimentID, s.Name, s.Start.UnixMilli(), s.Tags}, &out)
	if err == nil && out.Run.Info.RunID == "" {
		err = &NotMLflowError{URI: c.URI(), Err: errors.New("a created run has no id")}
	}
	return out.Run, err
}

// Batch is what LogBatch writes.
type Batch struct {
	Metrics []Metric `json:"metrics,omitempty"`
	Params  []Tag    `json:"params,omitempty"`
	Tags    []Tag    `json:"tags,omitempty"`
}

// What one log-batch may hold (MLflow REST API, "Request Limits"): 1000 items
// in all, of them 100 params and 100 tags.
const (
	maxBatchItems  = 1000
	maxBatchParams = 100
	maxBatchTags   = 100
)

// LogBatch writes metrics, params and tags in as few requests as the server's
// limits allow. Each request is atomic, the whole is not; sending it again is
// safe.
func (c *Client) LogBatch(ctx context.Context, runID string, b Batch) error {
	for len(b.Metrics)+len(b.Params)+len(b.Tags) > 0 {
		part := struct {
			RunID string `json:"run_id"`
			Batch
		}{RunID: runID}
		part.Params, b.Params = cut(b.Params, maxBatchParams)
		part.Tags, b.Tags = cut(b.Tags, maxBatchTags)
		part.Metrics, b.Metrics = cut(b.Metrics, maxBatchItems-len(part.Params)-len(part.Tags))
		if err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/log-batch", nil, part, nil); err != nil {
			return err
		}
	}
	return nil
}

func cut[T any](s []T, n int) (head, rest []T) {
	n = min(n, len(s))
	return s[:n], s[n:]
}

// UpdateRun sets status and end time, and the name unless it is empty.
func (c *Client) UpdateRun(ctx context.Context, runID, status string, end time.Time, name string) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/update", nil, struct {
		RunID  string `json:"run_id"`
		Status string `json:"status"`
		End    int64  `json:"end_time,omitempty"`
		Name   string `json:"run_name,omitempty"`
	}{runID, status, millis(end), name}, nil)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// GetRun reads one run.
func (c *Client) GetRun(ctx context.Context, runID string) (Run, error) {
	var out struct {
		Run Run `json:"run"`
	}
	err := c.call(ctx, http.MethodGet, "api/2.0/mlflow/runs/get", url.Values{"run_id": {runID}}, nil, &out)
	return out.Run, err
}

// DeleteRun marks a run as deleted; `mlflow gc` removes it for good.
func (c *Client) DeleteRun(ctx context.Context, runID string) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/delete", nil, map[string]string{"run_id": runID}, nil)
}

// RunSearch is a query. View ALL finds deleted runs too; empty is active only.
type RunSearch struct {
	ExperimentIDs []string `json:"experiment_ids"`
	Filter        string   `json:"filter,omitempty"`
	View          string   `json:"run_view_type,omitempty"` // ACTIVE_ONLY, DELETED_ONLY or ALL
	OrderBy       []string `json:"order_by,omitempty"`
	MaxResults    int      `json:"max_results,omitempty"` // of a page
	PageToken     string   `json:"page_token,omitempty"`
}

// SearchRuns gives one page and the token of the next, empty at the end.
func (c *Client) SearchRuns(ctx context.Context, q RunSearch) ([]Run, string, error) {
	var out struct {
		Runs []Run  `json:"runs"`
		Next string `json:"next_page_token"`
	}
	err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/search", nil, q, &out)
	return out.Runs, out.Next, err
}

// LogOutputs says which logged models a run used. Sent again it is an
// IsUniqueViolation error, which means done.
func (c *Client) LogOutputs(ctx context.Context, runID string, modelIDs ...string) error {
	models := make([]ModelOutput, len(modelIDs))
	for i, id := range modelIDs {
		models[i].ModelID = id
	}
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/outputs", nil, struct {
		RunID  string        `json:"run_id"`
		Models []ModelOutput `json:"models"`
	}{runID, models}, nil)
}
