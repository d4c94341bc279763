package generic

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// postAnchor matches fragments that name one post of many by a number, as forums, trackers, mail
// archives and comment boxes do: comment-12, post12, note_12, c12. They are no mere place to
// scroll to, so that it is said when there is no such post.
var postAnchor = lazyregexp.New(`(?i)^(?:(?:[a-z]*(?:comment|reply|answer|post|note|message|msg))|c|p)[-_]?\d{1,18}$`)

// discoursePath matches the address of one post of a topic in a forum that runs Discourse, the
// second and later ones: /t/words/123/45. On the page it has the id post_45.
var discoursePath = lazyregexp.New(`^/t/(?:[^/]+/)?\d+/(\d{1,6})/?$`)

// anchorOf is the id of what an address names on its page: its fragment, or what stands for one.
func anchorOf(at *url.URL) string {
	if m := discoursePath.FindStringSubmatch(at.Path); m != nil && at.Fragment == "" && m[1] != "1" {
		return "post_" + m[1]
	}
	return at.Fragment
}

// minNamed is the number of characters below which what an anchor names is only a mark.
const minNamed = 20

// leadWithAnchor puts what a fragment names on a page first: the section below a heading, one
// post or comment, the description of a function. The rest stays behind it. Posts and
// descriptions may not be in the page's main text at all; of anything else, such as a menu, what
// is not there was left out for a reason. A fragment that names no element, or all of the page,
// changes nothing.
func leadWithAnchor(decoded []byte, fragment string, ev *job.Evidence) {
	if fragment == "" || strings.HasPrefix(fragment, ":~:") || strings.HasPrefix(fragment, "/") || strings.HasPrefix(fragment, "!") {
		return
	}
	found, err := recovered(func() (named, error) {
		// Without scripts, as forums show their posts to those in noscript elements.
		doc, err := html.ParseWithOptions(bytes.NewReader(decoded), html.ParseOptionEnableScripting(false))
		if err != nil {
			return named{}, err
		}
		return whatIs(doc, fragment), nil
	})
	if err != nil {
		return // the page was read without it
	}
	if found.heading != "" {
		if part, rest, ok := outline.Part(ev.Text, found.heading); ok && rest != "" {
			ev.Text, ev.Lead = strings.TrimSpace(part+"\n\n"+rest), len(part)
			return
		} else if ok {
			return // all of the page
		}
	}
	part := strings.TrimSpace(found.text)
	switch {
	case len(part) < minNamed:
		if postAnchor.MatchString(fragment) {
			ev.MarkPartial("the page has no " + text.Clip(fragment, 40) + ", which the link names")
		}
	case holdsMost(part, ev.Text):
		// All of the page, as of #content, with what was left out of its text.
	case !found.apart && !postAnchor.MatchString(fragment) && !holdsMost(ev.Text, part):
		// A menu, a box of links, all comments.
	default:
		rest := strings.Replace(ev.Text, part, "", 1)
		ev.Text, ev.Lead = strings.TrimSpace(part+"\n\n"+strings.TrimSpace(rest)), len(part)
	}
}

// pageAnchor matches the fragments by which viewers open a page of a PDF (RFC 8118, section 3).
var pageAnchor = lazyregexp.New(`^(?:.*&)?page=(\d{1,5})(?:&.*)?$`)

// leadWithPage puts the page of a PDF that a fragment names first, without taking it out of the
// text behind, whose pages are counted.
func leadWithPage(fragment string, ev *job.Evidence) {
	m := pageAnchor.FindStringSubmatch(fragment)
	if m == nil {
		return
	}
	n, _ := strconv.Atoi(m[1]) // five digits
	if n < 1 || n > len(ev.PageOffsets) {
		ev.MarkPartial(fmt.Sprintf("of page %d, which the link names, nothing was read", n))
		return
	}
	end := len(ev.Text)
	if n < len(ev.PageOffsets) {
		end = ev.PageOffsets[n]
	}
	part := strings.TrimSpace(ev.Text[ev.PageOffsets[n-1]:end])
	switch {
	case part == "":
		ev.MarkPartial(fmt.Sprintf("of page %d, which the link names, nothing was read", n))
		return
	case n == 1:
		return
	}
	lead := fmt.Sprintf("## Page %d, which the link names\n\n%s", n, part)
	ev.Lead = len(lead)
	for i := range ev.PageOffsets {
		ev.PageOffsets[i] += len(lead) + 2
	}
	ev.Text = lead + "\n\n" + ev.Text
}

// holdsMost reports whether at least half of a page's text, by paragraphs, is in part.
func holdsMost(part, whole string) bool {
	own := map[string]bool{}
	for p := range strings.SplitSeq(part, "\n\n") {
		own[text.OneLine(p)] = true
	}
	held := 0
	for p := range strings.SplitSeq(whole, "\n\n") {
		if own[text.OneLine(p)] {
			held += len(p)
		}
	}
	return held*2 >= len(whole)
}

