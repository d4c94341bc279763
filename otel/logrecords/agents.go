package logrecords

import (
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// agent is a coding agent that writes what it does into log records.
type agent struct {
	name, prefix, provider string
	// cacheApart: its numbers of input tokens leave out what was read from the cache or
	// written to it.
	cacheApart bool
	// thoughtsApart: its numbers of output tokens leave out the reasoning.
	thoughtsApart bool
	// strayTraces: its records name a trace for each call, also when it sends no spans.
	// It writes the details of a call in a second record, which says nothing new.
	strayTraces bool
}

// agents are those that are known. Claude Code's records are described at
// code.claude.com/docs/en/monitoring-usage, Codex' in codex-rs/otel, Gemini CLI's in its
// docs/cli/telemetry.md; Qwen Code began as a copy of that.
//
//nolint:gochecknoglobals // a constant table
var agents = [...]*agent{
	{name: "claude-code", prefix: "claude_code.", provider: "anthropic", cacheApart: true},
	{name: "codex", prefix: "codex.", provider: "openai"},
	{name: "gemini-cli", prefix: "gemini_cli.", provider: "gcp.gemini", thoughtsApart: true, strayTraces: true},
	{name: "qwen-code", prefix: "qwen-code.", provider: "alibaba_cloud", thoughtsApart: true, strayTraces: true},
}

// agentOf gives the agent that writes events of a name, or nil.
func agentOf(event string) *agent {
	for _, a := range agents {
		if strings.HasPrefix(event, a.prefix) {
			return a
		}
	}
	return nil
}

// agentOfService gives the agent that a service is, or nil.
func agentOfService(service string) *agent {
	for _, a := range agents {
		if service == a.name || strings.HasPrefix(service, a.name+"_") || strings.HasPrefix(service, a.name+"-") { // codex_exec
			return a
		}
	}
	return nil
}

// sessionKeys are the attributes by which agents name a session.
func sessionKeys() []string {
	return []string{"session.id", "conversation.id", "gen_ai.conversation.id"}
}

// sessionIn gives the id of the session that attributes name.
func sessionIn(kvs []*commonpb.KeyValue) string {
	for _, key := range sessionKeys() {
		if s := text(kvs, key); s != "" {
			return s
		}
	}
	return ""
}

// step is what a record of an agent tells of.
type step int

const (
	note     step = iota // something beside the work: an event
	prompt               // what a person asked for
	asking               // a request to a model was sent, or answered with an error
	answered             // a model call is over
	ended                // the same, without a word on what it used: another record tells
	replied              // what the model answered
	tool                 // a tool call is over
	chunk                // a piece of a streamed answer
)

// stepOf reads what a record tells of. Names agree among agents, but for a request: with
// some it is told when it is over, and then it has tokens or a cost.
func stepOf(r *record) step {
	_, name, _ := strings.Cut(r.event, ".")
	switch name {
	case "user_prompt":
		return prompt
	case "api_request":
		if r.has(tokenKeys(inputTokens)...) || r.has("cost_usd") {
			return answered
		}
		return asking
	case "api_response":
		return answered
	case "api_error":
		return answered
	case "sse_event", "websocket_event":
		switch {
		case r.has(tokenKeys(inputTokens)...):
			return answered
		case r.text("event.kind") == "response.completed":
			return ended
		case r.text("error.message") != "":
			return note
		}
		return chunk
	case "assistant_response":
		return replied
	case "tool_result", "tool_call":
		return tool
	}
	return note
}

// Kinds of tokens, and the attributes that agents count them under.
type tokens int

const (
	inputTokens tokens = iota
	outputTokens
	cacheRead
	cacheWrite
	reasoning
)

func tokenKeys(kind tokens) []string {
	switch kind {
	case inputTokens:
		return []string{"input_tokens", "input_token_count"}
	case outputTokens:
		return []string{"output_tokens", "output_token_count"}
	case cacheRead:
		return []string{"cache_read_tokens", "cached_token_count", "cached_content_token_count"}
	case cacheWrite:
		return []string{"cache_creation_tokens", "cache_write_token_count"}
	case reasoning:
		return []string{"reasoning_token_count", "thoughts_token_count"}
	}
	return nil
}

func (r *record) has(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return !isEmpty(find(r.attrs, key)) })
}

// text gives the first of several attributes that says something, as text.
func (r *record) text(keys ...string) string {
	for _, key := range keys {
		switch v := otlp.Value(find(r.attrs, key)).(type) {
		case nil:
		case string:
			if v != "" {
				return v
			}
		default:
			return jsonOf(v)
		}
	}
	return ""
}

// number gives the first of several attributes that is a number, or text that is one, as
// agents write all values as text.
func (r *record) number(keys ...string) (float64, bool) {
	for _, key := range keys {
		if f, err := strconv.ParseFloat(strings.TrimSpace(r.text(key)), 64); err == nil && f >= 0 && f < 1e15 {
			return f, true
		}
	}
	return 0, false
}

func (r *record) tokens(kind tokens) (int64, bool) {
	f, ok := r.number(tokenKeys(kind)...)
	return int64(f), ok
}

// isHidden reports whether a text was left out by its writer.
func isHidden(s string) bool {
	return s == "" || strings.EqualFold(s, "<redacted>") || strings.EqualFold(s, "[redacted]")
}

// SessionOfSpan gives the trace that the log records of a coding agent's session become,
// for a span of that session: its calls are counted twice where both are stored. service
// is the span's service.name, attribute gives its attributes that are text, "" for others.
func SessionOfSpan(service string, attribute func(key string) string) (id trace.TraceID, ok bool) {
	a := agentOfService(service)
	if a == nil {
		return id, false
	}
	for _, key := range sessionKeys() {
		if session := attribute(key); session != "" {
			return SessionTraceID(a.name, session), true
		}
	}
	return id, false
}
