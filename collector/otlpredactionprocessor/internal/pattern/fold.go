package pattern

import (
	"bytes"
	"sync"
)

// maxKept bounds the bytes of a buffer that is used again.
const maxKept = 1 << 20

// folder keeps a text in the spelling in which the case of letters does not matter, so that it
// is made once for all patterns.
type folder struct {
	pool   *sync.Pool
	buffer *[]byte
	folded []byte
}

// fold gives the text in that spelling.
func (f *folder) fold(text string) []byte {
	if f.folded == nil {
		if f.buffer == nil {
			if f.buffer, _ = f.pool.Get().(*[]byte); f.buffer == nil {
				f.buffer = new([]byte)
			}
		}
		f.folded = appendFolded((*f.buffer)[:0], text)
		*f.buffer = f.folded
	}
	return f.folded
}

// forget says that the text has changed.
func (f *folder) forget() { f.folded = nil }

func (f *folder) done() {
	if f.buffer != nil && cap(*f.buffer) <= maxKept {
		f.pool.Put(f.buffer)
	}
}

// appendFolded appends a text with small letters in place of all spellings that a regular expression takes
// for one: beside capitals those are the long s and the sign of Kelvin.
func appendFolded(b []byte, text string) []byte {
	ascii := true
	for i := range len(text) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		ascii = ascii && c < 0x80
		b = append(b, c)
	}
	if !ascii {
		b = replace(replace(b, "ſ", 's'), "\u212a", 'k')
	}
	return b
}

// replace puts a letter in place of a longer text, within the same bytes.
func replace(b []byte, text string, letter byte) []byte {
	first := bytes.Index(b, []byte(text))
	if first < 0 {
		return b
	}
	out := b[:first]
	for rest := b[first:]; ; {
		i := bytes.Index(rest, []byte(text))
		if i < 0 {
			return append(out, rest...)
		}
		out = append(append(out, rest[:i]...), letter)
		rest = rest[i+len(text):]
	}
}
