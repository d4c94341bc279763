package analysis

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/tidwall/gjson"
)

var (
	errNoChoice      = errors.New("no choice in the answer")
	errNoCompletion  = errors.New("not a chat completion")
	errInsideSuccess = errors.New("an error with status 200")
)

// completion is what the first choice of an answer says, whichever of the
// shapes of Chat Completions it comes in. The client's own types are not used:
// they know a content that is one text, and lose all others.
type completion struct {
	id, model string

	// content is the text that was written for the reader, refusal that of a
	// model that declined, reasoning what it thought before.
	content, refusal, reasoning string

	finish string // as the server words it

	hasUsage                                                                bool
	inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasonTokens int // as Usage of otel/genai/prices counts them

	tier string // of the service that answered

	filter   filterNotice // of a filter that stopped the answer
	filtered bool
}

// readCompletion reads the body of a 200. errInsideSuccess stands for an error
// in place of an answer, which explain reads.
func readCompletion(body []byte) (*completion, error) {
	v := unlist(body)
	if !json.Valid(body) || !v.IsObject() {
		return nil, errNoCompletion
	}
	choice := v.Get("choices.0")
	if e := v.Get("error"); e.Exists() && e.Type != gjson.Null && e.Raw != `""` && !choice.Get("message").Exists() {
		return nil, errInsideSuccess
	}
	c := &completion{id: v.Get("id").String(), model: v.Get("model").String(), finish: choice.Get("finish_reason").String()}
	if c.finish == "" {
		c.finish = choice.Get("finishReason").String()
	}
	c.tier = v.Get("service_tier").String()
	c.readUsage(v.Get("usage"))
	m := choice.Get("message")
	c.content, c.refusal = partsText(m.Get("content"))
	if r := m.Get("refusal"); r.Type == gjson.String && r.Str != "" {
		c.refusal = r.Str
	}
	for _, key := range []string{"reasoning_content", "reasoning"} {
		if r := m.Get(key); c.reasoning == "" && r.Type == gjson.String {
			c.reasoning = r.Str
		}
	}
	if strings.TrimSpace(c.content) == "" {
		c.content = insteadOfContent(choice)
	}
	empty := strings.TrimSpace(c.content) == ""
	if c.filter, c.filtered = filterInAnswer(v, c.finish, empty && c.refusal == ""); c.filtered {
		return c, nil
	}
	if !choice.Exists() {
		if v.Get("choices").Exists() {
			return nil, errNoChoice
		}
		return nil, errNoCompletion
	}
	return c, nil
}

// partsText reads a content, which is a text, or a list of parts of which the
// texts are joined: Mistral's models that reason put their thoughts, their
// sources and their answer into parts of one list. Parts of all other types are
// no text of the answer. A content that is the very object asked for, which
// some gateways take apart, is written as JSON again.
func partsText(v gjson.Result) (content, refusal string) {
	switch {
	case v.Type == gjson.String:
		return v.Str, ""
	case v.IsObject():
		if v.Get("type").Exists() || v.Get("text").Exists() {
			return partText(v)
		}
		return v.Raw, ""
	}
	var text, declined strings.Builder
	v.ForEach(func(_, p gjson.Result) bool {
		t, r := partText(p)
		text.WriteString(t)
		declined.WriteString(r)
		return true
	})
	return text.String(), declined.String()
}

// partText is the text of one part of a content.
func partText(p gjson.Result) (text, refusal string) {
	if p.Type == gjson.String {
		return p.Str, ""
	}
	switch p.Get("type").String() {
	case "", "text", "output_text":
		if t := p.Get("text"); t.Type == gjson.String {
			return t.Str, ""
		}
		return p.Get("text.value").String(), "" // of the Assistants API
	case "refusal":
		return "", p.Get("refusal").String()
	case "json", "output_json":
		return p.Get("json").Raw, ""
	}
	return "", ""
}

// insteadOfContent finds the answer of a choice whose content is empty: parsed
// by the server, in the arguments of a call (some gateways ask for structured
// output by way of a tool), or as servers before Chat Completions wrote it.
func insteadOfContent(choice gjson.Result) string {
	for _, path := range []string{
		"message.parsed", "message.tool_calls.0.function.arguments", "message.function_call.arguments", "message.tool_calls.0.arguments", "text",
	} {
		switch r := choice.Get(path); {
		case r.IsObject():
			return r.Raw
		case r.Type == gjson.String && strings.TrimSpace(r.Str) != "":
			return r.Str
		}
	}
	return ""
}

// maxTokens is more than any call uses; the largest contexts have some ten million.
const maxTokens = 1e8

// readUsage takes the counts under the names of OpenAI, or of Anthropic, which
// some gateways leave as they are. Of a call that more is said of than there can be, nothing is known.
func (c *completion) readUsage(u gjson.Result) {
	odd := false
	first := func(paths ...string) int {
		for _, p := range paths {
			if r := u.Get(p); r.Type == gjson.Number {
				odd = odd || r.Num > maxTokens
				return int(min(max(r.Num, 0), maxTokens))
			}
		}
		return 0
	}
	c.inputTokens = first("prompt_tokens", "input_tokens")
	c.outputTokens = first("completion_tokens", "output_tokens")
	c.cachedTokens = first("prompt_tokens_details.cached_tokens", "prompt_cache_hit_tokens") // the latter is DeepSeek's
	c.cacheWriteTokens = first("prompt_tokens_details.cache_write_tokens", "input_tokens_details.cache_write_tokens")
	c.reasonTokens = first("completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens")
	if c.reasonTokens > 0 && first("total_tokens") == c.inputTokens+c.outputTokens+c.reasonTokens {
		c.outputTokens += c.reasonTokens // which xAI counts beside the answer
	}
	c.hasUsage = !odd && (u.Get("prompt_tokens").Type == gjson.Number || u.Get("completion_tokens").Type == gjson.Number ||
		u.Get("input_tokens").Type == gjson.Number)
}

// failedGeneration is the answer that Groq's server found to be no valid JSON,
// and returns within its error of status 400: it was generated, and may be
// mended.
func failedGeneration(body []byte) (*completion, bool) {
	e := gjson.GetBytes(body, "error")
	text := e.Get("failed_generation")
	if e.Get("code").String() != "json_validate_failed" || strings.TrimSpace(text.String()) == "" {
		return nil, false
	}
	return &completion{content: text.String()}, true
}
