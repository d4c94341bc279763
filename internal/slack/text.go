package slack

import (
	"net/url"
	"strings"
)

var (
	textUnescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	linkEncoder   = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C")
)

func unescapeText(s string) string { return textUnescaper.Replace(s) }

// linkTarget makes a URL harmless as the first half of a mrkdwn link.
func linkTarget(u string) string { return linkEncoder.Replace(u) }

// shortURL is a URL for people, without scheme and query.
func shortURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "a link"
	}
	s := strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.EscapedPath(), "/")
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:77], "") + "…"
	}
	return s
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
