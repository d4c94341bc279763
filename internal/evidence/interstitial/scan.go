package interstitial

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// anchor is a link, form or button of a page.
type anchor struct{ href, text string }

// scanned is what is looked at of a page.
type scanned struct {
	title, description string
	text               string // what is shown, one space between words
	script             string // scripts in the page
	anchors            []anchor
}

// maxBytes bounds the part of a body that is looked at.
const maxBytes = 512 << 10

// scan reads a page. ok is false for one that has a text of its own: it is given up as soon as
// that shows.
func scan(body []byte) (p *scanned, ok bool) {
	z := html.NewTokenizer(bytes.NewReader(body[:min(len(body), maxBytes)]))
	p = &scanned{}
	var text, script, label, title strings.Builder
	chars, skip, inScript, inTitle, open := 0, 0, false, false, false
	closeAnchor := func() {
		if open {
			p.anchors[len(p.anchors)-1].text = strings.Join(strings.Fields(label.String()), " ")
			label.Reset()
			open = false
		}
	}
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		switch kind {
		case html.TextToken:
			raw := z.Text()
			switch {
			case inScript:
				script.Write(raw)
				if script.Len() > maxBytes/4 {
					return nil, false
				}
				script.WriteByte('\n')
			case inTitle:
				title.Write(raw)
			case skip == 0:
				words := strings.Join(strings.Fields(html.UnescapeString(string(raw))), " ")
				if words == "" {
					continue
				}
				text.WriteString(words)
				text.WriteByte(' ')
				if open {
					label.WriteString(words)
					label.WriteByte(' ')
				}
				if chars += utf8.RuneCountInString(words) + 1; chars > maxText {
					return nil, false
				}
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			t := z.Token()
			start := kind != html.EndTagToken
			switch t.DataAtom {
			case atom.Script:
				inScript = kind == html.StartTagToken && plainScript(t)
				if kind == html.StartTagToken != inScript {
					skip = skipped(skip, kind)
				}
			case atom.Style, atom.Template, atom.Svg, atom.Select, atom.Iframe, atom.Noscript:
				skip = skipped(skip, kind)
			case atom.Title:
				inTitle = kind == html.StartTagToken
			case atom.Meta:
				if name := strings.ToLower(attr(t, "name") + attr(t, "property")); name == "description" || name == "og:description" {
					p.description = attr(t, "content")
				}
			case atom.Body:
				if on := attr(t, "onload"); on != "" {
					script.WriteString(on + "\n")
				}
			case atom.Article:
				if start {
					return nil, false
				}
			case atom.A, atom.Button, atom.Form, atom.Input:
				closeAnchor()
				if href := target(t); start && href != "" && !strings.HasPrefix(href, "#") {
					p.anchors = append(p.anchors, anchor{href: href, text: firstLabel(t, href)})
					open = kind == html.StartTagToken && t.DataAtom != atom.Input && t.DataAtom != atom.Form
				}
				if len(p.anchors) > 4*maxAnchors {
					return nil, false
				}
			}
		}
	}
	closeAnchor()
	p.text, p.script = strings.TrimSpace(text.String()), script.String()
	p.title = strings.Join(strings.Fields(html.UnescapeString(title.String())), " ")
	return p, true
}

// skipped counts the open elements whose text is not shown. Elements that close without having
// opened count for nothing.
func skipped(n int, kind html.TokenType) int {
	switch kind {
	case html.StartTagToken:
		return n + 1
	case html.EndTagToken:
		return max(0, n-1)
	}
	return n
}

// plainScript reports whether an element holds a script for browsers, rather than data.
func plainScript(t html.Token) bool {
	kind := strings.ToLower(attr(t, "type"))
	return kind == "" || strings.Contains(kind, "javascript") || kind == "module"
}

// onclick matches a handler that leads to an address.
var onclick = lazyregexp.New(`(?:location(?:\.href)?\s*=|location\.(?:replace|assign)\(|window\.open\()\s*['"]([^'"]+)['"]`)

// target is where an element leads: a link, a form that is sent by GET, or a button with a
// handler.
func target(t html.Token) string {
	if m := onclick.FindStringSubmatch(attr(t, "onclick")); m != nil {
		return m[1]
	}
	switch t.DataAtom {
	case atom.A:
		return attr(t, "href")
	case atom.Form:
		if m := strings.ToLower(attr(t, "method")); m == "" || m == "get" {
			return attr(t, "action")
		}
	}
	return ""
}

// firstLabel is what a form or an input says of where it leads, before its text is read. A form that
// leads off the site has no other purpose on such a page; one within it is the site's search.
func firstLabel(t html.Token, href string) string {
	if t.DataAtom == atom.Form && strings.Contains(href, "://") {
		return "continue"
	}
	return attr(t, "value")
}

// attr is the value of an attribute, "" for none.
func attr(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// asItIs is what scripts add to an address so that the query and fragment are kept.
const asItIs = `(?:\s*\+\s*(?:window\.|document\.)?location\.(?:search|hash))*`

// Forwarding in scripts. forward matches an assignment to location, or a call of it, with an
// address or a variable; variable one whose value is an address; branch what makes it depend on
// something, or on somebody's click.
var (
	forward = lazyregexp.New(`\blocation(?:\.href)?\s*=\s*(?:['"]([^'"\n]+)['"]` + asItIs +
		`\s*(?:[;,\n})]|$)|([A-Za-z_$][\w$]*)\s*(?:;|\n|\}|$))` +
		`|\blocation\.(?:replace|assign)\(\s*(?:['"]([^'"\n]+)['"]|([A-Za-z_$][\w$]*))` + asItIs + `\s*\)`)
	variable = lazyregexp.New(`\b(?:var|let|const)\s+([A-Za-z_$][\w$]*)\s*=\s*['"]([^'"\n]+)['"]`)
	branch   = lazyregexp.New(`\b(?:if|switch|catch)\s*\(|addEventListener\(\s*['"](?:click|submit|keydown|scroll|message)|\.onclick\b`)
	jsEscape = lazyregexp.New(`\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)`)
)

// scripted is where the page's script leads, nil when it leads to several places or none, or
// only under a condition.
func (p *scanned) scripted(at *url.URL) *url.URL {
	if len(p.script) > maxScript || branch.MatchString(p.script) {
		return nil
	}
	vars := map[string]string{}
	for _, m := range variable.FindAllStringSubmatch(p.script, -1) {
		vars[m[1]] = m[2]
	}
	var goal *url.URL
	for _, m := range forward.FindAllStringSubmatch(p.script, -1) {
		raw := m[1] + m[3]
		if name := m[2] + m[4]; name != "" {
			raw = vars[name]
		}
		u := resolve(at, unescapeJS(raw))
		if raw == "" || u == nil || key(u) == key(at) || goal != nil && key(goal) != key(u) {
			return nil
		}
		goal = u
	}
	return goal
}

// unescapeJS undoes the escapes of a string in a script.
func unescapeJS(s string) string {
	return jsEscape.ReplaceAllStringFunc(s, func(e string) string {
		switch e[1] {
		case 'x', 'u':
			if len(e) == 2 {
				return e[1:]
			}
			n, err := strconv.ParseUint(e[2:], 16, 32)
			if err != nil {
				return ""
			}
			return string(rune(n))
		case 'n', 'r', 't':
			return " "
		}
		return e[1:]
	})
}
