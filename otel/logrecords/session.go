package logrecords

import (
	"cmp"
	"slices"
	"strconv"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// sessions makes spans of the records of agents that send none: for each session one
// span, below it one for each prompt, and below that model calls and tools. list is in
// order.
func (j *joined) sessions(list []*record) []made {
	byName := map[string]*session{}
	var order []string
	for _, r := range list {
		a := agentOf(r.event)
		id := cmp.Or(sessionIn(r.attrs), sessionIn(r.at.Resource.GetResource().GetAttributes()))
		key := a.name + "\x00" + id
		if byName[key] == nil {
			byName[key] = &session{trace: j.id, agent: a, id: id, root: spanID(j.id, "session", key), turns: map[string]*turn{}}
			order = append(order, key)
		}
		byName[key].records = append(byName[key].records, r)
	}
	var out []made
	for _, key := range order {
		s := byName[key]
		above := j.root // of a program that calls the agent
		for _, r := range s.records {
			if id := trace.SpanID(r.span.ParentSpanId); j.spans[id] {
				above = id
				break
			}
		}
		if s.works() {
			out = append(out, s.build(above)...)
		}
	}
	return out
}

// session is one session of an agent.
type session struct {
	trace   trace.TraceID
	agent   *agent
	id      string
	root    trace.SpanID
	records []*record

	self    *span
	turns   map[string]*turn
	order   []*turn
	current *turn
	named   bool                // its records name the prompt they belong to
	asked   []*record           // requests that are not answered yet
	within  map[*record]*turn   // the turns of these
	over    map[*record]*record // of these, those whose end is known, but nothing of what was used
	calls   map[string]*span    // model calls by the id of the request
	spans   []*span
}

// works reports whether the session did anything: one that only began is none.
func (s *session) works() bool {
	for _, r := range s.records {
		switch stepOf(r) {
		case prompt, asking, answered, tool:
			return true
		case note, ended, replied, chunk:
		}
	}
	return false
}

// turn is a prompt with all that follows it.
type turn struct {
	*span
	input, output string
}

// span is one that is made of a record, and the record's place.
type span struct {
	*tracepb.Span
	record *record
}

func (s *span) set(key string, v *commonpb.AnyValue) {
	if !isEmpty(v) {
		s.Attributes = append(s.Attributes, &commonpb.KeyValue{Key: key, Value: v})
	}
}

// fail marks the span as failed.
func (s *span) fail(message string) {
	s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: message}
}

// reach makes the span last from start to end at least.
func (s *span) reach(start, end uint64) {
	if start != 0 {
		s.StartTimeUnixNano = min(s.StartTimeUnixNano, start)
	}
	s.EndTimeUnixNano = max(s.EndTimeUnixNano, end)
}

// begin makes a span of a record.
func (s *session) begin(id, above trace.SpanID, name string, r *record) *span {
	sp := &span{record: r, Span: &tracepb.Span{
		TraceId: s.trace[:], SpanId: id[:], Name: name, Kind: tracepb.Span_SPAN_KIND_INTERNAL,
		StartTimeUnixNano: r.time(), EndTimeUnixNano: r.time(),
	}}
	if above.IsValid() {
		sp.ParentSpanId = above[:]
	}
	s.spans = append(s.spans, sp)
	return sp
}

// build makes the spans of the session, below above if that is valid.
func (s *session) build(above trace.SpanID) []made {
	slices.SortStableFunc(s.records, func(a, b *record) int {
		m, _ := a.number("event.sequence")
		n, _ := b.number("event.sequence")
		return cmp.Or(cmp.Compare(a.time(), b.time()), cmp.Compare(m, n))
	})
	s.self = s.begin(s.root, above, s.agent.name+" session", s.records[0])
	s.self.set("gen_ai.operation.name", str("invoke_agent"))
	s.self.set("gen_ai.agent.name", str(s.agent.name))
	s.self.set("gen_ai.provider.name", str(s.agent.provider))
	s.calls, s.over, s.within = map[string]*span{}, map[*record]*record{}, map[*record]*turn{}
	for _, r := range s.records {
		s.named = s.named || r.turnKey() != ""
	}
	for _, r := range s.records {
		s.take(r)
	}
	for _, r := range s.asked {
		s.unanswered(r)
	}
	s.close()
	out := make([]made, 0, len(s.spans))
	for _, sp := range s.spans {
		out = append(out, made{sp.record.at, sp.Span})
	}
	return out
}

// take puts one record where it belongs.
func (s *session) take(r *record) {
	kind := stepOf(r)
	t := s.turnOf(r, kind)
	switch kind {
	case prompt:
		if p := r.text("prompt"); !isHidden(p) && t.input == "" {
			t.input = p
		}
		t.addRest(r, "prompt", "prompt_text", "prompt.id", "prompt_id")
	case asking:
		if r.failed() {
			s.model(r, nil)
			return
		}
		s.asked, s.within[r] = append(s.asked, r), t
	case answered:
		s.model(r, s.question(r, t))
	case ended:
		for _, q := range s.asked {
			if s.over[q] == nil {
				s.over[q] = r
				break
			}
		}
	case replied:
		s.said(r, t)
	case tool:
		s.tool(r)
	case chunk:
	case note:
		at := s.self
		if t != nil {
			at = t.span
		}
		at.Events = append(at.Events, s.event(r))
		at.reach(0, r.time())
	}
}

// event gives a record as an event without what is the same for the whole session.
func (s *session) event(r *record) *tracepb.Span_Event {
	e := r.asEvent()
	e.Attributes = slices.DeleteFunc(e.Attributes, func(kv *commonpb.KeyValue) bool { return isOfSession(kv.GetKey()) })
	return e
}

// said puts an answer on the model call that it belongs to.
func (s *session) said(r *record, t *turn) {
	answer := r.text("response")
	if isHidden(answer) {
		return
	}
	if t != nil {
		t.output = answer
	}
	if call := s.calls[r.text("request_id")]; call != nil && find(call.Attributes, outputKey) == nil {
		call.setMessage(outputKey, "assistant", answer)
	}
}

// turnKey gives the id of the prompt that a record belongs to.
func (r *record) turnKey() string { return r.text("prompt.id", "prompt_id") }

// turnOf gives the turn of a record: the one it names, else the latest prompt's; nil
// before any prompt.
func (s *session) turnOf(r *record, kind step) *turn {
	key := r.turnKey()
	switch {
	case key == s.id && key != "": // of the whole session: its prompts follow each other
		key = ""
	case key == "" && s.named && kind != prompt: // beside all prompts
		return nil
	}
	if key == "" {
		if kind != prompt {
			return s.current
		}
		key = "\x00" + string(r.span.SpanId)
	}
	t := s.turns[key]
	if t == nil {
		t = &turn{span: s.begin(spanID(s.trace, "turn", s.agent.name+s.id+key), s.root, "turn "+strconv.Itoa(len(s.turns)+1), r)}
		t.set(string(mlflowattr.SpanTypeKey), str(mlflowattr.TypeChain))
		s.turns[key] = t
		s.order = append(s.order, t)
	}
	s.current = t
	return t
}

// child begins the span of a step that is over. It lasted as long as its record r says;
// its id is that of the step's first record.
func (s *session) child(name string, r, first *record, start uint64) *span {
	above, id := s.root, trace.SpanID(first.span.SpanId)
	if s.current != nil {
		above = trace.SpanID(s.current.SpanId)
	}
	sp := s.begin(id, above, name, r)
	if start == 0 {
		start = r.began()
	}
	sp.reach(start, r.time())
	if s.current != nil {
		s.current.reach(start, r.time())
	}
	return sp
}
