package page

import (
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/address"
	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/text"
)

const (
	maxMetaBytes = 4 << 10 // of one metadata value
	maxLinks     = 500     // links kept of a page
)

// Meta is what a page says about itself.
type Meta struct {
	Title       string
	Description string
	SiteName    string
	Author      string
	Published   string // RFC 3339 where it can be read as a time, else as written
	Lang        string // BCP 47 as declared, lower-case primary tag
	Canonical   string // absolute, same site as the page
	Type        string // og:type or JSON-LD @type
	// Body is the text of articleBody in JSON-LD, "" when there is none.
	Body string
	// Paid is set when the page says isAccessibleForFree: false.
	Paid bool
	// Refresh is the target of a meta refresh of at most five seconds; it is in
	// RefreshNoscript when it only holds without JavaScript, as for us.
	Refresh         string
	RefreshNoscript bool
	Links           []string // absolute http(s) links of the body, in order, unique
	Feed            string   // link rel=alternate of an RSS, Atom or JSON feed
	OEmbed          string   // link rel=alternate of a JSON oEmbed answer
	NoIndex         bool
	// asksScript is set when the page asks readers without JavaScript to switch
	// it on.
	asksScript bool
}

// raw collects the values of one pass over the document. base is what links are relative to:
// the page's address, until a base element says otherwise. noscript counts the noscript
// elements that are open during the walk.
type raw struct {
	meta       map[string]string // first value by lower-case name or property
	item       map[string]string // microdata: first value by itemprop
	title      string
	h1         string
	lang       string
	canonical  string
	jsonLD     []string
	links      []string
	feed       string
	oembed     string
	refresh    string
	refreshNS  bool
	base       *url.URL
	seen       map[string]bool
	noscript   int
	asksScript bool
	titleTaken bool
}

// readMeta walks doc once. It returns the title element's text as well, which tells walls
// apart. For each field the sources are asked in the order in which sites are known to keep
// them right: what is written for previews first, the title element, with the site's name in
// it, late.
func readMeta(doc *html.Node, at *url.URL) (Meta, string) {
	r := &raw{meta: map[string]string{}, item: map[string]string{}, seen: map[string]bool{}, base: at}
	r.walk(doc)
	ld := parseJSONLD(r.jsonLD)
	m := Meta{
		Title: first(r.meta["og:title"], ld.headline, r.meta["twitter:title"], r.meta["citation_title"],
			r.meta["dc.title"], r.item["headline"], trimSiteSuffix(r.title, r.meta["og:site_name"], r.h1), r.h1),
		Description: first(r.meta["og:description"], ld.description, r.meta["description"],
			r.meta["twitter:description"], r.meta["dc.description"], r.item["description"]),
		SiteName: first(r.meta["og:site_name"], ld.publisher, r.meta["application-name"], r.meta["citation_journal_title"]),
		Author: first(ld.author, nonURL(r.meta["author"]), nonURL(r.meta["article:author"]), r.meta["citation_author"],
			r.meta["dc.creator"], r.meta["parsely-author"], r.item["author"]),
		Published: first(ld.published, r.meta["article:published_time"], r.meta["citation_publication_date"], r.meta["date"],
			r.meta["dc.date"], r.meta["parsely-pub-date"], r.item["datepublished"]),
		Lang:    Lang(first(r.lang, r.meta["content-language"], ld.lang, r.meta["og:locale"])),
		Type:    first(ld.kind, r.meta["og:type"]),
		Body:    ld.body,
		Paid:    ld.paid,
		Refresh: r.refresh, RefreshNoscript: r.refreshNS,
		asksScript: r.asksScript,
		Links:      r.links, Feed: r.feed, OEmbed: r.oembed,
		NoIndex: strings.Contains(strings.ToLower(r.meta["robots"]), "noindex"),
	}
	if m.Title == "" {
		m.Title = r.title
	}
	m.Published = isoTime(m.Published)
	m.Canonical = sameSite(first(r.canonical, r.meta["og:url"]), at)
	return m, first(r.title, r.h1)
}

