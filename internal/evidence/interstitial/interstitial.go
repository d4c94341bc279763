package interstitial

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/address"
)

// Numbers of characters and bytes.
const (
	// maxText is the number of characters above which a page has a text of its own. VK's and
	// Steam's notices have up to 700.
	maxText = 1200
	// maxBrief is that of a notice that does not speak of itself in a sentence, and maxBare that
	// of a page that says nothing but that it leads on.
	maxBrief = 600
	maxBare  = 250
	// head is how far into its text, in bytes, a notice says what it is. Three bytes are a
	// character of Chinese or Korean.
	head = 900
	// maxScript bounds the scripts in a page that forwards by one, in bytes. More is a program.
	maxScript = 4 << 10
	// maxAnchors bounds the links of a notice; more are the menus of a site.
	maxAnchors = 12
)

// Notice is a page that leads on.
type Notice struct {
	// Goal is where it leads, nil where that is not plain: the page names none, or several.
	Goal *url.URL
	// Goals is how many places it names.
	Goals int
	// Warns is set when the page says that its goal was found to be harmful.
	Warns bool
}

// Read looks at the body of a page, HTML in UTF-8, that was fetched from at. ok is false for a
// page like any other. A goal is http or https, and another address than at.
//
// It is told by what the page says at its beginning. A page that says in a sentence that it leads
// on, or a shortener's, leads to the one place that it names as notices do; one that only has
// such a word in it must name the place by "continue" or the like, or have it in its own
// address. Words without a link, and a link without words, are a short page.
func Read(body []byte, at *url.URL) (n Notice, ok bool) {
	p, ok := scan(body)
	if !ok {
		return Notice{}, false
	}
	begins := strings.ToLower(p.title + "\n" + clip(p.description, head) + "\n" + clip(p.text, head))
	chars := utf8.RuneCountInString(p.text)
	short := shortener(at.Hostname()) && chars < maxBrief
	says := strong.MatchString(begins) && (short || !missing.MatchString(begins))
	hints := chars < maxBrief && weak.MatchString(begins)
	scripted := func() []*url.URL {
		if goal := p.scripted(at); goal != nil && chars < maxBare {
			return []*url.URL{goal}
		}
		return nil
	}
	if !says && !short && !hints {
		goals := scripted()
		if len(goals) == 0 {
			return Notice{}, false
		}
		return Notice{Goal: goals[0], Goals: 1}, true
	}
	goals, ok := p.goals(at, short, says || short)
	if !ok {
		return Notice{}, false // the menus of a site
	}
	if len(goals) == 0 {
		goals = scripted()
	}
	switch {
	case (says || short) && harmful.MatchString(strings.ToLower(p.title+"\n"+p.text)):
		return Notice{Goals: len(goals), Warns: true}, true
	case len(goals) == 1:
		return Notice{Goal: goals[0], Goals: 1}, true
	case len(goals) > 1 && (says || short), len(goals) == 0 && (says || short) && chars < maxBare:
		return Notice{Goals: len(goals)}, true
	}
	return Notice{}, false
}

// clip is the beginning of s, of at most n bytes; a character that was cut in two is left.
func clip(s string, n int) string { return s[:min(len(s), n)] }

// goals are the places that the page names, each once; ok is false when it has more links than
// notices have. Those outside the site that are named as goals are come before others; the
// others are the site's help and advertisements, but on a shortener's page. byAddress is whether
// a link counts whose text is its address. A page that moved within its site leads there.
func (p *scanned) goals(at *url.URL, short, byAddress bool) (all []*url.URL, ok bool) {
	var named, inside, others, every []*url.URL
	add := func(list []*url.URL, u *url.URL) []*url.URL {
		if slices.ContainsFunc(list, func(o *url.URL) bool { return key(o) == key(u) }) {
			return list
		}
		return append(list, u)
	}
	links := 0
	for _, a := range p.anchors {
		u := resolve(at, a.href)
		if u == nil || key(u) == key(at) {
			continue
		}
		if links++; links > maxAnchors {
			return nil, false
		}
		label := strings.ToLower(strings.TrimSpace(a.text))
		if aside.MatchString(label) && !names(label, u) {
			continue
		}
		every = add(every, u)
		isNamed := goOn.MatchString(label) || strings.Contains(unescape(at.RawQuery), u.String()) ||
			byAddress && (names(label, u) || label == strings.ToLower(a.href))
		switch {
		case sameSite(at, u):
			if isNamed && byAddress && !short {
				inside = add(inside, u)
			}
		case isNamed:
			named = add(named, u)
		default:
			others = add(others, u)
		}
	}
	if len(named) == 0 && byAddress {
		// The address as text, beside a button that only a script gives its meaning.
		for _, m := range bareAddress.FindAllString(p.text, maxAnchors) {
			if u := resolve(at, strings.TrimRight(m, ".,;:!?)]»”\"'")); u != nil && !sameSite(at, u) {
				named = add(named, u)
			}
		}
	}
	if len(named) > 1 {
		for _, u := range named {
			if strings.Contains(unescape(at.RawQuery), u.String()) {
				return []*url.URL{u}, true // the page's own address says which
			}
		}
	}
	switch {
	case len(named) > 0:
		return named, true
	case short:
		return others, true
	case len(inside) == 0 && len(every) == 1 && byAddress && utf8.RuneCountInString(p.text) < maxBare:
		return every, true // "This document has moved to the guide", and nothing else
	}
	return inside, true
}

// names reports whether the text of a link, in small letters, is its address.
func names(label string, u *url.URL) bool {
	label = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(label, "https://"), "http://"), "www.")
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	return host != "" && strings.HasPrefix(label, host)
}

// resolve reads an address on the page at; nil for what is none of the web. Redirectors in it are
// unwrapped.
func resolve(at *url.URL, href string) *url.URL {
	u, err := at.Parse(address.Mend(strings.TrimSpace(href)))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil
	}
	if goal := address.Unwrap(u); goal != nil {
		u = goal
	}
	return u
}

// key is the form in which goals are compared.
func key(u *url.URL) string {
	return strings.ToLower(strings.TrimPrefix(u.Hostname(), "www.")) + strings.TrimRight(u.EscapedPath(), "/") + "?" + u.RawQuery
}

// unescape undoes escaping in a query; what can't be read is "".
func unescape(s string) string {
	out, err := url.QueryUnescape(s)
	if err != nil {
		return ""
	}
	return out
}
