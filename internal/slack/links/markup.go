package links

import (
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

var (
	// codeBlock matches code in three backquotes, over several lines, or in one, within a line;
	// token what stands in angle brackets (also <@U123> and <!here>) or a bare address up to a
	// space, bracket or pipe; otherScheme the beginning of an address that is not for the web.
	codeBlock   = lazyregexp.New("(?s)```.*?```|`[^`\n]*`")
	token       = lazyregexp.New(`<([^<>]*)>|(?i:https?)://[^\s<>"|。，、；：！？（）【】「」『』《》“”]+`)
	unescaper   = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	isHTTPLink  = lazyregexp.New(`^(?i:https?)://`)
	otherScheme = lazyregexp.New(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
	contact     = lazyregexp.New(`^(?i:mailto|tel|sms):`)
)

// maxText bounds a text that is read, in bytes. Slack cuts texts at 40,000 characters.
const maxText = 160 << 10

// mrkdwn reads Slack's markup: <url>, <url|label>, and a link behind a date. Apps may also send
// bare addresses, which Slack's own clients never do, and texts without markup may hold them.
func (s *scan) mrkdwn(text string) {
	text = text[:min(len(text), maxText)]
	for _, code := range codeBlock.FindAllString(text, -1) {
		for _, m := range token.FindAllStringSubmatch(code, -1) {
			if u := addressIn(m); isHTTPLink.MatchString(u) {
				s.add(unescape(u), inCode)
			}
		}
	}
	for _, m := range token.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, " "), -1) {
		// Writing to somebody is no page, and nobody expects an answer to it.
		if u := addressIn(m); isHTTPLink.MatchString(u) || otherScheme.MatchString(u) && !contact.MatchString(u) {
			s.add(unescape(u), "")
		}
	}
}

// addressIn is the address in a match of token. Of a bare one the punctuation at its end belongs
// to the sentence, but for a bracket that closes one within the address, as in Wikipedia's
// …/Go_(game). A date is <!date^1392734382^{date}^https://a.example|yesterday>, the link being
// optional (docs.slack.dev/messaging/formatting-message-text).
func addressIn(m []string) string {
	if m[1] == "" {
		u := strings.TrimRight(m[0], ".,;:!?'*_~)]}。，、；：！？）】」』》’”…")
		if strings.Contains(u, "(") && strings.HasPrefix(m[0][len(u):], ")") {
			u += ")"
		}
		return u
	}
	u, _, _ := strings.Cut(m[1], "|")
	if date, ok := strings.CutPrefix(u, "!date^"); ok {
		if parts := strings.SplitN(date, "^", 3); len(parts) == 3 {
			return parts[2]
		}
	}
	return u
}

// markdownLink matches a picture, [label](https://a.example/x_(y) "title") or a bare address, in
// standard Markdown. Brackets in an address come in pairs, as CommonMark has it.
var markdownLink = lazyregexp.New(`(!?)\[[^\[\]\n]*\]\(\s*<?((?i:https?)://[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)` +
	`|(?i:https?)://[^\s<>"|\]]+`)

// markdown reads a markdown block, which holds standard Markdown rather than Slack's markup
// (docs.slack.dev/reference/block-kit/blocks/markdown-block). Addresses of references stand in
// their definitions and are found there.
func (s *scan) markdown(src string) {
	src = src[:min(len(src), maxText)]
	for _, m := range markdownLink.FindAllStringSubmatch(codeBlock.ReplaceAllString(src, " "), -1) {
		switch {
		case m[2] == "":
			s.add(unescape(addressIn([]string{m[0], ""})), "")
		case m[1] == "": // a picture is no link
			s.add(unescape(m[2]), "")
		}
	}
}

// unescape undoes Slack's escaping of the three characters it reserves.
func unescape(s string) string { return unescaper.Replace(s) }
