// Package value reads attribute values. In go protobuf values, out come string,
// bool, int64, float64, []byte, []any, map[string]any or nil, and from these the
// readings that dialects need: numbers written as text, JSON inside strings,
// words with stray quotes. All text is valid UTF-8.
package value
