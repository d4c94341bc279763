package deliver

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflow"
)

// One request holds so much: MLflow stores 1,000 spans in 0.3–0.7 s, and 32,000
// in one request in 19 s.
const (
	maxRequestSpans = 1000
	maxRequestBytes = 8 << 20
	// maxBisect bounds the extra requests spent on finding refused spans.
	maxBisect = 200
)

// newUploader sends stored spans as an exporter would. Its own retry is off:
// the outbox decides. The explicit headers keep OTEL_EXPORTER_OTLP_HEADERS, the
// key of another backend, away from MLflow; and the client's transport makes
// the timeout, TLS and typed errors.
func newUploader(c *mlflow.Client) otlptrace.Client {
	compression := otlptracehttp.GzipCompression
	if strings.HasPrefix(c.URI(), "http://127.") || strings.HasPrefix(c.URI(), "http://localhost") {
		compression = otlptracehttp.NoCompression // costs more than it saves
	}
	return otlptracehttp.NewClient(
		otlptracehttp.WithEndpointURL(c.OTLPEndpoint()),
		otlptracehttp.WithHeaders(map[string]string{}),
		otlptracehttp.WithCompression(compression),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: false}),
		otlptracehttp.WithHTTPClient(&http.Client{Transport: c.Transport(), Timeout: c.Timeout()}),
	)
}

// span is one span with what surrounds it in OTLP.
type span struct {
	at   otlp.Place
	span *tracepb.Span
}

// spanSet is what of a trace goes over OTLP.
type spanSet struct {
	send               []span
	unsampled, unended int
}

// selectSpans takes the spans that MLflow may show: ended ones (it gives an open
// root a duration of minus centuries), and sampled ones where that is known.
// Roots go last, because a root is what turns the trace from IN_PROGRESS to OK.
func selectSpans(td *tracepb.TracesData, sampledOnly bool) spanSet {
	var set spanSet
	var roots []span
	for at, s := range otlp.Spans(td) {
		switch {
		case s.GetEndTimeUnixNano() == 0:
			set.unended++
		case sampledOnly && !otlp.Sampled(s):
			set.unsampled++
		case len(s.GetParentSpanId()) == 0:
			roots = append(roots, span{at, s})
		default:
			set.send = append(set.send, span{at, s})
		}
	}
	set.send = append(set.send, roots...)
	return set
}

// requests cuts spans into what one request may hold.
func requests(spans []span) [][]span {
	var out [][]span
	start, size := 0, 0
	for i, s := range spans {
		n := proto.Size(s.span)
		if i > start && (i-start >= maxRequestSpans || size+n > maxRequestBytes) {
			out = append(out, spans[start:i])
			start, size = i, 0
		}
		size += n
	}
	return append(out, spans[start:])
}

// wrap puts spans back into their resources and scopes.
func wrap(spans []span) []*tracepb.ResourceSpans {
	var out []*tracepb.ResourceSpans
	var last otlp.Place
	for _, s := range spans {
		if s.at.Resource != last.Resource {
			out = append(out, &tracepb.ResourceSpans{Resource: s.at.Resource.Resource, SchemaUrl: s.at.Resource.SchemaUrl})
		}
		rs := out[len(out)-1]
		if s.at != last {
			rs.ScopeSpans = append(rs.ScopeSpans, &tracepb.ScopeSpans{Scope: s.at.Scope.Scope, SchemaUrl: s.at.Scope.SchemaUrl})
		}
		last = s.at
		ss := rs.ScopeSpans[len(rs.ScopeSpans)-1]
		ss.Spans = append(ss.Spans, s.span)
	}
	return out
}

// uploadSpans posts all spans. MLflow refuses a whole request for one bad span;
// then halves are tried until the bad ones stand alone, and only those stay
// behind, in Result.Poison.
func (j *job) uploadSpans() error {
	budget := maxBisect
	for _, part := range requests(j.spans.send) {
		if err := j.uploadPart(part, &budget); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) uploadPart(part []span, budget *int) error {
	err := j.step("send spans", func(ctx context.Context) error {
		ctx = mlflow.WithHeader(ctx, "x-mlflow-experiment-id", j.experimentID)
		return j.d.otlp.UploadTraces(ctx, wrap(part))
	})
	if err == nil || !isPoison(err) {
		return err
	}
	if *budget--; len(part) == 1 || *budget <= 0 {
		if len(j.result.Poison) == 0 {
			j.result.PoisonReason = apiError(err).Error()
		}
		for _, s := range part {
			j.result.Poison = append(j.result.Poison, s.span)
		}
		return nil
	}
	half := len(part) / 2
	if err := j.uploadPart(part[:half], budget); err != nil {
		return err
	}
	return j.uploadPart(part[half:], budget)
}

// isPoison reports whether the server understood a request and refuses its
// content.
func isPoison(err error) bool {
	e := apiError(err)
	if e == nil || mlflow.IsExperimentGone(err) {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return !mlflow.IsRetryable(err)
	}
	return false
}

// traceIDOf gives the id that all spans share.
func traceIDOf(td *tracepb.TracesData) (tid trace.TraceID, err error) {
	n := 0
	for _, s := range otlp.Spans(td) {
		if len(s.GetTraceId()) != 16 || len(s.GetSpanId()) != 8 {
			return tid, &InvalidTraceError{fmt.Sprintf("span %q has a trace id of %d and a span id of %d bytes instead of 16 and 8",
				s.GetName(), len(s.GetTraceId()), len(s.GetSpanId()))}
		}
		if n > 0 && !bytes.Equal(tid[:], s.GetTraceId()) {
			return tid, &InvalidTraceError{fmt.Sprintf("it holds two traces, %s and %x: split it by trace id", tid, s.GetTraceId())}
		}
		copy(tid[:], s.GetTraceId())
		n++
	}
	if n == 0 {
		return tid, &InvalidTraceError{"it has no spans"}
	}
	return tid, nil
}

// resource holds the resource attributes that delivery itself uses.
type resource struct {
	service, version string // service.name, service.version
	commit, branch   string // vcs.ref.head.revision, vcs.ref.head.name
}

// resourceOf reads the resource of the root span, or of the first there is.
func resourceOf(td *tracepb.TracesData) resource {
	var chosen *resourcepb.Resource
	for at, s := range otlp.Spans(td) {
		if chosen == nil || len(s.GetParentSpanId()) == 0 {
			chosen = at.Resource.GetResource()
		}
	}
	get := func(key string) string { return stringAttribute(chosen.GetAttributes(), key) }
	r := resource{get("service.name"), get("service.version"), get("vcs.ref.head.revision"), get("vcs.ref.head.name")}
	if strings.HasPrefix(r.service, "unknown_service") { // the SDK's default names no program
		r.service = ""
	}
	return r
}

func stringAttribute(attrs []*commonpb.KeyValue, key string) string {
	for _, kv := range attrs {
		if kv.GetKey() == key {
			return kv.GetValue().GetStringValue()
		}
	}
	return ""
}
