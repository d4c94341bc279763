package runs

import (
	"sort"
	"strconv"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
)

// gather reads attributes, last writer wins per key, and puts indexed ones
// (llm.input_messages.0.message.role) back together as one list per prefix.
func gather(kvs []*commonpb.KeyValue) []attr {
	flat := make(map[string]any, len(kvs))
	for _, kv := range kvs {
		if kv == nil {
			continue
		}
		flat[mend(kv.GetKey())] = decode(kv.GetValue())
	}
	trees := map[string]*branch{}
	out := make([]attr, 0, len(flat))
	for _, key := range sortedKeys(flat) {
		prefix, rest, ok := indexed(key)
		if !ok {
			out = append(out, attr{key: key, value: flat[key]})
			continue
		}
		if trees[prefix] == nil {
			trees[prefix] = &branch{}
		}
		trees[prefix].put(rest, flat[key])
	}
	for _, prefix := range sortedKeys(trees) {
		v := trees[prefix].build()
		if prev, dup := flat[prefix]; dup { // both a.b and a.b.0.c are there
			v = []any{prev, v}
			for i := range out {
				if out[i].key == prefix {
					out[i].value = v
				}
			}
			continue
		}
		out = append(out, attr{key: prefix, value: v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].key < out[j].key })
	return out
}

// indexed splits a key at its first numeric segment.
func indexed(key string) (prefix string, rest []string, ok bool) {
	if !strings.ContainsAny(key, "0123456789") {
		return "", nil, false
	}
	parts := strings.Split(key, ".")
	if len(parts) > maxDepth {
		return "", nil, false
	}
	for i := 1; i < len(parts); i++ {
		if isIndex(parts[i]) {
			return strings.Join(parts[:i], "."), parts[i:], true
		}
	}
	return "", nil, false
}

func isIndex(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n < 100000 && strconv.Itoa(n) == s
}

// branch is a node of gathered attributes.
type branch struct {
	leaf any
	set  bool
	kids map[string]*branch
}

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

func (b *branch) build() any {
	if len(b.kids) == 0 {
		return b.leaf
	}
	keys := sortedKeys(b.kids)
	list := !b.set
	for _, k := range keys {
		list = list && isIndex(k)
	}
	if list {
		sort.Slice(keys, func(i, j int) bool {
			a, _ := strconv.Atoi(keys[i])
			c, _ := strconv.Atoi(keys[j])
			return a < c
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

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