// named is what an anchor names: an element with this text, or what stands below a heading, which
// is better taken from the text of the page, if it has that heading.
type named struct {
	heading, text string
	apart         bool // a description, which may not be in the text of the page
}

// whatIs finds the element of doc that fragment names by its id, or an anchor by its name. GitHub
// and others write a prefix before ids that come from a document.
func whatIs(doc *html.Node, fragment string) named {
	var at *html.Node
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		id := attribute(n, "id")
		if id == fragment || id == "user-content-"+fragment || n.DataAtom == atom.A && attribute(n, "name") == fragment {
			at = n
			break
		}
	}
	// An empty anchor stands before or within what it names.
	for n := at; n != nil && n.DataAtom != atom.Body; n = n.Parent {
		if all := described(n); len(all) > 1 || all[0] != n {
			return named{text: rendered(all...), apart: true}
		}
		if h := headingIn(n); h != nil {
			return named{heading: nth(doc, h), text: rendered(below(h)...)}
		}
		if h := headingOf(n); h != nil {
			return named{heading: nth(doc, h), text: rendered(n)}
		}
		if next := nextElement(n); isHeading(next) && len(words(n)) < minNamed {
			return named{heading: nth(doc, next), text: rendered(below(next)...)}
		}
		if len(words(n)) >= minNamed {
			return named{text: rendered(n)}
		}
	}
	return named{}
}

// headingIn is n, if it is a heading, or the one in it, if there is nothing else; nil for others.
func headingIn(n *html.Node) *html.Node {
	if isHeading(n) {
		return n
	}
	for d := range n.Descendants() {
		if isHeading(d) {
			if words(d) == words(n) {
				return d
			}
			return nil
		}
	}
	return nil
}

// below is a heading, or what wraps it alone, and what follows up to the next heading of its level.
func below(heading *html.Node) []*html.Node {
	top := heading
	for p := top.Parent; p != nil && p.DataAtom != atom.Body && words(p) == words(heading); p = p.Parent {
		top = p
	}
	all := []*html.Node{top}
	for n := top.NextSibling; n != nil; n = n.NextSibling {
		if n.Type == html.ElementNode {
			if h := headingIn(n); h != nil && h.Data <= heading.Data {
				break
			}
		}
		all = append(all, n)
	}
	return all
}

// headingOf is the heading that opens a section or a box, nil when it opens with something else.
func headingOf(n *html.Node) *html.Node {
	for d := range n.Descendants() {
		switch {
		case isHeading(d):
			return d
		case d.Type == html.TextNode && strings.TrimSpace(d.Data) != "":
			return nil
		}
	}
	return nil
}

// nth is the text of a heading, with the number that tells it from those before it of the same
// text, as [outline.Part] takes it.
func nth(doc, heading *html.Node) string {
	name, before := words(heading), 0
	for d := range doc.Descendants() {
		if d == heading {
			break
		}
		if isHeading(d) && words(d) == name {
			before++
		}
	}
	if before == 0 {
		return name
	}
	return fmt.Sprint(name, "-", before)
}

// described is n and what describes it: of a term those of its definitions, of a summary what it
// opens. Reference pages put the id on the signature of a function, which alone says little.
func described(n *html.Node) []*html.Node {
	for p := n; p != nil; p = p.Parent {
		if p.DataAtom == atom.Summary && p.Parent != nil && p.Parent.DataAtom == atom.Details {
			return []*html.Node{p.Parent}
		}
		if p.DataAtom == atom.Dt {
			all := []*html.Node{p}
			for next := nextElement(p); next != nil && next.DataAtom == atom.Dd; next = nextElement(next) {
				all = append(all, next)
			}
			return all
		}
	}
	return []*html.Node{n}
}

// rendered is the readable text of elements.
func rendered(nodes ...*html.Node) string {
	var b bytes.Buffer
	for _, n := range nodes {
		if html.Render(&b, n) != nil {
			return ""
		}
	}
	return render.Fragment(b.String())
}

// isHeading reports whether n is a heading.
func isHeading(n *html.Node) bool {
	if n == nil {
		return false
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// nextElement is the element that follows n among its siblings.
func nextElement(n *html.Node) *html.Node {
	for n = n.NextSibling; n != nil; n = n.NextSibling {
		if n.Type == html.ElementNode || strings.TrimSpace(n.Data) != "" {
			return n
		}
	}
	return nil
}

// words is the text below n, as far as a heading goes.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
		if b.Len() > 500 {
			break
		}
	}
	return text.OneLine(b.String())
}

// attribute is the value of an attribute of n.
func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
