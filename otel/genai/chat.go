package genai

import (
	"context"
	"encoding/json"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Message is one turn of a conversation, which is content.
type Message struct {
	Role    string // system, user, assistant or tool
	Content string
}

// ChatRequest is what is known before the model answers. Zero fields are left
// out of the span.
type ChatRequest struct {
	Provider, Model           string
	Temperature, TopP         *float64
	TopK                      int // most likely tokens to choose among
	MaxTokens                 int
	Seed                      *int
	Messages                  []Message // content
	ResponseFormat            string    // json or text
	ServerAddress             string
	ServerPort                int
	PromptName, PromptVersion string
	ConversationID            string
}

// ChatResponse is what the model answered.
type ChatResponse struct {
	ID, Model                     string
	FinishReasons                 []string
	InputTokens, OutputTokens     int  // cached and reasoning tokens included
	CachedTokens, ReasoningTokens int  // read from the provider's cache; spent on thinking
	CacheWriteTokens              int  // written to the provider's cache, a part of the input
	HasUsage                      bool // false: the server sent no usage, and none is invented
	Content                       string
	CostUSD                       *float64
	OutputCostUSD                 *float64 // the answer's share of CostUSD; nil: not known
}

// Chat is a model call under way.
type Chat struct{ operation }

// StartChat starts the CLIENT span "chat <model>" of one model call. End it
// with [Chat.End] or [Chat.Fail].
func StartChat(ctx context.Context, t trace.Tracer, r ChatRequest, opts ...Option) (context.Context, *Chat) {
	kv := []attribute.KeyValue{OperationNameKey.String(OperationChat), mlflowattr.SpanTypeKey.String(mlflowattr.TypeChatModel)}
	kv = appendString(kv, ProviderNameKey, r.Provider)
	kv = appendString(kv, RequestModelKey, r.Model)
	kv = appendString(kv, OutputTypeKey, r.ResponseFormat)
	kv = appendString(kv, ServerAddressKey, r.ServerAddress)
	kv = appendInt(kv, ServerPortKey, r.ServerPort)
	kv = appendSettings(kv, r.Temperature, r.TopP, r.MaxTokens, r.Seed)
	kv = appendString(kv, PromptNameKey, r.PromptName)
	kv = appendString(kv, PromptVersionKey, r.PromptVersion)
	kv = appendString(kv, ConversationIDKey, r.ConversationID)
	if r.TopK != 0 {
		kv = append(kv, RequestTopKKey.Float64(float64(r.TopK))) // a double in the pinned revision
	}
	ctx, op := start(ctx, t, named(OperationChat, r.Model), trace.SpanKindClient, kv, opts)
	if op.content.on && len(r.Messages) > 0 {
		op.span.SetAttributes(op.content.messages(InputMessagesKey, r.Messages, nil))
	}
	return ctx, &Chat{operation: op}
}

// End records the answer and ends the span.
func (c *Chat) End(r ChatResponse) {
	c.record(r)
	c.span.End()
}

// FailWith records what did arrive of an answer, then fails the span as
// [Chat.Fail] does: a refusal or half an answer has its tokens too.
func (c *Chat) FailWith(r ChatResponse, err error, kind string) {
	c.record(r)
	c.Fail(err, kind)
}

func (c *Chat) record(r ChatResponse) {
	var kv []attribute.KeyValue
	kv = appendString(kv, ResponseIDKey, r.ID)
	kv = appendString(kv, ResponseModelKey, r.Model)
	if len(r.FinishReasons) > 0 {
		kv = append(kv, ResponseFinishReasonsKey.StringSlice(r.FinishReasons))
	}
	if r.HasUsage {
		kv = append(kv, UsageInputTokensKey.Int(r.InputTokens), UsageOutputTokensKey.Int(r.OutputTokens))
		kv = appendInt(kv, UsageCachedTokensKey, r.CachedTokens)
		kv = appendInt(kv, UsageCacheWriteTokensKey, r.CacheWriteTokens)
		kv = appendInt(kv, UsageReasoningTokensKey, r.ReasoningTokens)
	}
	if r.CostUSD != nil {
		kv = append(kv, Cost(*r.CostUSD, r.OutputCostUSD))
	}
	if c.content.on && r.Content != "" {
		kv = append(kv, c.content.messages(OutputMessagesKey, []Message{{Role: "assistant", Content: r.Content}}, r.FinishReasons))
	}
	c.span.SetAttributes(kv...)
}

// Cost is what a call cost, in US dollars, as MLflow reads it on spans: in all, and the answer's share of it, nil where that is
// not known.
func Cost(total float64, output *float64) attribute.KeyValue {
	parts := map[string]float64{"total_cost": total}
	if output != nil {
		parts["output_cost"], parts["input_cost"] = *output, max(total-*output, 0)
	}
	cost, _ := json.Marshal(parts)
	return mlflowattr.CostKey.String(string(cost))
}