// walk collects values in document order, so that the first of each kind wins.
func (r *raw) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		r.element(n)
		switch n.DataAtom {
		case atom.Script, atom.Style, atom.Template, atom.Svg:
			return
		case atom.Noscript:
			r.asksScript = r.asksScript || scriptText.MatchString(tree.Text(n))
			r.noscript++
			defer func() { r.noscript-- }()
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.walk(c)
	}
}

// element takes what one element says.
func (r *raw) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Html:
		r.lang = first(tree.Attr(n, "lang"), tree.Attr(n, "xml:lang"))
	case atom.Base:
		if u, err := r.base.Parse(tree.Attr(n, "href")); err == nil && u.Host != "" {
			r.base = u
		}
	case atom.Title:
		if !r.titleTaken {
			r.titleTaken = true
			r.title = text.OneLine(tree.Text(n))
		}
	case atom.H1:
		if r.h1 == "" {
			r.h1 = text.OneLine(tree.Text(n))
		}
	case atom.Meta:
		r.metaElement(n)
	case atom.Link:
		r.linkElement(n)
	case atom.Script:
		if strings.Contains(strings.ToLower(tree.Attr(n, "type")), "ld+json") && n.FirstChild != nil {
			r.jsonLD = append(r.jsonLD, n.FirstChild.Data)
		}
	case atom.A:
		r.anchor(n)
	}
	if p := tree.Attr(n, "itemprop"); p != "" {
		r.microdata(n, p)
	}
}

// metaElement takes the value of a meta element under each of its names.
func (r *raw) metaElement(n *html.Node) {
	content := text.OneLine(tree.Attr(n, "content"))
	if content == "" {
		return
	}
	if len(content) > maxMetaBytes {
		content = text.Head(content, maxMetaBytes)
	}
	if strings.EqualFold(tree.Attr(n, "http-equiv"), "refresh") && r.refresh == "" {
		r.refresh, r.refreshNS = refreshTarget(content, r.base), r.noscript > 0
		return
	}
	// property may hold several names, separated by spaces.
	names := strings.Fields(strings.ToLower(tree.Attr(n, "property") + " " + tree.Attr(n, "name") + " " + tree.Attr(n, "http-equiv")))
	for _, name := range names {
		if _, ok := r.meta[name]; !ok {
			r.meta[name] = content
		}
	}
}

// linkElement takes the canonical address, and those of a feed and an oEmbed answer.
func (r *raw) linkElement(n *html.Node) {
	rel, href, kind := strings.ToLower(tree.Attr(n, "rel")), tree.Attr(n, "href"), strings.ToLower(tree.Attr(n, "type"))
	if href == "" {
		return
	}
	abs := absolute(href, r.base)
	switch {
	case rel == "canonical" && r.canonical == "":
		r.canonical = abs
	case strings.Contains(rel, "alternate") && (strings.Contains(kind, "rss") || strings.Contains(kind, "atom") ||
		kind == "application/feed+json") && r.feed == "":
		r.feed = abs
	case strings.Contains(rel, "alternate") && strings.Contains(kind, "json+oembed") && r.oembed == "":
		r.oembed = abs
	}
}

// anchor takes a link to another page. Those to places on the same page are left out.
func (r *raw) anchor(n *html.Node) {
	if len(r.links) >= maxLinks {
		return
	}
	href := tree.Attr(n, "href")
	if href == "" || href[0] == '#' {
		return
	}
	if abs := absolute(href, r.base); abs != "" && !r.seen[abs] {
		r.seen[abs] = true
		r.links = append(r.links, abs)
	}
}

// microdata takes the properties that pages without JSON-LD mark up. Long
// values are text that was marked by mistake.
func (r *raw) microdata(n *html.Node, props string) {
	value := first(tree.Attr(n, "content"), tree.Attr(n, "datetime"))
	for _, p := range strings.Fields(strings.ToLower(props)) {
		switch p {
		case "headline", "description", "author", "datepublished", "name":
			if r.item[p] == "" {
				if value == "" {
					value = text.OneLine(tree.Beginning(named(n), maxMetaBytes))
				}
				if len(value) > 300 {
					value = ""
				}
				r.item[p] = text.OneLine(value)
			}
		}
	}
}

