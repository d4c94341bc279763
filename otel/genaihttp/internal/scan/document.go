package scan

import (
	"bytes"
	"encoding/hex"
	"strconv"
)

// cutMark stands behind the part of a string that was kept, before what is known of the rest:
// its length and, where it was media, a digest. JSON has no such byte inside of strings.
const cutMark = 0

const (
	rawBytes   = 64 << 10 // up to here a document is kept as it came
	numbers    = 8        // of a longer array of numbers the first ones are kept
	shortBytes = 128      // of each string, once a document is full
)

// Limits bound what a [Document] keeps, in bytes.
type Limits struct {
	String int  // of each string; the part beyond is only counted
	Total  int  // beyond this, 128 bytes of each string are kept, and beyond twice this nothing
	Digest bool // whether strings that are cut and are base64 get the SHA-256 of what they mean
}

// Document collects a JSON document that comes in pieces. What is small is kept as it came; of
// what is large, long strings are cut and long arrays of numbers shortened as they pass, so that the members
// behind a picture or a thousand vectors are found in bounded memory.
type Document struct {
	Limits Limits
	buf    []byte
	size   int64

	compact bool // buf is no longer what came
	inside  bool // a string
	escaped bool // the next byte, by a backslash
	kept    int  // bytes of the string under way that are in buf
	dropped int  // and that are not
	media   *mediaDigest

	comma    bool // came, and is not written yet
	number   bool // one is under way
	dropping bool // that number
	row      int  // numbers since the last byte that is neither number nor comma
}

// Write adds a piece of the document. It keeps no reference to p.
func (d *Document) Write(p []byte) (int, error) {
	d.size += int64(len(p))
	if !d.compact {
		if len(d.buf)+len(p) <= rawBytes {
			d.buf = append(d.buf, p...)
			return len(p), nil
		}
		whole := d.buf
		d.compact, d.buf = true, make([]byte, 0, rawBytes)
		d.take(whole)
	}
	d.take(p)
	return len(p), nil
}

// Size returns how many bytes came.
func (d *Document) Size() int64 { return d.size }

// Value returns the document, or as much of it as has come. It is good until the next Write or Reset.
func (d *Document) Value() Value {
	b := skipSpace(d.buf)
	for n := len(b); n > 0; n-- {
		if c := b[n-1]; c != ' ' && c != '\r' && c != '\n' && c != '\t' {
			return Value(b[:n])
		}
	}
	return nil
}

// Reset empties the document.
func (d *Document) Reset() {
	if !d.compact { // nothing was taken apart
		d.buf, d.size = d.buf[:0], 0
		return
	}
	buf := d.buf[:0]
	if cap(buf) > 2*rawBytes {
		buf = nil
	}
	*d = Document{Limits: d.Limits, buf: buf}
}

func (d *Document) take(p []byte) {
	for len(p) > 0 {
		if d.inside {
			p = d.takeString(p)
			continue
		}
		c := p[0]
		p = p[1:]
		switch c {
		case ' ', '\n', '\r', '\t':
			d.number = false
		case ',':
			d.number, d.comma = false, true
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '+', 'e', 'E':
			d.takeNumber(c)
		default:
			d.row, d.number = 0, false
			if d.comma {
				d.comma = false
				d.put(',')
			}
			d.put(c)
			if c == '"' {
				d.inside, d.kept, d.dropped = true, 0, 0
			}
		}
	}
}

// takeNumber takes a byte of a number. The e of true and false comes here too, and is none.
func (d *Document) takeNumber(c byte) {
	begins := c == '-' || c >= '0' && c <= '9'
	if !d.number && begins {
		d.number = true
		d.row++
		d.dropping = d.row > numbers
		if d.comma && !d.dropping {
			d.put(',')
		}
		d.comma = false
	}
	if d.number && d.dropping {
		return
	}
	d.put(c)
}

