package gates

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// domainPattern finds bare domains, with the endings that people use.
// A list of endings is needed: "Node.js", "main.go" and a missing space after a
// full stop look the same otherwise. It matches "example.com",
// "docs.example.co/a?b=1"; without a scheme, anything else is taken for text.
var domainPattern = lazyregexp.New(`(?i)\b(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+` +
	`(?:com|org|net|io|dev|ai|app|co|info|biz|xyz|` +
	`ru|cn|top|me|tv|cc|link|site|online|shop|club|live|gg|to|ly|eu|de|uk|fr|us|ch|nl|it|es|pl|jp|in|br|` +
	`kr|au|ca|se|dk|fi|cz|mx|tr|ua|sg|hk|tw|vn|nz|example)\b` +
	`(?:/[^\s<>"'|)\]]*)?`)

// linkKey is the form in which addresses are compared: http is https, www. and
// the last slash don't count, nor do the fragment and parameters that may track.
// host is the name alone, without www. and port. It is empty when raw has none,
// as mailto: addresses do; the key is then raw in lower case.
func linkKey(raw string) (key, host string) {
	// Models copy addresses out of HTML as they stand there.
	raw = strings.ReplaceAll(raw, "&amp;", "&")
	if !strings.Contains(raw, "://") && (strings.HasPrefix(strings.ToLower(raw), "www.") || domainPattern.MatchString(raw)) {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return strings.ToLower(raw), ""
	}
	host = strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), ".")
	scheme := strings.ToLower(u.Scheme)
	if scheme == "http" {
		scheme = "https"
	}
	q := u.Query()
	for k := range q {
		if text.Tracking(host, k) || text.MaybeTracking(k) {
			q.Del(k)
		}
	}
	key = scheme + "://" + host
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		key += ":" + p
	}
	key += strings.TrimSuffix(u.EscapedPath(), "/")
	if len(q) > 0 {
		key += "?" + q.Encode()
	}
	if u.User != nil {
		key += "#with-password" // never equal to the address without it
	}
	return key, host
}

// linkSet is the addresses that a comment may give.
// keys are whole addresses in the form of linkKey, hosts the names in them.
type linkSet struct {
	keys, hosts map[string]bool
}

// allowedLinks are the page's own addresses and those on it, but for the ones
// that the page tried to plant: a host that only orders to the model name is
// not allowed, even if the page has a link there too. The home page of each
// allowed host is allowed as well; writers name it where the page links deeper.
func (in *input) allowedLinks() linkSet {
	set := linkSet{map[string]bool{}, map[string]bool{}}
	add := func(raw string) {
		key, host := linkKey(raw)
		set.keys[key], set.hosts[host] = true, true
		if host != "" {
			set.keys["https://"+host] = true
		}
	}
	own := []string{in.ev.URL, in.ev.FinalURL, in.ev.CanonicalURL}
	for _, s := range in.ev.Sources {
		own = append(own, s.URL)
	}
	for _, s := range in.ev.Snippets {
		own = append(own, s.SourceURL)
	}
	for _, raw := range append(own, text.Addresses(in.corpus.text)...) {
		if raw != "" {
			add(raw)
			if short := beforeProse(raw); short != raw {
				add(short)
			}
		}
	}
	for word := range strings.FieldsFuncSeq(in.corpus.text, asciiSpace) {
		if dotted(word) {
			for _, d := range domainPattern.FindAllString(word, -1) {
				add(d)
			}
		}
	}
	// Hosts are compared with those of trusted text, so that an order which
	// names the page's own site does not forbid it.
	planted := map[string]bool{}
	for _, o := range in.orders {
		for _, raw := range append(text.Addresses(o), domainPattern.FindAllString(o, -1)...) {
			if _, host := linkKey(raw); !set.hosts[host] {
				planted[host] = true
			}
		}
	}
	for _, raw := range in.ev.Links {
		if _, host := linkKey(raw); !planted[host] {
			add(raw)
		}
	}
	return set
}

// asciiSpace reports whether a pattern takes r for white space: no domain holds any.
func asciiSpace(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' && r != '\v' }

// dotted reports whether a word has a full stop before a letter of ASCII, as every
// domain has.
func dotted(word string) bool {
	for i := 1; i < len(word); i++ {
		if c := word[i] | 0x20; word[i-1] == '.' && c >= 'a' && c <= 'z' {
			return true
		}
	}
	return false
}

// beforeProse cuts off what follows an address without a space where scripts
// have none: "https://a.example/x)을", "https://a.example/x，".
func beforeProse(raw string) string {
	i := strings.IndexFunc(raw, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
			r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef
	})
	if i <= 0 {
		return raw
	}
	return text.TrimURL(raw[:i])
}

// known reports whether a whole address is one of the page: as it is, or as the
// page writes it without a scheme, or the identifier that it resolves.
func (in *input) known(raw string, allowed linkSet) bool {
	key, host := linkKey(raw)
	if allowed.keys[key] {
		return true
	}
	if short := beforeProse(raw); short != raw {
		return in.known(short, allowed)
	}
	path, ok := strings.CutPrefix(key, "https://"+host+"/")
	if !ok || host == "" {
		return false
	}
	switch host {
	case "doi.org", "dx.doi.org", "arxiv.org", "pubmed.ncbi.nlm.nih.gov", "github.com", "pypi.org", "npmjs.com", "crates.io",
		"pkg.go.dev", "cve.org":
		id := path[strings.LastIndexByte(path, '/')+1:]
		if strings.HasSuffix(host, "doi.org") {
			id = path
		} else if host == "github.com" {
			id = path
		}
		id = strings.TrimSuffix(id, ".pdf")
		if host == "arxiv.org" && len(id) >= 9 && strings.Contains(in.corpus.joined, squash(id)+"v") { // with its version
			return true
		}
		return strings.ContainsAny(id, "0123456789/") && len(id) >= 7 && in.corpus.has(id)
	}
	return in.corpus.has(host + "/" + path)
}

// checkLinks demands that each address with a scheme is one of the page's own.
// A bare domain is held less strictly: products and firms are often called like
// theirs, so a known host, the same word on the page or an allowed name will
// do.
func checkLinks(in *input) verdict {
	allowed := in.allowedLinks()
	var found []string
	n := 0
	for _, p := range in.parts() {
		for _, raw := range text.Addresses(p.text) {
			n++
			if !in.known(raw, allowed) {
				found = append(found, fmt.Sprintf("%s in %s", excerpt(raw), p.name))
			}
		}
		for _, raw := range bareDomains(p) {
			n++
			if key, host := linkKey(raw); !allowed.keys[key] && !allowed.hosts[host] && !in.corpus.has(raw) && !in.allowedName(raw) {
				found = append(found, fmt.Sprintf("%s in %s", excerpt(raw), p.name))
			}
		}
	}
	if found = distinct(found); len(found) > 0 {
		return fail(1-float64(len(found))/float64(n), "not on the page: %s", list(found))
	}
	return pass("%d links, all on the page", n)
}

// bareDomains are domains without a scheme. Products that are called like
// their domain may be the name of a similar technology.
func bareDomains(p part) []string {
	text := text.WithoutAddresses(p.text)
	if p.field == "similar_tech" {
		if _, rest, ok := leadName(text); ok {
			text = rest
		}
	}
	return domainPattern.FindAllString(text, -1)
}
