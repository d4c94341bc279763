package logrecords

import (
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// chatsOf gives the model calls of a session, by the names of their turns.
func chatsOf(td *tracepb.TracesData) map[string][]*tracepb.Span {
	names, out := map[string]string{}, map[string][]*tracepb.Span{}
	for _, s := range otlp.Spans(td) {
		names[string(s.SpanId)] = s.Name
	}
	for _, s := range otlp.Spans(td) {
		if text(s.Attributes, "gen_ai.operation.name") == "chat" {
			out[names[string(s.ParentSpanId)]] = append(out[names[string(s.ParentSpanId)]], s)
		}
	}
	return out
}

func TestARequestHasOneSpanBeforeAndAfterItsAnswer(t *testing.T) {
	session := m{"conversation.id": "c", "model": "gpt"}
	answer := m{"conversation.id": "c", "model": "gpt", "event.kind": "response.completed", "input_token_count": 5}
	list := []rec{
		{event: "codex.user_prompt", at: 1, attrs: m{"conversation.id": "c", "prompt": "go"}, noTrace: true},
		{event: "codex.api_request", at: 2, attrs: session, noTrace: true},
		{event: "codex.sse_event", at: 9, attrs: answer, noTrace: true},
	}
	before, after := chatsOf(Join(carriers(logs("codex", list[:2]...))))["turn 1"], chatsOf(Join(carriers(logs("codex", list...))))["turn 1"]
	if len(before) != 1 || len(after) != 1 || otlp.SpanID(before[0]) != otlp.SpanID(after[0]) {
		t.Fatalf("spans %v, then %v", before, after)
	}
	if before[0].Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || after[0].Status != nil {
		t.Errorf("status %v, then %v", before[0].Status, after[0].Status)
	}
}

func TestARequestThatWasBrokenOffTakesNoLaterAnswer(t *testing.T) {
	ask := m{"conversation.id": "c", "model": "gpt"}
	answer := m{"conversation.id": "c", "model": "gpt", "event.kind": "response.completed", "input_token_count": 5}
	got := chatsOf(Join(carriers(logs("codex",
		rec{event: "codex.user_prompt", at: 1, attrs: m{"conversation.id": "c", "prompt": "go"}, noTrace: true},
		rec{event: "codex.api_request", at: 2, attrs: ask, noTrace: true},
		rec{event: "codex.user_prompt", at: 100, attrs: m{"conversation.id": "c", "prompt": "no, this"}, noTrace: true},
		rec{event: "codex.api_request", at: 101, attrs: ask, noTrace: true},
		rec{event: "codex.sse_event", at: 109, attrs: answer, noTrace: true},
	))))
	if len(got["turn 1"]) != 1 || got["turn 1"][0].Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR {
		t.Errorf("the request that was broken off is %v", got["turn 1"])
	}
	if len(got["turn 2"]) != 1 || got["turn 2"][0].Status != nil || got["turn 2"][0].StartTimeUnixNano != 1e18+101e6 {
		t.Errorf("the request that was answered is %v", got["turn 2"])
	}
}
