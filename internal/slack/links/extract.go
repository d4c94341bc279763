package links

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Extract returns the links of a message: those of its rich_text blocks if it has any such
// block, else those of its text. Links in code are not meant to be followed and are left out,
// as are links into Slack itself. Clients send both, and the text is made of the blocks; only
// in the blocks is it certain what is a link and what is code. Messages of older clients and
// of apps may have text only.
func Extract(blocks json.RawMessage, text string) []Link {
	raw, ok := fromBlocks(blocks)
	if !ok {
		raw = fromText(text)
	}
	return Parse(raw...)
}

// Parse cleans links and drops those that can't be fetched and repetitions. Two spellings of
// one link are a repetition; the first one stays. The result is nil for none.
func Parse(raw ...string) []Link {
	var out []Link
	seen := map[string]bool{}
	for _, r := range raw {
		l, err := New(r)
		if err != nil || seen[l.Canonical] || insideSlack(l) {
			continue
		}
		seen[l.Canonical] = true
		out = append(out, l)
	}
	return out
}

// insideSlack reports whether the link leads to a message, file or screen of Slack, which
// nobody without an account can read. slack.com/blog is a page like any other,
// team.slack.com/archives/… is not.
func insideSlack(l Link) bool {
	if l.Domain == "app.slack.com" || l.Domain == "files.slack.com" || l.Domain == "slack-files.com" {
		return true
	}
	if l.Domain != "slack.com" && !strings.HasSuffix(l.Domain, ".slack.com") {
		return false
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(l.Canonical, "https://"), "/")
	for _, p := range []string{"archives/", "files/", "shortcuts/", "team/", "docs/"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// element is what blocks and the elements inside them have in common. All kinds are read into
// this one type: what a kind does not have stays empty.
type element struct {
	Type     string            `json:"type"`
	URL      string            `json:"url"`
	Elements []json.RawMessage `json:"elements"`
	Style    json.RawMessage   `json:"style"` // an object, or "bullet" and "ordered" on lists
}

// maxDepth of rich_text is 4 in Slack; more is an attack.
const maxDepth = 16

// fromBlocks reads rich_text blocks; ok is false when a message has none.
func fromBlocks(blocks json.RawMessage) (urls []string, ok bool) {
	var list []json.RawMessage
	if json.Unmarshal(blocks, &list) != nil {
		return nil, false
	}
	for _, raw := range list {
		var e element
		if json.Unmarshal(raw, &e) == nil && e.Type == "rich_text" {
			ok = true
			urls = walk(e, urls, 0)
		}
	}
	return urls, ok
}

// walk collects the links of an element and those in it, but for code.
func walk(e element, urls []string, depth int) []string {
	if depth > maxDepth || e.Type == "rich_text_preformatted" {
		return urls
	}
	if e.Type == "link" && e.URL != "" {
		var style struct {
			Code bool `json:"code"`
		}
		_ = json.Unmarshal(e.Style, &style) // no style, or that of a list
		if !style.Code {
			urls = append(urls, unescape(e.URL))
		}
	}
	for _, raw := range e.Elements {
		var inner element
		if json.Unmarshal(raw, &inner) == nil {
			urls = walk(inner, urls, depth+1)
		}
	}
	return urls
}

var (
	// codeBlock matches code in three backquotes, over several lines, or in one, within a line;
	// token what stands in angle brackets (also <@U123> and <!here>) or a bare address up to a
	// space, bracket or pipe.
	codeBlock  = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	token      = regexp.MustCompile(`<([^<>]*)>|https?://[^\s<>"|]+`)
	unescaper  = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	isHTTPLink = regexp.MustCompile(`^(?i:https?)://`)
)

// fromText reads mrkdwn: <url>, <url|label>. Apps may also send bare URLs, which Slack's own
// clients never do. Of a bare address the punctuation at its end belongs to the sentence, but
// for a bracket that closes one within the address.
func fromText(text string) []string {
	var urls []string
	for _, m := range token.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, " "), -1) {
		u, _, _ := strings.Cut(m[1], "|")
		if m[1] == "" {
			u = strings.TrimRight(m[0], ".,;:!?'*_~)]}")
			if strings.Contains(u, "(") && strings.HasPrefix(m[0][len(u):], ")") {
				u += ")" // as in Wikipedia's …/Go_(game)
			}
		}
		if isHTTPLink.MatchString(u) {
			urls = append(urls, unescape(u))
		}
	}
	return urls
}

// unescape undoes Slack's escaping of the three characters it reserves.
func unescape(s string) string { return unescaper.Replace(s) }
