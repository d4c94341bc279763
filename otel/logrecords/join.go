package logrecords

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Join puts log records onto their spans, and makes spans of those whose span is not
// there. Without carriers it returns td itself, else data that shares with td what no
// record changed. The result holds no carriers, and does not depend on their order or on
// how often each came.
func Join(td *tracepb.TracesData) *tracepb.TracesData {
	traces := map[trace.TraceID]*joined{}
	for at, s := range otlp.Spans(td) {
		if !IsCarrier(s) {
			continue
		}
		id := otlp.TraceID(s)
		if traces[id] == nil {
			traces[id] = &joined{id: id, records: map[trace.SpanID][]*record{}}
		}
		above := otlp.ParentID(s)
		traces[id].records[above] = append(traces[id].records[above], readRecord(at, s))
	}
	if len(traces) == 0 {
		return td
	}
	for at, s := range otlp.Spans(td) {
		if j := traces[otlp.TraceID(s)]; j != nil && !IsCarrier(s) {
			j.see(at, s)
		}
	}
	for _, j := range traces {
		j.settle()
	}
	out := withoutCarriers(td, traces)
	for _, id := range sortedIDs(traces) {
		for _, m := range traces[id].made {
			out.ResourceSpans = append(out.ResourceSpans, &tracepb.ResourceSpans{
				Resource: m.at.Resource.GetResource(), SchemaUrl: m.at.Resource.GetSchemaUrl(),
				ScopeSpans: []*tracepb.ScopeSpans{{Scope: m.at.Scope.GetScope(), SchemaUrl: m.at.Scope.GetSchemaUrl(), Spans: []*tracepb.Span{m.span}}},
			})
		}
	}
	return out
}

// joined is a trace with carriers.
type joined struct {
	id       trace.TraceID
	records  map[trace.SpanID][]*record // by the span they name
	spans    map[trace.SpanID]bool      // that are there
	services map[string]bool            // of these
	calls    map[string]trace.SpanID    // spans of model and tool calls, by operation and id of the call
	root     trace.SpanID               // the only one without a parent; zero: none or several
	roots    int
	made     []made
}

// made is a span made of records, and the place of one of them.
type made struct {
	at   otlp.Place
	span *tracepb.Span
}

// see learns of a span that is there.
func (j *joined) see(at otlp.Place, s *tracepb.Span) {
	if j.spans == nil {
		j.spans, j.services, j.calls = map[trace.SpanID]bool{}, map[string]bool{}, map[string]trace.SpanID{}
	}
	id := otlp.SpanID(s)
	if !j.spans[id] && !otlp.ParentID(s).IsValid() {
		j.roots++
		j.root = id
	}
	j.spans[id] = true
	service := serviceOf(at)
	j.services[service] = true
	if agentOfService(service) == nil {
		return
	}
	operation := text(s.GetAttributes(), "gen_ai.operation.name")
	for _, key := range callKeys() {
		if call := text(s.GetAttributes(), key); call != "" && operation != "" {
			j.calls[operation+"\x00"+call] = id
		}
	}
}

// callKeys are the attributes by which agents name a request to a model, or a tool call.
func callKeys() []string {
	return []string{"request_id", "gen_ai.response.id", "tool_use_id", "call_id", "gen_ai.tool.call.id"}
}

// callOf finds the span of the call that a record of an agent tells of. The record itself
// names the span around it.
func (j *joined) callOf(r *record) (id trace.SpanID, ok bool) {
	switch stepOf(r) {
	case answered, replied:
		id, ok = j.calls["chat\x00"+r.text("request_id")]
	case tool:
		id, ok = j.calls["execute_tool\x00"+r.text("tool_use_id", "call_id")]
	case note, prompt, asking, ended, chunk:
	}
	return id, ok
}

func serviceOf(at otlp.Place) string {
	return text(at.Resource.GetResource().GetAttributes(), "service.name")
}

// settle finds a place for every record: on the span it names, on the root when it names
// none, else on a span that is made of it.
func (j *joined) settle() {
	if j.roots != 1 {
		j.root = trace.SpanID{}
	}
	var agents []*record
	placed := map[trace.SpanID][]*record{}
	for above, list := range j.records {
		for _, r := range list {
			to := above
			if call, ok := j.callOf(r); ok {
				to, r.ofCall = call, true
			}
			switch {
			case agentOf(r.event) != nil && !j.services[serviceOf(r.at)]:
				agents = append(agents, r)
				continue
			case !j.spans[to] && (to == noSpan(j.id) || agentOf(r.event) != nil) && j.root.IsValid():
				to = j.root
			}
			placed[to] = append(placed[to], r)
		}
	}
	j.records = map[trace.SpanID][]*record{}
	for to, list := range placed {
		list = sortRecords(list)
		if j.spans[to] {
			j.records[to] = list
			continue
		}
		j.made = append(j.made, j.standIn(to, list))
	}
	j.made = append(j.made, j.sessions(sortRecords(agents))...)
	slices.SortFunc(j.made, func(a, b made) int {
		return cmp.Or(cmp.Compare(a.span.StartTimeUnixNano, b.span.StartTimeUnixNano), bytes.Compare(a.span.SpanId, b.span.SpanId))
	})
}

