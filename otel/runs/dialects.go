package runs

import "strings"

// meaning is what an attribute says, whatever the dialect calls it.
type meaning int

const (
	mNone        meaning = iota
	mKind                // what sort of work the span is
	mOperation           // the same, but a value nobody knows is a step of a chain
	mModel               // requested model
	mAnswered            // model that answered
	mProvider            // who serves the model
	mResponseID          // the provider's id of the answer: the same call has the same id
	mParam               // a setting of the request; arg is its name
	mParams              // JSON object of such settings
	mInTokens            // cached tokens included or not, see usage.settle
	mOutTokens           //
	mAllTokens           //
	mCached              // read from the provider's cache
	mCacheWrite          // written to it
	mReasoning           //
	mUsage               // JSON object with any of the six
	mRollup              // a sum over other spans: never counted
	mCost                // US dollars
	mCostPart            // a share of the cost; the sum of shares stands in for a missing total
	mCosts               // JSON object with a total or shares
	mInput               // what went in
	mOutput              // what came out
	mSystem              // system instructions
	mTools               // definitions of tools
	mDocuments           // retrieved documents
	mToolName            //
	mToolCallID          //
	mToolArgs            //
	mToolResult          //
	mFinish              // finish reason
	mSession             //
	mUser                //
	mTraceName           //
	mAgent               // name of an agent
	mVector              // embedding vectors and their texts
	mJSONType            // JSON object with a "type"
	mErrorText           // message of an error that the status may lack
	mSteer               // mlflow.run.*: read by steering.go
	mHidden              // of no interest on a run; still in the trace
	mSpanPayload         // provider payload as JSON text, may hide usage
)

// shown says whether a meaning is only shown, and never needed to tell what
// the span is or what it used.
func (m meaning) shown() bool {
	switch m {
	case mParam, mParams, mInput, mOutput, mSystem, mTools, mDocuments, mToolArgs, mToolResult, mSpanPayload,
		mSession, mUser, mTraceName, mFinish, mErrorText, mVector:
		return true
	}
	return false
}

// row is one line of the table: an attribute name, or a prefix when it ends
// in ".*", and what it means.
type row struct {
	key  string
	what meaning
	arg  string
}

