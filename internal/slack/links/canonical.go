package links

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"github.com/technoshare/commentator/internal/address"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// Link is one link of a message. URL and Canonical differ: the former is fetched and shown and
// keeps what a server may insist on, the latter only decides what is the same link.
type Link struct {
	URL       string // to fetch
	Canonical string // to compare
	Domain    string // host without www., for mutes and rules
	// Quoted is set when the link stands only in another message that the preview of a link to
	// it quotes. Such a preview comes and goes without anybody editing the message.
	Quoted bool
}

// maxURL bounds a link, in bytes; Slack cuts messages at 40,000 characters. Servers refuse
// addresses of more than about that; what is longer holds data rather than a place.
const maxURL = 8 << 10

// New cleans a link as it stands in a message. It unwraps redirectors and drops tracking
// parameters. The fragment stays in the address to fetch, as it may name a comment or lines:
//
//	https://www.google.com/url?q=https://a.b/c%3Futm_source%3Dx%23d  →  https://a.b/c#d
//
// It asks nobody: what a link shortener leads to is found out when the page is fetched.
// A link that New returns, it returns as it is.
func New(raw string) (Link, error) {
	l, err := cleaned(raw)
	// What is taken out may leave another thing to take out.
	for range maxRounds {
		if err != nil {
			return Link{}, err
		}
		again, errAgain := cleaned(l.URL)
		if errAgain == nil && again == l {
			return l, nil
		}
		l, err = again, errAgain
	}
	return Link{}, errors.New("a link that leads to another in ever new ways")
}

// maxRounds is how often a link is cleaned of what the last time has brought to light.
const maxRounds = 8

// cleaned is a link cleaned once.
func cleaned(raw string) (Link, error) {
	u, err := parse(raw)
	if err != nil {
		return Link{}, err
	}
	if goal := address.Unwrap(u); goal != nil {
		// A goal that is not taken, such as a host of the house, leaves the redirector: fetched, it
		// says itself where it leads.
		if inner, err := parse(goal.String()); err == nil {
			u = inner
		}
	}
	u.RawQuery = withoutTracking(u)
	setFragment(u)
	return Link{URL: u.String(), Canonical: canonical(*u), Domain: strings.TrimPrefix(u.Hostname(), "www.")}, nil
}

// viewed matches what browsers show as the address of a page whose source, or of a PDF that an
// extension, shows, and of a feed.
var viewed = lazyregexp.New(`^(?:view-source:|feed:|chrome-extension://[a-p]{32}/)((?i:https?)://.+)$`)

// parse reads an address that can be fetched: http or https, with a host in ASCII, without
// user and password. Its errors are shown to people. A host in other scripts becomes its ASCII
// form, xn--…; one that IDNA refuses, as with an underscore, stays as it is. The default port
// and the dot of a fully qualified name go.
func parse(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if m := viewed.FindStringSubmatch(raw); m != nil {
		raw = m[1]
	}
	if len(raw) > maxURL {
		return nil, fmt.Errorf("a link of %d bytes is longer than the %d that are read", len(raw), maxURL)
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, errors.New("a link with spaces or control characters")
	}
	u, err := url.Parse(address.Mend(raw))
	if err != nil {
		return nil, errors.New("a link that can't be read")
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" {
		return nil, fmt.Errorf("a link of the kind %q", u.Scheme)
	}
	// IDNA has stops of other scripts, so that there may be one at the end only now.
	host := strings.ToLower(strings.TrimRight(u.Hostname(), "."))
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = strings.TrimRight(ascii, ".")
	}
	if host == "" || host[0] == '.' || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return nil, errors.New("a link without a host")
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" && !(u.Scheme == "http" && p == "80" || u.Scheme == "https" && p == "443") {
		host += ":" + p
	}
	u.Host, u.User = host, nil
	return u, nil
}

