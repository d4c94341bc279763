package address

import "strings"

// Mend makes an address that people and programs write, and browsers open, one that net/url
// reads: a percent sign that begins no escape, outside of the query, becomes %25. So does
// https://a.example/100% become https://a.example/100%25, which a server sees as the same. The
// query stays byte for byte as it is: signatures may cover it.
func Mend(raw string) string {
	if !strings.Contains(raw, "%") {
		return raw
	}
	// A percent sign in the host, as in that of an IPv6 zone, is not ours to mend.
	start := 0
	if i := strings.Index(raw, "://"); i >= 0 {
		start = i + 3
	}
	if i := strings.IndexAny(raw[start:], "/?#"); i >= 0 {
		start += i
	} else {
		return raw
	}
	var b strings.Builder
	b.WriteString(raw[:start])
	query := false
	for i := start; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '?' && !query:
			query = true
		case c == '#':
			// The rest is the fragment.
			b.WriteString("#")
			b.WriteString(escapeBare(raw[i+1:]))
			return b.String()
		case c == '%' && !query && !escape(raw[i:]):
			b.WriteString("%25")
			continue
		}
		b.WriteByte(raw[i])
	}
	return b.String()
}

// escapeBare writes the percent signs of s that begin no escape as %25.
func escapeBare(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '%' && !escape(s[i:]) {
			b.WriteString("25")
		}
	}
	return b.String()
}

// escape reports whether s, which begins with a percent sign, begins with an escape.
func escape(s string) bool { return len(s) > 2 && isHex(s[1]) && isHex(s[2]) }

// isHex reports whether c is a hexadecimal digit.
func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
