package value

import (
	"iter"
	"strings"
)

// maxFieldName bounds the names of fields that are looked at, in bytes.
const maxFieldName = 128

// FieldNames walks over what look like names of fields in JSON text, or in Python's spelling of it, at any depth, each with
// what follows its colon. It only looks: nothing is parsed or copied, and a colon in a text between two others may be taken for
// one of a field. Names inside a text that is JSON once more are none.
func FieldNames(text string) iter.Seq2[string, string] {
	return func(yield func(name, rest string) bool) {
		at := 0
		for {
			colon := strings.IndexByte(text[at:], ':')
			if colon < 0 {
				return
			}
			at += colon + 1
			if name, ok := nameBefore(text[:at-1]); ok && !yield(name, text[at:]) {
				return
			}
		}
	}
}

// nameBefore gives the name in quotes at the end of a text.
func nameBefore(text string) (string, bool) {
	end := len(text) - 1
	for end >= 0 && strings.IndexByte(" \t\r\n", text[end]) >= 0 {
		end--
	}
	if end < 1 || text[end] != '"' && text[end] != '\'' || text[end-1] == '\\' {
		return "", false
	}
	near := text[max(0, end-maxFieldName-1):end]
	start := strings.LastIndexByte(near, text[end])
	return near[start+1:], start >= 0
}

// HasField reports whether text has a field, as FieldNames sees them, whose name is one.
func HasField(text string, is func(name string) bool) bool {
	for name := range FieldNames(text) {
		if is(name) {
			return true
		}
	}
	return false
}

// Fields gives those fields of the object in JSON text that are wanted; nil where there is none, or the text is no such object.
// The rest is passed over without being parsed.
func Fields(text string, wanted func(name string) bool) map[string]any {
	t := strings.TrimSpace(text)
	if t == "" || t[0] != '{' || !HasField(t, wanted) {
		return nil
	}
	var out map[string]any
	for at := 1; ; {
		switch at = afterBlanks(t, at); {
		case at == len(t):
			return nil // it was cut
		case t[at] == '}' && at == len(t)-1:
			return out
		case t[at] == ',':
			at++
			continue
		case t[at] != '"':
			return nil
		}
		begin := at + 1
		at = afterText(t, begin)
		name := t[begin:max(begin, at-1)]
		if at = afterBlanks(t, at); at == len(t) || t[at] != ':' {
			return nil
		}
		begin = afterBlanks(t, at+1)
		at = afterValue(t, begin)
		if !wanted(name) {
			continue
		}
		v, ok := parseJSON(t[begin:at])
		if !ok {
			return nil
		}
		if out == nil {
			out = map[string]any{}
		}
		out[name] = v
	}
}

func afterBlanks(t string, at int) int {
	for at < len(t) && strings.IndexByte(" \t\r\n", t[at]) >= 0 {
		at++
	}
	return at
}

// afterText passes the rest of a text in quotes.
func afterText(t string, at int) int {
	for {
		quote := strings.IndexByte(t[at:], '"')
		if quote < 0 {
			return len(t)
		}
		at += quote + 1
		escapes := 0
		for at-2-escapes >= 0 && t[at-2-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return at
		}
	}
}

// afterValue passes a value.
func afterValue(t string, at int) int {
	for depth := 0; at < len(t); {
		switch t[at] {
		case '"':
			at = afterText(t, at+1)
		case '{', '[':
			depth++
			at++
			continue
		case '}', ']':
			if depth == 0 {
				return at
			}
			depth--
			at++
		case ',':
			if depth == 0 {
				return at
			}
			at++
			continue
		default:
			at++
			continue
		}
		if depth == 0 {
			return at
		}
	}
	return at
}
