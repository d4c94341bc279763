package dialect

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Gather reads attributes, last writer wins per key, and puts indexed ones
// (llm.input_messages.0.message.role) back together as one list per prefix.
func Gather(kvs []*commonpb.KeyValue) []Attr {
	flat := make(map[string]any, len(kvs))
	for _, kv := range kvs {
		if kv == nil {
			continue
		}
		flat[otlp.ValidText(kv.GetKey())] = value.Decode(kv.GetValue())
	}
	trees := map[string]*branch{}
	out := make([]Attr, 0, len(flat))
	for _, key := range value.SortedKeys(flat) {
		prefix, rest, ok := indexed(key)
		if !ok {
			out = append(out, Attr{Key: key, Value: flat[key]})
			continue
		}
		if trees[prefix] == nil {
			trees[prefix] = &branch{}
		}
		trees[prefix].put(rest, flat[key])
	}
	for _, prefix := range value.SortedKeys(trees) {
		v := trees[prefix].build()
		if prev, dup := flat[prefix]; dup { // both a.b and a.b.0.c are there
			v = []any{prev, v}
			for i := range out {
				if out[i].Key == prefix {
					out[i].Value = v
				}
			}
			continue
		}
		out = append(out, Attr{Key: prefix, Value: v})
	}
	slices.SortFunc(out, func(a, b Attr) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// indexed splits a key before its first part that is a number; keys without one, or
// with very many parts, stay whole.
func indexed(key string) (prefix string, rest []string, ok bool) {
	if !strings.ContainsAny(key, "0123456789") {
		return "", nil, false
	}
	parts := strings.Split(key, ".")
	if len(parts) > value.MaxDepth {
		return "", nil, false
	}
	for i := 1; i < len(parts); i++ {
		if isIndex(parts[i]) {
			return strings.Join(parts[:i], "."), parts[i:], true
		}
	}
	return "", nil, false
}

// isIndex reports whether a part of a name is a position in a list: 0, 1, 2, but not 01.
func isIndex(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n < maxIndex && strconv.Itoa(n) == s
}

// maxIndex bounds what is taken for a position in a list; longer numbers are ids.
const maxIndex = 100_000

// branch is a node of gathered attributes: its own value, and the branches below
// it by the next part of their names.
type branch struct {
	leaf any
	set  bool
	kids map[string]*branch
}

// put files a value under a path.
func (b *branch) put(path []string, v any) {
	if len(path) == 0 {
		b.leaf, b.set = v, true
		return
	}
	if b.kids == nil {
		b.kids = map[string]*branch{}
	}
	if b.kids[path[0]] == nil {
		b.kids[path[0]] = &branch{}
	}
	b.kids[path[0]].put(path[1:], v)
}

// build makes a list of a branch whose names are all numbers, in their order, and a
// map of any other. A value beside further names stands under "value".
func (b *branch) build() any {
	if len(b.kids) == 0 {
		return b.leaf
	}
	keys := value.SortedKeys(b.kids)
	list := !b.set
	for _, k := range keys {
		list = list && isIndex(k)
	}
	if list {
		slices.SortFunc(keys, func(a, b string) int {
			i, _ := strconv.Atoi(a) // all are numbers
			j, _ := strconv.Atoi(b)
			return cmp.Compare(i, j)
		})
		out := make([]any, 0, len(keys))
		for _, k := range keys {
			out = append(out, b.kids[k].build())
		}
		return out
	}
	out := make(map[string]any, len(keys)+1)
	for _, k := range keys {
		out[k] = b.kids[k].build()
	}
	if b.set {
		out["value"] = b.leaf
	}
	return out
}
