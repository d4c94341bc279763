package slack

import (
	"net/url"
	"strings"
)

var (
	textUnescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	linkEncoder   = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C")
)

// unescapeText undoes Slack's escaping of the three characters that mrkdwn reserves.
func unescapeText(s string) string { return textUnescaper.Replace(s) }

// linkTarget makes a URL harmless as the first half of a mrkdwn link. The characters that
// would end the link are percent-encoded; only the ampersand is escaped the way Slack has it,
// which gives back the same address.
func linkTarget(u string) string { return linkEncoder.Replace(u) }

// shortURL is a URL for people, without scheme and query. It has at most 80 bytes and is not
// escaped yet.
func shortURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "a link"
	}
	s := strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.EscapedPath(), "/")
	// 77 bytes and the three of the ellipsis; a character that was cut in two is dropped.
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:77], "") + "…"
	}
	return s
}

// upperFirst begins a sentence with s, which begins with an ASCII letter if with any.
func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
