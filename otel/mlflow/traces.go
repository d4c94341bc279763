package mlflow

import (
	"context"
	"fmt"
	"net/http"
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

// Assessment is a judgement. With an ID of the caller's (see [FeedbackID]) sending
// it again updates it; without one it doubles.
type Assessment struct {
	ID        string            `json:"assessment_id,omitempty"`
	Name      string            `json:"assessment_name"`
	TraceID   string            `json:"trace_id"`
	SpanID    string            `json:"span_id,omitempty"`
	Source    AssessmentSource  `json:"source"`
	Feedback  *Feedback         `json:"feedback,omitempty"`
	Rationale string            `json:"rationale,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
}

// AssessmentSource says who judged.
type AssessmentSource struct {
	Type string `json:"source_type"` // CODE, LLM_JUDGE or HUMAN
	ID   string `json:"source_id"`
}

// Feedback holds a bool, number or text.
type Feedback struct {
	Value any `json:"value"`
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

// maxLinkedTraces is the server's limit of one link-to-run.
const maxLinkedTraces = 100

// LinkTraces shows traces in the Traces tab of a run, whether they exist yet or
// not. Linking again changes nothing.
func (c *Client) LinkTraces(ctx context.Context, runID string, traceIDs ...string) error {
	for len(traceIDs) > 0 {
		var part []string
		part, traceIDs = cut(traceIDs, maxLinkedTraces)
		if err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/traces/link-to-run", nil, struct {
			TraceIDs []string `json:"trace_ids"`
			RunID    string   `json:"run_id"`
		}{part, runID}, nil); err != nil {
			return fmt.Errorf("link traces to run %s: %w", runID, err)
		}
	}
	return nil
}

// PromptRef names one version of a registered prompt.
type PromptRef struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// LinkPrompts shows a trace on the pages of the prompts it used. The trace must
// exist. Linking again changes nothing.
func (c *Client) LinkPrompts(ctx context.Context, traceID string, prompts []PromptRef) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/traces/link-prompts", nil, struct {
		TraceID string      `json:"trace_id"`
		Prompts []PromptRef `json:"prompt_versions"`
	}{traceID, prompts}, nil)
}
