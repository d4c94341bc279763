package datasets

import "github.com/technoshare/commentator/internal/lazyregexp"

// People and places in what people write. Slack's own marks go first: they hold ids and names.
var (
	mention = lazyregexp.New(`<@[^>\s]*[^>]*>`)
	channel = lazyregexp.New(`<#[^>]*>`)
	group   = lazyregexp.New(`<!subteam[^>]*>`)
	address = lazyregexp.New(`(?:<mailto:[^>|]*\|)?[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+>?`)
	// id is one of Slack's, of a person, bot, channel, team, app, file or group: 9 or more
	// capitals and digits, of which one is a digit.
	id        = lazyregexp.New(`\b[UWBCDGTAFS][A-Z0-9]{8,}\b`)
	hasDigit  = lazyregexp.New(`[0-9]`)
	atName    = lazyregexp.New(`(^|[\s(])@[\p{L}\p{N}][\p{L}\p{N}._\-]*`)
	permalink = lazyregexp.New(`https://[A-Za-z0-9\-]+\.slack\.com/[^\s>|]*`)
)

// Scrub takes out of a text what names people and places in Slack: mentions, channels, ids,
// links to messages, and e-mail addresses. A name that is written like any other word stays.
func Scrub(text string) string {
	text = permalink.ReplaceAllString(text, "[message]")
	text = mention.ReplaceAllString(text, "[person]")
	text = group.ReplaceAllString(text, "[people]")
	text = channel.ReplaceAllString(text, "[channel]")
	text = address.ReplaceAllString(text, "[e-mail]")
	text = atName.ReplaceAllString(text, "$1[person]")
	return id.ReplaceAllStringFunc(text, func(s string) string {
		if hasDigit.MatchString(s) {
			return "[id]"
		}
		return s
	})
}

// scrubbed is a value of JSON with all its texts scrubbed.
func scrubbed(v any) any {
	switch v := v.(type) {
	case string:
		return Scrub(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = scrubbed(v[i])
		}
		return out
	case []string:
		out := make([]any, len(v))
		for i := range v {
			out[i] = Scrub(v[i])
		}
		return out
	case map[string]any:
		if v == nil {
			return v
		}
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = scrubbed(v[k])
		}
		return out
	}
	return v
}
