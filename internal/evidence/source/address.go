package source

import (
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/address"
	"github.com/technoshare/commentator/internal/evidence/fetch"
)

// Parse reads a link that somebody shared as [fetch.Parse] does, but keeps its fragment, which
// says what on the page was meant. It is not sent to any server.
func Parse(raw string) (*url.URL, error) {
	u, err := fetch.Parse(raw)
	if err != nil {
		return nil, err
	}
	if whole, err := url.Parse(address.Mend(strings.TrimSpace(raw))); err == nil && u.Fragment == "" {
		u.Fragment, u.RawFragment = whole.Fragment, whole.RawFragment
	}
	return u, nil
}

// HostIs reports whether host is one of names, or, for a name that starts with a dot, that
// domain or a host below it. Names are lower-case; host may be in any case.
// HostIs("old.reddit.com", ".reddit.com") and HostIs("reddit.com", ".reddit.com") hold, and
// HostIs("notreddit.com", ".reddit.com") does not.
func HostIs(host string, names ...string) bool {
	host = strings.ToLower(host)
	for _, n := range names {
		if host == n || strings.HasPrefix(n, ".") && (host == n[1:] || strings.HasSuffix(host, n)) {
			return true
		}
	}
	return false
}

// Segments returns the non-empty parts of u's path. They are decoded, so a slash that was
// written %2F separates parts like any other.
func Segments(u *url.URL) []string {
	return strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' })
}

// Last returns the last of segments, "" when there is none.
func Last(segments []string) string {
	if len(segments) == 0 {
		return ""
	}
	return segments[len(segments)-1]
}

// IsNumber reports whether s is a decimal number that fits into 63 bits.
func IsNumber(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != "" && len(s) < 19
}

// EscapePath escapes each part of a slash-separated path. Slashes stay, so that a path within
// a repository remains one.
func EscapePath(p string) string {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}
