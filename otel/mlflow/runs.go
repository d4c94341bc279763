package mlflow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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

// RunSpec is a run to be created; the tag mlflow.parentRunId makes it nested.
type RunSpec struct {
	ExperimentID string
	Name         string
	Start        time.Time
	Tags         []Tag
}

// CreateRun makes a RUNNING run. The server gives the id, so a create without
// an answer must be looked for before it is repeated: see IsAmbiguous. An answer that shows
// another run than was asked for, to which somebody else writes, is a [*NotMLflowError].
func (c *Client) CreateRun(ctx context.Context, s RunSpec) (Run, error) {
	var out struct {
		Run Run `json:"run"`
	}
	const path = "api/2.0/mlflow/runs/create"
	err := c.call(ctx, http.MethodPost, path, nil, struct {
		ExperimentID string `json:"experiment_id"`
		Name         string `json:"run_name,omitempty"`
		Start        int64  `json:"start_time"`
		Tags         []Tag  `json:"tags,omitempty"`
	}{s.ExperimentID, s.Name, s.Start.UnixMilli(), s.Tags}, &out)
	switch in := out.Run.Info.ExperimentID; {
	case err != nil:
	case out.Run.Info.RunID == "":
		err = &NotMLflowError{URI: c.URI(), Err: errors.New("a created run has no id")}
	case in != "" && in != s.ExperimentID:
		err = c.other(http.MethodPost, path, "experiment", in, s.ExperimentID)
	default:
		if what, got, want := out.Run.contradicts(s); what != "" {
			err = c.other(http.MethodPost, path, what, got, want)
		}
	}
	return out.Run, err
}

// contradicts names what shows that the run was not made of s, with what it has and should have; "" for nothing.
// Tags of MLflow's own are left out, since a server may set them as it sees fit; and it may shorten values.
func (r Run) contradicts(s RunSpec) (what, got, want string) {
	if at := r.Info.StartTime; at != 0 && at != s.Start.UnixMilli() {
		return "start", strconv.FormatInt(at, 10), strconv.FormatInt(s.Start.UnixMilli(), 10)
	}
	tags := TagMap(r.Data.Tags)
	for _, t := range s.Tags {
		value, there := tags[t.Key]
		if there && !strings.HasPrefix(t.Key, "mlflow.") && !strings.HasPrefix(t.Value, value) {
			return "tag " + t.Key, value, t.Value
		}
	}
	return "", "", ""
}

// UpdateRun sets status and end time, and the name unless it is empty. The answer shows
// the run as it is then: one that does not hold what was sent is a [*NotMLflowError].
func (c *Client) UpdateRun(ctx context.Context, runID, status string, end time.Time, name string) error {
	const path = "api/2.0/mlflow/runs/update"
	var out struct {
		Info RunInfo `json:"run_info"`
	}
	err := c.call(ctx, http.MethodPost, path, nil, struct {
		RunID  string `json:"run_id"`
		Status string `json:"status"`
		End    int64  `json:"end_time,omitempty"`
		Name   string `json:"run_name,omitempty"`
	}{runID, status, millis(end), name}, &out)
	switch {
	case err != nil:
		return err
	case out.Info.RunID != runID:
		return c.other(http.MethodPost, path, "run", out.Info.RunID, runID)
	case out.Info.Status != status:
		return c.other(http.MethodPost, path, "status", out.Info.Status, status)
	case !end.IsZero() && out.Info.EndTime != millis(end):
		return c.other(http.MethodPost, path, "end", strconv.FormatInt(out.Info.EndTime, 10), strconv.FormatInt(millis(end), 10))
	}
	return nil
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
	const path = "api/2.0/mlflow/runs/get"
	err := c.call(ctx, http.MethodGet, path, url.Values{"run_id": {runID}}, nil, &out)
	if err == nil && out.Run.Info.RunID != runID {
		err = c.other(http.MethodGet, path, "run", out.Run.Info.RunID, runID)
	}
	return out.Run, err
}

// DeleteRun marks a run as deleted; `mlflow gc` removes it for good.
func (c *Client) DeleteRun(ctx context.Context, runID string) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/delete", nil, map[string]string{"run_id": runID}, nil)
}

// DeleteRunTag removes a tag of a run. One that is not there is an error for which
// [IsNotFound] holds.
func (c *Client) DeleteRunTag(ctx context.Context, runID, key string) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/delete-tag", nil, map[string]string{"run_id": runID, "key": key}, nil)
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
