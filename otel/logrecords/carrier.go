package logrecords

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Attributes of a carrier beside those of its record.
const (
	carrierKey  = string(mlflowattr.LogRecordKey)
	bodyKey     = carrierKey + ".body"
	severityKey = carrierKey + ".severity"
	// positionKey (int) orders records of one span and one time.
	positionKey = carrierKey + ".position"
	// standInKey (bool) marks a span that was made of records because it did not come.
	standInKey = carrierKey + ".stand_in"
)

// Part is what a request holds of one trace.
type Part struct {
	TraceID trace.TraceID
	Data    *tracepb.TracesData // carriers only
	Records int
	// Session: the trace is made of a session of a coding agent. It has no root that could
	// come, and ends when nothing more comes of it.
	Session bool
}

// Carriers makes carriers of the GenAI records in ld, by trace in the order in which
// the traces appear. Resources and scopes are kept, and shared with ld. Records
// that are not GenAI, belong neither to a trace nor to a session of a coding agent, or
// only say that a piece of a streamed answer came, are left out and counted.
func Carriers(ld *logspb.LogsData) (parts []Part, skipped int) {
	at := map[trace.TraceID]int{}
	for _, rl := range ld.GetResourceLogs() {
		for _, sl := range rl.GetScopeLogs() {
			place := &tracepb.ScopeSpans{Scope: sl.GetScope(), SchemaUrl: sl.GetSchemaUrl()}
			ties := map[tie]int64{}
			for _, r := range sl.GetLogRecords() {
				c := carrier(r, rl, ties)
				if c == nil {
					skipped++
					continue
				}
				id := trace.TraceID(c.TraceId)
				i, known := at[id]
				if !known {
					i = len(parts)
					at[id] = i
					parts = append(parts, Part{TraceID: id, Data: &tracepb.TracesData{}})
				}
				parts[i].add(rl, place, c)
				parts[i].Session = parts[i].Session || string(r.GetTraceId()) != string(id[:])
			}
		}
	}
	return parts, skipped
}

// add appends a carrier below its resource and scope.
func (p *Part) add(rl *logspb.ResourceLogs, place *tracepb.ScopeSpans, c *tracepb.Span) {
	p.Records++
	n := len(p.Data.ResourceSpans)
	if n == 0 || p.Data.ResourceSpans[n-1].Resource != rl.GetResource() || p.Data.ResourceSpans[n-1].SchemaUrl != rl.GetSchemaUrl() {
		p.Data.ResourceSpans = append(p.Data.ResourceSpans, &tracepb.ResourceSpans{Resource: rl.GetResource(), SchemaUrl: rl.GetSchemaUrl()})
		n++
	}
	rs := p.Data.ResourceSpans[n-1]
	k := len(rs.ScopeSpans)
	if k == 0 || rs.ScopeSpans[k-1].Scope != place.Scope || rs.ScopeSpans[k-1].SchemaUrl != place.SchemaUrl {
		rs.ScopeSpans = append(rs.ScopeSpans, &tracepb.ScopeSpans{Scope: place.Scope, SchemaUrl: place.SchemaUrl})
		k++
	}
	rs.ScopeSpans[k-1].Spans = append(rs.ScopeSpans[k-1].Spans, c)
}

// tie is what records share whose order only their request knows.
type tie struct {
	span string
	time uint64
}

// carrier makes the carrier of a record, or nil for one that is not taken.
func carrier(r *logspb.LogRecord, rl *logspb.ResourceLogs, ties map[tie]int64) *tracepb.Span {
	if r == nil {
		return nil
	}
	event := EventName(r.GetEventName(), text(r.GetAttributes(), EventNameKey), r.GetBody().GetStringValue())
	if !IsGenAI(event, keysOf(r.GetAttributes())) {
		return nil
	}
	if isNoise(r, rl, event) {
		return nil
	}
	traceID, above := target(r, rl, event)
	if !traceID.IsValid() {
		return nil
	}
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
	if err != nil { // a text that is not UTF-8: repaired text has the same id each time
		r = proto.CloneOf(r)
		otlp.RepairText(r.ProtoReflect())
		if encoded, err = (proto.MarshalOptions{Deterministic: true}).Marshal(r); err != nil {
			return nil
		}
	}
	id := spanID(traceID, "record", string(encoded))
	at := cmp.Or(known(r.GetTimeUnixNano()), known(r.GetObservedTimeUnixNano()))
	t := tie{string(above[:]), at}
	c := &tracepb.Span{
		TraceId: traceID[:], SpanId: id[:], ParentSpanId: above[:], Name: event, Flags: r.GetFlags() & 0xff,
		StartTimeUnixNano: at, EndTimeUnixNano: at, DroppedAttributesCount: r.GetDroppedAttributesCount(),
	}
	c.Attributes = append(c.Attributes, &commonpb.KeyValue{Key: carrierKey, Value: boolean(true)})
	if n := ties[t]; n > 0 {
		c.Attributes = append(c.Attributes, &commonpb.KeyValue{Key: positionKey, Value: integer(n)})
	}
	ties[t]++
	if r.GetBody().GetValue() != nil {
		c.Attributes = append(c.Attributes, &commonpb.KeyValue{Key: bodyKey, Value: r.GetBody()})
	}
	if s := cmp.Or(r.GetSeverityText(), severityName(r.GetSeverityNumber())); s != "" {
		c.Attributes = append(c.Attributes, &commonpb.KeyValue{Key: severityKey, Value: str(s)})
	}
	c.Attributes = append(c.Attributes, r.GetAttributes()...)
	return c
}

