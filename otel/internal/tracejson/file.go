package tracejson

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/mlflowid"
	"github.com/technoshare/commentator/otel/internal/otlp"
)

// FileName is what MLflow calls the file (TRACE_DATA_FILE_NAME in
// mlflow/tracing/utils/artifact_utils.py, the same in 2.14 to 3.18).
const FileName = "traces.json"

// Schema is a generation of the file's format.
type Schema int

const (
	// V3 is what every MLflow 3 writes and reads. The servers of 2.x refuse it.
	V3 Schema = iota
	// V2 is what MLflow 2.14 to 2.22 write and read.
	V2
)

// Bounds of one file. OTLP requests may hold as much; MLflow's pages load all of it
// at once.
const (
	maxBytes = 24 << 20
	maxSpans = 50_000
)

// limits are the lengths to which values are shortened, one after the other, until a
// file fits. The first leaves all values as they are.
var limits = []int{maxBytes, 64 << 10, 8 << 10, 1 << 10, 128}

// Options says what the file is for.
type Options struct {
	// TraceID is the id that the server knows the trace by. Empty means the one that
	// MLflow derives from OpenTelemetry's, which is what servers since 3.2 use.
	TraceID string
	Schema  Schema
}

// File is a written trace.
type File struct {
	Data []byte // the content of traces.json
	// Metadata belongs into the trace info: sizes, schema, tokens and cost, by
	// MLflow's keys.
	Metadata   map[string]string
	Start, End time.Time // of all spans
	// Inputs and Outputs are the root's, as JSON; empty where it has none.
	Inputs, Outputs string

	Spans     int // in Data
	Dropped   int // spans that did not fit
	Shortened int // values that were shortened to fit
}

// New writes the spans of td, which belong to one trace. Of two reports of one span
// the later counts.
func New(td *tracepb.TracesData, o Options) (File, error) { return Merge(nil, td, o) }

// Merge writes the spans of an existing file, of either schema, together with those
// of td, which replace spans of the same id. An empty existing is as none. The
// error says that existing is no trace file; nobody should then overwrite it.
func Merge(existing []byte, td *tracepb.TracesData, o Options) (File, error) {
	set := map[spanID]*span{}
	if len(bytes.TrimSpace(existing)) > 0 {
		if err := read(existing, set); err != nil {
			return File{}, fmt.Errorf("read stored spans of the trace: %w", err)
		}
	}
	for _, s := range otlp.Spans(td) {
		n := fromOTLP(s)
		set[n.id] = n
	}
	spans := arrange(set)
	f := File{}
	if len(spans) > maxSpans {
		f.Dropped = len(spans) - maxSpans
		spans = arrange(index(spans[:maxSpans]))
	}
	if o.TraceID == "" && len(spans) > 0 {
		o.TraceID = mlflowid.Trace(spans[0].traceID)
	}
	f.write(spans, o)
	return f, nil
}

func index(spans []*span) map[spanID]*span {
	set := make(map[spanID]*span, len(spans))
	for _, s := range spans {
		set[s.id] = s
	}
	return set
}

// write encodes spans, shorter and shorter, and at last fewer, until they fit.
func (f *File) write(spans []*span, o Options) {
	for _, limit := range limits {
		if f.Data, f.Shortened = encode(spans, o, limit); len(f.Data) <= maxBytes {
			f.finish(spans, o)
			return
		}
	}
	for len(f.Data) > maxBytes && len(spans) > 1 {
		// The sizes of spans differ: the share that fits is a guess, a little low.
		keep := min(len(spans)-1, max(1, len(spans)*(maxBytes*9/10)/len(f.Data)))
		f.Dropped += len(spans) - keep
		spans = arrange(index(spans[:keep]))
		f.Data, f.Shortened = encode(spans, o, limits[len(limits)-1])
	}
	f.finish(spans, o)
}

func (f *File) finish(spans []*span, o Options) {
	f.Spans = len(spans)
	f.Metadata = metadata(spans, o, len(f.Data))
	if len(spans) > 0 {
		first, last := spans[0].start, spans[0].end
		for _, s := range spans {
			first, last = min(first, s.start), max(last, s.end)
		}
		f.Start, f.End = at(first), at(last)
		f.Inputs, f.Outputs = spans[0].attributes[inputsKey], spans[0].attributes[outputsKey]
	}
}