// setFragment takes out of a fragment what is for the browser alone: text to mark, behind :~:
// (wicg.github.io/scroll-to-text-fragment), and campaigns, as in #Echobox=1.
func setFragment(u *url.URL) {
	f, _, cut := strings.Cut(u.EscapedFragment(), ":~:")
	name, _, pair := strings.Cut(f, "=")
	if pair && text.Tracking(u.Hostname(), name) {
		f, cut = "", true
	}
	if !cut {
		return
	}
	u.Fragment, u.RawFragment = "", ""
	if plain, err := url.PathUnescape(f); err == nil && f != "" {
		u.Fragment, u.RawFragment = plain, f
	}
}

// withoutTracking is the query without tracking parameters. What stays is left
// byte for byte as it was: signatures may cover it.
func withoutTracking(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	var keep []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		if n, err := url.QueryUnescape(name); err == nil {
			name = n
		}
		if part != "" && (!text.Tracking(u.Hostname(), name) || selects(u.Hostname(), part)) {
			keep = append(keep, part)
		}
	}
	return strings.Join(keep, "&")
}

// selects reports whether a parameter that mostly does nothing has a value that counts: of the
// tabs of a profile on GitHub each is a page, while that of a README or a licence is the page of
// its repository.
func selects(host, part string) bool {
	tab, ok := strings.CutPrefix(part, "tab=")
	return ok && strings.TrimPrefix(host, "www.") == "github.com" && !strings.HasSuffix(tab, "-ov-file") && !strings.HasPrefix(tab, "readme")
}

// canonical is the form in which links are compared. It need not be fetchable. It makes http
// and https, www, mobile and AMP hosts, the order of parameters, encoding and a slash at the
// end the same. u is a copy, which it changes.
func canonical(u url.URL) string {
	u.Scheme = "https"
	host := u.Hostname()
	for _, prefix := range []string{"www.", "m.", "mobile.", "amp."} {
		// Not m.com: a prefix is one only before a domain that has a dot itself.
		if rest, ok := strings.CutPrefix(host, prefix); ok && strings.Contains(rest, ".") {
			host = rest
			break
		}
	}
	if lang, ok := strings.CutSuffix(host, ".m.wikipedia.org"); ok {
		host = lang + ".wikipedia.org"
	}
	if port := u.Port(); port != "" && port != "80" {
		host += ":" + port
	}
	p := withoutAMP(strings.TrimRight(normalPath(u.EscapedPath()), "/"))
	q := slices.DeleteFunc(strings.Split(u.RawQuery, "&"), func(part string) bool { return ampQuery.MatchString(part) })
	slices.Sort(q)
	query := strings.Trim(strings.Join(q, "&"), "&")
	host, p, query = site(host, p, query)
	if host == "news.ycombinator.com" && p == "/item" && digits.MatchString(u.Fragment) {
		query, u.Fragment, u.RawFragment = "id="+u.Fragment, "", "" // "context" of a comment, which is read
	}
	out := "https://" + host + p
	if query != "" {
		out += "?" + query
	}
	if tells(host, u.Fragment) {
		out += "#" + u.EscapedFragment()
	}
	return out
}

// ampQuery matches the parameters by which sites show the AMP form of a page, and ampPath what
// stands in paths for it, behind a part that is an article's: one of several words, a date or a
// number. /docs/amp is a page about AMP.
var (
	ampQuery = lazyregexp.New(`^(?i:amp(?:=1|=true)?|outputtype=amp|output=amp)$`)
	ampPath  = lazyregexp.New(`^(/.*(?:[\w%]+-[\w%]+-[\w%-]+|\d{4,}|\.html?))(?:/amp|\.amp)$`)
)

// withoutAMP is the path of a page whose AMP form is at p.
func withoutAMP(p string) string {
	if m := ampPath.FindStringSubmatch(p); m != nil {
		return m[1]
	}
	return p
}

