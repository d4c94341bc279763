package analysis

import (
	"fmt"
	"slices"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"

	"github.com/technoshare/commentator/internal/job"
)

// rung is how the shape of the answer is asked for, strictest first.
type rung int

const (
	rungBounded  rung = iota // json_schema, strings bounded
	rungPortable             // json_schema, keywords that OpenAI's strict mode takes
	rungBare                 // json_schema without any bounds, which Anthropic's models ask for
	rungObject               // json_object, schema in the prompt
	rungText                 // nothing but the prompt
)

// rungNames are the rungs as they are written to disk, in their order.
var rungNames = []string{"bounded", "portable", "bare", "object", "text"}

// MarshalText writes the rung's name.
func (r rung) MarshalText() ([]byte, error) { return []byte(rungNames[r]), nil }

// UnmarshalText reads what MarshalText wrote; other words are errors.
func (r *rung) UnmarshalText(b []byte) error {
	i := slices.Index(rungNames, string(b))
	if i < 0 {
		return fmt.Errorf("read form: no rung %q", b)
	}
	*r = rung(i)
	return nil
}

// mode is the rung as it is recorded.
func (r rung) mode() string {
	switch r {
	case rungBounded, rungPortable, rungBare:
		return ModeJSONSchema
	case rungObject:
		return ModeJSONObject
	}
	return ModeText
}

// streaming is what a request says about streaming. False is said aloud since
// some gateways stream to whoever says nothing.
type streaming string

const (
	streamNo     streaming = ""       // stream: false
	streamUnsaid streaming = "unsaid" // for a server that refuses the word
	streamYes    streaming = "yes"    // for a model that does nothing else
)

// form is everything in a request that servers and models differ in. It is
// kept on disk; a field's name there does not change its meaning.
type form struct {
	Rung             rung      `json:"rung"`
	CompletionTokens bool      `json:"max_completion_tokens,omitempty"` // instead of max_tokens
	NoTemperature    bool      `json:"no_temperature,omitempty"`        // reasoning models take none
	NoSeed           bool      `json:"no_seed,omitempty"`
	NoStrict         bool      `json:"no_strict,omitempty"`      // strict is left out of json_schema
	SystemInUser     bool      `json:"system_in_user,omitempty"` // the model has no system role
	Stream           streaming `json:"stream,omitempty"`
}

// plainest keeps of a form only what every server takes: messages, model, and
// the limit under the name that f gives it.
func (f form) plainest() form {
	p := form{
		Rung: rungText, CompletionTokens: f.CompletionTokens, NoTemperature: true, NoSeed: true, SystemInUser: true, Stream: streamUnsaid,
	}
	if f.Stream == streamYes {
		p.Stream = streamYes
	}
	return p
}

// params writes the request in this form. Requests with the same settings, form
// and messages are equal byte by byte. Settings that are no field of params are
// in the options.
func (f form) params(
	cfg *OpenAIConfig, s *schemaSet, ms []job.ChatMessage,
) (p openai.ChatCompletionNewParams, opts []option.RequestOption) {
	p.Model = cfg.Model
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
	if f.CompletionTokens {
		p.MaxCompletionTokens = param.NewOpt(int64(cfg.MaxTokens))
	} else {
		p.MaxTokens = param.NewOpt(int64(cfg.MaxTokens))
	}
	if cfg.Temperature != nil && !f.NoTemperature {
		p.Temperature = param.NewOpt(*cfg.Temperature)
	}
	if cfg.Seed != nil && !f.NoSeed {
		p.Seed = param.NewOpt(int64(*cfg.Seed))
	}
	switch f.Rung {
	case rungBounded:
		p.ResponseFormat = f.schemaFormat(s.name, s.bounded)
	case rungPortable:
		p.ResponseFormat = f.schemaFormat(s.name, s.portable)
	case rungBare:
		p.ResponseFormat = f.schemaFormat(s.name, s.bare)
	case rungObject:
		p.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	}
	switch f.Stream {
	case streamNo:
		opts = append(opts, option.WithJSONSet("stream", false))
	case streamYes:
		p.StreamOptions.IncludeUsage = param.NewOpt(true)
		opts = append(opts, option.WithJSONSet("stream", true))
	}
	return p, opts
}

func (f form) schemaFormat(name string, schema []byte) (u openai.ChatCompletionNewParamsResponseFormatUnion) {
	u.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
		JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: name, Schema: rawJSON(schema)},
	}
	if !f.NoStrict {
		u.OfJSONSchema.JSONSchema.Strict = param.NewOpt(true)
	}
	return u
}

// rawJSON is sent as it is, in the order in which it is written. A map would
// sort the keys, and constrained servers write the answer's properties in the
// schema's order.
type rawJSON []byte

func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// system is the instruction in this form: where the server does not know the
// schema, the model is told it.
func (f form) system(prompt string, s *schemaSet) string {
	switch f.Rung {
	case rungObject:
		return prompt + "\n\nThe object must fit this JSON schema:\n" + string(s.bounded)
	case rungText:
		return prompt + "\n\nYour whole answer is the JSON object: no text around it, no code fence. " +
			"It must fit this JSON schema:\n" + string(s.bounded)
	}
	return prompt
}

// messages are the instruction and the page, as the server takes them. A model
// without a system role gets both in one message of the user, as the chat
// templates of such models do it themselves.
func (f form) messages(system, page string) []job.ChatMessage {
	if f.SystemInUser {
		return []job.ChatMessage{{Role: "user", Content: system + "\n\n" + page}}
	}
	return []job.ChatMessage{{Role: "system", Content: system}, {Role: "user", Content: page}}
}
