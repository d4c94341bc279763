package address

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// maxWraps bounds redirectors inside redirectors. Mail that is forwarded between companies
// collects some; more is a loop.
const maxWraps = 6

// Unwrap returns where u leads when it is the address of a redirector that says so itself, and
// nil for all others. A redirector inside a redirector is unwrapped too. The goal is http or
// https with a host; whether it may be fetched is not judged here. u is not changed.
func Unwrap(u *url.URL) *url.URL {
	var goal *url.URL
	for range maxWraps {
		next := once(u)
		if next == nil {
			break
		}
		goal, u = next, next
	}
	return goal
}

// once unwraps one redirector: by its host, by the domains above it, by the company it is of.
func once(u *url.URL) *url.URL {
	host := strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), "www.")
	path := u.EscapedPath()
	for _, known := range []map[string][]wrapper{wrappers, insideWrappers} {
		if goal := first(known[host], u, path); goal != nil {
			return goal
		}
	}
	// eur01.safelinks.protection.outlook.com, safelinks.protection.outlook.com, …
	for h, more := host, true; more; _, h, more = strings.Cut(h, ".") {
		if goal := first(wrappers["."+h], u, path); goal != nil {
			return goal
		}
	}
	for _, sites := range [][]siteWrapper{siteWrappers, insideSites} {
		for _, s := range sites {
			if !s.host.MatchString(host) {
				continue
			}
			if goal := first(s.all, u, path); goal != nil {
				return goal
			}
		}
	}
	return nil
}

// first is where u leads by the first of several wrappers that it is one of.
func first(all []wrapper, u *url.URL, path string) *url.URL {
	for _, w := range all {
		if goal := w.goal(u, path); goal != nil {
			return goal
		}
	}
	return nil
}

// wrapper says how the address of a redirector holds its goal.
type wrapper struct {
	// path is what the path must be, but for a slash at its end; with a star at its end what it
	// must begin with. "" is any path.
	path string
	// params are the parameters that may hold the goal; of them the first that does counts.
	params string
	// read takes the goal out of the address where no parameter holds it as it is. It returns
	// "" when it finds none.
	read func(u *url.URL) string
}

// goal is where u leads, nil if it is none of this wrapper's.
func (w wrapper) goal(u *url.URL, path string) *url.URL {
	switch prefix, open := strings.CutSuffix(w.path, "*"); {
	case w.path == "":
	case open && !strings.HasPrefix(path, prefix):
		return nil
	case !open && strings.TrimSuffix(path, "/") != w.path:
		return nil
	}
	if w.read != nil {
		return parse(w.read(u))
	}
	for _, name := range strings.Fields(w.params) {
		if goal := parse(param(u, name)); goal != nil {
			return goal
		}
	}
	return nil
}

// opaque matches an address that was escaped once more than needed, and www one without its
// scheme.
var (
	opaque = lazyregexp.New(`^(?i)https?%3a`)
	www    = lazyregexp.New(`^(?i)www\.[a-z0-9-]`)
)

// parse reads a goal; nil for what is no address of the web.
func parse(s string) *url.URL {
	s = strings.TrimSpace(s)
	if opaque.MatchString(s) {
		s = unescape(s)
	}
	switch {
	case strings.HasPrefix(s, "//"):
		s = "https:" + s
	case www.MatchString(s):
		s = "http://" + s
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil
	}
	u, err := url.Parse(Mend(strings.ReplaceAll(s, " ", "%20")))
	if err != nil {
		return nil
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" || !strings.ContainsAny(u.Hostname(), ".:") {
		return nil
	}
	return u
}

// param is the first value of a parameter, "" for none. It is read as leniently as servers do:
// what is no escape stays, and a semicolon separates nothing.
func param(u *url.URL, name string) string {
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		key, value, _ := strings.Cut(part, "=")
		if strings.EqualFold(unescape(key), name) {
			return unescape(value)
		}
	}
	return ""
}

// unescape undoes escaping in a query; what is no escape stays.
func unescape(s string) string {
	out, err := url.QueryUnescape(s)
	if err != nil {
		out, err = url.QueryUnescape(escapeBare(s))
	}
	if err != nil {
		return s
	}
	return out
}

// rawQuery is a goal that is the whole query, as in https://href.li/?https://a.example/?b=c.
func rawQuery(u *url.URL) string {
	s := u.RawQuery
	if u.Fragment != "" {
		s += "#" + u.EscapedFragment()
	}
	return s
}

// restOfPath is a goal that is the rest of the path, escaped whole, in part or not at all.
func restOfPath(u *url.URL) string {
	_, goal, ok := strings.Cut(u.EscapedPath(), "/http")
	if !ok {
		return ""
	}
	return withQuery("http"+goal, u)
}

// base64Of decodes base64 in any of its alphabets, with and without padding; "" for what is none.
func base64Of(s string) string {
	s = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_", " ", "-").Replace(s), "=")
	out, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(out)
}
