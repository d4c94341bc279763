package genai

import "go.opentelemetry.io/otel/attribute"

// SchemaURL names the revision of the conventions that the keys follow. Give
// it to a tracer with trace.WithSchemaURL.
//
// It is the last revision that was published: open-telemetry/semantic-conventions-genai,
// where the conventions have moved since, has no release, and its names still change from
// one commit to the next. Package runs reads those names beside these.
const SchemaURL = "https://opentelemetry.io/schemas/1.41.0"

// Keys of the conventions, docs/gen-ai/gen-ai-spans.md and gen-ai-events.md: those
// that the operations of this package set, and the session and user for which a
// program sets them itself.
const (
	OperationNameKey  = attribute.Key("gen_ai.operation.name")
	ProviderNameKey   = attribute.Key("gen_ai.provider.name")
	ConversationIDKey = attribute.Key("gen_ai.conversation.id")
	OutputTypeKey     = attribute.Key("gen_ai.output.type")
	WorkflowNameKey   = attribute.Key("gen_ai.workflow.name")
	DataSourceIDKey   = attribute.Key("gen_ai.data_source.id")

	AgentIDKey          = attribute.Key("gen_ai.agent.id")
	AgentNameKey        = attribute.Key("gen_ai.agent.name")
	AgentDescriptionKey = attribute.Key("gen_ai.agent.description")
	AgentVersionKey     = attribute.Key("gen_ai.agent.version")

	RequestModelKey            = attribute.Key("gen_ai.request.model")
	RequestStreamKey           = attribute.Key("gen_ai.request.stream")
	RequestChoiceCountKey      = attribute.Key("gen_ai.request.choice.count")
	RequestTemperatureKey      = attribute.Key("gen_ai.request.temperature")
	RequestTopPKey             = attribute.Key("gen_ai.request.top_p")
	RequestTopKKey             = attribute.Key("gen_ai.request.top_k") // int since, see SchemaURL
	RequestMaxTokensKey        = attribute.Key("gen_ai.request.max_tokens")
	RequestSeedKey             = attribute.Key("gen_ai.request.seed")
	RequestFrequencyPenaltyKey = attribute.Key("gen_ai.request.frequency_penalty")
	RequestPresencePenaltyKey  = attribute.Key("gen_ai.request.presence_penalty")
	RequestStopSequencesKey    = attribute.Key("gen_ai.request.stop_sequences")
	RequestEncodingFormatsKey  = attribute.Key("gen_ai.request.encoding_formats")
	EmbeddingsDimensionsKey    = attribute.Key("gen_ai.embeddings.dimension.count")

	ResponseIDKey               = attribute.Key("gen_ai.response.id")
	ResponseModelKey            = attribute.Key("gen_ai.response.model")
	ResponseFinishReasonsKey    = attribute.Key("gen_ai.response.finish_reasons")
	ResponseTimeToFirstChunkKey = attribute.Key("gen_ai.response.time_to_first_chunk") // seconds

	UsageInputTokensKey      = attribute.Key("gen_ai.usage.input_tokens") // cached tokens included
	UsageOutputTokensKey     = attribute.Key("gen_ai.usage.output_tokens")
	UsageCachedTokensKey     = attribute.Key("gen_ai.usage.cache_read.input_tokens")
	UsageCacheWriteTokensKey = attribute.Key("gen_ai.usage.cache_creation.input_tokens") // cache_write since
	UsageReasoningTokensKey  = attribute.Key("gen_ai.usage.reasoning.output_tokens")
	TokenTypeKey             = attribute.Key("gen_ai.token.type") // of metrics: input or output

	SystemInstructionsKey = attribute.Key("gen_ai.system_instructions") // content
	ToolDefinitionsKey    = attribute.Key("gen_ai.tool.definitions")    // content
	InputMessagesKey      = attribute.Key("gen_ai.input.messages")      // content
	OutputMessagesKey     = attribute.Key("gen_ai.output.messages")     // content
	RetrievalQueryKey     = attribute.Key("gen_ai.retrieval.query.text")
	RetrievalDocumentsKey = attribute.Key("gen_ai.retrieval.documents") // content

	ToolNameKey          = attribute.Key("gen_ai.tool.name")
	ToolTypeKey          = attribute.Key("gen_ai.tool.type")
	ToolDescriptionKey   = attribute.Key("gen_ai.tool.description")
	ToolCallIDKey        = attribute.Key("gen_ai.tool.call.id")
	ToolCallArgumentsKey = attribute.Key("gen_ai.tool.call.arguments") // content
	ToolCallResultKey    = attribute.Key("gen_ai.tool.call.result")    // content

	EvaluationNameKey        = attribute.Key("gen_ai.evaluation.name")
	EvaluationScoreKey       = attribute.Key("gen_ai.evaluation.score.value")
	EvaluationLabelKey       = attribute.Key("gen_ai.evaluation.score.label")
	EvaluationExplanationKey = attribute.Key("gen_ai.evaluation.explanation")

	OpenAIAPITypeKey                   = attribute.Key("openai.api.type")
	OpenAIRequestServiceTierKey        = attribute.Key("openai.request.service_tier")
	OpenAIResponseServiceTierKey       = attribute.Key("openai.response.service_tier")
	OpenAIResponseSystemFingerprintKey = attribute.Key("openai.response.system_fingerprint")

	BedrockGuardrailIDKey = attribute.Key("aws.bedrock.guardrail.id")

	ErrorTypeKey     = attribute.Key("error.type")
	ServerAddressKey = attribute.Key("server.address")
	ServerPortKey    = attribute.Key("server.port")
	SessionIDKey     = attribute.Key("session.id")
	UserIDKey        = attribute.Key("user.id")
)

// EvaluationEvent is the name of the event that carries one verdict.
const EvaluationEvent = "gen_ai.evaluation.result"

// Values of OperationNameKey.
const (
	OperationChat            = "chat"
	OperationTextCompletion  = "text_completion"
	OperationGenerateContent = "generate_content"
	OperationEmbeddings      = "embeddings"
	OperationRetrieval       = "retrieval"
	OperationExecuteTool     = "execute_tool"
	OperationCreateAgent     = "create_agent"
	OperationInvokeAgent     = "invoke_agent"
	OperationInvokeWorkflow  = "invoke_workflow"
)

// Keys of prompts, as MLflow and OpenTelemetry's drafts name them.
const (
	PromptNameKey    = attribute.Key("gen_ai.prompt.name")
	PromptVersionKey = attribute.Key("gen_ai.prompt.version")
)
