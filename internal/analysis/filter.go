package analysis

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// maxCategories bounds how many reasons of a filter an error names.
const maxCategories = 6

// filterNotice says which content filter stopped a request or an answer, in the
// words of whoever filters.
type filterNotice struct {
	name       string   // such as content_filter, SAFETY
	categories []string // such as "hate: high"; may be empty
}

func (n filterNotice) String() string {
	if len(n.categories) == 0 {
		return n.name
	}
	return n.name + "; " + strings.Join(n.categories, ", ")
}

// stoppedByFilter matches a finish reason. Beside OpenAI's word these are
// Google's, which its compatible API passes on in capitals, those of Bedrock,
// Anthropic, Mistral and Zhipu.
var stoppedByFilter = lazyregexp.New(`(?i)^(finish_reason_)?(content_?filter(ed)?(: ?\w+)?|content_policy(_violation)?|` +
	`(image_)?(safety|prohibited_content|recitation)|blocklist|spii|guardrails?(_intervened|_violation|_blocked)?|` +
	`refusal|sensitive|moderation|blocked|model_armor)$`)

// stoppedAtLimit matches a finish reason that means: too long. model_length is
// Mistral's, max_tokens Anthropic's and, in capitals, Google's.
var stoppedAtLimit = lazyregexp.New(`(?i)^(finish_reason_)?(length|max_(output_|completion_|new_)?tokens|model_length|` +
	`model_context_window_exceeded|token_limit)$`)

// brokeOff matches a finish reason of a server that failed in the middle.
var brokeOff = lazyregexp.New(`(?i)^(error|abort(ed)?|insufficient_system_resource|malformed_function_call|cancell?ed)$`)

// filterCode matches an error's code or type, filterWords its message: Azure,
// OpenAI, OpenRouter, LiteLLM, Google, Bedrock, Mistral, Alibaba, Zhipu,
// DeepSeek, Moonshot, xAI, Portkey and Cloudflare, as they document it or
// people report it (filter_test.go has their bodies).
var (
	filterCode = lazyregexp.New(`(?i)\b(content_?filter(ed)?|content_?policy_?violation(error)?|responsibleaipolicyviolation|` +
		`moderation_blocked|guardrails?_?(intervened|violation|blocked|raised)?(exception)?|data_?inspection_?failed|` +
		`\w*sensitive_?content_?detected|sensitive_words_detected|prohibited_content|safety_check\w*|hooks_failed|` +
		`prompt_blocked|content_?blocked)\b`)
	filterWords = lazyregexp.New(`(?i)content management policy|content[ _]filter(s|ed|ing)?\b|content (policy|moderation|safety)|` +
		`guardrails?|flagged (as|for|by)|requires moderation|` +
		`violat\w+ [^.]{0,40}(policy|policies|guidelines?|terms)\b|(harmful|unsafe) (content|prompts?|requests?)|model armor|` +
		`(prompt injection|jailbreak)( attempt| attack)? (was |has been )?detected|` +
		`content exists risk|safety (filters?|system|settings|check)|safety_check_type\w*|` +
		`blocked (by|due to) (the |our )?(safety|security|content|prompt|moderation|policy)|inappropriate content|` +
		`considered high[ -]risk|sensitive (content|information|words)|prohibited content|responsible ai|` +
		`不安全或敏感|敏感内容|内容安全`)
	// filterSetting is said of a filter that is set up wrongly, and has not
	// judged anything.
	filterSetting = lazyregexp.New(`(?i)(filter|guardrail|moderation|policy)\S* [^.]{0,60}(not (exist|found|support|configured)|` +
		`does not|doesn't|invalid|unsupported|unavailable|time[sd]? ?out|failed to (respond|connect|load))`)
)

// maxFilterWords bounds in how much of a complaint, in bytes, a filter is
// looked for: a server that quotes the page behind its own words must not be
// taken for one that judges it.
const maxFilterWords = 1000

