package xmltext

import (
	"bytes"
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

// Root is the name of the root element of XML, in small letters and without its prefix. junk is
// true when there is more before it than a prolog; "" when there is no element. It looks at the
// first limit bytes.
func Root(body []byte, limit int) (name string, junk bool) {
	l := &lexer{b: trimMarks(body[:min(len(body), limit)])}
	for {
		t, ok := l.next()
		if !ok {
			return "", junk
		}
		switch t.kind {
		case startToken, emptyToken:
			return local(t.name), junk
		case textToken, cdataToken:
			junk = junk || len(bytes.TrimSpace(t.rest)) > 0
		case endToken:
			junk = true
		}
	}
}

// trimMarks takes off byte order marks and NUL bytes.
func trimMarks(b []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), "\x00\xff\xfe \t\r\n")
}

// Repair makes text, which is UTF-8, XML that parsers take: what stands before and after the
// first element with one of the root names (in small letters, without prefix) goes, and so do
// comments, declarations and signs that XML forbids; names are in small letters; entities of HTML
// and a bare "&" or "<" become what they mean; elements that overlap or that the text's end cuts
// off are closed. It takes linear time.
func Repair(text []byte, roots ...string) []byte {
	r := &repair{open: map[string]int{}}
	r.b.Grow(len(text) + 128)
	r.b.WriteString(`<?xml version="1.0" encoding="utf-8"?>`)
	l := &lexer{b: trimMarks(text)}
	begun := false
	for {
		t, ok := l.next()
		if !ok || begun && len(r.stack) == 0 {
			break // the text or its root has ended
		}
		if !begun {
			if t.kind != startToken && t.kind != emptyToken || len(roots) > 0 && !slices.Contains(roots, local(t.name)) {
				continue
			}
			begun = true
		}
		switch t.kind {
		case textToken:
			r.text(t.rest)
		case cdataToken:
			r.b.WriteString("<![CDATA[")
			r.b.Write(bytes.ReplaceAll(legal(t.rest), []byte("]]>"), nil))
			r.b.WriteString("]]>")
		case startToken:
			if len(r.stack) < maxDepth {
				r.start(t, ">")
				r.stack = append(r.stack, t.name)
				r.open[t.name]++
			}
		case emptyToken:
			r.start(t, "/>")
		case endToken:
			r.end(t.name)
		case otherToken:
		}
	}
	for len(r.stack) > 0 {
		r.pop()
	}
	return r.b.Bytes()
}

type repair struct {
	b     bytes.Buffer
	stack []string
	open  map[string]int // how often a name is on the stack
}

// pop closes the innermost element.
func (r *repair) pop() {
	name := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	r.open[name]--
	r.b.WriteString("</" + name + ">")
}

// end closes the innermost element of a name and those in it; there may be none.
func (r *repair) end(name string) {
	if r.open[name] == 0 {
		return
	}
	for r.stack[len(r.stack)-1] != name {
		r.pop()
	}
	r.pop()
}

// start writes a start tag; names of attributes are in small letters.
func (r *repair) start(t token, end string) {
	r.b.WriteString("<" + t.name)
	for rest := t.rest; ; {
		rest = bytes.TrimLeft(rest, " \t\r\n/\"'")
		n := nameLength(rest)
		if n == 0 {
			if len(rest) == 0 {
				break
			}
			rest = rest[1:]
			continue
		}
		name := plainName(rest[:n])
		rest = bytes.TrimLeft(rest[n:], " \t\r\n")
		var value []byte
		if bytes.HasPrefix(rest, []byte("=")) {
			rest = bytes.TrimLeft(rest[1:], " \t\r\n")
			value, rest = attributeValue(rest)
		}
		if name == "ispermalink" {
			name = "isPermaLink" // as RSS writes it
		}
		r.b.WriteString(" " + name + `="`)
		before := r.b.Len()
		r.text(value)
		if i := bytes.IndexByte(r.b.Bytes()[before:], '"'); i >= 0 {
			escaped := bytes.ReplaceAll(r.b.Bytes()[before:], []byte(`"`), []byte("&quot;"))
			r.b.Truncate(before)
			r.b.Write(escaped)
		}
		r.b.WriteString(`"`)
	}
	r.b.WriteString(end)
}

