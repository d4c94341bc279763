package scan

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Value is the text of one JSON value, without space around it; nil is no value. It is a part of
// the document that it was read from, and good as long as that is.
type Value []byte

// Parse returns the first value of a document, which may be cut short.
func Parse(doc []byte) Value {
	doc = skipSpace(doc)
	n := length(doc)
	if n < 0 {
		n = len(doc)
	}
	return Value(doc[:n])
}

// IsWhole reports whether the value has its end.
func (v Value) IsWhole() bool { return len(v) > 0 && length(v) == len(v) }

// Kind returns the first byte of the value: one of { [ " t f n, a digit or a minus; 0 for no value.
func (v Value) Kind() byte {
	if len(v) == 0 {
		return 0
	}
	return v[0]
}

// Is reports whether there is a value that is not null.
func (v Value) Is() bool { return len(v) > 0 && v[0] != 'n' }

// Get returns the member of that name of an object, or nil. Names that are written with escapes are not found.
func (v Value) Get(name string) Value {
	for m := v.Members(); m.Next(); {
		if string(m.Key) == name {
			return m.Value
		}
	}
	return nil
}

// Text returns the text of a string, and "" for everything else. Of a string that a [Document]
// cut it is the part that was kept: see [Value.Cut].
func (v Value) Text() string {
	raw := v.raw()
	if i := bytes.IndexByte(raw, cutMark); i >= 0 {
		raw = raw[:i]
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw)
	}
	quoted := make([]byte, 0, len(raw)+2)
	quoted = append(append(append(quoted, '"'), raw...), '"')
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return string(raw) // control characters that nobody escaped
	}
	return s
}

// Equal reports whether the value is a string that is written without escapes and is s.
func (v Value) Equal(s string) bool { return string(v.raw()) == s && len(v) >= 2 }

// raw returns what stands between the quotes of a string.
func (v Value) raw() []byte {
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return nil
	}
	return v[1 : len(v)-1]
}

// Int returns a whole number, also one that is written as a fraction or as a string.
func (v Value) Int() (int64, bool) {
	f, ok := v.number()
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(string(f), 10, 64)
	if err == nil {
		return n, true
	}
	x, err := strconv.ParseFloat(string(f), 64)
	if err != nil || x != x || x >= 1<<63 || x < -1<<63 {
		return 0, false
	}
	return int64(x), true
}

// Float returns a number, also one that is written as a string.
func (v Value) Float() (float64, bool) {
	f, ok := v.number()
	if !ok {
		return 0, false
	}
	x, err := strconv.ParseFloat(string(f), 64)
	return x, err == nil
}

// number returns the digits of a number; longer ones than any server writes are none.
func (v Value) number() ([]byte, bool) {
	f := []byte(v)
	if v.Kind() == '"' {
		f = v.raw()
	}
	if len(f) == 0 || len(f) > 64 || f[0] != '-' && (f[0] < '0' || f[0] > '9') {
		return nil, false
	}
	return f, true
}

// True reports whether the value is true.
func (v Value) True() bool { return v.Kind() == 't' }

// Members walks over an object.
type Members struct {
	Key   []byte // as it is written, without the quotes
	Value Value
	rest  []byte
}

// Members returns a walk over the members of an object; over none if it is not one.
func (v Value) Members() Members {
	if v.Kind() != '{' {
		return Members{}
	}
	return Members{rest: v[1:]}
}

// MembersFrom returns a walk over the members behind the first n bytes of an object, where a comma stands.
func (v Value) MembersFrom(n int) Members { return Members{rest: v[n:]} }

// Left returns how many bytes of the object are behind the member.
func (m *Members) Left() int { return len(m.rest) }

// Next goes to the next member, and reports whether there is one. A member that is cut short is the last.
func (m *Members) Next() bool {
	rest := skipCommas(m.rest)
	n := -1
	if len(rest) > 0 && rest[0] == '"' {
		n = length(rest)
	}
	if n < 0 {
		m.rest = nil
		return false
	}
	m.Key = rest[1 : n-1]
	rest = skipSpace(rest[n:])
	if len(rest) == 0 || rest[0] != ':' {
		m.rest = nil
		return false
	}
	m.Value, m.rest = first(rest[1:])
	return len(m.Value) > 0
}

// Elements walks over an array.
type Elements struct {
	Value Value
	rest  []byte
}

// Elements returns a walk over the elements of an array; over none if it is not one.
func (v Value) Elements() Elements {
	if v.Kind() != '[' {
		return Elements{}
	}
	return Elements{rest: v[1:]}
}

// Next goes to the next element, and reports whether there is one.
func (e *Elements) Next() bool {
	e.Value, e.rest = first(skipCommas(e.rest))
	return len(e.Value) > 0
}

// Len counts the elements of an array, to at most max.
func (v Value) Len(limit int) (n int) {
	for e := v.Elements(); n < limit && e.Next(); {
		n++
	}
	return n
}

// first cuts the first value off. One without an end takes all that is left.
func first(b []byte) (Value, []byte) {
	b = skipSpace(b)
	n := length(b)
	if n < 0 {
		n = len(b)
	}
	return Value(b[:n]), b[n:]
}

// length returns the length of the value at the start of b: 0 where none begins, -1 if its end is missing.
func length(b []byte) int {
	if len(b) == 0 {
		return -1
	}
	switch b[0] {
	case '"':
		return stringLength(b)
	case '{', '[':
		return nestedLength(b)
	case '}', ']', ',', ':':
		return 0
	}
	for i, c := range b {
		switch c {
		case ',', '}', ']', ' ', '\n', '\r', '\t', ':':
			return i
		}
	}
	return len(b)
}

func stringLength(b []byte) int {
	for i := 1; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		escapes := 0
		for at := i - 2; at > 0 && b[at] == '\\'; at-- {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}

func nestedLength(b []byte) int {
	depth := 0
	for i := 0; i < len(b); {
		switch b[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			n := stringLength(b[i:])
			if n < 0 {
				return -1
			}
			i += n
			continue
		}
		i++
	}
	return -1
}

func skipSpace(b []byte) []byte {
	for i, c := range b {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return b[i:]
		}
	}
	return nil
}

func skipCommas(b []byte) []byte {
	for i, c := range b {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' && c != ',' {
			return b[i:]
		}
	}
	return nil
}
