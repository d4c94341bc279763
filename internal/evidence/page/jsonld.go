package page

import (
	"encoding/json"
	"html"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// linked is what JSON-LD blocks say about the page's main thing. kind is the schema.org type
// of the article, empty until one was found.
type linked struct {
	headline, description, publisher, author, published, lang, kind, body string
	paid                                                                  bool
}

// articleKinds are schema.org types whose headline and text are the page's own,
// as opposed to breadcrumbs, organisations and site searches.
var articleKinds = map[string]bool{
	"article": true, "newsarticle": true, "blogposting": true, "report": true, "scholarlyarticle": true,
	"techarticle": true, "socialmediaposting": true, "discussionforumposting": true, "liveblogposting": true,
	"opinionnewsarticle": true, "analysisnewsarticle": true, "reportagenewsarticle": true, "reviewnewsarticle": true,
	"advertisercontentarticle": true, "backgroundnewsarticle": true, "satiricalarticle": true, "review": true,
	"videoobject": true, "podcastepisode": true, "product": true, "softwareapplication": true, "softwaresourcecode": true,
	"dataset": true, "course": true, "event": true, "recipe": true,
	"question": true, "qapage": true, "webpage": true, "creativework": true, "book": true,
}

// Bounds of what is read: maxLDBytes of one block, maxLDNodes of all together.
const (
	maxLDBytes = 2 << 20
	maxLDNodes = 2000
)

// trailingComma matches the comma in [1, 2, ] and {"a": 1,}. It may also match within a string,
// which is why it is tried only on what can't be read otherwise.
var trailingComma = lazyregexp.New(`,\s*([}\]])`)

// parseJSONLD reads all blocks of a page. The first value of each kind counts;
// the longest articleBody does.
func parseJSONLD(blocks []string) linked {
	var l linked
	nodes := 0
	for _, b := range blocks {
		if len(b) > maxLDBytes {
			continue
		}
		v, ok := decodeLoose(b)
		if !ok {
			continue
		}
		l.visit(v, &nodes, 0)
	}
	return l
}

// decodeLoose reads JSON as sites write it: with comments, raw control
// characters, CDATA marks, trailing commas, HTML escapes.
func decodeLoose(s string) (any, bool) {
	var v any
	if json.Unmarshal([]byte(s), &v) == nil {
		return v, true
	}
	s = strings.TrimSpace(s)
	for _, mark := range []string{"//<![CDATA[", "/*<![CDATA[*/", "<![CDATA[", "<!--", "//]]>", "/*]]>*/", "]]>", "-->"} {
		s = strings.TrimSuffix(strings.TrimPrefix(s, mark), mark)
	}
	s = strings.TrimRight(strings.TrimSpace(s), ";")
	s = withoutComments(s)
	s = strings.Map(func(r rune) rune {
		if r < 0x20 {
			return ' '
		}
		return r
	}, s)
	if json.Unmarshal([]byte(s), &v) == nil {
		return v, true
	}
	s = trailingComma.ReplaceAllString(s, "$1")
	if json.Unmarshal([]byte(s), &v) == nil {
		return v, true
	}
	return v, json.Unmarshal([]byte(html.UnescapeString(s)), &v) == nil
}

// withoutComments removes JavaScript comments outside strings. Strings are kept whole, so that
// the slashes of an address begin no comment.
func withoutComments(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			end := i + 1
			for end < len(s) && s[end] != '"' {
				if s[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(s))
			b.WriteString(s[i:end])
			i = end - 1
		case strings.HasPrefix(s[i:], "//"):
			if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
				i += n - 1
			} else {
				return b.String()
			}
		case strings.HasPrefix(s[i:], "/*"):
			n := strings.Index(s[i:], "*/")
			if n < 0 {
				return b.String()
			}
			i += n + 1
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// visit walks to where sites put the page's main thing, within bounds on nodes
// and depth.
func (l *linked) visit(v any, nodes *int, depth int) {
	if *nodes++; *nodes > maxLDNodes || depth > 12 {
		return
	}
	switch t := v.(type) {
	case []any:
		for _, e := range t {
			l.visit(e, nodes, depth+1)
		}
	case map[string]any:
		l.object(t)
		for _, key := range []string{"@graph", "mainEntity", "mainEntityOfPage", "hasPart"} {
			if child, ok := t[key]; ok {
				l.visit(child, nodes, depth+1)
			}
		}
	}
}

// object takes what one thing says. A page or product speaks for the main thing only while no
// article has. Types are written as names or addresses, "Article" or
// "https://schema.org/Article".
func (l *linked) object(o map[string]any) {
	kind := ldString(o["@type"])
	if i := strings.LastIndexAny(kind, "/#"); i >= 0 {
		kind = kind[i+1:]
	}
	if paid, ok := o["isAccessibleForFree"]; ok && strings.EqualFold(ldString(paid), "false") {
		l.paid = true
	}
	if !articleKinds[strings.ToLower(kind)] {
		return
	}
	take := func(to *string, v any) {
		if *to == "" {
			*to = text.Head(text.OneLine(html.UnescapeString(render.StripTags(ldString(v)))), maxMetaBytes)
		}
	}
	generic := strings.EqualFold(kind, "webpage") || strings.EqualFold(kind, "product")
	if !generic || l.kind == "" {
		if !generic {
			l.kind = kind
		}
		take(&l.headline, o["headline"])
		if !generic {
			take(&l.headline, o["name"])
		}
		take(&l.description, o["description"])
	}
	take(&l.author, ldName(o["author"]))
	take(&l.publisher, ldName(o["publisher"]))
	take(&l.published, o["datePublished"])
	take(&l.published, o["uploadDate"])
	take(&l.lang, o["inLanguage"])
	if body := ldString(o["articleBody"]); len(body) > len(l.body) {
		l.body = htmlToText(body)
	}
}

// ldString is the text of a value in any of the forms that JSON-LD allows for
// one.
func ldString(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case bool:
		if t {
			return "true"
		}
		return "false"
	case []any:
		if len(t) > 0 {
			return ldString(t[0])
		}
	case map[string]any:
		return first(ldString(t["@value"]), ldString(t["name"]))
	}
	return ""
}

// ldName reads a person or organisation, or a list of them.
func ldName(v any) string {
	list, ok := v.([]any)
	if !ok {
		return nonURL(ldString(v))
	}
	var names []string
	for _, e := range list {
		if n := nonURL(ldString(e)); n != "" && len(names) < 20 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}