// attributeValue takes a value in quotation marks or without them.
func attributeValue(b []byte) (value, rest []byte) {
	if len(b) > 0 && (b[0] == '"' || b[0] == '\'') {
		if n := bytes.IndexByte(b[1:], b[0]); n >= 0 {
			return b[1 : n+1], b[n+2:]
		}
		return b[1:], nil
	}
	if n := bytes.IndexAny(b, " \t\r\n"); n >= 0 {
		return b[:n], b[n:]
	}
	return b, nil
}

// text writes text between tags.
func (r *repair) text(b []byte) {
	b = legal(b)
	for len(b) > 0 {
		n := bytes.IndexAny(b, "&<>")
		if n < 0 {
			r.b.Write(b)
			return
		}
		r.b.Write(b[:n])
		switch b = b[n:]; b[0] {
		case '<':
			r.b.WriteString("&lt;")
			b = b[1:]
		case '>':
			r.b.WriteString("&gt;")
			b = b[1:]
		default:
			entity := entityAt(b)
			r.b.WriteString(meaning(entity))
			b = b[max(len(entity), 1):]
		}
	}
}

// maxEntity is the length of the longest entity of HTML.
const maxEntity = 34

// entityAt is the entity at the beginning of b, "" for a bare "&".
func entityAt(b []byte) string {
	for i := 1; i < min(len(b), maxEntity); i++ {
		c := b[i]
		switch {
		case c == ';' && i > 1:
			return string(b[:i+1])
		case c == '#' && i == 1, c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		default:
			return ""
		}
	}
	return ""
}

// meaning is an entity as XML has it.
func meaning(entity string) string {
	switch entity {
	case "&amp;", "&lt;", "&gt;", "&quot;", "&apos;":
		return entity
	case "":
		return "&amp;"
	}
	plain := html.UnescapeString(entity)
	if plain == entity {
		return "&amp;" + entity[1:] // none that HTML knows
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(string(legal([]byte(plain))))
}

// legal drops the characters that XML forbids (XML 1.0, 2.2).
func legal(b []byte) []byte {
	bad := func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
	}
	if !bytes.ContainsFunc(b, bad) {
		return b
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if !bad(r) {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	return out
}

// Plain is the text of XML. That of an element is on a line of its own, unless the element stands
// in text.
func Plain(body []byte) string {
	l := &lexer{b: trimMarks(body)}
	var out, line strings.Builder
	flush := func() {
		if words := strings.Join(strings.Fields(line.String()), " "); words != "" {
			out.WriteString(words + "\n")
		}
		line.Reset()
	}
	var within []bool // of each open element: it stands in text
	words := false    // the last token was text
	for {
		t, ok := l.next()
		if !ok {
			break
		}
		switch t.kind {
		case textToken, cdataToken:
			said := string(t.rest)
			if t.kind == textToken {
				said = html.UnescapeString(said)
			}
			line.WriteString(said)
			words = words || strings.TrimSpace(said) != ""
			continue
		case startToken:
			if line.WriteByte(' '); !words {
				flush()
			}
			if len(within) < maxDepth {
				within = append(within, words)
			}
		case endToken:
			line.WriteByte(' ')
			if n := len(within) - 1; n >= 0 {
				if !within[n] {
					flush()
				}
				words = within[n]
				within = within[:n]
				continue
			}
		case emptyToken:
			line.WriteByte(' ')
			continue
		case otherToken:
			continue
		}
		words = false
	}
	flush()
	return strings.TrimSpace(out.String())
}

// maxDepth is how many elements may be open; those within are as if their tags were not there.
const maxDepth = 500
