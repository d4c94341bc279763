package dialect

import (
	"fmt"
	"strings"
	"testing"
)

func TestNamesAreFoundInTheTable(t *testing.T) {
	for key, want := range map[string]reading{
		"gen_ai.request.model":       {means: Model},
		"gen_ai.request.temperature": {means: Param, param: "temperature"},
		"gen_ai.request.topK":        {means: Param, param: "top_k"},
		"vector_db.query.top_k":      {means: Param, param: "top_k"},
		"mlflow.run.tag.x":           {means: Steering},
		"mlflow.run":                 {means: Steering},
		"mlflow.unheard.of":          {means: Hidden},
		"mlflow.llm.model":           {means: Model},
		"logfire.msg":                {means: Hidden},
		"request_data":               {means: InputPayload},
		"response_data":              {means: OutputPayload},
		"llm.user":                   {means: User},
	} {
		got := table().find(key)
		if got.rank >= rankGuessed {
			t.Errorf("%s is not in the table", key)
		}
		if got.rank = 0; got != want {
			t.Errorf("%s: got %+v, want %+v", key, got, want)
		}
	}
}

// A row that an earlier row of the same name, or an earlier prefix, hides would never
// be read.
func TestEveryRowIsReached(t *testing.T) {
	for i, r := range rows {
		key := r.key
		if strings.HasSuffix(key, ".*") {
			key = strings.TrimSuffix(key, "*") + "zzz"
		}
		if got := table().find(key); got.rank != i {
			t.Errorf("row %d, %s, is hidden by row %d, %s", i, r.key, got.rank, rows[got.rank].key)
		}
	}
}

func TestNamesThatNobodyListedAreGuessed(t *testing.T) {
	for key, want := range map[string]Meaning{
		"acme.metrics.promptTokens": InputTokens, "acme.completion_tokens": OutputTokens, "x.usage.total_tokens": TotalTokens,
		"acme.cache_read_tokens": CachedTokens, "acme.cacheCreationInputTokens": CacheWriteTokens, "acme.thoughts_token_count": ReasoningTokens,
		"acme.aggregated_input_tokens": Rollup, "session.input_tokens": Rollup,
		"acme.max_input_tokens": None, "tokens_per_second": None, "prompt_tokens_cost": CostShare, "cost_per_1k_tokens": None,
		"tokens_in": None, "tokens_out": None,
		"ai.observability.cost.num_prompt_tokens": InputTokens, "ai.observability.cost.cost": Cost,
		"gen_ai.cost.total_tokens": Cost, "gen_ai.cost.output_tokens": CostShare, "audio_tokens": None, "auth.token": None,
		"llm.total_cost": Cost, "order.total_cost": None, "usage.input_cost": CostShare, "order.input_cost": None,
		"acme.span_kind": SpanKind, "acme.model_name": Model, "acme.response_model": AnsweringModel, "acme.response_id": ResponseID,
		"acme.session_id": Session, "thread.id": None, "acme.thread_id": Session, "enduser.user_id": User,
		"acme.tool_name": ToolName, "acme.stop_reason": FinishReason, "acme.chat_history": Input, "acme.output_messages": Output,
		"acme.tool_args": ToolArguments, "acme.tool_response": ToolResult, "acme.retrieved_documents": Documents,
		"x.noCacheTokens": UncachedTokens, "prompt_cache_miss_tokens": UncachedTokens, "uncached_input_tokens": UncachedTokens,
		"non_cached_input_tokens": UncachedTokens, "un_cached_tokens": UncachedTokens, "input_tokens.not_cached": UncachedTokens,
		"nocache_tokens": UncachedTokens, "prompt_cache_hit_tokens": CachedTokens, "nonReasoningTokens": None, "tokens_missed": None,
		"cache_saved_tokens": None, "cachewarmer.items": None, "usage.input.count": None, "gen_ai.usage.output_token_details": UsageDetails,
		"mcp.session.id": None, "ws.session_id": None, "messaging.message.conversation_id": None, "chat.conversation_id": Session,
		"x.tool_use_id": ToolCallID, "order.use_id": None, "x.response.model_name": AnsweringModel, "agent.system_prompt": System,
		"model": Model, "car.model": None, "temperature": Param, "maxTokens": Param, "room.temperature": None,
		"acme.input": Input, "acme.completion": Output, "queue.messages": Input, "inputs.count": None, "": None,
		"a.b.c.d.e.f.g.h.i.j.k.l.input": None,
	} {
		got, _ := guess(key)
		if got.means != want {
			t.Errorf("%q: guessed %d, want %d", key, got.means, want)
		}
	}
	if r, _ := guess("queue.messages"); !r.byLastWord {
		t.Error("a guess by the last word alone says so")
	}
}

func TestNamesAreReadAlikeWhetherOrNotTheyAreLearnt(t *testing.T) {
	ix := table()
	for i := range 2 * maxLearnt { // more than there is room for
		key := fmt.Sprintf("acme.%d.input_tokens", i)
		first, again := ix.find(key), ix.find(key)
		if first != again || first != ix.search(key) || first.means != InputTokens {
			t.Fatalf("%s: %+v, then %+v", key, first, again)
		}
	}
	learnt := 0
	ix.learnt.Range(func(any, any) bool { learnt++; return true })
	if learnt > maxLearnt {
		t.Errorf("%d names are kept", learnt)
	}
}
