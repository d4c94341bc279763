package logrecords

import (
	"cmp"
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// began gives when what a record tells of began: it lasted until the record was written.
func (r *record) began() uint64 {
	if ms, ok := r.number("duration_ms"); ok {
		if d := uint64(ms * 1e6); d < r.time() {
			return r.time() - d
		}
	}
	return r.time()
}

// question gives the request that a record answers: the oldest to the same model in its
// turn, since one that was broken off with an earlier prompt is not answered any more, else
// the oldest of all.
func (s *session) question(r *record, t *turn) *record {
	model, found := r.text("model"), -1
	for i, q := range s.asked {
		// The answering model may have a version.
		if asks := q.text("model"); !strings.HasPrefix(model, asks) && model != "" {
			continue
		}
		if s.within[q] == t {
			found = i
			break
		}
		if found < 0 {
			found = i
		}
	}
	if found < 0 {
		return nil
	}
	q := s.asked[found]
	s.asked = slices.Delete(s.asked, found, found+1)
	return q
}

// model makes the span of a model call. question is the record of its request, if that
// has one of its own.
func (s *session) model(r, question *record) {
	var start uint64
	model := r.text("model")
	asks := model
	if question != nil {
		asks = cmp.Or(question.text("model"), model)
		// The end of a stream says how long its last piece took.
		if _, ok := r.number("duration_ms"); !ok || strings.HasSuffix(r.event, "_event") {
			start = question.began()
		}
	}
	// A request has one span, whether it was delivered before its answer came or after.
	sp := s.child(strings.TrimSpace("chat "+asks), r, cmp.Or(question, r), start)
	sp.set("gen_ai.operation.name", str("chat"))
	sp.set("gen_ai.provider.name", str(s.agent.provider))
	sp.set("gen_ai.request.model", str(asks))
	if model != asks {
		sp.set("gen_ai.response.model", str(model))
	}
	if id := r.text("request_id", "response_id"); id != "" {
		sp.set("gen_ai.response.id", str(id))
		s.calls[id] = sp
	}
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
	sp.addRest(r, "model", "request_id", "response_id", "cost_usd", "cost_usd_micros", "response_text", "request_text",
		"prompt.id", "prompt_id", "error", "duration_ms", "input_tokens", "input_token_count", "output_tokens", "output_token_count",
		"cache_read_tokens", "cached_token_count", "cached_content_token_count", "cache_creation_tokens", "cache_write_token_count",
		"reasoning_token_count", "thoughts_token_count", "total_token_count", "tool_token_count")
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
	if t := s.within[q]; t != nil {
		s.current = t
	}
	if end := s.over[q]; end != nil {
		s.model(end, q)
		return
	}
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
	sp := s.child("execute_tool "+name, r, r, 0)
	sp.set("gen_ai.operation.name", str("execute_tool"))
	sp.set("gen_ai.tool.name", str(name))
	sp.set("gen_ai.tool.call.id", str(r.text("tool_use_id", "call_id")))
	if args := r.arguments(); !isHidden(args) {
		sp.set("gen_ai.tool.call.arguments", str(args))
	}
	if result := r.result(); !isHidden(result) {
		sp.set("gen_ai.tool.call.result", str(result))
	}
	if r.failed() {
		sp.fail(r.text("error", "error.message", "error_message"))
		sp.set("error.type", str(cmp.Or(r.text("error_type", "error.type"), "tool_error")))
	}
	sp.addRest(r, "tool_name", "function_name", "tool_use_id", "call_id", "arguments", "tool_input", "function_args",
		"output", "tool_output", "error", "prompt.id", "prompt_id", "duration_ms")
}

// arguments are those of a tool call.
func (r *record) arguments() string {
	return r.text("arguments", "tool_input", "function_args", "tool_parameters")
}

// result is what a tool gave back.
func (r *record) result() string { return r.text("output", "tool_output") }

// failed reports whether a record tells of a failure.
func (r *record) failed() bool {
	if strings.HasSuffix(r.event, ".api_error") || strings.EqualFold(r.text("success"), "false") {
		return true
	}
	if strings.EqualFold(r.text("status"), "error") {
		return true
	}
	code, _ := r.number("http.response.status_code", "status_code")
	return code >= 400 || r.text("error.message") != ""
}
