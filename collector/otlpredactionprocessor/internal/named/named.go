// Package named finds what stands behind the name of a secret in a text: in JSON, also in JSON that is a text within
// JSON, in headers, forms, settings, connection strings and code. In go a text and a judge of names; out comes the
// text with a mark in place of each such value. JSON stays JSON.
//
// What only may be a secret is left where it looks like words or code: behind "password:" in a sentence, or
// as the name of a variable or the call of a function.
package named

import "strings"

// maxName bounds the bytes of a name.
const maxName = 64

// Mask puts mask in place of the values whose names are blocked; ok is false when there are none.
func Mask(text, mask string, blocked func(name string) bool) (out string, ok bool) {
	var b strings.Builder
	done, f, p := 0, &finder{end: -1}, &pair{}
	for i := 0; i < len(text); i++ {
		at, width := separator(text, i)
		if at < 0 {
			break
		}
		i = at + width - 1
		if at < done {
			continue
		}
		n := nameBefore(text, at)
		if n.text == "" {
			continue
		}
		p.see(text, at+width, n, blocked)
		if !p.has(text, at, n) && !blocked(n.text) {
			continue
		}
		for v, found := f.valueAfter(text, at, at+width, n); found; v, found = f.nextOf(text, v) {
			if v.to == v.from { // of a list
				continue
			}
			b.WriteString(text[done:v.from])
			if v.number {
				b.WriteString(n.quote + mask + n.quote)
			} else {
				b.WriteString(mask)
			}
			done = v.to
		}
	}
	if done == 0 {
		return text, false
	}
	b.WriteString(text[done:])
	return b.String(), true
}

// separator finds the next sign that parts a name from a value.
func separator(text string, from int) (at, width int) {
	at = strings.IndexAny(text[from:], ":=%")
	if at < 0 {
		return -1, 0
	}
	at += from
	rest := text[at:]
	switch {
	case rest[0] == '%' && len(rest) >= 3 && rest[1] == '3' && (rest[2] == 'D' || rest[2] == 'd'):
		return at, 3
	case rest[0] == '=':
		return at, 1 + arrow(rest[1:])
	}
	return at, 1
}

// arrow gives how much of a text makes => of the = before it, as it is or escaped.
func arrow(rest string) int {
	if strings.HasPrefix(rest, ">") {
		return 1
	}
	slashes := 0
	for slashes < len(rest) && slashes < maxName && rest[slashes] == '\\' {
		slashes++
	}
	if slashes > 0 && strings.HasPrefix(strings.ToLower(rest[slashes:min(len(rest), slashes+5)]), "u003e") {
		return slashes + len("u003e")
	}
	return 0
}

// name is what stands before a separator.
type name struct {
	text  string
	quote string // around it, with the backslashes before it
	tight bool   // nothing is between it and the separator
}

func nameBefore(text string, at int) (n name) {
	if text[at] == '%' && !strings.HasPrefix(text[at:], "%3D") && !strings.HasPrefix(text[at:], "%3d") {
		return n
	}
	end := at
	for end > 0 && text[end-1] == ' ' && at-end < 8 {
		end--
	}
	n.tight = end == at
	if end > 0 && (text[end-1] == '"' || text[end-1] == '\'') {
		q := end - 1
		for q > 0 && text[q-1] == '\\' && end-q < maxName {
			q--
		}
		n.quote, end = text[q:end], q
	}
	begin := end
	for begin > 0 && end-begin < maxName && ofName(text[begin-1]) {
		begin--
	}
	n.text = unescaped(text[:begin], text[begin:end])
	return n
}

func ofName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.'
}

// unescaped takes what belongs to an escaped character before a name off it.
func unescaped(before, name string) string {
	drop := 0
	switch {
	case strings.HasSuffix(before, `\`) && strings.HasPrefix(name, "u"):
		drop = 5 // \u0026
	case strings.HasSuffix(before, `\`):
		drop = 1 // \n
	case strings.HasSuffix(before, "%"):
		drop = 2 // %26
	}
	return name[min(drop, len(name)):]
}
