package logrecords

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

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
		id := cmp.Or(a.session(r.attrs), a.session(r.at.Resource.GetResource().GetAttributes()))
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
		out = append(out, s.build(above)...)
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
	asked   []*record // requests that are not answered yet
	spans   []*span
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
		t.addRest(r, "prompt", "prompt.id", "prompt_id")
	case asking:
		if r.failed() {
			s.model(r, nil)
			return
		}
		s.asked = append(s.asked, r)
	case answered:
		s.model(r, s.question(r))
	case tool:
		s.tool(r)
	case chunk:
	case note:
		at := s.self
		if t != nil {
			at = t.span
		}
		at.Events = append(at.Events, r.asEvent())
		at.reach(0, r.time())
	}
}

// turnOf gives the turn of a record: the one it names, else the latest prompt's; nil
// before any prompt.
func (s *session) turnOf(r *record, kind step) *turn {
	key := r.text("prompt.id", "prompt_id")
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

// child begins the span of a step that is over. It lasted as long as its record says.
func (s *session) child(name string, r *record, start uint64) *span {
	above, id := s.root, trace.SpanID(r.span.SpanId)
	if s.current != nil {
		above = trace.SpanID(s.current.SpanId)
	}
	sp := s.begin(id, above, name, r)
	if ms, ok := r.number("duration_ms"); ok && start == 0 {
		if d := uint64(ms * 1e6); d < r.time() {
			start = r.time() - d
		}
	}
	sp.reach(start, r.time())
	if s.current != nil {
		s.current.reach(start, r.time())
	}
	return sp
}

// question gives the request that a record answers: the oldest to the same model.
func (s *session) question(r *record) *record {
	model := r.text("model")
	for i, q := range s.asked {
		if m := q.text("model"); m == model || m == "" || model == "" {
			s.asked = slices.Delete(s.asked, i, i+1)
			return q
		}
	}
	return nil
}

// model makes the span of a model call. question is the record of its request, if that
// has one of its own.
func (s *session) model(r, question *record) {
	var start uint64
	if question != nil {
		start = question.time()
		if ms, ok := question.number("duration_ms"); ok && uint64(ms*1e6) < start {
			start -= uint64(ms * 1e6)
		}
	}
	model := r.text("model")
	sp := s.child(strings.TrimSpace("chat "+model), r, start)
	sp.set("gen_ai.operation.name", str("chat"))
	sp.set("gen_ai.provider.name", str(s.agent.provider))
	sp.set("gen_ai.request.model", str(model))
	sp.set("gen_ai.response.id", str(r.text("request_id", "response_id")))
	s.usage(sp, r)
	if cost, ok := r.number("cost_usd"); ok {
		sp.set("gen_ai.usage.cost", double(cost))
	}
	if question != nil {
		sp.setMessage(inputKey, "user", question.text("request_text"))
	}
	answer := r.text("response_text")
	sp.setMessage(outputKey, "assistant", answer)
	if s.current != nil && !isHidden(answer) {
		s.current.output = answer
	}
	if r.failed() {
		sp.fail(r.text("error", "error.message", "error_message"))
		sp.set("error.type", str(cmp.Or(r.text("error_type", "error.type", "status_code", "http.response.status_code"), "error")))
	}
	sp.addRest(r, "model", "request_id", "response_id", "cost_usd", "response_text", "prompt.id", "prompt_id", "error", "duration_ms",
		"input_tokens", "input_token_count", "output_tokens", "output_token_count", "cache_read_tokens", "cached_token_count",
		"cached_content_token_count", "cache_creation_tokens", "reasoning_token_count", "thoughts_token_count", "total_token_count")
}

// usage sets the tokens of a model call as the conventions count them: the input with the
// cache, the output with the reasoning.
func (s *session) usage(sp *span, r *record) {
	in, hasIn := r.tokens(inputTokens)
	out, hasOut := r.tokens(outputTokens)
	read, _ := r.tokens(cacheRead)
	written, _ := r.tokens(cacheWrite)
	thoughts, _ := r.tokens(reasoning)
	if s.agent.cacheApart {
		in += read + written
	}
	if s.agent.thoughtsApart {
		out += thoughts
	}
	for _, n := range []struct {
		key   string
		count int64
		known bool
	}{
		{"gen_ai.usage.input_tokens", in, hasIn},
		{"gen_ai.usage.output_tokens", out, hasOut},
		{"gen_ai.usage.cache_read.input_tokens", read, read > 0},
		{"gen_ai.usage.cache_creation.input_tokens", written, written > 0},
		{"gen_ai.usage.reasoning.output_tokens", thoughts, thoughts > 0},
	} {
		if n.known {
			sp.set(n.key, integer(n.count))
		}
	}
}

// unanswered makes the span of a request whose answer never came.
func (s *session) unanswered(q *record) {
	s.current = s.turnOf(q, note)
	s.model(q, nil)
	sp := s.spans[len(s.spans)-1]
	sp.set(string(mlflowattr.UnfinishedKey), boolean(true))
	if sp.Status == nil {
		sp.fail("unfinished: no answer to this request came")
	}
}

// tool makes the span of a tool call.
func (s *session) tool(r *record) {
	name := cmp.Or(r.text("tool_name", "function_name", "name"), "tool")
	sp := s.child("execute_tool "+name, r, 0)
	sp.set("gen_ai.operation.name", str("execute_tool"))
	sp.set("gen_ai.tool.name", str(name))
	sp.set("gen_ai.tool.call.id", str(r.text("tool_use_id", "call_id")))
	if args := r.text("arguments", "tool_input", "function_args", "tool_parameters"); !isHidden(args) {
		sp.set("gen_ai.tool.call.arguments", str(args))
	}
	if result := r.text("output", "tool_output"); !isHidden(result) {
		sp.set("gen_ai.tool.call.result", str(result))
	}
	if r.failed() {
		sp.fail(r.text("error", "error.message", "error_message"))
		sp.set("error.type", str(cmp.Or(r.text("error_type", "error.type"), "tool_error")))
	}
	sp.addRest(r, "tool_name", "function_name", "tool_use_id", "call_id", "arguments", "tool_input", "function_args",
		"output", "tool_output", "error", "prompt.id", "prompt_id", "duration_ms")
}

// failed reports whether a record tells of a failure.
func (r *record) failed() bool {
	if strings.HasSuffix(r.event, ".api_error") || strings.EqualFold(r.text("success"), "false") || strings.EqualFold(r.text("status"), "error") {
		return true
	}
	code, _ := r.number("http.response.status_code", "status_code")
	return code >= 400 || r.text("error.message") != ""
}
