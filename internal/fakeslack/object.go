package fakeslack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
)

// object is a JSON object as Slack sends it. Objects are shared between
// goroutines once stored or sent: a change replaces them by a changed clone.
type object = map[string]any

// str is a field's text, or a number as it was written; empty for anything else.
func str(o object, key string) string {
	switch v := o[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// sub is a field that is an object, else nil, from which fields can be read all the same.
func sub(o object, key string) object {
	m, _ := o[key].(object)
	return m
}

// list is a field that is a list, else nil.
func list(o object, key string) []any {
	l, _ := o[key].([]any)
	return l
}

// truthy reports whether a flag is set: JSON bodies have booleans, forms text.
func truthy(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v == "true" || v == "1"
	case json.Number:
		return v.String() != "0"
	}
	return false
}

// with returns a clone of o with the pairs set; a nil value removes the key.
func with(o object, pairs ...any) object {
	c := make(object, len(o)+len(pairs)/2)
	maps.Copy(c, o)
	for i := 0; i+1 < len(pairs); i += 2 {
		key := pairs[i].(string)
		if pairs[i+1] == nil {
			delete(c, key)
			continue
		}
		c[key] = pairs[i+1]
	}
	return c
}

// setDefault sets a key that is absent or empty.
func setDefault(o object, key string, value any) {
	if v, ok := o[key]; ok && v != nil && v != "" {
		return
	}
	o[key] = value
}

// encode writes JSON the way Slack does: <, > and & stay as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// decode reads one JSON value and keeps numbers as they were written.
func decode(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("decode JSON: %w", err)
	}
	return nil
}

// normalize turns any Go value (a struct of an SDK, a map) into an object. It is a copy that
// shares nothing with v.
func normalize(v any) (object, error) {
	data, err := encode(v)
	if err != nil {
		return nil, err
	}
	var o object
	if err := decode(data, &o); err != nil {
		return nil, err
	}
	return o, nil
}
