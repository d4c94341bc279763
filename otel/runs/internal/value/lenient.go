package value

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parsed is Structured for text that only nearly is JSON: the spelling of a Python
// list or dict ({'cache_read': 1024}), and JSON that a length limit cut off, of which
// all that came before the cut is read. cut reports the latter.
func Parsed(v any) (out any, cut bool) {
	v = Structured(v)
	s, ok := v.(string)
	if !ok {
		return v, false
	}
	t := strings.TrimSpace(s)
	if !couldBeLiteral(t) {
		return v, false
	}
	p := literal{text: t}
	out, ok = p.value(0)
	p.blanks()
	if !ok || p.at < len(p.text) {
		return v, false
	}
	return out, p.cut
}

// couldBeLiteral tells the beginning of a list or an object from prose in brackets: the
// bracket is followed by another one, a quote, a number, a word of JSON, or nothing.
func couldBeLiteral(t string) bool {
	if t == "" || t[0] != '{' && t[0] != '[' {
		return false
	}
	rest := strings.TrimLeft(t[1:], " \t\r\n")
	if rest == "" {
		return false
	}
	if t[0] == '{' {
		return rest[0] == '"' || rest[0] == '\''
	}
	return strings.IndexByte(`"'{[(-0123456789tfnTFN`, rest[0]) >= 0
}

// literal is a reader of JSON and of Python's spelling of the same values. Where the
// text ends too early it gives what it has and sets cut.
type literal struct {
	text string
	at   int
	cut  bool
}

func (p *literal) blanks() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// next gives the next byte that is no blank, 0 at the end.
func (p *literal) next() byte {
	p.blanks()
	for _, mark := range []string{"...", "…", "[trunc", "<trunc", "(trunc", "[TRUNC"} {
		if strings.HasPrefix(p.text[p.at:], mark) { // what some write where they cut
			p.at = len(p.text)
		}
	}
	if p.at == len(p.text) {
		p.cut = true
		return 0
	}
	return p.text[p.at]
}

func (p *literal) value(depth int) (any, bool) {
	if depth > MaxDepth {
		return nil, false
	}
	switch c := p.next(); c {
	case 0:
		return nil, true
	case '{':
		return p.object(depth)
	case '[':
		return p.list(']', depth)
	case '(':
		return p.list(')', depth)
	case '"', '\'':
		return p.quoted(c), true
	}
	return p.word()
}

func (p *literal) list(end byte, depth int) (any, bool) {
	p.at++
	out := []any{}
	for {
		switch p.next() {
		case end:
			p.at++
			return out, true
		case 0:
			return out, true
		}
		e, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		out = append(out, e)
		if !p.comma(end) {
			return nil, false
		}
	}
}

func (p *literal) object(depth int) (any, bool) {
	p.at++
	out := map[string]any{}
	for {
		c := p.next()
		switch c {
		case '}':
			p.at++
			return out, true
		case 0:
			return out, true
		case '"', '\'':
		default:
			return nil, false
		}
		key := p.quoted(c)
		switch p.next() {
		case ':':
			p.at++
		case 0:
			return out, true // a name whose value was cut off
		default:
			return nil, false
		}
		if p.next() == 0 {
			return out, true
		}
		e, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		out[key] = e
		if !p.comma('}') {
			return nil, false
		}
	}
}

// comma passes the comma between two entries. False: neither that nor the end follows.
func (p *literal) comma(end byte) bool {
	switch p.next() {
	case ',':
		p.at++
		return true
	case end, 0:
		return true
	}
	return false
}

// quoted reads text in quotes, or what is left of it.
func (p *literal) quoted(quote byte) string {
	p.at++
	rest := p.text[p.at:]
	if end := strings.IndexByte(rest, quote); end >= 0 && strings.IndexByte(rest[:end], '\\') < 0 {
		p.at += end + 1
		return rest[:end]
	}
	var sb strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch {
		case c == quote:
			return sb.String()
		case c == '\\':
			p.escape(&sb)
		default:
			sb.WriteByte(c)
		}
	}
	p.cut = true
	return strings.ToValidUTF8(sb.String(), "")
}

// escape reads what follows a backslash. An escape that was cut in the middle is left out.
func (p *literal) escape(sb *strings.Builder) {
	if p.at == len(p.text) {
		return
	}
	c := p.text[p.at]
	p.at++
	digits := map[byte]int{'u': 4, 'x': 2, 'U': 8}[c]
	switch {
	case digits > 0:
		if p.at+digits > len(p.text) {
			p.at = len(p.text)
			return
		}
		n, err := strconv.ParseUint(p.text[p.at:p.at+digits], 16, 32)
		if err != nil {
			sb.WriteByte(c)
			return
		}
		p.at += digits
		sb.WriteRune(p.pair(rune(n))) //nolint:gosec // at most 32 bits were read
	case c == 'n':
		sb.WriteByte('\n')
	case c == 't':
		sb.WriteByte('\t')
	case c == 'r':
		sb.WriteByte('\r')
	case c == 'b', c == 'f':
		sb.WriteByte(' ')
	default:
		sb.WriteByte(c)
	}
}

// pair joins the two halves in which JSON spells a rare character.
func (p *literal) pair(high rune) rune {
	if high < 0xD800 || high > 0xDBFF || !strings.HasPrefix(p.text[p.at:], `\u`) || p.at+6 > len(p.text) {
		return high
	}
	low, err := strconv.ParseUint(p.text[p.at+2:p.at+6], 16, 32)
	if err != nil || low < 0xDC00 || low > 0xDFFF {
		return utf8.RuneError
	}
	p.at += 6
	return (high-0xD800)<<10 + rune(low) - 0xDC00 + 0x10000 //nolint:gosec // at most 16 bits were read
}

// word reads a number or one of the words for true, false and nothing; what is cut off
// in the middle says nothing.
func (p *literal) word() (any, bool) {
	end := strings.IndexAny(p.text[p.at:], ",]}): \t\r\n")
	if end < 0 {
		p.at, p.cut = len(p.text), true
		return nil, true
	}
	w := p.text[p.at : p.at+end]
	p.at += end
	switch w {
	case "true", "True":
		return true, true
	case "false", "False":
		return false, true
	case "null", "None":
		return nil, true
	}
	if n, err := strconv.ParseInt(w, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(w, 64)
	return f, err == nil
}
