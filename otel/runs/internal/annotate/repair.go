package annotate

import (
	"math"
	"slices"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// MLflow answers 422 to a whole request for one of these: text that is not UTF-8,
// numbers that JSON has no word for, ids of the wrong length.

// repairSpan repairs ids, texts, numbers and links. Times are set by annotating, which
// knows the last thing that happened.
func repairSpan(s *tracepb.Span) {
	// All ids before any is set: a missing one is derived from the span as it came.
	id, own, parent := otlp.TraceID(s), otlp.SpanID(s), otlp.ParentID(s)
	s.TraceId, s.SpanId, s.ParentSpanId = id[:], own[:], nil
	if parent.IsValid() {
		s.ParentSpanId = parent[:]
	}
	s.Name, s.TraceState = otlp.ValidText(s.Name), otlp.ValidText(s.TraceState)
	if s.Name == "" {
		s.Name = "unnamed"
	}
	if s.Status != nil {
		s.Status.Message = otlp.ValidText(s.Status.Message)
	}
	// MLflow's own SDK writes the trace's id, as JSON, into each span. A server up to
	// 3.12 takes it with its quotes, and so for another trace's.
	s.Attributes = slices.DeleteFunc(s.Attributes, func(kv *commonpb.KeyValue) bool { return kv.GetKey() == traceRequestKey })
	repairAttributes(s.Attributes)
	for _, e := range s.Events {
		if e != nil {
			e.Name = otlp.ValidText(e.Name)
			repairAttributes(e.Attributes)
		}
	}
	links := s.Links[:0]
	for _, l := range s.Links {
		if !otlp.ValidLink(l) {
			continue // points nowhere
		}
		l.TraceState = otlp.ValidText(l.TraceState)
		repairAttributes(l.Attributes)
		links = append(links, l)
	}
	s.Links = links
}

func repairScope(s *commonpb.InstrumentationScope) {
	if s != nil {
		s.Name, s.Version = otlp.ValidText(s.Name), otlp.ValidText(s.Version)
		repairAttributes(s.Attributes)
	}
}

// repairResource also drops what would only be noise among a trace's tags. It stays
// in the parent run's resource.json.
func repairResource(r *resourcepb.Resource) {
	if r == nil {
		return
	}
	repairAttributes(r.Attributes)
	kept := r.Attributes[:0]
	for _, kv := range r.Attributes {
		if !noisy(kv.GetKey()) {
			kept = append(kept, kv)
		}
	}
	r.Attributes = kept
}

// noisy reports whether a resource attribute would only be noise as a tag: what is
// different for each process, host or pod.
func noisy(key string) bool {
	for _, prefix := range []string{
		"process.", "host.", "os.", "telemetry.", "container.", "k8s.pod.uid", "service.instance.id",
	} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func repairAttributes(kvs []*commonpb.KeyValue) {
	for _, kv := range kvs {
		if kv != nil {
			kv.Key = otlp.ValidText(kv.Key)
			repairValue(kv.Value, 0)
		}
	}
}

// repairValue repairs text and numbers at any depth that is followed elsewhere too.
func repairValue(v *commonpb.AnyValue, depth int) {
	if v == nil || depth > value.MaxDepth {
		return
	}
	switch x := v.Value.(type) {
	case *commonpb.AnyValue_StringValue:
		x.StringValue = otlp.ValidText(x.StringValue)
	case *commonpb.AnyValue_DoubleValue:
		if math.IsNaN(x.DoubleValue) || math.IsInf(x.DoubleValue, 0) {
			v.Value = &commonpb.AnyValue_StringValue{StringValue: value.FormatFloat(x.DoubleValue)}
		}
	case *commonpb.AnyValue_ArrayValue:
		for _, e := range x.ArrayValue.GetValues() {
			repairValue(e, depth+1)
		}
	case *commonpb.AnyValue_KvlistValue:
		for _, kv := range x.KvlistValue.GetValues() {
			if kv != nil {
				kv.Key = otlp.ValidText(kv.Key)
				repairValue(kv.Value, depth+1)
			}
		}
	}
}
