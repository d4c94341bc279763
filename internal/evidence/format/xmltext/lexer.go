package xmltext

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// kind is what a token of markup is.
type kind int

const (
	textToken kind = iota
	startToken
	emptyToken // a start tag that ends its element
	endToken
	cdataToken
	otherToken // a comment, an instruction or a document type
)

// token is a part of XML. Of a tag, name is its name in small letters and rest what stands
// between it and the end of the tag; of text and CDATA, rest is the text.
type token struct {
	kind kind
	name string
	rest []byte
}

// lexer cuts XML into tokens, and takes what is not well-formed for what was meant. It looks at
// each byte a constant number of times.
type lexer struct {
	b  []byte
	at int
}

// next is the next token; ok is false at the end. A tag that is cut off by the end is left out.
func (l *lexer) next() (t token, ok bool) {
	if l.at >= len(l.b) {
		return token{}, false
	}
	b := l.b[l.at:]
	if b[0] != '<' {
		n := bytes.IndexByte(b, '<')
		if n < 0 {
			n = len(b)
		}
		l.at += n
		return token{kind: textToken, rest: b[:n]}, true
	}
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		return l.until("<!--", "-->", otherToken), true
	case len(b) >= 9 && bytes.EqualFold(b[:9], []byte("<![cdata[")):
		return l.until("<![CDATA[", "]]>", cdataToken), true
	case bytes.HasPrefix(b, []byte("<?")):
		return l.until("<?", ">", otherToken), true
	case bytes.HasPrefix(b, []byte("<!")):
		return l.docType(), true
	}
	return l.tag()
}

// until takes what stands between two marks; without the second, the rest.
func (l *lexer) until(from, to string, k kind) token {
	b := l.b[l.at+len(from):]
	n := bytes.Index(b, []byte(to))
	if n < 0 {
		l.at = len(l.b)
		return token{kind: k, rest: b}
	}
	l.at += len(from) + n + len(to)
	return token{kind: k, rest: b[:n]}
}

// docType takes a document type, which may hold declarations in brackets.
func (l *lexer) docType() token {
	b := l.b[l.at:]
	end := bytes.IndexByte(b, '>')
	if end >= 0 && bytes.IndexByte(b[:end], '[') >= 0 {
		shut := max(bytes.IndexByte(b, ']'), 0)
		if end = bytes.IndexByte(b[shut:], '>'); shut == 0 {
			end = -1
		} else if end >= 0 {
			end += shut
		}
	}
	if end < 0 {
		end = len(b) - 1 // it breaks off
	}
	l.at += end + 1
	return token{kind: otherToken, rest: b[:end]}
}

// tag takes a tag. A "<" that begins none is text.
func (l *lexer) tag() (t token, ok bool) {
	b := l.b[l.at:]
	name := b[1:]
	t.kind = startToken
	if bytes.HasPrefix(name, []byte("/")) {
		t.kind, name = endToken, name[1:]
	}
	n := nameLength(name)
	if n == 0 {
		l.at++
		return token{kind: textToken, rest: b[:1]}, true
	}
	t.name = plainName(name[:n])
	body := name[n:]
	end, first := -1, -1
	quote := byte(0)
scan:
	for i, c := range body {
		switch {
		case c == '<':
			break scan
		case c == '>' && first < 0:
			first = i
			fallthrough
		case c == '>':
			if quote == 0 {
				end = i
				break scan
			}
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		}
	}
	if end < 0 {
		// A quotation mark too many.
		end = first
	}
	if end < 0 {
		rest := bytes.IndexByte(body, '<')
		if rest < 0 {
			l.at = len(l.b)
			return token{}, false
		}
		l.at++
		return token{kind: textToken, rest: b[:1]}, true
	}
	l.at += len(b) - len(body) + end + 1
	t.rest = bytes.TrimSpace(body[:end])
	if t.kind == startToken && bytes.HasSuffix(t.rest, []byte("/")) {
		t.kind, t.rest = emptyToken, t.rest[:len(t.rest)-1]
	}
	return t, true
}

// nameLength is the length of the name at the beginning of b; 0 when there is none.
func nameLength(b []byte) int {
	n := 0
	for n < len(b) {
		c := b[n]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
		if !letter && (n == 0 || !(c >= '0' && c <= '9' || c == '-' || c == '.' || c == ':')) {
			break
		}
		n++
	}
	return n
}

// plainName is a name in small letters with one colon at most: parsers that know namespaces refuse the text for
// another.
func plainName(b []byte) string {
	name := string(bytes.ToLower(b))
	if prefix, rest, ok := strings.Cut(name, ":"); ok && strings.Contains(rest, ":") {
		return prefix + ":" + strings.ReplaceAll(rest, ":", "_")
	}
	return name
}

// local is a name without its prefix.
func local(name string) string {
	if i := bytes.LastIndexByte([]byte(name), ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}
