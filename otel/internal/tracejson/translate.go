package tracejson

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Attributes that MLflow reads on a span (mlflow/tracing/constant.py).
const (
	requestKey  = "mlflow.traceRequestId"
	inputsKey   = "mlflow.spanInputs"
	outputsKey  = "mlflow.spanOutputs"
	typeKey     = "mlflow.spanType"
	usageKey    = "mlflow.chat.tokenUsage"
	costKey     = "mlflow.llm.cost"
	modelKey    = "mlflow.llm.model"
	providerKey = "mlflow.llm.provider"
	toolsKey    = "mlflow.chat.tools"
	formatKey   = "mlflow.message.format"
)

// A field is one of MLflow's attributes, and where other conventions say the same:
// the first that says something counts. A "#" in a key stands for a number.
type field struct {
	mlflow string
	keys   []string
}

// fields follow the translators of MLflow 3.17 in their order
// (mlflow/tracing/otel/translation): OpenInference, the GenAI conventions,
// OpenLLMetry, Google ADK, Vercel's AI SDK, VoltAgent, LiveKit, Laminar, Langfuse.
var fields = []field{
	{inputsKey, []string{
		"input.value", "gen_ai.input.messages", "gen_ai.tool.call.arguments", "traceloop.entity.input", "gen_ai.prompt.#.content",
		"gcp.vertex.agent.llm_request", "gcp.vertex.agent.tool_call_args", "ai.prompt", "ai.toolCall.args", "ai.value", "ai.values",
		"agent.messages", "llm.messages", "input", "lk.user_input", "lk.user_transcript", "lk.chat_ctx", "lk.input_text",
		"lmnr.span.input", "langfuse.observation.input", "gen_ai.prompt",
	}},
	{outputsKey, []string{
		"output.value", "gen_ai.output.messages", "gen_ai.tool.call.result", "traceloop.entity.output", "gen_ai.completion.#.content",
		"gcp.vertex.agent.llm_response", "gcp.vertex.agent.tool_response", "ai.response.text", "ai.toolCall.result",
		"ai.response.object", "ai.embedding", "ai.embeddings", "output", "lk.response.text", "lk.response.function_calls",
		"lmnr.span.output", "langfuse.observation.output", "gen_ai.completion",
	}},
	{modelKey, []string{
		"llm.response.model_name", "llm.model_name", "llm.request.model_name", "embedding.model_name",
		"gen_ai.response.model", "gen_ai.request.model",
	}},
	{providerKey, []string{"llm.provider", "gen_ai.provider.name", "gen_ai.system"}},
	{toolsKey, []string{"gen_ai.tool.definitions"}},
}

// types are the types of spans by gen_ai.operation.name.
var types = map[string]string{
	"chat": "CHAT_MODEL", "create_agent": "AGENT", "embeddings": "EMBEDDING", "execute_tool": "TOOL", "generate_content": "LLM",
	"invoke_agent": "AGENT", "text_completion": "LLM", "response": "LLM",
}

// translate adds to a span's attributes what MLflow's server would on receiving it
// over OTLP (translate_span_when_storing). What the span says by MLflow's own
// attributes stays.
func translate(attributes map[string]string, events []event) {
	add := func(key, text string) {
		if _, there := attributes[key]; !there && says(text) {
			attributes[key] = text
		}
	}
	if t, known := types[unquote(attributes["gen_ai.operation.name"])]; known {
		if is := unquote(attributes[typeKey]); is == "" || is == "UNKNOWN" {
			attributes[typeKey] = jsonText(t)
		}
	}
	if operation := unquote(attributes["ai.operationId"]); strings.HasSuffix(operation, "Text.doGenerate") ||
		strings.HasSuffix(operation, "Text.doStream") { // Vercel spreads what it asks over attributes
		add(inputsKey, below(attributes, "ai.prompt."))
		add(outputsKey, below(attributes, "ai.response."))
		add(formatKey, `"vercel_ai"`)
	}
	for _, f := range fields {
		for _, key := range f.keys {
			if text := first(attributes, key); says(text) {
				add(f.mlflow, text)
				break
			}
		}
	}
	asked, answered := messages(events)
	add(inputsKey, asked)
	add(outputsKey, answered)
	add(usageKey, usage(attributes))
	add(typeKey, `"UNKNOWN"`) // as MLflow's SDK types what nobody typed
}

// Content returns the input and output of a span as MLflow would show them, each a JSON
// text; empty where the span says none.
func Content(s *tracepb.Span) (input, output string) {
	n := fromOTLP(s)
	return n.attributes[inputsKey], n.attributes[outputsKey]
}

// says reports whether a JSON text says anything.
func says(text string) bool {
	return !slices.Contains([]string{"", `""`, "{}", "[]", "null", "0", "false"}, text)
}

