package runprocessor

import (
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// statusKey is the key under which the semantic conventions file the message of a
// span's status where a format has no field for it.
const statusKey = "otel.status_description"

// redactor replaces texts in OTLP data by what the caller of [WithRedaction]
// returns for them; nil leaves all as they are.
type redactor func(key, text string) string

// data edits td, which must not share anything with spans that are still in use.
func (r redactor) data(td *tracepb.TracesData) {
	if r == nil {
		return
	}
	for _, rs := range td.ResourceSpans {
		r.attributes(rs.Resource.GetAttributes())
		for _, ss := range rs.ScopeSpans {
			if scope := ss.Scope; scope != nil {
				scope.Name, scope.Version = r("", scope.Name), r("", scope.Version)
				r.attributes(scope.Attributes)
			}
		}
	}
	for _, s := range otlp.Spans(td) {
		r.span(s)
	}
}

func (r redactor) span(s *tracepb.Span) {
	s.Name = r("", s.Name)
	if s.Status != nil {
		s.Status.Message = r(statusKey, s.Status.Message)
	}
	r.attributes(s.Attributes)
	for _, e := range s.Events {
		e.Name = r("", e.Name)
		r.attributes(e.Attributes)
	}
	for _, l := range s.Links {
		r.attributes(l.Attributes)
	}
}

func (r redactor) attributes(kvs []*commonpb.KeyValue) {
	for _, kv := range kvs {
		r.value(kv.Key, kv.Value)
	}
}

// value redacts lists under the key of the attribute, and maps under those of
// their entries.
func (r redactor) value(key string, v *commonpb.AnyValue) {
	switch v := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		v.StringValue = r(key, v.StringValue)
	case *commonpb.AnyValue_BytesValue:
		v.BytesValue = []byte(r(key, string(v.BytesValue)))
	case *commonpb.AnyValue_ArrayValue:
		for _, one := range v.ArrayValue.GetValues() {
			r.value(key, one)
		}
	case *commonpb.AnyValue_KvlistValue:
		r.attributes(v.KvlistValue.GetValues())
	}
}
