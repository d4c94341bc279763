package tracejson

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

type spanID = trace.SpanID

// span is what a file holds of a span.
type span struct {
	traceID    trace.TraceID
	id         spanID
	parent     spanID // as the span says
	shown      spanID // as the file says, so that the page shows the span
	name       string
	start, end uint64            // nanoseconds since 1970
	status     string            // OK, ERROR or UNSET
	message    string            // of the status
	attributes map[string]string // each a JSON text, as MLflow keeps them
	events     []event
	links      []link
}

type event struct {
	Name       string
	Time       uint64
	Attributes map[string]any
}

type link struct {
	traceID    trace.TraceID
	spanID     spanID
	attributes map[string]any
}

// fromOTLP reads a span. Ids and times that no reader takes are made valid.
func fromOTLP(s *tracepb.Span) *span {
	out := &span{
		traceID: otlp.TraceID(s), id: otlp.SpanID(s), parent: otlp.ParentID(s), name: otlp.ValidText(s.GetName()),
		start: s.GetStartTimeUnixNano(), end: max(s.GetEndTimeUnixNano(), s.GetStartTimeUnixNano()),
		status: "UNSET", message: otlp.ValidText(s.GetStatus().GetMessage()),
	}
	if out.name == "" {
		out.name = "unnamed"
	}
	switch s.GetStatus().GetCode() {
	case tracepb.Status_STATUS_CODE_OK:
		out.status = "OK"
	case tracepb.Status_STATUS_CODE_ERROR:
		out.status = "ERROR"
	}
	raw := plain(s.GetAttributes())
	out.attributes = make(map[string]string, len(raw)+4)
	for k, v := range raw {
		out.attributes[k] = dump(v)
	}
	delete(out.attributes, parentKey)  // ours; it would be read back as the parent
	delete(out.attributes, requestKey) // the server's id of the trace, which a sender guesses
	for _, e := range s.GetEvents() {
		if e != nil {
			out.events = append(out.events, event{otlp.ValidText(e.GetName()), e.GetTimeUnixNano(), flat(plain(e.GetAttributes()))})
		}
	}
	for _, l := range s.GetLinks() {
		if otlp.ValidLink(l) {
			out.links = append(out.links, link{trace.TraceID(l.TraceId), spanID(l.SpanId), plain(l.GetAttributes())})
		}
	}
	translate(out.attributes, out.events)
	return out
}

func plain(kvs []*commonpb.KeyValue) map[string]any {
	m := make(map[string]any, len(kvs))
	for _, kv := range kvs {
		if kv != nil {
			m[otlp.ValidText(kv.GetKey())] = otlp.Value(kv.GetValue())
		}
	}
	return m
}

// flat makes maps and lists in the attributes of an event JSON text: readers hold
// events as OpenTelemetry does, which knows neither.
func flat(m map[string]any) map[string]any {
	for k, v := range m {
		switch v.(type) {
		case nil, map[string]any, []any:
			m[k] = string(marshal(v))
		}
	}
	return m
}

// dump writes an attribute as MLflow's server does with one that comes over OTLP:
// as JSON, where text that is JSON itself is left as it is
// (Span.from_otel_proto and sanitize_attributes, mlflow/tracing/otel/translation).
func dump(v any) string {
	if s, ok := v.(string); ok && structured(s) {
		return s
	}
	return string(marshal(v))
}

// maxNesting is the depth of JSON beyond which Python's reader may give up.
const maxNesting = 200

// structured reports whether s is a JSON object, list or text.
func structured(s string) bool {
	s = strings.TrimSpace(s)
	if s == "" || !strings.ContainsRune(`{["`, rune(s[0])) {
		return false
	}
	return nested(s) <= maxNesting && json.Valid([]byte(s))
}

// nested is how deep the brackets of s go, at most: those within texts count too.
func nested(s string) (deepest int) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	return deepest
}

// get returns an attribute, nil when the span has none.
func (s *span) get(key string) *string {
	if v, ok := s.attributes[key]; ok {
		return &v
	}
	return nil
}

// fit returns a copy with no value longer than limit bytes, and how many were. The
// copy may be edited.
func (s *span) fit(limit int) (c *span, shortened int) {
	out := *s
	out.attributes = make(map[string]string, len(s.attributes)+2)
	short := func(text string) string {
		if len(text) > limit {
			shortened++
			return cut(text, limit)
		}
		return text
	}
	for _, k := range slices.Sorted(maps.Keys(s.attributes)) { // in order: shortened keys may meet
		v := s.attributes[k]
		if len(v) > limit {
			shortened++
			v = jsonText(cut(unquote(v), limit))
		}
		out.attributes[short(k)] = v
	}
	out.name, out.message = short(s.name), short(s.message)
	out.events = make([]event, 0, len(s.events))
	for _, e := range s.events {
		out.events = append(out.events, event{short(e.Name), e.Time, shortAll(e.Attributes, short)})
	}
	out.links = make([]link, 0, len(s.links))
	for _, l := range s.links {
		out.links = append(out.links, link{l.traceID, l.spanID, shortAll(l.attributes, short)})
	}
	if s.shown != s.parent {
		out.attributes[parentKey] = jsonText(hexOf(s.parent))
	}
	return &out, shortened
}

// shortAll shortens the values of a map; lists and maps in it become text when they
// are too long.
func shortAll(m map[string]any, short func(string) string) map[string]any {
	out := make(map[string]any, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v := m[k]
		switch x := v.(type) {
		case string:
			v = short(x)
		case map[string]any, []any:
			if text := string(marshal(x)); short(text) != text {
				v = short(text)
			}
		}
		out[short(k)] = v
	}
	return out
}

// unquote returns the text of a JSON text, and other JSON as it is.
func unquote(v string) string {
	var s string
	if json.Unmarshal([]byte(v), &s) == nil {
		return s
	}
	return v
}

// cut shortens text and says by how much.
func cut(text string, limit int) string {
	n := limit
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + fmt.Sprintf("… (%d bytes left out)", len(text)-n)
}

func hexOf(id spanID) string {
	if !id.IsValid() {
		return ""
	}
	return id.String()
}