// first returns the value of key; with a "#", that of the lowest number there is.
func first(attributes map[string]string, key string) string {
	before, after, numbered := strings.Cut(key, "#")
	if !numbered {
		return attributes[key]
	}
	lowest, text := -1, ""
	for k, v := range attributes {
		rest, ok := strings.CutPrefix(k, before)
		digits, ok2 := strings.CutSuffix(rest, after)
		n, err := strconv.Atoi(digits)
		if ok && ok2 && err == nil && n >= 0 && says(v) && (lowest < 0 || n < lowest || n == lowest && v < text) {
			lowest, text = n, v
		}
	}
	return text
}

// below gathers the attributes whose keys begin with prefix into one object.
func below(attributes map[string]string, prefix string) string {
	object := map[string]json.RawMessage{}
	for k, v := range attributes {
		if name, ok := strings.CutPrefix(k, prefix); ok && json.Valid([]byte(v)) {
			object[name] = json.RawMessage(v)
		}
	}
	if len(object) == 0 {
		return ""
	}
	if list := []string(nil); json.Unmarshal(object["tools"], &list) == nil { // a list of JSON texts
		tools := make([]json.RawMessage, 0, len(list))
		for _, t := range list {
			tools = append(tools, json.RawMessage(dump(t)))
		}
		object["tools"] = marshal(tools)
	}
	return string(marshal(object))
}

// messages reads a conversation from events, where earlier GenAI conventions and
// Spring AI put it.
func messages(events []event) (asked, answered string) {
	type message struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	}
	var in, out []message
	for _, e := range events {
		content := e.Attributes["content"]
		if text, ok := content.(string); ok {
			content = json.RawMessage(dump(text))
		}
		m := message{Content: marshal(content)}
		role, named := strings.CutPrefix(e.Name, "gen_ai.")
		role, ofOne := strings.CutSuffix(role, ".message")
		switch {
		case e.Name == "gen_ai.content.prompt":
			asked = dump(e.Attributes["gen_ai.prompt"])
		case e.Name == "gen_ai.content.completion":
			answered = dump(e.Attributes["gen_ai.completion"])
		case content == nil:
		case e.Name == "gen_ai.choice":
			m.Role = "assistant"
			if said, ok := e.Attributes["role"].(string); ok {
				m.Role = said
			}
			out = append(out, m)
		case named && ofOne && slices.Contains([]string{"system", "user", "assistant"}, role):
			m.Role = role
			in = append(in, m)
		}
	}
	if len(in) > 0 {
		asked = string(marshal(in))
	}
	if len(out) > 0 {
		answered = string(marshal(out))
	}
	return asked, answered
}

// usage reads the tokens of a span in MLflow's form; "" for none.
func usage(attributes map[string]string) string {
	object := map[string]int64{}
	for name, keys := range map[string][]string{
		"input_tokens":  {"llm.token_count.prompt", "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"},
		"output_tokens": {"llm.token_count.completion", "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"},
		"total_tokens":  {"llm.token_count.total", "llm.usage.total_tokens"},
		"cache_read_input_tokens": {"llm.token_count.prompt_details.cache_read",
			"gen_ai.usage.cache_read.input_tokens"},
		"cache_creation_input_tokens": {"llm.token_count.prompt_details.cache_write",
			"gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens"},
	} {
		for _, key := range keys {
			if n, err := strconv.ParseInt(unquote(attributes[key]), 10, 64); err == nil && n >= 0 {
				object[name] = n
				break
			}
		}
	}
	in, hasIn := object["input_tokens"]
	out, hasOut := object["output_tokens"]
	_, hasTotal := object["total_tokens"]
	if !hasIn && !hasOut && !hasTotal {
		return ""
	}
	if hasIn && hasOut && !hasTotal {
		object["total_tokens"] = in + out
	}
	return string(marshal(object))
}

// sums adds, over a trace, the numbers that the attribute key holds as an object. A
// span that has the attribute stands for all below it, as in MLflow
// (_aggregate_from_nodes in mlflow/tracing/utils).
func sums(spans []*span, key string) string {
	byID, covered := index(spans), map[spanID]bool{}
	total := map[string]float64{}
	for _, s := range spans {
		var numbers map[string]float64
		if json.Unmarshal([]byte(s.attributes[key]), &numbers) != nil || isCovered(s, byID, key, covered) {
			continue
		}
		for name, n := range numbers {
			total[name] += n
		}
	}
	maps.DeleteFunc(total, func(_ string, n float64) bool { return n > 1e300 || n < -1e300 })
	if len(total) == 0 {
		return ""
	}
	return string(marshal(total))
}

// isCovered reports whether a span above s has the attribute; known remembers the
// answers. The shown parents make a tree, without circles.
func isCovered(s *span, byID map[spanID]*span, key string, known map[spanID]bool) bool {
	var path []*span
	answer := false
	for at := s; ; {
		if was, ok := known[at.id]; ok {
			answer = was
			break
		}
		path = append(path, at)
		above := byID[at.shown]
		if above == nil {
			break
		}
		if _, ok := above.attributes[key]; ok {
			answer = true
			break
		}
		at = above
	}
	for _, at := range path {
		known[at.id] = answer
	}
	return answer
}
