package mlflow

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// TraceInfo is what MLflow knows about a trace beside its spans: the part that
// OTLP cannot carry.
type TraceInfo struct {
	TraceID         string            `json:"trace_id"` // MLflow's, see TraceID
	Location        TraceLocation     `json:"trace_location"`
	RequestTime     string            `json:"request_time,omitempty"`       // RFC 3339
	Duration        string            `json:"execution_duration,omitempty"` // "4.765s"
	State           string            `json:"state,omitempty"`              // OK, ERROR or IN_PROGRESS
	RequestPreview  string            `json:"request_preview,omitempty"`
	ResponsePreview string            `json:"response_preview,omitempty"`
	ClientRequestID string            `json:"client_request_id,omitempty"`
	Metadata        map[string]string `json:"trace_metadata,omitempty"` // values up to 250 characters
	Tags            map[string]string `json:"tags,omitempty"`
	Assessments     []Assessment      `json:"assessments,omitempty"`
}

// TraceLocation names the experiment of a trace.
type TraceLocation struct {
	Type       string `json:"type"`
	Experiment struct {
		ID string `json:"experiment_id"`
	} `json:"mlflow_experiment"`
}

// InExperiment returns the location of traces in an experiment.
func InExperiment(id string) TraceLocation {
	l := TraceLocation{Type: "MLFLOW_EXPERIMENT"}
	l.Experiment.ID = id
	return l
}

// FormatDuration writes a duration as protobuf's JSON mapping does.
func FormatDuration(d time.Duration) string {
	return strconv.FormatFloat(max(d, 0).Seconds(), 'f', -1, 64) + "s"
}

// FormatTime writes a time as protobuf's JSON mapping does.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// PutTraceInfo makes or updates a trace, before or after its spans.
func (c *Client) PutTraceInfo(ctx context.Context, info TraceInfo) error {
	return c.call(ctx, http.MethodPost, "api/3.0/mlflow/traces", nil,
		map[string]any{"trace": map[string]any{"trace_info": info}}, nil)
}

// SearchTraces finds up to limit traces of an experiment, newest first; the server
// takes at most 500. filter is in MLflow's search syntax, empty for all.
func (c *Client) SearchTraces(ctx context.Context, experimentID, filter string, limit int) ([]TraceInfo, error) {
	var out struct {
		Traces []TraceInfo `json:"traces"`
	}
	err := c.call(ctx, http.MethodPost, "api/3.0/mlflow/traces/search", nil, struct {
		Locations []TraceLocation `json:"locations"`
		Filter    string          `json:"filter,omitempty"`
		Max       int             `json:"max_results,omitempty"`
	}{[]TraceLocation{InExperiment(experimentID)}, filter, limit}, &out)
	return out.Traces, err
}

// TraceInfo reads what MLflow knows about a trace beside its spans. For an unknown
// trace [IsNotFound] holds.
func (c *Client) TraceInfo(ctx context.Context, traceID string) (TraceInfo, error) {
	var out struct {
		Trace struct {
			Info TraceInfo `json:"trace_info"`
		} `json:"trace"`
	}
	err := c.call(ctx, http.MethodGet, "api/3.0/mlflow/traces/"+url.PathEscape(traceID), nil, nil, &out)
	return out.Trace.Info, err
}
