package analysis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// Parts of a request that a server may refuse.
func hasSystem(b gjson.Result) bool { return b.Get("messages.0.role").String() == "system" }
func hasSchema(b gjson.Result) bool {
	return b.Get("response_format.type").String() == "json_schema"
}
func hasFormat(b gjson.Result) bool      { return b.Get("response_format").Exists() }
func hasTemperature(b gjson.Result) bool { return b.Get("temperature").Exists() }
func hasMaxTokens(b gjson.Result) bool   { return b.Get("max_tokens").Exists() }
func hasSeed(b gjson.Result) bool        { return b.Get("seed").Exists() }
func hasStream(b gjson.Result) bool      { return b.Get("stream").Exists() }
func hasStrict(b gjson.Result) bool      { return b.Get("response_format.json_schema.strict").Exists() }
func hasLengths(b gjson.Result) bool {
	return b.Get("response_format.json_schema.schema.properties.summary.maxLength").Exists()
}

func hasItems(b gjson.Result) bool {
	return b.Get("response_format.json_schema.schema.properties.tldr.maxItems").Exists()
}

func any2(fs ...func(gjson.Result) bool) func(gjson.Result) bool {
	return func(b gjson.Result) bool {
		for _, f := range fs {
			if f(b) {
				return true
			}
		}
		return false
	}
}

// openAIError is an error in OpenAI's form.
func openAIError(message, kind, param, code string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":%q,"code":%q}}`, message, kind, param, code)
}

