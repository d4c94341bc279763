package slack

import (
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

// upperFirst begins a sentence with s, which begins with an ASCII letter if with any.
func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
