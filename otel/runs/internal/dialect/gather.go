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
func Gather(kvs []*commonpb.KeyValue) []Attr { return gather(kvs, false) }

// gather is Gather. Where only what is counted is wanted, lists of content are left out, but for what may hold counts.
func gather(kvs []*commonpb.KeyValue, counted bool) []Attr {
	flat := lastWritten(kvs)
	split := slices.IndexFunc(flat, func(a Attr) bool { return isIndexed(a.Key) })
	if split < 0 {
		return flat
	}
	trees := map[string]*branch{}
	out := flat[:split]
	for _, a := range flat[split:] {
		at, ok := indexAt(a.Key)
		if !ok {
			out = append(out, a)
			continue
		}
		prefix, rest := a.Key[:at-1], a.Key[at:]
		t := trees[prefix]
		if t == nil {
			t = &branch{}
			if counted {
				t.holds = listHolds(prefix)
			}
			trees[prefix] = t
		}
		if t.holds.takes(rest, a.Value) {
			t.put(strings.Split(rest, "."), a.Value)
		}
	}
	for _, prefix := range value.SortedKeys(trees) {
		v := trees[prefix].build()
		if v == nil { // all of it was left out: a list all the same
			v = []any{nil}
		}
		if i := slices.IndexFunc(out, func(a Attr) bool { return a.Key == prefix }); i >= 0 { // both a.b and a.b.0.c are there
			out[i].Value = []any{out[i].Value, v}
			continue
		}
		out = append(out, Attr{Key: prefix, Value: v})
	}
	slices.SortFunc(out, func(a, b Attr) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// lastWritten reads attributes by key, of several with one key the last.
func lastWritten(kvs []*commonpb.KeyValue) []Attr {
	type place struct {
		key string
		at  int
	}
	order := make([]place, 0, len(kvs))
	for i, kv := range kvs {
		if kv != nil {
			order = append(order, place{otlp.ValidText(kv.GetKey()), i})
		}
	}
	slices.SortFunc(order, func(a, b place) int { return cmp.Or(strings.Compare(a.key, b.key), a.at-b.at) })
	out := make([]Attr, 0, len(order))
	for i, p := range order {
		if i+1 < len(order) && order[i+1].key == p.key {
			continue
		}
		out = append(out, Attr{Key: p.key, Value: value.Decode(kvs[p.at].GetValue())})
	}
	return out
}

// held is what of a list is wanted where only what is counted is.
type held int

const (
	holdsAll    held = iota
	holdsCounts      // an answer: counts, names and ids that a provider may have put there
	holdsNone        // prompts and other content
)

// listHolds returns what is wanted of a list of that name.
func listHolds(prefix string) held {
	switch table().find(prefix).means {
	case Input, System, Tools, Documents, ToolArguments, ToolResult, Vector, Hidden:
		return holdsNone
	case Output:
		return holdsCounts
	}
	return holdsAll
}

// takes reports whether an entry of a list is wanted, rest being its name below the list's.
func (h held) takes(rest string, v any) bool {
	switch h {
	case holdsNone:
		return false
	case holdsCounts:
		switch rest[strings.LastIndexByte(rest, '.')+1:] {
		case "role", "content", "type", "finish_reason":
			return false
		}
		text, ok := v.(string)
		return !ok || len(text) <= maxLabel
	}
	return true
}

// isIndexed reports whether a key has a part that is a number.
func isIndexed(key string) bool {
	_, ok := indexAt(key)
	return ok
}

// indexAt finds the first part of a key that is a number, beyond the first part; keys without one, or with very many
// parts, stay whole.
func indexAt(key string) (int, bool) {
	at := 0
	for {
		dot := strings.IndexByte(key[at:], '.')
		if dot < 0 {
			return 0, false
		}
		at += dot + 1
		if at < len(key) && key[at] >= '0' && key[at] <= '9' {
			part, _, _ := strings.Cut(key[at:], ".")
			if isIndex(part) {
				return at, strings.Count(key, ".") < value.MaxDepth
			}
		}
	}
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

	holds held // of a list
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