var (
	// Paths as they stand behind the hosts of site. videoPath matches /shorts/dQw4w9WgXcQ;
	// arxivPath /abs/2301.12345v2, /pdf/2301.12345.pdf and the old /abs/math.GT/0309136, without
	// the version; tweetPath /user/status/123 and /i/web/status/123; ghPath
	// /Owner/Repo.git/tree/main as owner, repository and rest.
	videoPath = lazyregexp.New(`^/(?:shorts|embed|live|v)/([\w-]{6,})$`)
	arxivPath = lazyregexp.New(`^/(?:abs|pdf|html|format|ps)/((?:[a-z-]+(?:\.[A-Z]{2})?/\d{7})|\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?$`)
	tweetPath = lazyregexp.New(`^/(?:[^/]+|i/web)/status(?:es)?/(\d+)(?:/.*)?$`)
	hfPapers  = lazyregexp.New(`^/papers/(\d{4}\.\d{4,5})$`)
	ghPath    = lazyregexp.New(`^/([^/]+)/([^/]+?)(?:\.git)?(/.*)?$`)
)

// site applies what is known of single sites. It takes and returns the host, the path without
// a slash at its end, and the sorted query. On GitHub owner and repository do not tell
// capitals from small letters, but paths in a repository do; nor do DOIs.
func site(host, p, query string) (string, string, string) {
	values, _ := url.ParseQuery(query)
	switch host {
	case "youtu.be":
		if id := strings.TrimPrefix(p, "/"); id != "" {
			return "youtube.com", "/watch", "v=" + url.QueryEscape(id)
		}
	case "youtube.com", "music.youtube.com", "youtube-nocookie.com":
		if m := videoPath.FindStringSubmatch(p); m != nil {
			return "youtube.com", "/watch", "v=" + m[1]
		}
		if v := values.Get("v"); p == "/watch" && v != "" {
			query = "v=" + url.QueryEscape(v)
			if comment := values.Get("lc"); comment != "" {
				query = "lc=" + url.QueryEscape(comment) + "&" + query
			}
			return "youtube.com", "/watch", query
		}
	case "arxiv.org", "export.arxiv.org", "ar5iv.org", "ar5iv.labs.arxiv.org", "alphaxiv.org":
		if m := arxivPath.FindStringSubmatch(p); m != nil {
			return "arxiv.org", "/abs/" + m[1], ""
		}
	case "huggingface.co":
		if m := hfPapers.FindStringSubmatch(p); m != nil {
			return "arxiv.org", "/abs/" + m[1], ""
		}
	case "twitter.com", "x.com", "vxtwitter.com", "fxtwitter.com", "nitter.net":
		if m := tweetPath.FindStringSubmatch(p); m != nil {
			return "x.com", "/i/status/" + m[1], ""
		}
		return "x.com", p, query
	case "dx.doi.org", "doi.org":
		return "doi.org", strings.ToLower(p), query
	case "old.reddit.com", "new.reddit.com", "np.reddit.com":
		return "reddit.com", p, query
	case "github.com":
		if m := ghPath.FindStringSubmatch(p); m != nil {
			return host, "/" + strings.ToLower(m[1]) + "/" + strings.ToLower(m[2]) + m[3], query
		}
		return host, strings.ToLower(p), query
	}
	return host, p, query
}

// normalPath resolves dots and writes percent encoding in one form. Of encoded characters only
// those that need no encoding are decoded: a decoded slash or question mark would mean
// something else.
func normalPath(p string) string {
	if p == "" {
		return ""
	}
	if strings.Contains(p, "/.") || strings.Contains(p, "//") && !strings.Contains(p, "://") {
		p = path.Clean(p)
	}
	if !strings.Contains(p, "%") {
		return p
	}
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if p[i] != '%' || i+2 >= len(p) || !isHex(p[i+1]) || !isHex(p[i+2]) {
			b.WriteByte(p[i])
			continue
		}
		c := unhex(p[i+1])<<4 | unhex(p[i+2])
		if unreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(strings.ToUpper(p[i : i+3]))
		}
		i += 2
	}
	return b.String()
}

// unreserved characters need no encoding, RFC 3986 §2.3.
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// unhex is the value of a hexadecimal digit, for which isHex holds.
func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
