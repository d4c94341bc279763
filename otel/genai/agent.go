package genai

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// ToolDefinition is a tool that an agent or a model may call.
type ToolDefinition struct {
	Name, Description string
	Parameters        any // a JSON schema, as any value that encodes as JSON; nil: none
}

// AgentRequest is what is known before an agent runs, or is made. Zero fields are
// left out of the span; what has no field here is given with [WithAttributes].
type AgentRequest struct {
	ID, Name, Description, Version string
	Provider                       string // which the conventions require
	Model                          string // that the agent asks, where it is one
	ConversationID, DataSourceID   string
	Temperature, TopP              *float64
	MaxTokens                      int
	Seed                           *int
	ResponseFormat                 string // json or text
	ServerAddress                  string // of an agent that runs elsewhere
	ServerPort                     int
	Instructions                   string           // content: what the agent is told before the messages
	Messages                       []Message        // content
	Tools                          []ToolDefinition // content
}

// AgentResponse is what an agent said at its end.
type AgentResponse struct {
	ID            string // of an agent that was made
	FinishReasons []string
	Content       string

	// Tokens of all the agent's model calls, without those of embeddings, of which HasUsage
	// says that they are known. Where the calls have spans of their own these are counted there.
	HasUsage                                                  bool
	InputTokens, OutputTokens, CachedTokens, CacheWriteTokens int
}

// Agent is an agent at work, or being made.
type Agent struct{ operation }

// StartAgent starts the span "invoke_agent <name>" of an agent's run: INTERNAL, or CLIENT where the agent has a
// server's address. Model calls and tools that are started with the returned context are its children.
func StartAgent(ctx context.Context, t trace.Tracer, r AgentRequest, opts ...Option) (context.Context, *Agent) {
	kind := trace.SpanKindInternal
	if r.ServerAddress != "" {
		kind = trace.SpanKindClient
	}
	return startAgent(ctx, t, OperationInvokeAgent, kind, &r, opts)
}

// StartCreateAgent starts the CLIENT span "create_agent <name>" of making an agent at a service that keeps it.
func StartCreateAgent(ctx context.Context, t trace.Tracer, r AgentRequest, opts ...Option) (context.Context, *Agent) {
	return startAgent(ctx, t, OperationCreateAgent, trace.SpanKindClient, &r, opts)
}

func startAgent(
	ctx context.Context, t trace.Tracer, operation string, kind trace.SpanKind, r *AgentRequest, opts []Option,
) (context.Context, *Agent) {
	kv := []attribute.KeyValue{OperationNameKey.String(operation), mlflowattr.SpanTypeKey.String(mlflowattr.TypeAgent)}
	kv = appendString(kv, AgentIDKey, r.ID)
	kv = appendString(kv, AgentNameKey, r.Name)
	kv = appendString(kv, AgentDescriptionKey, r.Description)
	kv = appendString(kv, AgentVersionKey, r.Version)
	kv = appendString(kv, ProviderNameKey, r.Provider)
	kv = appendString(kv, RequestModelKey, r.Model)
	kv = appendString(kv, ConversationIDKey, r.ConversationID)
	kv = appendString(kv, DataSourceIDKey, r.DataSourceID)
	kv = appendString(kv, OutputTypeKey, r.ResponseFormat)
	kv = appendString(kv, ServerAddressKey, r.ServerAddress)
	kv = appendInt(kv, ServerPortKey, r.ServerPort)
	kv = appendSettings(kv, r.Temperature, r.TopP, r.MaxTokens, r.Seed)
	ctx, op := start(ctx, t, named(operation, r.Name), kind, kv, opts)
	if op.content.on {
		var said []attribute.KeyValue
		if r.Instructions != "" {
			said = append(said, op.content.instructions(r.Instructions))
		}
		if len(r.Messages) > 0 {
			said = append(said, op.content.messages(InputMessagesKey, r.Messages, nil))
		}
		if len(r.Tools) > 0 {
			said = append(said, op.content.definitions(r.Tools))
		}
		op.span.SetAttributes(said...)
	}
	return ctx, &Agent{op}
}

// End records what the agent said, and ends the span.
func (a *Agent) End(r AgentResponse) {
	a.record(&r)
	a.span.End()
}

// FailWith records how far the agent came, then fails the span as [Agent.Fail] does.
func (a *Agent) FailWith(r AgentResponse, err error, kind string) {
	a.record(&r)
	a.Fail(err, kind)
}

func (a *Agent) record(r *AgentResponse) {
	var kv []attribute.KeyValue
	kv = appendString(kv, AgentIDKey, r.ID)
	if len(r.FinishReasons) > 0 {
		kv = append(kv, ResponseFinishReasonsKey.StringSlice(r.FinishReasons))
	}
	if r.HasUsage {
		kv = append(kv, UsageInputTokensKey.Int(r.InputTokens), UsageOutputTokensKey.Int(r.OutputTokens))
		kv = appendInt(kv, UsageCachedTokensKey, r.CachedTokens)
		kv = appendInt(kv, UsageCacheWriteTokensKey, r.CacheWriteTokens)
	}
	if a.content.on && r.Content != "" {
		kv = append(kv, a.content.messages(OutputMessagesKey, []Message{{Role: "assistant", Content: r.Content}}, r.FinishReasons))
	}
	a.span.SetAttributes(kv...)
}
