package text

import (
	"regexp"
	"strings"
)

// addressRunes are the characters that an address in prose is made of, as
// people write it: all but white space and what encloses an address. Letters of
// any script are among them, since people copy addresses from the browser's bar
// unescaped.
const addressRunes = `[^\s<>"'|\\^` + "`" + `{}\[\]“”]+`

var (
	// webAddress is what may become a link. anyAddress is what must not pass
	// unseen: whatever has a scheme ("ftp://…", "javascript:…"), and www.
	// without one.
	webAddress = regexp.MustCompile(`https?://` + addressRunes)
	anyAddress = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.|mailto:|javascript:|data:)` + addressRunes)
)

// FindURL returns the place of the first http or https address in s, without the
// punctuation that follows it, or ok false.
func FindURL(s string) (start, end int, ok bool) {
	at := webAddress.FindStringIndex(s)
	if at == nil {
		return 0, 0, false
	}
	return at[0], at[0] + len(TrimURL(s[at[0]:at[1]])), true
}

// Addresses lists the addresses in s that have a scheme, whichever it is, or
// begin with www., in their order, without the punctuation that follows them.
func Addresses(s string) []string {
	var all []string
	for line := range strings.SplitSeq(s, "\n") { // no address goes over one
		if !mayAddress(line) {
			continue
		}
		for _, a := range anyAddress.FindAllString(line, -1) {
			all = append(all, TrimURL(a))
		}
	}
	return all
}

// mayAddress reports whether s may have what [anyAddress] finds; a no is certain
// and takes a tenth of the time.
func mayAddress(s string) bool {
	if strings.IndexByte(s, ':') >= 0 {
		return true
	}
	for from := 0; ; {
		i := strings.IndexByte(s[from:], '.')
		if i < 0 {
			return false
		}
		if at := from + i; at >= 3 && strings.EqualFold(s[at-3:at], "www") {
			return true
		}
		from += i + 1
	}
}

// WithoutAddresses returns s with a space in the place of each address that
// [Addresses] finds, so that their letters and digits are not read as words.
func WithoutAddresses(s string) string {
	if !mayAddress(s) {
		return s
	}
	return anyAddress.ReplaceAllString(s, " ")
}

// TrimURL returns an address found in prose without the punctuation behind it. A
// closing bracket stays when the address has the opening one, as those of
// Wikipedia often do.
// "(see https://en.wikipedia.org/wiki/Go_(game))." gives up its full stop and
// its last bracket. Quotation marks and stars of Markdown are punctuation as
// well.
func TrimURL(s string) string {
	s = strings.TrimRight(s, ".,;:!?*_'’")
	for strings.HasSuffix(s, ")") && strings.Count(s, ")") > strings.Count(s, "(") {
		s = strings.TrimRight(s[:len(s)-1], ".,;:!?*_")
	}
	return s
}