// takeString takes the part of a string that p begins with, and returns what is behind.
func (d *Document) takeString(p []byte) []byte {
	end, closed := len(p), false
	quote := -1 // the next one; looked for once, however many escapes stand before it
	for i := 0; i < len(p); {
		if d.escaped {
			d.escaped = false
			i++
			continue
		}
		if quote < i {
			quote = len(p)
			if n := bytes.IndexByte(p[i:], '"'); n >= 0 {
				quote = i + n
			}
		}
		if escape := bytes.IndexByte(p[i:quote], '\\'); escape >= 0 {
			d.escaped = true
			i += escape + 1
			continue
		}
		if quote < len(p) {
			end, closed = quote, true
		}
		break
	}
	d.keep(p[:end])
	if !closed {
		return nil
	}
	if d.dropped > 0 && !d.full() {
		d.trim()
		d.buf = append(d.buf, cutMark)
		d.buf = strconv.AppendInt(d.buf, int64(d.kept+d.dropped), 10)
		if d.media != nil {
			d.buf = append(append(d.buf, ':'), d.media.sum()...)
		}
	}
	d.inside, d.media = false, nil
	d.put('"')
	return p[end+1:]
}

// keep appends a part of a string as far as its limit goes.
func (d *Document) keep(p []byte) {
	limit := d.Limits.String
	if len(d.buf) > d.Limits.Total {
		limit = min(limit, shortBytes)
	}
	n := min(len(p), max(limit-d.kept, 0))
	if len(d.buf)+n > 2*d.Limits.Total {
		n = 0
	}
	if d.dropped > 0 {
		n = 0 // what was cut has one end
	}
	begins := n < len(p) && d.dropped == 0 && d.Limits.Digest && !d.full()
	d.buf = append(d.buf, p[:n]...)
	d.kept += n
	d.dropped += len(p) - n
	if begins {
		d.media = newMediaDigest(d.buf[len(d.buf)-d.kept:])
	}
	if d.media != nil {
		d.media.write(p[n:])
	}
}

// trim takes half an escape and half a character off the end of a string that was cut.
func (d *Document) trim() {
	kept := d.buf[len(d.buf)-d.kept:]
	drop := 0
	// \uXXXX has six bytes, and a pair of them one character.
	for back := 1; back <= min(12, len(kept)); back++ {
		if at := len(kept) - back; kept[at] == '\\' && (at == 0 || kept[at-1] != '\\') {
			drop = back
		}
	}
	for drop < len(kept) && kept[len(kept)-1-drop] >= 0x80 && kept[len(kept)-1-drop] < 0xC0 {
		drop++
	}
	if drop < len(kept) && kept[len(kept)-1-drop] >= 0xC0 {
		drop++
	}
	// A row of backslashes: whether the last one escapes is known from its first only.
	slashes := 0
	for slashes < len(kept)-drop && kept[len(kept)-1-drop-slashes] == '\\' {
		slashes++
	}
	if slashes%2 == 1 {
		drop++
	}
	d.buf = d.buf[:len(d.buf)-drop]
}

// put appends a byte of structure.
func (d *Document) put(c byte) {
	if !d.full() {
		d.buf = append(d.buf, c)
	}
}

// full reports whether nothing more is kept.
func (d *Document) full() bool { return len(d.buf) >= 2*d.Limits.Total+rawBytes }

// Cut tells of a string that a [Document] cut: how long it was in bytes as written, and the
// digest of the media in it, as hex digits, if it was any and digests were asked for. Of another value it is 0 and "".
func (v Value) Cut() (size int64, digest string) {
	raw := v.raw()
	i := bytes.LastIndexByte(raw, cutMark)
	if i < 0 {
		return 0, ""
	}
	length, sum, _ := bytes.Cut(raw[i+1:], []byte{':'})
	size, err := strconv.ParseInt(string(length), 10, 64)
	if err != nil || size < 0 {
		return 0, ""
	}
	if _, err := hex.DecodeString(string(sum)); err != nil {
		return size, ""
	}
	return size, string(sum)
}

// Plain returns a copy of the value that is JSON: a string that a [Document] cut ends with an ellipsis there.
func (v Value) Plain() []byte {
	if bytes.IndexByte(v, cutMark) < 0 {
		return append([]byte(nil), v...)
	}
	out := make([]byte, 0, len(v))
	for rest := []byte(v); len(rest) > 0; {
		text, mark, found := bytes.Cut(rest, []byte{cutMark})
		out = append(out, text...)
		if !found {
			break
		}
		out = append(out, "…"...)
		rest = mark[max(bytes.IndexByte(mark, '"'), 0):]
	}
	return out
}