// filterInError finds a content filter behind an error. Filters answer with
// 400, some with 403, 446 or, behind gateways, with 5xx; statuses that have a
// meaning of their own are left to it.
func filterInError(status int, body []byte) (filterNotice, bool) {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusNotFound, http.StatusTooManyRequests:
		return filterNotice{}, false
	}
	v := unlist(body)
	// The innermost code says most.
	codes := make([]string, 0, 6)
	for _, path := range []string{
		"error.innererror.code", "error.inner_error.code", "error.code", "error.type", "error.status", "code", "type",
		"error.metadata.error_type", "error.details.0.reason",
	} {
		codes = append(codes, v.Get(path).String())
	}
	notice := filterNotice{name: filterCode.FindString(strings.Join(codes, " "))}
	if notice.name == "" {
		words := text.Head(allWords(body), maxFilterWords)
		if filterSetting.MatchString(words) {
			return filterNotice{}, false
		}
		if notice.name = filterCode.FindString(words); notice.name == "" {
			notice.name = filterWords.FindString(words)
		}
	}
	if notice.name == "" {
		return filterNotice{}, false
	}
	notice.categories = filterCategories(v)
	return notice, true
}

// filterInAnswer finds a content filter behind a 200: by the finish reason, or,
// where there is no text, by what the server reports of its filters.
func filterInAnswer(v gjson.Result, finish string, empty bool) (filterNotice, bool) {
	if stoppedByFilter.MatchString(finish) {
		return filterNotice{name: finish, categories: filterCategories(v)}, true
	}
	if !empty {
		return filterNotice{}, false
	}
	if native := v.Get("choices.0.native_finish_reason").String(); stoppedByFilter.MatchString(native) {
		return filterNotice{name: native, categories: filterCategories(v)}, true
	}
	for _, path := range []string{"promptFeedback.blockReason", "prompt_feedback.block_reason", "amazon-bedrock-guardrailAction"} {
		if r := v.Get(path); r.Type == gjson.String && r.Str != "" && !strings.EqualFold(r.Str, "none") {
			return filterNotice{name: r.Str, categories: filterCategories(v)}, true
		}
	}
	if found := filterCategories(v); len(found) > 0 {
		return filterNotice{name: "content filter", categories: found}, true
	}
	return filterNotice{}, false
}

// categoryPaths lead to what filters say of each category: Azure's objects of
// filtered, detected and severity, Google's lists of ratings, OpenRouter's list
// of reasons.
var categoryPaths = []string{
	"error.innererror.content_filter_result", "error.innererror.content_filter_results",
	"error.content_filter_result", "error.content_filter_results",
	"choices.0.content_filter_results", "choices.0.content_filter_result", "prompt_filter_results.0.content_filter_results",
	"promptFeedback.safetyRatings", "prompt_feedback.safety_ratings", "choices.0.safety_ratings", "choices.0.safetyRatings",
	"error.metadata.reasons", "error.metadata.flagged_categories", "error.categories", "innererror.content_filter_result",
}

// filterCategories lists the categories for which a filter has struck, with how
// badly where that is said.
func filterCategories(v gjson.Result) []string {
	var out []string
	add := func(name, degree string) {
		if degree = strings.ToLower(degree); degree != "" {
			name += ": " + degree
		}
		if len(out) < maxCategories && name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, path := range categoryPaths {
		v.Get(path).ForEach(func(name, c gjson.Result) bool {
			switch {
			case c.Type == gjson.String: // a list of reasons
				add(c.Str, "")
			case c.Get("filtered").Bool() || c.Get("detected").Bool() && !c.Get("filtered").Exists():
				add(name.String(), c.Get("severity").String())
			case c.Get("blocked").Bool(), c.Get("probability").String() == "HIGH":
				add(c.Get("category").String(), c.Get("probability").String())
			}
			return len(out) < maxCategories
		})
	}
	return out
}

// filtered is the error for a filter's word. stopped says what it stopped: the
// request or the answer.
func (a *openAIAnalyst) filtered(n filterNotice, stopped string, status int) *Error {
	what := fmt.Sprintf("a content filter of model %s at %s stopped the %s (%s)", a.cfg.Model, a.shown, stopped, a.scrub(n.String()))
	return &Error{
		Kind: KindFiltered, Status: status, What: what,
		Hint: "this page cannot be commented on with this model; try another MODEL, or a milder filter where it is yours",
	}
}