// refusals are what real servers said, from the issues and documents named, and
// to what they said it. Each is one server that takes everything else.
var refusals = []struct {
	name    string
	refuses func(gjson.Result) bool
	status  int
	body    string
	mode    string
}{
	// No system role.
	{"vLLM, Gemma 2 (sgl-project/sglang#892)", hasSystem, 400, `{"object":"error","message":"System role not supported","type":"BadRequestError","param":null,"code":400}`, ModeJSONSchema},
	{
		"vLLM, Mistral 7B (weaviate/Verba#150)", hasSystem, 400,
		`{"object":"error","message":"Conversation roles must alternate user/assistant/user/assistant/...","type":"BadRequestError","param":null,"code":400}`, ModeJSONSchema,
	},
	{
		"vLLM, newer form", hasSystem, 400,
		`{"error":{"message":"Conversation roles must alternate user/assistant/user/assistant/... Conversation roles must alternate user/assistant/user/assistant/...","type":"BadRequestError","param":null,"code":400}}`, ModeJSONSchema,
	},
	{
		"llama.cpp with the template quoted (janhq/jan#6254)", hasSystem, 500,
		`{"error":{"code":500,"message":"Conversation roles must alternate user/assistant/user/assistant/... at row 19, column 27:\n {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}\n {{ raise_exception(\"Conversation roles must alternate user/assistant/user/assistant/...\") }}\n","type":"server_error"}}`, ModeJSONSchema,
	},
	{
		"llama.cpp, Jinja exception (ggml-org/llama.cpp#19851)", hasSystem, 500,
		`{"error":{"code":500,"message":"\n------------\nWhile executing CallExpression at line 2, column 21 in source:\n...e'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}\n^\nError: Jinja Exception: System role not supported","type":"server_error"}}`, ModeJSONSchema,
	},
	{
		"llama.cpp, 400", hasSystem, 400,
		`{"error":{"code":400,"message":"Error: Jinja Exception: Only user and assistant roles are supported!","type":"invalid_request_error"}}`, ModeJSONSchema,
	},
	{"FastAPI around a template (422)", hasSystem, 422, `{"detail":"Only user, assistant and tool roles are supported, got system."}`, ModeJSONSchema},
	{
		"OpenAI, o1-mini", hasSystem, 400,
		openAIError("Unsupported value: 'messages[0].role' does not support 'system' with this model.", "invalid_request_error", "messages[0].role", "unsupported_value"), ModeJSONSchema,
	},
	{
		"Google, Gemma 3, in a list (microsoft/vscode#258088)", hasSystem, 400,
		`[{"error":{"code":400,"message":"Developer instruction is not enabled for models/gemma-3-27b-it","status":"INVALID_ARGUMENT"}}]`, ModeJSONSchema,
	},
	{"Bedrock, Titan", hasSystem, 400, `{"message":"This model doesn't support system messages. Try again without a system message or use a model that supports system messages."}`, ModeJSONSchema},
	{
		"LiteLLM around Bedrock", hasSystem, 400,
		openAIError(`litellm.BadRequestError: BedrockException - {"message":"A conversation must start with a user message. Try again with a conversation that starts with a user message."}`, "None", "None", "400"), ModeJSONSchema,
	},
	{
		"Anthropic's own words through a gateway", hasSystem, 400,
		`{"type":"error","error":{"type":"invalid_request_error","message":"messages: Unexpected role \"system\". The Messages API accepts a top-level ` + "`system`" + ` parameter, not \"system\" as an input message role."}}`, ModeJSONSchema,
	},
	{
		"OpenRouter, quoting its upstream", hasSystem, 400,
		`{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"code\":400,\"message\":\"Developer instruction is not enabled for models/gemma-3-4b-it\",\"status\":\"INVALID_ARGUMENT\"}}","provider_name":"Google AI Studio"}}}`, ModeJSONSchema,
	},
	{
		"an error within a 200", hasSystem, 200,
		`{"error":{"message":"Jinja Exception: System role not supported"}}`, ModeJSONSchema,
	},
	{"a template without details", hasSystem, 500, `{"detail":"TemplateError in apply_chat_template"}`, ModeJSONSchema},
	{"a role without details", hasSystem, 400, `{"error":{"message":"Invalid role in messages"}}`, ModeJSONSchema},
	{
		"pydantic, with the input repeated", hasSystem, 422,
		`{"detail":[{"type":"literal_error","loc":["body","messages",0,"role"],"msg":"Input should be 'user' or 'assistant'","input":"system","ctx":{"expected":"'user' or 'assistant'"}}]}`, ModeJSONSchema,
	},

	{"in Chinese", hasSystem, 400, `{"error":{"code":"1214","message":"该模型不支持 system 角色"}}`, ModeJSONSchema},

	// The answer's form.
	{"DeepSeek", hasSchema, 400, openAIError("This response_format type is unavailable now", "invalid_request_error", "", "invalid_request_error"), ModeJSONObject},
	{
		"Groq", hasSchema, 400,
		openAIError("This model does not support response format `json_schema`. See supported models at https://console.groq.com/docs/structured-outputs#supported-models", "invalid_request_error", "response_format", ""), ModeJSONObject,
	},
	{
		"Azure, old API version", hasSchema, 400,
		openAIError("response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later", "BadRequest", "", ""), ModeJSONObject,
	},
	{
		"OpenAI, gpt-4-turbo", hasSchema, 400,
		openAIError("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more about supported models at the Structured Outputs guide: https://platform.openai.com/docs/guides/structured-outputs", "invalid_request_error", "", ""), ModeJSONObject,
	},
	{
		"old vLLM", hasSchema, 400,
		`{"object":"error","message":"[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}]","type":"BadRequestError","param":null,"code":400}`, ModeJSONObject,
	},
	{"OpenAI, gpt-3.5", hasFormat, 400, openAIError("Unrecognized request argument supplied: response_format", "invalid_request_error", "", ""), ModeText},
	{
		"FastAPI, extra field", hasFormat, 422,
		`{"detail":[{"type":"extra_forbidden","loc":["body","response_format"],"msg":"Extra inputs are not permitted","input":{"type":"json_schema"}}]}`, ModeText,
	},
	{"no grammars", hasFormat, 400, openAIError("grammar is not supported by this backend", "invalid_request_error", "", ""), ModeText},
	{"Google, Gemma 3 without JSON", hasFormat, 400, `[{"error":{"code":400,"message":"JSON mode is not enabled for models/gemma-3-27b-it","status":"INVALID_ARGUMENT"}}]`, ModeText},
	{
		"OpenAI, bounds", hasLengths, 400,
		openAIError("Invalid schema for response_format 'analysis_result': In context=('properties', 'summary'), 'maxLength' is not permitted.", "invalid_request_error", "response_format", ""), ModeJSONSchema,
	},
	{
		"Bedrock, Claude (vectorize-io/hindsight#2500)", any2(hasLengths, hasItems), 400,
		`{"message":"The model returned the following errors: output_config.format.schema: For 'array' type, property 'maxItems' is not supported"}`, ModeJSONSchema,
	},
	{
		"Anthropic, minItems (ghostlobster/memorize-everything#93)", any2(hasLengths, hasItems), 400,
		`{"type":"error","error":{"type":"invalid_request_error","message":"output_config.format.schema: For 'string' type, property 'maxLength' is not supported"}}`, ModeJSONSchema,
	},
	{
		"Google, too many states", hasItems, 400,
		`[{"error":{"code":400,"message":"The specified schema produces a constraint that has too many states for serving.","status":"INVALID_ARGUMENT"}}]`, ModeJSONSchema,
	},
	{"llama.cpp, a grammar that it cannot read", hasLengths, 400, `{"error":{"code":400,"message":"Failed to parse grammar","type":"invalid_request_error"}}`, ModeJSONSchema},
	{
		"strict unknown", hasStrict, 400,
		openAIError("Unrecognized request argument supplied: response_format.json_schema.strict", "invalid_request_error", "response_format.json_schema.strict", ""), ModeJSONSchema,
	},

	// Parameters.
	{
		"OpenAI, reasoning models", any2(hasMaxTokens, hasTemperature), 400,
		openAIError("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "invalid_request_error", "max_tokens", "unsupported_parameter"), ModeJSONSchema,
	},
	{
		"max_tokens deprecated", hasMaxTokens, 400,
		`{"message":"'max_tokens' is deprecated in favor of 'max_completion_tokens'","error_type":"invalid_parameter"}`, ModeJSONSchema,
	},
	{
		"OpenAI, temperature", hasTemperature, 400,
		openAIError("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.", "invalid_request_error", "temperature", "unsupported_value"), ModeJSONSchema,
	},
	{
		"Mistral, seed", hasSeed, 422,
		`{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":7}]},"type":"invalid_request_error","param":null,"code":null}`, ModeJSONSchema,
	},
	{
		"pydantic, several at once", any2(hasSeed, hasTemperature, hasFormat, hasMaxTokens), 422,
		`{"detail":[{"loc":["body","seed"],"msg":"extra fields not permitted","type":"value_error.extra"},{"loc":["body","temperature"],"msg":"extra fields not permitted","type":"value_error.extra"},{"loc":["body","response_format"],"msg":"extra fields not permitted","type":"value_error.extra"},{"loc":["body","max_tokens"],"msg":"extra fields not permitted","type":"value_error.extra"}]}`, ModeText,
	},
	{"stream unknown", hasStream, 400, openAIError("Unknown parameter: 'stream'.", "invalid_request_error", "stream", "unknown_parameter"), ModeJSONSchema},

	// Nothing named.
	{"Bad request", hasSystem, 400, `{"error":{"message":"Bad request"}}`, ModeText},
	{"a bare status", hasFormat, 400, ``, ModeText},
	{"HTML", hasTemperature, 422, `<html><body>Unprocessable</body></html>`, ModeText},
}

func TestOneRefusalIsEnoughToFindTheFormThatAServerTakes(t *testing.T) {
	seed := 7
	for _, tc := range refusals {
		t.Run(tc.name, func(t *testing.T) {
			s := &server{answer: func(_ int, body string) reply {
				if tc.refuses(gjson.Parse(body)) {
					return reply{status: tc.status, body: tc.body}
				}
				return says(good)
			}}
			a, rec, pauses := analyst(t, s, func(c *OpenAIConfig) { c.Model, c.Seed = "some-model", &seed })
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if err != nil {
				t.Fatalf("%v after %d calls", err, s.calls())
			}
			if s.calls() != 2 || o.Mode != tc.mode || len(*pauses) != 0 {
				t.Errorf("%d calls, pauses %v, mode %s; want 2, none, %s", s.calls(), *pauses, o.Mode, tc.mode)
			}
			if _, err := a.Analyze(t.Context(), page(t, "fetch")); err != nil || s.calls() != 3 {
				t.Errorf("the second analysis: %v after %d calls", err, s.calls()-2)
			}
			// The span of the last call tells what was really sent.
			sent, spans := gjson.Parse(s.bodies[2]), rec.Ended()
			got := attributes(spans[len(spans)-1])
			if _, ok := got["gen_ai.request.temperature"]; ok != hasTemperature(sent) {
				t.Errorf("temperature sent: %v, in the span: %v", hasTemperature(sent), ok)
			}
			if _, ok := got["gen_ai.request.seed"]; ok != hasSeed(sent) {
				t.Errorf("seed sent: %v, in the span: %v", hasSeed(sent), ok)
			}
		})
	}
}

func TestWithoutASystemRoleTheInstructionIsInTheUsersMessage(t *testing.T) {
	s := &server{answer: func(n int, body string) reply {
		switch {
		case hasSystem(gjson.Parse(body)):
			return reply{status: 400, body: `{"object":"error","message":"System role not supported"}`}
		case n == 2:
			return says(`{"tldr":["One."]}`)
		}
		return says(good)
	}}
	a, _, _ := analyst(t, s, func(c *OpenAIConfig) { c.Model = "some-model" })
	o, err := a.Analyze(t.Context(), page(t, "coverage"))
	if err != nil {
		t.Fatal(err)
	}
	// The repair turn is of user, assistant and user, as such models want it.
	var roles []string
	for _, m := range gjson.Get(s.bodies[2], "messages").Array() {
		roles = append(roles, m.Get("role").String())
	}
	if strings.Join(roles, " ") != "user assistant user" || !o.Repaired {
		t.Errorf("roles %q, repaired %v", roles, o.Repaired)
	}
	first := gjson.Get(s.bodies[1], "messages.0.content").String()
	if !strings.Contains(first, "You write the short comment") || !strings.Contains(first, "Blanket.js") || o.Messages[0].Role != "user" {
		t.Errorf("the user's message is %.200s", first)
	}
}

// A server that names one thing at a time is asked no more than three times.
func TestAServerThatRefusesEverythingOneByOneIsAskedThreeTimes(t *testing.T) {
	seed := 7
	s := &server{answer: picky(func(b gjson.Result) string {
		switch {
		case hasSystem(b):
			return "System role not supported"
		case hasFormat(b):
			return "Unknown parameter: response_format"
		case hasTemperature(b):
			return "Unsupported parameter: temperature"
		case hasSeed(b):
			return "Unsupported parameter: seed"
		case hasStream(b):
			return "Unknown parameter: stream"
		}
		return ""
	})}
	a, _, _ := analyst(t, s, func(c *OpenAIConfig) { c.Model, c.Seed = "some-model", &seed })
	if _, err := a.Analyze(t.Context(), page(t, "coverage")); err != nil || s.calls() != 3 {
		t.Errorf("%v after %d calls", err, s.calls())
	}
}

func TestWhatVendorsWriteDownCostsNoRefusal(t *testing.T) {
	for name, tc := range map[string]struct {
		base, model string
		want        form
	}{
		"OpenAI":              {"https://api.openai.com/v1", "gpt-4o", form{Rung: rungPortable, CompletionTokens: true}},
		"OpenAI, reasoning":   {"https://api.openai.com/v1", "gpt-5-mini-2025-08-07", form{Rung: rungPortable, CompletionTokens: true, NoTemperature: true}},
		"OpenAI, later":       {"https://api.openai.com/v1", "gpt-5.1", form{Rung: rungPortable, CompletionTokens: true}},
		"OpenAI, chat":        {"https://api.openai.com/v1", "gpt-5-chat-latest", form{Rung: rungPortable, CompletionTokens: true}},
		"Azure":               {"https://us.openai.azure.com/openai/v1", "o3", form{Rung: rungPortable, CompletionTokens: true, NoTemperature: true}},
		"OpenRouter":          {"https://openrouter.ai/api/v1", "openai/gpt-4o", form{Rung: rungPortable}},
		"open weights":        {"https://openrouter.ai/api/v1", "openai/gpt-oss-120b", form{}},
		"Claude":              {"https://openrouter.ai/api/v1", "anthropic/claude-sonnet-4.5", form{Rung: rungBare}},
		"DeepSeek":            {"https://api.deepseek.com/v1", "deepseek-chat", form{Rung: rungObject}},
		"Gemma at Google":     {"https://generativelanguage.googleapis.com/v1beta/openai", "gemma-3-27b-it", form{Rung: rungText, SystemInUser: true}},
		"Gemini":              {"https://generativelanguage.googleapis.com/v1beta/openai", "gemini-3-flash", form{}},
		"Gemma 2":             {"http://127.0.0.1:8080/v1", "google/gemma-2-9b-it", form{SystemInUser: true}},
		"Gemma in Ollama":     {"http://127.0.0.1:8080/v1", "gemma3:27b", form{SystemInUser: true}},
		"Gemma 4 has a role":  {"http://127.0.0.1:8080/v1", "gemma-4-27b-it", form{}},
		"an early Mistral":    {"http://127.0.0.1:8080/v1", "mistralai/Mistral-7B-Instruct-v0.2", form{SystemInUser: true}},
		"a later Mistral":     {"http://127.0.0.1:8080/v1", "mistralai/Mistral-7B-Instruct-v0.3", form{}},
		"nothing is known":    {"http://127.0.0.1:8080/v1", "qwen3-8b", form{}},
		"a name that is like": {"http://127.0.0.1:8080/v1", "my-o3-like", form{}},
	} {
		t.Run(name, func(t *testing.T) {
			a, _, _ := analyst(t, &server{}, func(c *OpenAIConfig) { c.BaseURL, c.Model = tc.base, tc.model })
			if got, _ := a.memory.get(a.now()); got != tc.want {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}

// Complaints about other things must not cost the form, nor a call.
func TestComplaintsAboutOtherThingsAreNotRefusalsOfTheForm(t *testing.T) {
	for name, r := range map[string]reply{
		"key":           {status: 400, body: `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]`},
		"model":         {status: 400, body: openAIError("The requested model 'x' does not exist.", "invalid_request_error", "model", "model_not_found")},
		"limit":         {status: 400, body: openAIError("max_tokens is too large: 2000. This model supports at most 1024 completion tokens, whereas you provided 2000.", "invalid_request_error", "max_tokens", "")},
		"credit":        {status: 400, body: openAIError("Your credit balance is too low to access the API.", "invalid_request_error", "", "")},
		"forbidden":     {status: 403, body: openAIError("temperature is not supported here", "x", "", "")},
		"not found":     {status: 404, body: openAIError("No endpoints found for some-model.", "x", "", "")},
		"rate":          {status: 429, body: openAIError("Rate limit reached for response_format requests", "x", "", "")},
		"input in 422":  {status: 422, body: `{"detail":[{"loc":["body","messages"],"msg":"messages: field required","input":{"temperature":0.2,"response_format":{"type":"json_schema"}}}]}`},
		"context":       {status: 400, body: openAIError("This model's maximum context length is 4096 tokens.", "invalid_request_error", "messages", "context_length_exceeded")},
		"not available": {status: 503, body: openAIError("The model is overloaded", "x", "", "")},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: always(r)}
			a, _, _ := analyst(t, s, func(c *OpenAIConfig) { c.Model, c.MaxRetries = "some-model", -1 })
			if _, err := a.Analyze(t.Context(), page(t, "coverage")); err == nil || s.calls() != 1 {
				t.Errorf("%v after %d calls", err, s.calls())
			}
		})
	}
}

// SGLang and mlx report the exception of a chat template as a 500 without a
// word (sgl-project/sglang#892, arcee-ai/fastmlx#22).
func TestTheRetryOfAWordlessFailureDoesWithoutTheSystemRole(t *testing.T) {
	for name, tc := range map[string]struct {
		base   string
		works  func(gjson.Result) bool
		calls  int
		second int // of the next analysis
		ok     bool
	}{
		"no system role":            {"http://models.example:8080/v1", func(b gjson.Result) bool { return !hasSystem(b) }, 2, 1, true},
		"nothing works":             {"http://models.example:8080/v1", func(gjson.Result) bool { return false }, 2, 2, false},
		"a vendor's models have it": {"https://api.mistral.ai/v1", func(b gjson.Result) bool { return !hasSystem(b) }, 2, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: func(_ int, body string) reply {
				if !tc.works(gjson.Parse(body)) {
					return reply{status: 500, body: "Internal Server Error"}
				}
				return says(good)
			}}
			a, _, pauses := analyst(t, s, func(c *OpenAIConfig) { c.BaseURL, c.Model = tc.base, "some-model" })
			_, err := a.Analyze(t.Context(), page(t, "coverage"))
			if (err == nil) != tc.ok || s.calls() != tc.calls || len(*pauses) != 1 || err != nil && kindOf(err) != KindServer {
				t.Errorf("%v after %d calls, pauses %v", err, s.calls(), *pauses)
			}
			_, _ = a.Analyze(t.Context(), page(t, "coverage"))
			if got := s.calls() - tc.calls; got != tc.second {
				t.Errorf("the next analysis made %d calls, want %d", got, tc.second)
			}
		})
	}
}

func TestAModelThatOnlyStreamsIsAskedToStream(t *testing.T) {
	s := &server{answer: func(_ int, body string) reply {
		if gjson.Get(body, "stream").Bool() {
			return reply{status: 200, body: streamed(good), header: eventStream}
		}
		return fails(400, "parameter.enable_thinking must be set to false for non-streaming calls")
	}}
	a, _, _ := analyst(t, s, func(c *OpenAIConfig) { c.Model = "qwen3-32b" })
	o, err := a.Analyze(t.Context(), page(t, "coverage"))
	if err != nil || s.calls() != 2 || !o.HasUsage {
		t.Errorf("%v after %d calls, usage %v", err, s.calls(), o.HasUsage)
	}
}
