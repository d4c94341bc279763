package visible

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// Servers that stream a page send slow parts late, in hidden elements, and a short script behind
// each that moves it to where it belongs. The scripts name both, by their ids:
//
//	$RC("B:0","S:0")   React: the content of S:0 takes the place of the template B:0 and of
//	                   what follows it up to the comment /$
//	$RS("S:1","P:1")   React: S:1 takes the place of the template P:1
//	$df("0-1")         Solid: the template 0-1 takes that of pl-0-1 up to the comment pl-0-1
//	$af("0")           Marko: af0 takes the place of afph0
//
// Sources: react-dom, ReactDOMFizzInstructionSetShared.js; dom-expressions, server.js; Marko,
// reorder-runtime.js.

// streamed are the parts of a page that scripts may move, and all of its ids.
type streamed struct {
	parts map[string]*html.Node
	ids   map[string]*html.Node
	sizes map[*html.Node]int // of parts that were read
	steps int                // nodes that may be passed yet, in search of the end of what stands in a part's place
}

// maxHops bounds those: the scripts of a page may name each place often.
const maxHops = 1_000_000

// moveStreamed moves streamed parts of a page to where its scripts move them.
func moveStreamed(doc *html.Node) {
	s := streamed{map[string]*html.Node{}, map[string]*html.Node{}, map[*html.Node]int{}, maxHops}
	var scripts []string
	var pairs [][2]string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			if c.DataAtom == atom.Script {
				if code := tree.Raw(c); len(code) <= maxMover {
					scripts = append(scripts, code)
				}
				continue
			}
			if len(c.Attr) > 0 {
				s.note(c)
				if b, p := tree.Attr(c, "data-bid"), tree.Attr(c, "data-sid"); b != "" && p != "" {
					pairs = append(pairs, [2]string{b, p})
				}
			}
			walk(c)
		}
	}
	walk(doc)
	if len(s.parts) == 0 {
		return
	}
	for _, p := range pairs {
		s.move(p[0], p[1])
	}
	for _, code := range scripts {
		s.run(code)
	}
}

// maxMover bounds the scripts that are read for what they move, in bytes: they come with the
// runtime at most.
const maxMover = 16 << 10

// note takes down an element with an id, and that it may be a part: it is hidden by itself.
func (s *streamed) note(n *html.Node) {
	id := tree.Attr(n, "id")
	if id == "" || len(id) > maxID || s.ids[id] != nil {
		return
	}
	s.ids[id] = n
	if n.FirstChild != nil && (n.DataAtom == atom.Template || tree.HasAttr(n, "hidden") || styleAttribute(n).get(propDisplay) == "none") {
		s.parts[id] = n
	}
}

// maxID bounds the ids that are looked for in scripts, in bytes.
const maxID = 80

// run does what a script does that names parts of the page: two ids as the arguments of a call,
// or one that both follow from.
func (s *streamed) run(code string) {
	last, end := "", -1 // the string before, and where it ended
	for i := 0; i < len(code); i++ {
		quote := code[i]
		if quote != '"' && quote != '\'' {
			continue
		}
		n := strings.IndexByte(code[i+1:min(len(code), i+2+maxID)], quote)
		if n < 0 {
			continue
		}
		id := code[i+1 : i+1+n]
		called := i > 0 && code[i-1] == '('
		switch {
		case end >= 0 && strings.Trim(code[end:i], " ,") == "" && i > end:
			s.move(last, id)
			end = -1
		case called && s.parts[id] != nil && s.ids["pl-"+id] != nil:
			s.move("pl-"+id, id)
		case called && s.parts["af"+id] != nil && s.ids["afph"+id] != nil:
			s.move("afph"+id, "af"+id)
		case called:
			last, end = id, i+n+2
		}
		i += n + 1
	}
}

// move puts what is in the part of two elements into the place that the other one is.
func (s *streamed) move(a, b string) {
	part, place := s.parts[b], s.ids[a]
	if part == nil || s.parts[a] != nil && part.DataAtom != atom.Template {
		if part, place = s.parts[a], s.ids[b]; part == nil {
			return
		}
	}
	if place == nil && strings.HasPrefix(tree.Attr(part, "id"), "S:") && s.read(part) >= 0 {
		show(part) // its place was cut off, or is of another shape
	}
	if place == nil || part == place || place.Parent == nil || part.Parent == nil || within(place, part) || within(part, place) {
		return
	}
	size := s.read(part)
	if size < 0 {
		return
	}
	into := place.Parent
	switch {
	case place.DataAtom == atom.Template || place.DataAtom == atom.Noscript || place.FirstChild == nil:
		s.dropFallback(place)
	case size >= aPassage && !longer(place, aSentence):
		// The place is a box with the picture of something that loads.
		into = place
		for place.FirstChild != nil {
			place.RemoveChild(place.FirstChild)
		}
		place = nil
	default:
		return
	}
	for c := part.FirstChild; c != nil; c = part.FirstChild {
		part.RemoveChild(c)
		into.InsertBefore(c, place)
	}
	delete(s.parts, a)
	delete(s.parts, b)
	if part.Parent != nil { // it did not stand in what its place had until then
		part.Parent.RemoveChild(part)
	}
	if place != nil {
		into.RemoveChild(place)
	}
}

// read is the size of a part, from which the orders are taken out; -1 for one that is an order.
func (s *streamed) read(part *html.Node) int {
	size, known := s.sizes[part]
	if !known {
		size = letters(tree.Text(part))
		if orders(part, size) || !parts(part) && commanding(part) {
			size = -1
		} else {
			dropOrders(part)
		}
		s.sizes[part] = size
	}
	return size
}

// longer reports whether n has as much text as that, in bytes without white space.
func longer(n *html.Node, size int) bool {
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil && size > 0; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				size -= letters(c.Data)
			case c.DataAtom != atom.Script && c.DataAtom != atom.Style:
				walk(c)
			}
		}
	}
	walk(n)
	return size <= 0
}

// dropFallback takes out what stands behind a place until its part has come, up to the comment
// that ends it.
func (s *streamed) dropFallback(place *html.Node) {
	id, depth := tree.Attr(place, "id"), 0
	end := (*html.Node)(nil)
	for n := place.NextSibling; n != nil && s.steps > 0; n = n.NextSibling {
		s.steps--
		if n.Type != html.CommentNode {
			continue
		}
		if n.Data == id || n.Data == "/$" && depth == 0 && strings.HasPrefix(id, "B:") {
			end = n
			break
		}
		switch {
		case n.Data == "/$":
			depth--
		case strings.HasPrefix(n.Data, "$"):
			depth++
		}
	}
	if end == nil {
		return
	}
	for place.NextSibling != end {
		place.Parent.RemoveChild(place.NextSibling)
	}
}

// within reports whether n is below outer.
func within(n, outer *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p == outer {
			return true
		}
	}
	return false
}