// at is a time; those that Go cannot hold are in the year 2262.
func at(ns uint64) time.Time {
	return time.Unix(0, int64(min(ns, math.MaxInt64))).UTC() //nolint:gosec // bounded just before
}

// encode writes the file with values of at most limit bytes, and counts how many
// were longer.
func encode(spans []*span, o Options, limit int) (data []byte, shortened int) {
	out := struct {
		Spans    []any   `json:"spans"`
		Request  *string `json:"request,omitempty"`
		Response *string `json:"response,omitempty"`
	}{Spans: make([]any, 0, len(spans))}
	requestID := jsonText(o.TraceID)
	for i, s := range spans {
		fit, n := s.fit(limit)
		shortened += n
		fit.attributes[requestKey] = requestID
		if o.Schema == V3 {
			out.Spans = append(out.Spans, fit.v3())
			continue
		}
		out.Spans = append(out.Spans, fit.v2())
		if i == 0 { // the root: the trace's own input and output, in 2.x
			out.Request, out.Response = fit.get(inputsKey), fit.get(outputsKey)
		}
	}
	return marshal(out), shortened
}

// v3 is a span as Span.to_dict of MLflow 3.0 to 3.18 has it (mlflow/entities/span.py).
func (s *span) v3() any {
	type event struct {
		Name       string         `json:"name"`
		Time       uint64         `json:"time_unix_nano"`
		Attributes map[string]any `json:"attributes"`
	}
	type status struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	type link struct {
		TraceID    string         `json:"trace_id"`
		SpanID     string         `json:"span_id"`
		Attributes map[string]any `json:"attributes"`
	}
	out := struct {
		TraceID    string            `json:"trace_id"`
		SpanID     string            `json:"span_id"`
		Parent     *string           `json:"parent_span_id"`
		Name       string            `json:"name"`
		Start      uint64            `json:"start_time_unix_nano"`
		End        uint64            `json:"end_time_unix_nano"`
		Events     []event           `json:"events"`
		Status     status            `json:"status"`
		Attributes map[string]string `json:"attributes"`
		Links      []link            `json:"links"`
	}{
		TraceID: base64.StdEncoding.EncodeToString(s.traceID[:]), SpanID: base64.StdEncoding.EncodeToString(s.id[:]),
		Name: s.name, Start: s.start, End: s.end, Events: make([]event, 0, len(s.events)), Links: make([]link, 0, len(s.links)),
		Status: status{Code: "STATUS_CODE_" + s.status, Message: s.message}, Attributes: s.attributes,
	}
	if s.shown.IsValid() {
		p := base64.StdEncoding.EncodeToString(s.shown[:])
		out.Parent = &p
	}
	for _, e := range s.events {
		out.Events = append(out.Events, event(e))
	}
	for _, l := range s.links {
		out.Links = append(out.Links, link{mlflowid.Trace(l.traceID), l.spanID.String(), l.attributes})
	}
	return out
}

// v2 is a span as Span.to_dict of MLflow 2.22 has it, which knows no links.
func (s *span) v2() any {
	type spanContext struct {
		SpanID  string `json:"span_id"`
		TraceID string `json:"trace_id"`
	}
	type event struct {
		Name       string         `json:"name"`
		Time       uint64         `json:"timestamp"`
		Attributes map[string]any `json:"attributes"`
	}
	out := struct {
		Name       string            `json:"name"`
		Context    spanContext       `json:"context"`
		Parent     *string           `json:"parent_id"`
		Start      uint64            `json:"start_time"`
		End        uint64            `json:"end_time"`
		Status     string            `json:"status_code"`
		Message    string            `json:"status_message"`
		Attributes map[string]string `json:"attributes"`
		Events     []event           `json:"events"`
	}{
		Name: s.name, Context: spanContext{s.id.String(), hex.EncodeToString(s.traceID[:])}, Start: s.start, End: s.end,
		Status: s.status, Message: s.message, Attributes: s.attributes, Events: make([]event, 0, len(s.events)),
	}
	if s.shown.IsValid() {
		p := s.shown.String()
		out.Parent = &p
	}
	for _, e := range s.events {
		out.Events = append(out.Events, event(e))
	}
	return out
}

// marshal encodes what cannot fail: strings, numbers, lists and maps of them. Keys
// are in order, so that the same spans give the same bytes.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func jsonText(s string) string { return string(marshal(s)) }
