package gates

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

var (
	// linkPattern finds addresses with a scheme or www.
	linkPattern = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.|mailto:|javascript:|data:)[^\s<>"'|\\^` + "`" + `{}\[\]“”]+`)
	// domainPattern finds bare domains, with the endings that people use.
	domainPattern = regexp.MustCompile(`(?i)\b(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:com|org|net|io|dev|ai|app|co|info|biz|xyz|ru|cn|top|me|tv|cc|link|site|online|shop|club|live|gg|to|ly|eu|de|uk|fr|us|ch|nl|it|es|pl|jp|in|br)\b(?:/[^\s<>"'|)\]]*)?`)
	// tracking parameters don't make another address.
	trackingPattern = regexp.MustCompile(`^(?:utm_.*|fbclid|gclid|mc_cid|mc_eid|igshid|ref|ref_src|si|source|cmpid)$`)
)

// withoutLinks removes addresses, so that their letters and digits don't count
// as names and numbers.
func withoutLinks(s string) string { return linkPattern.ReplaceAllString(s, " ") }

// findLinks lists the addresses with scheme or www in text, without what
// punctuation follows them.
func findLinks(text string) []string {
	links := linkPattern.FindAllString(text, -1)
	for i, l := range links {
		l = strings.TrimRight(l, ".,;:!?*_'’")
		for strings.HasSuffix(l, ")") && strings.Count(l, ")") > strings.Count(l, "(") {
			l = strings.TrimRight(l[:len(l)-1], ".,;:!?*_")
		}
		links[i] = l
	}
	return links
}

// linkKey is the form in which addresses are compared: http is https, www. and
// the last slash don't count, nor do fragment and tracking parameters.
func linkKey(raw string) (key, host string) {
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
		if trackingPattern.MatchString(k) {
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
type linkSet struct {
	keys, hosts map[string]bool
}

// allowedLinks are the page's own addresses and those on it, but for the ones
// that the page tried to plant.
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
	for _, raw := range append(own, findLinks(in.corpus.text)...) {
		if raw != "" {
			add(raw)
		}
	}
	for _, d := range domainPattern.FindAllString(in.corpus.text, -1) {
		add(d)
	}
	planted := map[string]bool{}
	for _, o := range in.orders {
		for _, raw := range append(findLinks(o), domainPattern.FindAllString(o, -1)...) {
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

func checkLinks(in *input) verdict {
	allowed := in.allowedLinks()
	var found []string
	n := 0
	for _, p := range in.parts() {
		for _, raw := range findLinks(p.text) {
			n++
			if key, _ := linkKey(raw); !allowed.keys[key] {
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
	text := withoutLinks(p.text)
	if p.field == "similar_tech" {
		if _, rest, ok := leadName(text); ok {
			text = rest
		}
	}
	return domainPattern.FindAllString(text, -1)
}
