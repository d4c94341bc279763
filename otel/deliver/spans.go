package deliver

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"strings"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

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

// fingerprint tells whether two deliveries of a trace hold the same spans.
func fingerprint(td *tracepb.TracesData) uint64 {
	h := fnv.New64a()
	for _, s := range otlp.Spans(td) {
		_, _ = h.Write(s.GetSpanId())
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, s.GetEndTimeUnixNano()))
		// A log record that came since is on its span.
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s.GetAttributes())+len(s.GetEvents()))))
	}
	return h.Sum64()
}

// resource holds the resource attributes that delivery itself uses.
type resource struct {
	service, version string // service.name, unless it is a default; service.version
	program          string // service.name, or what OpenTelemetry says in place of an absent one
	commit, branch   string // vcs.ref.head.revision, vcs.ref.head.name
}

// unknownService begins the name of a program that was given none
// (opentelemetry.io/docs/specs/semconv/resource/#service).
const unknownService = "unknown_service"

// resourceOf reads the resource of the root span, or of the first there is.
func resourceOf(td *tracepb.TracesData) resource {
	var chosen *resourcepb.Resource
	for at, s := range otlp.Spans(td) {
		if chosen == nil || len(s.GetParentSpanId()) == 0 {
			chosen = at.Resource.GetResource()
		}
	}
	get := func(key string) string { return stringAttribute(chosen.GetAttributes(), key) }
	r := resource{
		service: get("service.name"), version: get("service.version"),
		commit: get("vcs.ref.head.revision"), branch: get("vcs.ref.head.name"),
	}
	if r.program = r.service; r.program == "" {
		r.program = unknownService
		if exe := get("process.executable.name"); exe != "" {
			r.program += ":" + exe
		}
	}
	if strings.HasPrefix(r.service, unknownService) { // the SDK's default names no program
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