// isNoise reports whether a record of an agent says only that a piece of a streamed
// answer came, or once more what others say.
func isNoise(r *logspb.LogRecord, rl *logspb.ResourceLogs, event string) bool {
	if agentOf(event) != nil {
		return stepOf(&record{event: event, attrs: r.GetAttributes()}) == chunk
	}
	a := agentOfService(text(rl.GetResource().GetAttributes(), "service.name"))
	return a != nil && a.strayTraces && event == DetailsEvent && sessionIn(r.GetAttributes()) != ""
}

// known gives a time that MLflow can hold, 0 for one beyond: nanoseconds fit until 2262.
func known(t uint64) uint64 {
	if t > math.MaxInt64 {
		return 0
	}
	return t
}

func severityName(n logspb.SeverityNumber) string {
	const prefix = len("SEVERITY_NUMBER_")
	if n == logspb.SeverityNumber_SEVERITY_NUMBER_UNSPECIFIED || logspb.SeverityNumber_name[int32(n)] == "" {
		return ""
	}
	return n.String()[prefix:]
}

// target gives the trace and the span that a record belongs to. A record of a coding
// agent without a trace belongs to that of its session, and one without a span to a
// span that does not come: a carrier must not be a root.
func target(r *logspb.LogRecord, rl *logspb.ResourceLogs, event string) (id trace.TraceID, above trace.SpanID) {
	if len(r.GetTraceId()) == len(id) {
		copy(id[:], r.GetTraceId())
	}
	if id.IsValid() && len(r.GetSpanId()) == len(above) {
		copy(above[:], r.GetSpanId())
	}
	if a := agentOf(event); a != nil && (!id.IsValid() || a.strayTraces) {
		if session := sessionOf(r, rl); session != "" {
			id, above = SessionTraceID(a.name, session), trace.SpanID{}
		}
	}
	if !above.IsValid() && id.IsValid() {
		above = noSpan(id)
	}
	return id, above
}

// sessionOf gives the id of the session that a record belongs to, or "".
func sessionOf(r *logspb.LogRecord, rl *logspb.ResourceLogs) string {
	return cmp.Or(sessionIn(r.GetAttributes()), sessionIn(rl.GetResource().GetAttributes()))
}

// SessionTraceID gives the id of the trace that the records of one session of a coding
// agent become when they name none.
func SessionTraceID(agent, session string) (id trace.TraceID) {
	sum := sha256.Sum256([]byte("session\x00" + agent + "\x00" + session))
	copy(id[:], sum[:])
	return id
}

// noSpan is the parent of carriers whose records name no span. It is also the id of a
// session's own span.
func noSpan(id trace.TraceID) trace.SpanID { return spanID(id, "session", "") }

// spanID derives the id of a span that no program made.
func spanID(id trace.TraceID, what, of string) (s trace.SpanID) {
	sum := sha256.Sum256([]byte(what + "\x00" + string(id[:]) + "\x00" + of))
	copy(s[:], sum[:])
	return s
}

// IsCarrier reports whether a span only carries a log record.
func IsCarrier(s *tracepb.Span) bool { return find(s.GetAttributes(), carrierKey).GetBoolValue() }

// OnlyCarriers reports whether no span of td is there for itself.
func OnlyCarriers(td *tracepb.TracesData) bool {
	for _, s := range otlp.Spans(td) {
		if !IsCarrier(s) {
			return false
		}
	}
	return true
}

// record is what a carrier carries.
type record struct {
	span     *tracepb.Span
	at       otlp.Place
	event    string
	attrs    []*commonpb.KeyValue // the record's own
	body     *commonpb.AnyValue
	severity string
	position int64
	ofCall   bool // it tells of the very call whose span it is put on
}

// readRecord takes a record out of its carrier.
func readRecord(at otlp.Place, s *tracepb.Span) *record {
	r := &record{span: s, at: at, event: s.GetName()}
	for _, kv := range s.GetAttributes() {
		switch kv.GetKey() {
		case carrierKey:
		case bodyKey:
			r.body = kv.GetValue()
		case severityKey:
			r.severity = kv.GetValue().GetStringValue()
		case positionKey:
			r.position = kv.GetValue().GetIntValue()
		default:
			r.attrs = append(r.attrs, kv)
		}
	}
	return r
}

// time is when the record was written, in nanoseconds since 1970.
func (r *record) time() uint64 { return r.span.GetStartTimeUnixNano() }

// sortRecords orders records by time. Those that came twice are in the list once.
func sortRecords(list []*record) []*record {
	slices.SortFunc(list, func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.time(), b.time()), cmp.Compare(a.position, b.position), bytes.Compare(a.span.SpanId, b.span.SpanId))
	})
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(r *record) bool {
		again := seen[string(r.span.SpanId)]
		seen[string(r.span.SpanId)] = true
		return again
	})
}

// Decode reads an OTLP request of log records, or log data, which is the same on the
// wire. Text that is not UTF-8, for which Go's decoder refuses a whole request, is
// repaired.
func Decode(b []byte) (*logspb.LogsData, error) {
	ld := &logspb.LogsData{}
	err := proto.Unmarshal(b, ld)
	if err == nil {
		return ld, nil
	}
	if fixed, ok := otlp.RepairEncoded(b, ld.ProtoReflect().Descriptor()); ok && proto.Unmarshal(fixed, ld) == nil {
		return ld, nil
	}
	return nil, fmt.Errorf("read log records: %w", err)
}
