package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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

	// kept are assessments of others as the server gave them; see Merged.
	kept []json.RawMessage
	read []json.RawMessage // all, of an info that was read
}

// plainTraceInfo is a TraceInfo with the encoding of its fields.
type plainTraceInfo TraceInfo

// MarshalJSON writes the info as the server takes it, with what [TraceInfo.Merged]
// kept.
func (i TraceInfo) MarshalJSON() ([]byte, error) {
	out := struct {
		plainTraceInfo
		Assessments []any `json:"assessments,omitempty"`
	}{plainTraceInfo: plainTraceInfo(i)}
	for _, a := range i.Assessments {
		out.Assessments = append(out.Assessments, a)
	}
	for _, raw := range i.kept {
		out.Assessments = append(out.Assessments, raw)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what the server answers.
func (i *TraceInfo) UnmarshalJSON(b []byte) error {
	in := struct {
		*plainTraceInfo
		Assessments []json.RawMessage `json:"assessments"`
	}{plainTraceInfo: (*plainTraceInfo)(i)}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	i.Assessments = make([]Assessment, len(in.Assessments))
	for n, raw := range in.Assessments {
		if err := json.Unmarshal(raw, &i.Assessments[n]); err != nil {
			return err
		}
	}
	i.read = in.Assessments
	return nil
}

// Merged returns the info with what the server has in there beyond it: metadata, tags,
// and assessments by others. Servers before MLflow 3.17 refuse an info that lacks
// anything of theirs ([IsTraceConflict]).
func (i TraceInfo) Merged(there TraceInfo) TraceInfo {
	i.Metadata, i.Tags = maps.Clone(i.Metadata), maps.Clone(i.Tags)
	addMissing(&i.Metadata, there.Metadata)
	_, located := i.Tags[artifactLocationTag]
	addMissing(&i.Tags, there.Tags)
	if !located {
		delete(i.Tags, artifactLocationTag) // which the server adds itself
	}
	ours := map[string]bool{}
	for _, a := range i.Assessments {
		ours[a.ID] = true
	}
	i.kept = nil
	for n, a := range there.Assessments {
		if !ours[a.ID] && n < len(there.read) {
			i.kept = append(i.kept, there.read[n])
		}
	}
	return i
}

func addMissing(to *map[string]string, from map[string]string) {
	if *to == nil {
		*to = map[string]string{}
	}
	for k, v := range from {
		if _, there := (*to)[k]; !there {
			(*to)[k] = v
		}
	}
}

// IsTraceConflict reports whether a trace info was refused because it lacks something
// that the server has in the trace already. It goes by the words of SQLAlchemy.
func IsTraceConflict(err error) bool {
	e, ok := answer(err)
	return ok && (strings.Contains(e.Message, "blank-out primary key") || strings.Contains(e.Message, "assessments.trace_id") ||
		strings.Contains(e.Message, `"trace_id" of relation "assessments"`))
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

// PutTraceInfo makes or updates a trace, before or after its spans. What an info lacks
// of a trace that is there stays, also on servers that refuse such an info
// ([IsTraceConflict]): it is sent again with what they have.
func (c *Client) PutTraceInfo(ctx context.Context, info TraceInfo) error {
	_, err := c.StartTrace(ctx, info)
	return err
}

// StartTrace makes or updates a trace as [Client.PutTraceInfo] does, and returns what
// the server then knows of it.
func (c *Client) StartTrace(ctx context.Context, info TraceInfo) (TraceInfo, error) {
	there, err := c.postTraceInfo(ctx, info)
	if !IsTraceConflict(err) {
		return there, err
	}
	there, err = c.GetTraceInfo(ctx, info.TraceID)
	if err != nil {
		return there, fmt.Errorf("read what the trace has: %w", err)
	}
	return c.postTraceInfo(ctx, info.Merged(there))
}

// GetTraceInfo returns what the server knows of a trace. [IsNotFound] tells the error
// of a trace that it does not know.
func (c *Client) GetTraceInfo(ctx context.Context, traceID string) (TraceInfo, error) {
	var out traceAnswer
	path := "api/3.0/mlflow/traces/" + url.PathEscape(traceID)
	err := c.call(ctx, http.MethodGet, path, nil, nil, &out)
	if err == nil && out.Trace.Info.TraceID != traceID {
		err = c.other(http.MethodGet, path, "trace", out.Trace.Info.TraceID, traceID)
	}
	return out.Trace.Info, err
}

// traceAnswer is how the server writes a trace, and wants it.
type traceAnswer struct {
	Trace struct {
		Info TraceInfo `json:"trace_info"`
	} `json:"trace"`
}

func (c *Client) postTraceInfo(ctx context.Context, info TraceInfo) (TraceInfo, error) {
	const path = "api/3.0/mlflow/traces"
	var in, out traceAnswer
	in.Trace.Info = info
	err := c.call(ctx, http.MethodPost, path, nil, in, &out)
	if err == nil && out.Trace.Info.TraceID != info.TraceID {
		err = c.other(http.MethodPost, path, "trace", out.Trace.Info.TraceID, info.TraceID)
	}
	return out.Trace.Info, err
}

// SearchTraces finds up to limit traces of an experiment, newest first; the server
// takes at most 500. filter is in MLflow's search syntax, empty for all.
func (c *Client) SearchTraces(ctx context.Context, experimentID, filter string, limit int) ([]TraceInfo, error) {
	var out struct {
		Traces list[TraceInfo] `json:"traces"`
	}
	err := c.call(ctx, http.MethodPost, "api/3.0/mlflow/traces/search", nil, struct {
		Locations []TraceLocation `json:"locations"`
		Filter    string          `json:"filter,omitempty"`
		Max       int             `json:"max_results,omitempty"`
	}{[]TraceLocation{InExperiment(experimentID)}, filter, limit}, &out)
	return out.Traces, err
}

// tracePage is what one search for traces returns: MLflow's own bound.
const tracePage = 500

// Traces calls visit for each trace of an experiment, newest first, in pages of 500, until visit
// returns an error, which is returned. filter is as in [Client.SearchTraces].
func (c *Client) Traces(ctx context.Context, experimentID, filter string, visit func(TraceInfo) error) error {
	for token, page := "", 0; ; page++ {
		var out struct {
			Traces list[TraceInfo] `json:"traces"`
			Next   string          `json:"next_page_token"`
		}
		const path = "api/3.0/mlflow/traces/search"
		err := c.call(ctx, http.MethodPost, path, nil, struct {
			Locations []TraceLocation `json:"locations"`
			Filter    string          `json:"filter,omitempty"`
			Max       int             `json:"max_results"`
			Token     string          `json:"page_token,omitempty"`
		}{[]TraceLocation{InExperiment(experimentID)}, filter, tracePage, token}, &out)
		if err == nil {
			err = c.turned(http.MethodPost, path, token, out.Next, page)
		}
		if err != nil {
			return fmt.Errorf("search traces by %q: %w", filter, err)
		}
		for _, info := range out.Traces {
			if err := visit(info); err != nil {
				return err
			}
		}
		if token = out.Next; token == "" {
			return nil
		}
	}
}