// standIn makes a span that stands for one that never came, below the root as nobody
// knows where that was. It is marked as unfinished, as nobody knows when it ended.
func (j *joined) standIn(to trace.SpanID, list []*record) made {
	s := &tracepb.Span{
		TraceId: j.id[:], SpanId: to[:], StartTimeUnixNano: list[0].time(), EndTimeUnixNano: list[len(list)-1].time(),
	}
	if j.root.IsValid() {
		s.ParentSpanId = j.root[:]
	}
	apply(s, list)
	s.Name = strings.TrimSpace(text(s.Attributes, "gen_ai.operation.name") + " " + text(s.Attributes, "gen_ai.request.model"))
	s.Name = cmp.Or(s.Name, list[0].event, "log records")
	s.Attributes = append(s.Attributes, &commonpb.KeyValue{Key: standInKey, Value: boolean(true)},
		&commonpb.KeyValue{Key: string(mlflowattr.UnfinishedKey), Value: boolean(true)})
	s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "unfinished: of this span only log records came"}
	return made{list[0].at, s}
}

// SetApart gives every span of td that stands for one that did not come an id of its own,
// below the span it stands for: where only the rest of a trace is delivered, the real span
// is on the server already, and must not be written over. It edits td.
func SetApart(td *tracepb.TracesData) {
	for _, s := range otlp.Spans(td) {
		if IsStandIn(s) {
			id := spanID(otlp.TraceID(s), "stand-in", string(s.SpanId))
			s.ParentSpanId, s.SpanId = s.SpanId, id[:]
		}
	}
}

// WithoutStandIns returns td without the spans that stand for ones that did not come. It
// shares spans with td, which stays as it is. While a trace grows, a span may well come yet.
func WithoutStandIns(td *tracepb.TracesData) *tracepb.TracesData {
	return pick(td, func(s *tracepb.Span) *tracepb.Span {
		if IsStandIn(s) {
			return nil
		}
		return s
	})
}

// InTrace returns td with all spans in one trace. It shares with td what does not name it,
// which stays as it is.
func InTrace(td *tracepb.TracesData, id trace.TraceID) *tracepb.TracesData {
	return pick(td, func(s *tracepb.Span) *tracepb.Span {
		s = proto.CloneOf(s)
		s.TraceId = id[:]
		return s
	})
}

// WithoutEnd returns td with roots that have not ended: a session is under way as long as
// records of it come. It shares with td all other spans.
func WithoutEnd(td *tracepb.TracesData) *tracepb.TracesData {
	return pick(td, func(s *tracepb.Span) *tracepb.Span {
		if otlp.ParentID(s).IsValid() {
			return s
		}
		s = proto.CloneOf(s)
		s.EndTimeUnixNano = 0
		return s
	})
}

// IsStandIn reports whether a span was made of the log records of one that did not come.
func IsStandIn(s *tracepb.Span) bool { return find(s.GetAttributes(), standInKey).GetBoolValue() }

// withoutCarriers copies td without its carriers. Only spans with records are copied
// themselves.
func withoutCarriers(td *tracepb.TracesData, traces map[trace.TraceID]*joined) *tracepb.TracesData {
	return pick(td, func(s *tracepb.Span) *tracepb.Span {
		if IsCarrier(s) {
			return nil
		}
		if j := traces[otlp.TraceID(s)]; j != nil {
			if list := j.records[otlp.SpanID(s)]; len(list) > 0 {
				s = proto.CloneOf(s)
				apply(s, list)
			}
		}
		return s
	})
}

// pick copies td with what each span becomes; one that becomes nil is left out.
func pick(td *tracepb.TracesData, become func(*tracepb.Span) *tracepb.Span) *tracepb.TracesData {
	out := &tracepb.TracesData{}
	for _, rs := range td.GetResourceSpans() {
		to := &tracepb.ResourceSpans{Resource: rs.GetResource(), SchemaUrl: rs.GetSchemaUrl()}
		for _, ss := range rs.GetScopeSpans() {
			scope := &tracepb.ScopeSpans{Scope: ss.GetScope(), SchemaUrl: ss.GetSchemaUrl()}
			for _, s := range ss.GetSpans() {
				if s == nil {
					continue
				}
				if s = become(s); s != nil {
					scope.Spans = append(scope.Spans, s)
				}
			}
			if len(scope.Spans) > 0 {
				to.ScopeSpans = append(to.ScopeSpans, scope)
			}
		}
		if len(to.ScopeSpans) > 0 {
			out.ResourceSpans = append(out.ResourceSpans, to)
		}
	}
	return out
}

func sortedIDs(traces map[trace.TraceID]*joined) []trace.TraceID {
	ids := make([]trace.TraceID, 0, len(traces))
	for id := range traces {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b trace.TraceID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}
