package analysis

import (
	"strings"
	"sync"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"

	"github.com/technoshare/commentator/internal/job"
)

// rung is how the shape of the answer is asked for, strictest first.
type rung int

const (
	rungBounded  rung = iota // json_schema, strings bounded
	rungPortable             // json_schema, keywords that OpenAI's strict mode takes
	rungObject               // json_object, schema in the prompt
	rungText                 // nothing but the prompt
)

// mode is the rung as it is recorded.
func (r rung) mode() string {
	switch r {
	case rungBounded, rungPortable:
		return ModeJSONSchema
	case rungObject:
		return ModeJSONObject
	}
	return ModeText
}

// form is everything in a request that servers and models differ in.
type form struct {
	rung             rung
	completionTokens bool // max_completion_tokens instead of max_tokens
	swapped          bool // it was tried the other way round
	noTemperature    bool // reasoning models take none
	noSeed           bool
}

// memory holds the form that the server is known to take.
// It is shared by all analyses of an analyst; the lock is held for a copy only.
type memory struct {
	mu   sync.Mutex
	form form
}

func (m *memory) get() form {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.form
}

func (m *memory) set(f form) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.form = f
}

// simpler returns the form to try after the server refused f, or false when the
// refusal is not about the form or nothing simpler is left. Each step leaves
// fewer, so the ladder ends after at most six: three rungs down, one swap of
// the limit's name, no temperature, no seed. There is no standard for such
// refusals; status and complaint are what servers were seen to send.
func (f form) simpler(status int, complaint string, sentTemperature, sentSeed bool) (form, bool) {
	c := strings.ToLower(complaint)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(c, w) {
				return true
			}
		}
		return false
	}
	// shape says that the complaint names the way in which the answer's form
	// was asked for.
	shape := has("response_format", "response format", "json_schema", "json_object", "json schema", "grammar", "structured output")
	// Only these statuses speak of the request's form; 404 and 500 do so on
	// some servers.
	switch status {
	case 400, 415, 422, 501:
	case 500, 404:
		// Some servers fail on a schema that they cannot compile.
		if !shape {
			return f, false
		}
	default:
		return f, false
	}
	unsupported := has("unsupported", "not support", "unrecognized", "unknown", "unexpected",
		"extra inputs", "not permitted", "not allowed", "instead", "does not exist")
	switch {
	// From the particular to the general: a complaint that names one parameter
	// must not cost the schema.
	case !f.swapped && unsupported && has("max_tokens", "max_completion_tokens"):
		f.completionTokens, f.swapped = !f.completionTokens, true
		return f, true
	case sentTemperature && !f.noTemperature && has("temperature"):
		f.noTemperature = true
		return f, true
	case sentSeed && !f.noSeed && has("seed"):
		f.noSeed = true
		return f, true
	// A refusal that names neither the form nor tokens, messages or model says
	// nothing; it is worth a try without the schema.
	case f.rung < rungText && (shape || has("schema", "strict") || !has("token", "messages", "model")):
		f.rung++
		return f, true
	}
	return f, false
}

// params writes the request in this form. Requests with the same settings, form
// and messages are equal byte by byte.
func (f form) params(cfg *OpenAIConfig, s *schemaSet, ms []job.ChatMessage) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{Model: cfg.Model}
	for _, m := range ms {
		switch m.Role {
		case "system":
			p.Messages = append(p.Messages, openai.SystemMessage(m.Content))
		case "assistant":
			p.Messages = append(p.Messages, openai.AssistantMessage(m.Content))
		default:
			p.Messages = append(p.Messages, openai.UserMessage(m.Content))
		}
	}
	// OpenAI's newer models refuse max_tokens, older servers know nothing else.
	if f.completionTokens {
		p.MaxCompletionTokens = param.NewOpt(int64(cfg.MaxTokens))
	} else {
		p.MaxTokens = param.NewOpt(int64(cfg.MaxTokens))
	}
	if cfg.Temperature != nil && !f.noTemperature {
		p.Temperature = param.NewOpt(*cfg.Temperature)
	}
	if cfg.Seed != nil && !f.noSeed {
		p.Seed = param.NewOpt(int64(*cfg.Seed))
	}
	switch f.rung {
	case rungBounded:
		p.ResponseFormat = schemaFormat(s.bounded)
	case rungPortable:
		p.ResponseFormat = schemaFormat(s.portable)
	case rungObject:
		p.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	}
	return p
}

func schemaFormat(schema []byte) (u openai.ChatCompletionNewParamsResponseFormatUnion) {
	u.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
		JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
			Name:   schemaName,
			Strict: param.NewOpt(true),
			Schema: rawJSON(schema),
		},
	}
	return u
}

// rawJSON is sent as it is, in the order in which it is written. A map would
// sort the keys, and constrained servers write the answer's properties in the
// schema's order.
type rawJSON []byte

func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// system is the system message in this form: where the server does not know the
// schema, the model is told it.
func (f form) system(prompt string, s *schemaSet) string {
	switch f.rung {
	case rungObject:
		return prompt + "\n\nThe object must fit this JSON schema:\n" + string(s.bounded)
	case rungText:
		return prompt + "\n\nYour whole answer is the JSON object: no text around it, no code fence. " +
			"It must fit this JSON schema:\n" + string(s.bounded)
	}
	return prompt
}
