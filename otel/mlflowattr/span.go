package mlflowattr

import "go.opentelemetry.io/otel/attribute"

// Attributes that MLflow itself reads on spans (mlflow.tracing.constant of
// MLflow 3.17); the OpenTelemetry conventions have no equivalent.
const (
	SpanTypeKey    = attribute.Key("mlflow.spanType")
	SpanInputsKey  = attribute.Key("mlflow.spanInputs")  // content, JSON
	SpanOutputsKey = attribute.Key("mlflow.spanOutputs") // content, JSON
	CostKey        = attribute.Key("mlflow.llm.cost")    // JSON, US dollars
)

// Values of SpanTypeKey.
const (
	TypeAgent     = "AGENT"
	TypeChain     = "CHAIN"
	TypeRetriever = "RETRIEVER"
	TypeLLM       = "LLM"
	TypeChatModel = "CHAT_MODEL"
	TypeEmbedding = "EMBEDDING"
	TypeEvaluator = "EVALUATOR"
	TypeTool      = "TOOL" // a call of a model's, which MLflow's page of tool calls counts
	TypeParser    = "PARSER"
	TypeTask      = "TASK" // any other step
)