// named is the element below n that holds its name, or n itself.
func named(n *html.Node) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if tree.Attr(c, "itemprop") == "name" {
			return c
		}
		if d := named(c); d != c && tree.Attr(d, "itemprop") == "name" {
			return d
		}
	}
	return n
}

// refreshTarget reads "0; url=…"; longer pauses than five seconds are reloads or slide shows
// and give no target. Sites also write "0,url=…", quotes around the address, and seconds with
// a fraction.
func refreshTarget(content string, base *url.URL) string {
	delay, rest, ok := strings.Cut(content, ";")
	if !ok {
		delay, rest, ok = strings.Cut(content, ",")
	}
	if !ok {
		return ""
	}
	seconds := strings.TrimSpace(delay)
	if i := strings.IndexByte(seconds, '.'); i >= 0 {
		seconds = seconds[:i]
	}
	if len(seconds) > 1 || seconds > "5" {
		return ""
	}
	rest = strings.TrimSpace(rest)
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest[3:]), "="))
	}
	return absolute(strings.Trim(rest, `"' `), base)
}

// absolute resolves href to an http(s) URL, or returns "". User, password and fragment go.
// Addresses of more than 2,048 bytes are data rather than links.
func absolute(href string, base *url.URL) string {
	u, err := base.Parse(address.Mend(strings.TrimSpace(href)))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	s := u.String()
	if len(s) > 2048 {
		return ""
	}
	return s
}

// sameSite returns link when its host is that of the page, but for a leading
// www, m or amp: a page may not name somebody else's page as its own.
func sameSite(link string, at *url.URL) string {
	u, err := at.Parse(address.Mend(link))
	if err != nil || link == "" || u.Scheme != "http" && u.Scheme != "https" || at.Host == "" {
		return ""
	}
	if bareHost(u.Hostname()) != bareHost(at.Hostname()) {
		return ""
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u.String()
}

// bareHost is a host without the prefixes that name another view of the same
// site.
func bareHost(h string) string {
	h = strings.ToLower(h)
	for _, p := range []string{"www.", "m.", "mobile.", "amp."} {
		h = strings.TrimPrefix(h, p)
	}
	return h
}

// trimSiteSuffix cuts " | Site" and the like from a title when the part cut is the site's name
// or the part left is the page's h1. It cuts at the last separator of each kind, and nothing
// when it is not sure: "Ropes - Knots" may be the title.
func trimSiteSuffix(title, site, h1 string) string {
	for _, sep := range []string{" | ", " – ", " — ", " - ", " · ", " :: ", " » "} {
		i := strings.LastIndex(title, sep)
		if i <= 0 {
			continue
		}
		head, tail := strings.TrimSpace(title[:i]), strings.TrimSpace(title[i+len(sep):])
		if site != "" && strings.EqualFold(tail, site) || h1 != "" && strings.EqualFold(head, h1) {
			return head
		}
	}
	return title
}

// isoTime writes a time in RFC 3339, a day as a date, and what is neither as it
// is, shortened.
func isoTime(s string) string {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02",
		"2006/01/02", time.RFC1123Z, time.RFC1123} {
		if t, err := time.Parse(layout, s); err == nil {
			if len(layout) == len("2006-01-02") {
				return t.Format(time.DateOnly)
			}
			return t.Format(time.RFC3339)
		}
	}
	return text.Head(text.OneLine(s), 64)
}

// Lang is the primary subtag of a language tag as sites write it, or "".
func Lang(s string) string {
	s = strings.ToLower(strings.TrimSpace(strings.ReplaceAll(s, "_", "-")))
	if i := strings.IndexAny(s, ",; "); i >= 0 {
		s = s[:i]
	}
	primary, _, _ := strings.Cut(s, "-")
	if len(primary) < 2 || len(primary) > 3 {
		return ""
	}
	return primary
}

// nonURL is s unless it is an address, which some sites give in place of a
// name.
func nonURL(s string) string {
	if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		return ""
	}
	return s
}
