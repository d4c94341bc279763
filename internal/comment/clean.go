package comment

import (
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/address"
	"github.com/technoshare/commentator/internal/text"
)

// breaks are what ends a line, in the forms that Slack and terminals know.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n", "\t", " ")

// clean makes foreign text safe to show anywhere: valid UTF-8, no control
// characters but line breaks, nothing invisible, nothing that turns the
// direction of writing.
func clean(s string) string {
	return strings.TrimSpace(text.Strip(breaks.Replace(strings.ToValidUTF8(s, "\uFFFD"))))
}

// line is clean text on one line.
func line(s string) string { return text.OneLine(clean(s)) }

// maxURL is the longest address that is made a link; Slack refuses longer
// ones in some places.
const maxURL = 2000

// safeURL returns an address that may be a link, or nothing. Only http and
// https may, without user and password, which serve to hide the host; whatever
// could end the link's syntax in Slack, Markdown or HTML is percent-encoded. A
// host in letters of other scripts, which may look like another, is in its ASCII
// form. An address of more than maxURL bytes is no link.
func safeURL(raw string) string {
	raw = line(raw)
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	if u.Host, err = address.ASCIIHost(u); err != nil {
		return ""
	}
	var b strings.Builder
	// u.String has escaped spaces and most of these where they are not allowed
	// at all; what is left is allowed in addresses, but ends a link somewhere.
	for _, r := range u.String() {
		switch r {
		case '|':
			b.WriteString("%7C")
		case '<':
			b.WriteString("%3C")
		case '>':
			b.WriteString("%3E")
		case '"':
			b.WriteString("%22")
		case '\'':
			b.WriteString("%27")
		case '`':
			b.WriteString("%60")
		case '*':
			b.WriteString("%2A")
		case '(':
			b.WriteString("%28")
		case ')':
			b.WriteString("%29")
		case '\\':
			b.WriteString("%5C")
		case ' ':
			b.WriteString("%20")
		default:
			b.WriteRune(r)
		}
	}
	if b.Len() > maxURL {
		return ""
	}
	return b.String()
}

// shown is how an address is written, whose safe form is safe: as it is, unless its host would be taken for
// another.
func shown(link, safe string) string {
	u, err := url.Parse(link)
	if err != nil {
		return safe
	}
	if host, err := address.ASCIIHost(u); err != nil || host != u.Host {
		return safe
	}
	return link
}
