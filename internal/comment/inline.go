package comment

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	mdtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// span is a stretch of text of one kind. Spans of a text follow each other
// without anything between them; spaces are part of Text.
type span struct {
	Text       string
	Bold, Code bool
	Link       string // address, already safe
}

// inline reads the Markdown that models write comments in: bold, code, links
// and addresses that stand alone. Everything else is text, above all HTML,
// entities, and single stars and underscores, which are more often names than
// emphasis. Line breaks become spaces. Text of nothing visible gives nil. Text
// that no comment could be, by its length or its marks, is text throughout.
func inline(s string) []span {
	source := []byte(line(s))
	if len(source) == 0 {
		return nil
	}
	if len(source) > maxParsed || bytes.Count(source, []byte("["))+bytes.Count(source, []byte("`")) > maxParsedMarks ||
		bytes.Count(source, []byte("**"))+bytes.Count(source, []byte("__")) > maxParsedMarks {
		return linkAddresses([]span{{Text: string(source)}})
	}
	r := reader{source: source}
	r.children(inlineParser().Parse(mdtext.NewReader(source)), false)
	return linkAddresses(r.spans)
}

// What is read as Markdown at most: the parser looks for the other mark of each
// anew, which takes the square of their number. The gates let through 3,000
// characters in one part.
const (
	maxParsed      = 16 << 10 // bytes
	maxParsedMarks = 400      // of links and code, and of bold
)

// plain is text without any markup.
func plain(s string) []span {
	if s = line(s); s == "" {
		return nil
	}
	return []span{{Text: s}}
}

// reader turns a syntax tree into spans. It serves one text.
type reader struct {
	source []byte
	spans  []span
}

// children adds what the nodes below n say, in bold if bold is set.
func (r *reader) children(n ast.Node, bold bool) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		r.node(c, bold)
	}
}

// node adds what one node says. Unknown kinds say what is below them, so that a
// new one loses no text.
func (r *reader) node(n ast.Node, bold bool) {
	switch n := n.(type) {
	case *ast.Text:
		r.spans = appendText(r.spans, textOf(n, r.source), bold)
	case *ast.CodeSpan:
		if code := strings.TrimSpace(r.label(n)); code != "" {
			r.spans = append(r.spans, span{Text: code, Bold: bold, Code: true})
		}
	case *strong:
		// A mark of one sign is left of three; it is text.
		r.spans = appendText(r.spans, n.literal(), bold)
		r.children(n, bold || n.literal() == "")
		r.spans = appendText(r.spans, n.literal(), bold)
	case *ast.Link:
		r.link(n, n.Destination, bold)
	case *ast.Image:
		r.link(n, n.Destination, bold)
	default:
		r.children(n, bold)
	}
}

// link adds a link or image by the rules of linked. An image becomes a link to
// it: it would be loaded, and show what nobody has checked.
func (r *reader) link(n ast.Node, destination []byte, bold bool) {
	for _, s := range linked(r.label(n), string(util.UnescapePunctuations(destination)), bold) {
		if s.Link == "" {
			r.spans = appendText(r.spans, s.Text, bold)
		} else {
			r.spans = append(r.spans, s)
		}
	}
}

// linkAddresses makes links of the addresses that stand in text. goldmark asks
// its parsers at ASCII punctuation and spaces only, and would miss those behind
// a quotation mark or an ideograph.
func linkAddresses(spans []span) []span {
	out := make([]span, 0, len(spans))
	for _, s := range spans {
		if s.Code || s.Link != "" {
			out = append(out, s)
			continue
		}
		// Each round finds an address. What was before it since the last link is text.
		for at := 0; ; {
			start, end, ok := text.FindURL(s.Text[at:])
			if !ok {
				break
			}
			start, end = at+start, at+end
			if safe := safeURL(s.Text[start:end]); safe != "" {
				out = appendText(out, s.Text[:start], s.Bold)
				out = append(out, span{Text: shown(s.Text[start:end], safe), Bold: s.Bold, Link: safe})
				s.Text, end = s.Text[end:], 0
			}
			at = end
		}
		out = appendText(out, s.Text, s.Bold)
	}
	return out
}

// label is the text below n without markup: a link in bold keeps its words
// only.
func (r *reader) label(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.WriteString(textOf(c, r.source))
		default:
			b.WriteString(r.label(c))
		}
	}
	return b.String()
}

// textOf is the text of a node without the backslashes that escape signs.
func textOf(t *ast.Text, source []byte) string {
	value := t.Value(source)
	if !t.IsRaw() {
		value = util.UnescapePunctuations(value)
	}
	return string(value)
}

// appendText adds text, to the last span where that is text of the same kind:
// renderers look at what touches a mark.
func appendText(out []span, s string, bold bool) []span {
	if s == "" {
		return out
	}
	if n := len(out); n > 0 && out[n-1].Bold == bold && !out[n-1].Code && out[n-1].Link == "" {
		out[n-1].Text += s
		return out
	}
	return append(out, span{Text: s, Bold: bold})
}

// linked is a link with a label. Readers must see where it leads: a label that
// doesn't say so gets the host beside it, one that names another host is
// replaced by the address. A link that is not safe becomes text, with its
// address in brackets.
func linked(label, address string, bold bool) []span {
	label = strings.TrimSpace(strings.NewReplacer("`", "", "<", "", ">", "", "|", "").Replace(label))
	safe := safeURL(address)
	if safe == "" {
		return appendText(nil, strings.TrimSpace(label+" "+bracketed(address)), bold)
	}
	u, err := url.Parse(safe)
	if err != nil {
		return appendText(nil, label, bold)
	}
	if label == "" || hostLike.MatchString(label) {
		return []span{{Text: safe, Bold: bold, Link: safe}}
	}
	return append([]span{{Text: label, Bold: bold, Link: safe}}, span{Text: " (" + u.Hostname() + ")", Bold: bold})
}

// bracketed is s in brackets; nothing for nothing.
func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// hostLike finds what looks like an address of its own: "example.com",
// "docs.x.io/a", "пример.рф", anything with "://". A false alarm, such as
// Node.js, costs a label only.
var hostLike = lazyregexp.New(`[\pL\pM\pN-]\.\pL[\pL\pM]+(?:[^\pL\pM\pN_]|$)|://`)

// unmarked joins the text of spans, for places that have no markup.
func unmarked(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

// lastRune and firstRune return U+FFFD for an empty string, which is no
// wordRune.
func lastRune(s string) rune { r, _ := utf8.DecodeLastRuneInString(s); return r }

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
