package analysis

import (
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// Names of models that differ from the rest in what they take, as requests
// carry them: with a vendor before a slash, with sizes and dates behind.
var (
	// The reasoning models of OpenAI take no temperature but their own, and
	// only max_completion_tokens (developers.openai.com, guide to reasoning).
	// gpt-5.1 and later do take one.
	reasoningModel = lazyregexp.New(`(?i)(^|/)(o[1-9]|gpt-5)(-(mini|nano|pro|preview))?(-20\d\d-\d\d-\d\d)?$`)
	openAIModel    = lazyregexp.New(`(?i)(^|/)openai/(gpt-\d|chatgpt|o[1-9])`)

	// The chat templates of Gemma 1 to 3 and of the first Mistrals have no
	// system role: they raise an exception, or put the text into the user's
	// message, as is done here. Google's API refuses it for Gemma 3.
	noSystemModel = lazyregexp.New(`(?i)gemma[-_: ]?([1-3]n?([^0-9]|$)|[27]b)|(mistral-7b|mixtral-8x7b)-instruct(-v0\.[12]\b|$)`)
	gemmaModel    = lazyregexp.New(`(?i)gemma`)

	// Structured output of Anthropic's models refuses minLength, maxLength and
	// maxItems, and takes a minItems of 0 or 1 only
	// (platform.claude.com, structured outputs).
	claudeModel = lazyregexp.New(`(?i)claude-`)
)

// knownForm is what is known of a server and a model before anybody asked
// them. Only what their vendors write down is here; the rest is learnt from
// refusals.
func knownForm(host, model string) form {
	var f form
	switch {
	case isOpenAI(host):
		f.Rung, f.CompletionTokens = rungPortable, true
	case strings.HasSuffix(host, ".openai.azure.com"), openAIModel.MatchString(model):
		f.Rung = rungPortable
	case host == "api.deepseek.com": // json_object only (api-docs.deepseek.com, JSON output)
		f.Rung = rungObject
	case claudeModel.MatchString(model):
		f.Rung = rungBare
	case host == "generativelanguage.googleapis.com" && gemmaModel.MatchString(model):
		f.Rung = rungText // "JSON mode is not enabled for models/gemma-3-27b-it"
	}
	if reasoningModel.MatchString(model) {
		f.CompletionTokens, f.NoTemperature = true, true
	}
	f.SystemInUser = noSystemModel.MatchString(model)
	return f
}
