package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/tracejson"
)

// MLflow 2.14 to 3.1 know traces by ids of the server's own, so that ours is a tag by
// which a trace is found again.
const sentTraceTag = "otel.trace_id"

// Limits of MLflow 2 on metadata and tags of a trace, in characters
// (mlflow/tracing/constant.py).
const (
	maxTraceMetadataV2 = 250
	maxTraceTagV2      = 4096
)

// traceInfoV2 is a trace in the API of MLflow 2.14 to 3.1.
type traceInfoV2 struct {
	ID           string      `json:"request_id,omitempty"`
	ExperimentID string      `json:"experiment_id,omitempty"`
	Start        json.Number `json:"timestamp_ms,omitempty"`
	Duration     json.Number `json:"execution_time_ms,omitempty"`
	Status       string      `json:"status,omitempty"`
	Metadata     []Tag       `json:"request_metadata,omitempty"`
	Tags         []Tag       `json:"tags,omitempty"`
}

// PutTraceFileV2 stores a trace with its spans on servers before 3.2, whose trace info
// is of another form, as [Client.PutTraceFile] does on later ones. The server gives the
// trace an id of its own, TraceFile.TraceID; it is found again by its tag
// otel.trace_id, which holds info.TraceID. It takes no assessments and no previews
// beyond 250 characters. schema2 says that the server is a 2.x, whose clients refuse
// the spans of MLflow 3.
//
// Servers without traces, before 2.14, answer with an error of [IsUnsupported].
func (c *Client) PutTraceFileV2(ctx context.Context, info TraceInfo, td *tracepb.TracesData, schema2 bool) (TraceFile, error) {
	o := tracejson.Options{}
	if schema2 {
		o.Schema = tracejson.V2
	}
	known, err := c.findTraceV2(ctx, info)
	if err != nil {
		return TraceFile{}, fmt.Errorf("search trace: %w", err)
	}
	if known.ID == "" {
		if known, err = c.startTraceV2(ctx, info, td); err != nil {
			return TraceFile{}, fmt.Errorf("start trace: %w", err)
		}
	}
	o.TraceID = known.ID
	f, err := c.mergeTraceData(ctx, TagMap(known.Tags)[artifactLocationTag], td, o)
	if err != nil {
		return TraceFile{}, err
	}
	out := TraceFile{TraceID: known.ID, Spans: f.Spans, Dropped: f.Dropped, Shortened: f.Shortened}
	if err := c.endTraceV2(ctx, info, known, f); err != nil {
		return out, fmt.Errorf("end trace: %w", err)
	}
	return out, nil
}

func (c *Client) findTraceV2(ctx context.Context, info TraceInfo) (traceInfoV2, error) {
	var out struct {
		Traces []traceInfoV2 `json:"traces"`
	}
	err := c.call(ctx, http.MethodGet, "api/2.0/mlflow/traces", url.Values{
		"experiment_ids": {info.Location.Experiment.ID}, "max_results": {"1"},
		"filter": {fmt.Sprintf("tags.`%s` = '%s'", sentTraceTag, strings.ReplaceAll(info.TraceID, "'", ""))},
	}, nil, &out)
	if err != nil || len(out.Traces) == 0 {
		return traceInfoV2{}, err
	}
	return out.Traces[0], nil
}

func (c *Client) startTraceV2(ctx context.Context, info TraceInfo, td *tracepb.TracesData) (traceInfoV2, error) {
	start, err := time.Parse(time.RFC3339Nano, info.RequestTime)
	if err != nil { // a late part of a trace that is not there
		f, err := tracejson.New(td, tracejson.Options{})
		if err != nil {
			return traceInfoV2{}, err
		}
		start = f.Start
	}
	var out struct {
		Info traceInfoV2 `json:"trace_info"`
	}
	err = c.call(ctx, http.MethodPost, "api/2.0/mlflow/traces", nil, traceInfoV2{
		ExperimentID: info.Location.Experiment.ID, Start: json.Number(strconv.FormatInt(start.UnixMilli(), 10)),
		Tags: append(limited(info.Tags, maxTraceTagV2), Tag{Key: sentTraceTag, Value: info.TraceID}),
	}, &out)
	if err == nil && out.Info.ID == "" {
		err = &NotMLflowError{URI: c.URI(), Err: errors.New("the answer to a new trace holds no id")}
	}
	return out.Info, err
}

// endTraceV2 completes a trace. The server adds metadata and tags to those it has.
func (c *Client) endTraceV2(ctx context.Context, info TraceInfo, known traceInfoV2, f tracejson.File) error {
	metadata := map[string]string{}
	maps.Copy(metadata, info.Metadata)
	maps.Copy(metadata, f.Metadata)
	for k, v := range map[string]string{"mlflow.traceInputs": f.Inputs, "mlflow.traceOutputs": f.Outputs} {
		if v != "" {
			metadata[k] = v
		}
	}
	status := info.State
	if status == "" { // a late part
		status = known.Status
	}
	if status == "" || status == "IN_PROGRESS" {
		status = "OK"
	}
	var out struct {
		Info traceInfoV2 `json:"trace_info"`
	}
	path := "api/2.0/mlflow/traces/" + url.PathEscape(known.ID)
	err := c.call(ctx, http.MethodPatch, path, nil, struct {
		ID       string `json:"request_id"`
		End      int64  `json:"timestamp_ms"`
		Status   string `json:"status"`
		Metadata []Tag  `json:"request_metadata"`
		Tags     []Tag  `json:"tags"`
	}{known.ID, f.End.UnixMilli(), status, limited(metadata, maxTraceMetadataV2), limited(info.Tags, maxTraceTagV2)}, &out)
	if err == nil && out.Info.ID != known.ID {
		err = c.other(http.MethodPatch, path, "trace", out.Info.ID, known.ID)
	}
	return err
}

// limited are the entries of m in order, values cut to limit characters.
func limited(m map[string]string, limit int) []Tag {
	out := []Tag{}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v := []rune(m[k])
		if len(v) > limit {
			v = append(v[:limit-1], '…')
		}
		out = append(out, Tag{Key: k, Value: string(v)})
	}
	return out
}