// dialects is the whole knowledge of attribute names. Where one span has
// several names for one meaning, the earlier row wins. To teach a dialect,
// add rows. Names that follow the common patterns (any "…input_tokens", any
// "….input") need no row: see guess.
//
//nolint:gochecknoglobals // a constant table
var dialects = []row{
	// Steering and MLflow's own keys.
	{"mlflow.run.*", mSteer, ""},
	{"mlflow.run", mSteer, ""},
	{"mlflow.traceTag.mlflow.traceName", mTraceName, ""},
	{"mlflow.spanType", mKind, ""},
	{"mlflow.spanInputs", mInput, ""},
	{"mlflow.spanOutputs", mOutput, ""},
	{"mlflow.chat.tokenUsage", mUsage, ""},
	{"mlflow.llm.cost", mCosts, ""},
	{"mlflow.llm.provider", mProvider, ""},
	{"mlflow.chat.tools", mTools, ""},
	{"mlflow.trace.session", mSession, ""},
	{"mlflow.trace.user", mUser, ""},
	{"mlflow.traceTag.*", mHidden, ""},
	{"mlflow.chunk.*", mHidden, ""},

	// OpenTelemetry GenAI conventions, present and past.
	{"gen_ai.operation.name", mOperation, ""},
	{"gen_ai.request.model", mModel, ""},
	{"gen_ai.response.model", mAnswered, ""},
	{"gen_ai.provider.name", mProvider, ""},
	{"gen_ai.system", mProvider, ""},
	{"gen_ai.response.id", mResponseID, ""},
	{"gen_ai.response.finish_reasons", mFinish, ""},
	{"gen_ai.response.finish_reason", mFinish, ""},
	{"gen_ai.usage.input_tokens", mInTokens, ""},
	{"gen_ai.usage.output_tokens", mOutTokens, ""},
	{"gen_ai.usage.prompt_tokens", mInTokens, ""},
	{"gen_ai.usage.completion_tokens", mOutTokens, ""},
	{"gen_ai.usage.total_tokens", mAllTokens, ""},
	{"gen_ai.response.prompt_tokens", mInTokens, ""},
	{"gen_ai.response.completion_tokens", mOutTokens, ""},
	{"gen_ai.usage.cache_read.input_tokens", mCached, ""},
	{"gen_ai.usage.cache_creation.input_tokens", mCacheWrite, ""},
	{"gen_ai.usage.cache_write.input_tokens", mCacheWrite, ""},
	{"gen_ai.usage.reasoning.output_tokens", mReasoning, ""},
	{"gen_ai.aggregated_usage.*", mRollup, ""},
	{"gen_ai.usage.cost", mCost, ""},
	{"gen_ai.usage.total_cost", mCost, ""},
	{"gen_ai.cost.total_cost", mCost, ""},
	{"gen_ai.usage.input_cost", mCostPart, ""},
	{"gen_ai.usage.output_cost", mCostPart, ""},
	{"gen_ai.input.messages", mInput, ""},
	{"gen_ai.output.messages", mOutput, ""},
	{"gen_ai.system_instructions", mSystem, ""},
	{"gen_ai.tool.definitions", mTools, ""},
	{"gen_ai.request.tools", mTools, ""},
	{"gen_ai.agent.tools", mTools, ""},
	{"gen_ai.retrieval.documents", mDocuments, ""},
	{"gen_ai.retrieval.query.text", mInput, ""},
	{"gen_ai.retrieval.query", mInput, ""},
	{"gen_ai.tool.name", mToolName, ""},
	{"gen_ai.tool.call.id", mToolCallID, ""},
	{"gen_ai.tool.call.arguments", mToolArgs, ""},
	{"gen_ai.tool.call.result", mToolResult, ""},
	{"gen_ai.tool.arguments", mToolArgs, ""},
	{"gen_ai.tool.result", mToolResult, ""},
	{"gen_ai.tool.output", mToolResult, ""},
	{"gen_ai.tool.json_schema", mHidden, ""},
	{"gen_ai.conversation.id", mSession, ""},
	{"gen_ai.agent.name", mAgent, ""},
	{"gen_ai.prompt", mInput, ""},
	{"gen_ai.completion", mOutput, ""},
	{"gen_ai.content.prompt", mInput, ""},
	{"gen_ai.content.completion", mOutput, ""},
	{"gen_ai.request.*", mParam, ""},

	// OpenInference.
	{"openinference.span.kind", mKind, ""},
	{"llm.model_name", mModel, ""},
	{"embedding.model_name", mModel, ""},
	{"reranker.model_name", mModel, ""},
	{"llm.provider", mProvider, ""},
	{"llm.system", mProvider, ""},
	{"llm.invocation_parameters", mParams, ""},
	{"embedding.invocation_parameters", mParams, ""},
	{"llm.token_count.prompt", mInTokens, ""},
	{"llm.token_count.completion", mOutTokens, ""},
	{"llm.token_count.total", mAllTokens, ""},
	{"llm.token_count.prompt_details.cache_read", mCached, ""},
	{"llm.token_count.prompt_details.cache_write", mCacheWrite, ""},
	{"llm.token_count.prompt_details.cache_input", mCached, ""},
	{"llm.token_count.completion_details.reasoning", mReasoning, ""},
	{"llm.cost.total", mCost, ""},
	{"llm.cost.prompt", mCostPart, ""},
	{"llm.cost.completion", mCostPart, ""},
	{"llm.input_messages", mInput, ""},
	{"llm.output_messages", mOutput, ""},
	{"llm.prompts", mInput, ""},
	{"llm.choices", mOutput, ""},
	{"llm.tools", mTools, ""},
	{"llm.function_call", mOutput, ""},
	{"llm.finish_reason", mFinish, ""},
	{"retrieval.documents", mDocuments, ""},
	{"reranker.output_documents", mDocuments, ""},
	{"reranker.input_documents", mHidden, ""},
	{"embedding.embeddings", mVector, ""},
	{"embedding.text", mInput, ""},
	{"embedding.vector", mVector, ""},
	{"tool.name", mToolName, ""},
	{"tool_call.id", mToolCallID, ""},
	{"tool.id", mToolCallID, ""},
	{"tool.parameters", mHidden, ""},
	{"tool.json_schema", mHidden, ""},
	{"tool_call.function.name", mToolName, ""},
	{"tool_call.function.arguments", mToolArgs, ""},
	{"agent.name", mAgent, ""},
	{"session.id", mSession, ""},
	{"user.id", mUser, ""},
	{"enduser.id", mUser, ""},

	// Traceloop, OpenLLMetry and their older names.
	{"traceloop.span.kind", mKind, ""},
	{"llm.request.type", mKind, ""},
	{"llm.request.model", mModel, ""},
	{"llm.response.model", mAnswered, ""},
	{"llm.vendor", mProvider, ""},
	{"llm.usage.prompt_tokens", mInTokens, ""},
	{"llm.usage.completion_tokens", mOutTokens, ""},
	{"llm.usage.total_tokens", mAllTokens, ""},
	{"llm.completions", mOutput, ""},
	{"llm.request.functions", mTools, ""},
	{"llm.temperature", mParam, "temperature"},
	{"llm.top_p", mParam, "top_p"},
	{"llm.request.*", mParam, ""},
	{"traceloop.entity.input", mInput, ""},
	{"traceloop.entity.output", mOutput, ""},
	{"traceloop.association.properties.session_id", mSession, ""},
	{"traceloop.association.properties.session.id", mSession, ""},
	{"traceloop.association.properties.thread_id", mSession, ""},
	{"traceloop.association.properties.user_id", mUser, ""},
	{"traceloop.association.properties.user.id", mUser, ""},
	{"vector_db.query.top_k", mParam, "top_k"},
	{"db.query.result.document", mDocuments, ""},

	// Vercel AI SDK.
	{"ai.operationId", mKind, ""},
	{"ai.model.id", mModel, ""},
	{"ai.model.provider", mProvider, ""},
	{"ai.response.model", mAnswered, ""},
	{"ai.response.id", mResponseID, ""},
	{"ai.response.finishReason", mFinish, ""},
	{"ai.usage.inputTokens", mInTokens, ""},
	{"ai.usage.outputTokens", mOutTokens, ""},
	{"ai.usage.promptTokens", mInTokens, ""},
	{"ai.usage.completionTokens", mOutTokens, ""},
	{"ai.usage.totalTokens", mAllTokens, ""},
	{"ai.usage.tokens", mInTokens, ""},
	{"ai.usage.cachedInputTokens", mCached, ""},
	{"ai.usage.reasoningTokens", mReasoning, ""},
	{"ai.prompt.messages", mInput, ""},
	{"ai.prompt", mInput, ""},
	{"ai.value", mInput, ""},
	{"ai.values", mInput, ""},
	{"ai.prompt.tools", mTools, ""},
	{"ai.prompt.toolChoice", mParam, "tool_choice"},
	{"ai.response.text", mOutput, ""},
	{"ai.response.object", mOutput, ""},
	{"ai.response.toolCalls", mOutput, ""},
	{"ai.embedding", mVector, ""},
	{"ai.embeddings", mVector, ""},
	{"ai.toolCall.name", mToolName, ""},
	{"ai.toolCall.id", mToolCallID, ""},
	{"ai.toolCall.args", mToolArgs, ""},
	{"ai.toolCall.result", mToolResult, ""},
	{"ai.telemetry.metadata.sessionId", mSession, ""},
	{"ai.telemetry.metadata.session_id", mSession, ""},
	{"ai.telemetry.metadata.userId", mUser, ""},
	{"ai.telemetry.metadata.user_id", mUser, ""},
	{"ai.telemetry.functionId", mTraceName, ""},
	{"ai.settings.*", mParam, ""},

	// Langfuse.
	{"langfuse.observation.type", mKind, ""},
	{"langfuse.observation.model.name", mModel, ""},
	{"langfuse.observation.model.parameters", mParams, ""},
	{"langfuse.observation.usage_details", mUsage, ""},
	{"langfuse.observation.cost_details", mCosts, ""},
	{"langfuse.observation.input", mInput, ""},
	{"langfuse.observation.output", mOutput, ""},
	{"langfuse.observation.status_message", mErrorText, ""},
	{"langfuse.trace.input", mInput, ""},
	{"langfuse.trace.output", mOutput, ""},
	{"langfuse.trace.name", mTraceName, ""},
	{"langfuse.session.id", mSession, ""},
	{"langfuse.user.id", mUser, ""},

	// Logfire, pydantic-ai.
	{"final_result", mOutput, ""},
	{"pydantic_ai.all_messages", mInput, ""},
	{"all_messages_events", mInput, ""},
	{"operation.cost", mCost, ""},
	{"request_data", mSpanPayload, "input"},
	{"response_data", mSpanPayload, "output"},
	{"logfire.json_schema", mHidden, ""},
	{"logfire.*", mHidden, ""},

	// LangSmith, Laminar, Braintrust.
	{"langsmith.span.kind", mKind, ""},
	{"langsmith.trace.session_id", mSession, ""},
	{"langsmith.trace.name", mTraceName, ""},
	{"lmnr.span.type", mKind, ""},
	{"lmnr.span.input", mInput, ""},
	{"lmnr.span.output", mOutput, ""},
	{"lmnr.association.properties.session_id", mSession, ""},
	{"lmnr.association.properties.user_id", mUser, ""},
	{"braintrust.span_attributes", mJSONType, ""},
	{"braintrust.input_json", mInput, ""},
	{"braintrust.output_json", mOutput, ""},
	{"braintrust.input", mInput, ""},
	{"braintrust.output", mOutput, ""},
	{"braintrust.metrics", mUsage, ""},
	{"braintrust.metadata", mParams, ""},

	// Agent frameworks and SDKs with keys of their own.
	{"spring.ai.kind", mKind, ""},
	{"spring.ai.tool.definition.name", mToolName, ""},
	{"spring.ai.tool.call.arguments", mToolArgs, ""},
	{"spring.ai.tool.call.result", mToolResult, ""},
	{"spring.ai.chat.client.conversation.id", mSession, ""},
	{"genkit:metadata:subtype", mKind, ""},
	{"genkit:input", mInput, ""},
	{"genkit:output", mOutput, ""},
	{"haystack.component.type", mKind, ""},
	{"haystack.component.input", mInput, ""},
	{"haystack.component.output", mOutput, ""},
	{"haystack.pipeline.input_data", mInput, ""},
	{"haystack.pipeline.output_data", mOutput, ""},
	{"mastra.span.type", mKind, ""},
	{"gcp.vertex.agent.llm_request", mSpanPayload, "input"},
	{"gcp.vertex.agent.llm_response", mSpanPayload, "output"},
	{"gcp.vertex.agent.tool_call_args", mToolArgs, ""},
	{"gcp.vertex.agent.tool_response", mToolResult, ""},
	{"gcp.vertex.agent.session_id", mSession, ""},
	{"gcp.vertex.agent.data", mInput, ""},
	{"lk.llm_metrics", mUsage, ""},
	{"lk.user_input", mInput, ""},
	{"lk.response.text", mOutput, ""},
	{"lk.function_tool.name", mToolName, ""},
	{"lk.function_tool.id", mToolCallID, ""},
	{"lk.function_tool.arguments", mToolArgs, ""},
	{"lk.function_tool.output", mToolResult, ""},
	{"mcp.tool.name", mToolName, ""},
	{"mcp.request.argument", mToolArgs, ""},
	{"crewai.crew.result", mOutput, ""},

	// OpenInference's general pair, which many others borrowed; after the
	// more telling ones. The MIME types say only how the text is to be read.
	{"input.value", mInput, ""},
	{"output.value", mOutput, ""},
	{"input.mime_type", mHidden, ""},
	{"output.mime_type", mHidden, ""},
	{"mlflow.llm.model", mModel, ""},
	{"mlflow.traceRequestId", mHidden, ""},
	{"mlflow.spanLogLevel", mHidden, ""},
	{"mlflow.message.format", mHidden, ""},
	{"mlflow.*", mHidden, ""}, // a run has keys of that name with meanings of their own
}

// rowIndex is the table keyed for reading; rank is the row's place.
type rowIndex struct {
	exact    map[string]int
	prefixes []int
}

func newRowIndex() rowIndex {
	ix := rowIndex{exact: make(map[string]int, len(dialects))}
	for i, r := range dialects {
		if strings.HasSuffix(r.key, ".*") {
			ix.prefixes = append(ix.prefixes, i)
			continue
		}
		ix.exact[r.key] = i
	}
	return ix
}

// find gives the row of a key and its rank; unknown keys are guessed at and
// rank behind the whole table.
func (ix rowIndex) find(key string) (row, int) {
	if i, ok := ix.exact[key]; ok {
		return dialects[i], i
	}
	for _, i := range ix.prefixes {
		prefix := strings.TrimSuffix(dialects[i].key, "*")
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			r := dialects[i]
			if r.what == mParam && r.arg == "" {
				r.arg = snake(rest)
			}
			return r, i
		}
	}
	if r, ok := guess(key); ok {
		return r, len(dialects)
	}
	return row{key: key}, len(dialects) + 1
}
