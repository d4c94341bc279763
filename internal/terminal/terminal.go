// Package terminal is the one printer between the program and a person's terminal. In goes what
// is printed, with whatever servers, pages and file names brought along; out comes the same text
// in which nothing acts on the terminal or turns the order of the text.
package terminal

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/text"
)

// Writer cleans what is written to another writer. Control characters other than tab and line
// feed, and those that turn the direction of text, are written as \u001b is in JSON, so that
// they are seen, and so that JSON means the same after as before. Bytes that are no UTF-8 become
// U+FFFD, since a terminal may read them as controls of eight bits. It is safe for concurrent
// use; each call of Write is passed on by one call at most.
type Writer struct {
	mu   sync.Mutex
	w    io.Writer
	ours [][]byte // sequences that pass
	rest []byte   // the beginning of a character whose end is still to come
}

// NewWriter cleans for w. The sequences named pass as they are: those that the program writes
// itself, such as colours. Text from outside that goes into the same output must then be cleaned
// by [Clean] first.
func NewWriter(w io.Writer, ours ...string) *Writer {
	c := &Writer{w: w}
	for _, s := range ours {
		c.ours = append(c.ours, []byte(s))
	}
	return c
}

// Write implements [io.Writer]. It returns the length of p, or an error of the writer below.
func (c *Writer) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := p
	if len(c.rest) > 0 {
		all = append(c.rest, p...)
	}
	cleaned, rest := clean(all, c.ours)
	c.rest = bytes.Clone(rest)
	if len(cleaned) == 0 {
		return len(p), nil
	}
	if _, err := c.w.Write(cleaned); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Clean is s as a Writer prints it.
func Clean(s string) string {
	cleaned, rest := clean([]byte(s), nil)
	if len(rest) > 0 {
		cleaned = append(cleaned, string(utf8.RuneError)...)
	}
	return string(cleaned)
}

// clean returns p cleaned, and what of its end may be the beginning of a character.
func clean(p []byte, ours [][]byte) (cleaned, rest []byte) {
	out := make([]byte, 0, len(p))
next:
	for len(p) > 0 {
		for _, s := range ours {
			if bytes.HasPrefix(p, s) {
				out, p = append(out, s...), p[len(s):]
				continue next
			}
		}
		if !utf8.FullRune(p) {
			return out, p
		}
		r, size := utf8.DecodeRune(p)
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(out, string(utf8.RuneError)...)
		case acts(r):
			out = escape(out, r)
		default:
			out = append(out, p[:size]...)
		}
		p = p[size:]
	}
	return out, nil
}

// acts reports whether a terminal does something with r instead of showing it, or shows nothing
// for it: controls of both sets (ECMA-48), what turns the direction of text (UAX #9), other
// characters without a form, and the separators of lines and paragraphs.
func acts(r rune) bool {
	return r != '\t' && r != '\n' && (text.Invisible(r) || unicode.In(r, unicode.Zl, unicode.Zp))
}

// escape appends r as JSON escapes it, in two halves beyond U+FFFF.
func escape(out []byte, r rune) []byte {
	if r <= 0xffff {
		return fmt.Appendf(out, `\u%04x`, r)
	}
	hi, lo := utf16.EncodeRune(r)
	return fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
}
