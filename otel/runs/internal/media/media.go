package media

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Set is all files in some spans. It does not change, and is safe for concurrent use.
type Set struct {
	td    *tracepb.TracesData
	files map[trace.TraceID][]*File
	uses  map[*commonpb.KeyValue][]use
}

// Read finds the files in all spans and span events of td, the earliest span first, so
// that neither their order nor their number of requests matters. Attributes that skip
// names are passed over. It is nil when there are none.
func Read(td *tracepb.TracesData, skip func(key string) bool) *Set {
	var spans []*tracepb.Span
	for _, s := range otlp.Spans(td) {
		if mayHold(s) {
			spans = append(spans, s)
		}
	}
	if len(spans) == 0 {
		return nil
	}
	slices.SortStableFunc(spans, func(a, b *tracepb.Span) int {
		return cmp.Or(cmp.Compare(a.GetStartTimeUnixNano(), b.GetStartTimeUnixNano()), bytes.Compare(a.GetSpanId(), b.GetSpanId()))
	})
	set := &Set{
		td: td, files: map[trace.TraceID][]*File{}, uses: map[*commonpb.KeyValue][]use{},
	}
	finders := map[trace.TraceID]*finder{}
	for _, s := range spans {
		id := otlp.TraceID(s)
		f := finders[id]
		if f == nil {
			f = &finder{id: id, known: map[[32]byte]*File{}}
			finders[id] = f
		}
		f.span = otlp.SpanID(s)
		for kv := range attributes(s) {
			if kv == nil || skip(kv.GetKey()) || !valueMayHold(kv.GetValue(), 0) {
				continue
			}
			f.uses, f.seen = nil, map[string]bool{}
			f.inValue(value.Decode(kv.GetValue()), kv.GetKey()[strings.LastIndexByte(kv.GetKey(), '.')+1:])
			// The longer first: one may begin as another does.
			slices.SortStableFunc(f.uses, func(a, b use) int { return cmp.Compare(len(b.text), len(a.text)) })
			if len(f.uses) > 0 {
				set.uses[kv] = f.uses
			}
		}
	}
	if len(set.uses) == 0 {
		return nil
	}
	for id, f := range finders {
		set.files[id] = f.files
	}
	return set
}

// Files returns the files of a trace, in the order of the spans they were first found
// in; of a nil Set none.
func (s *Set) Files(id trace.TraceID) []*File {
	if s == nil {
		return nil
	}
	return s.files[id]
}

// Replace returns a copy of the spans with what word says in place of each file. Ids that
// are missing are those that the originals get.
func (s *Set) Replace(word func(trace.TraceID, *File) string) *tracepb.TracesData {
	out := otlp.Clone(s.td)
	var copies []*tracepb.Span
	for _, c := range otlp.Spans(out) {
		copies = append(copies, c)
	}
	i := -1
	for _, orig := range otlp.Spans(s.td) {
		i++
		c := copies[i]
		changed := false
		var next []*commonpb.KeyValue
		for kv := range attributes(c) {
			next = append(next, kv)
		}
		at := -1
		for kv := range attributes(orig) {
			at++
			uses := s.uses[kv]
			if len(uses) == 0 {
				continue
			}
			id, words := otlp.TraceID(orig), make([]string, len(uses))
			for n, u := range uses {
				words[n] = word(id, u.file)
			}
			replace(next[at].GetValue(), uses, words, 0)
			changed = true
		}
		if changed { // a missing id is made of all that a span holds
			id, own := otlp.TraceID(orig), otlp.SpanID(orig)
			c.TraceId, c.SpanId = id[:], own[:]
		}
	}
	return out
}

// attributes walks those of a span and of its events.
func attributes(s *tracepb.Span) func(func(*commonpb.KeyValue) bool) {
	return func(yield func(*commonpb.KeyValue) bool) {
		for _, kv := range s.GetAttributes() {
			if !yield(kv) {
				return
			}
		}
		for _, e := range s.GetEvents() {
			for _, kv := range e.GetAttributes() {
				if !yield(kv) {
					return
				}
			}
		}
	}
}

// mayHold tells spans that hold no files, as most do, at a low price.
func mayHold(s *tracepb.Span) bool {
	for kv := range attributes(s) {
		if valueMayHold(kv.GetValue(), 0) {
			return true
		}
	}
	return false
}

func valueMayHold(v *commonpb.AnyValue, depth int) bool {
	if depth > value.MaxDepth {
		return false
	}
	switch x := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return couldHold(x.StringValue)
	case *commonpb.AnyValue_BytesValue:
		return depth > 0 && len(x.BytesValue) > 0
	case *commonpb.AnyValue_ArrayValue:
		return slices.ContainsFunc(x.ArrayValue.GetValues(), func(e *commonpb.AnyValue) bool { return valueMayHold(e, depth+1) })
	case *commonpb.AnyValue_KvlistValue:
		return slices.ContainsFunc(x.KvlistValue.GetValues(), func(kv *commonpb.KeyValue) bool { return valueMayHold(kv.GetValue(), depth+1) })
	}
	return false
}

// replace puts words in place of the texts that stand for files. All else of a text stays
// as it is, to the byte.
func replace(v *commonpb.AnyValue, uses []use, words []string, depth int) {
	if v == nil || depth > value.MaxDepth {
		return
	}
	switch x := v.Value.(type) {
	case *commonpb.AnyValue_StringValue:
		for i, u := range uses {
			x.StringValue = inPlace(x.StringValue, u.text, words[i])
		}
	case *commonpb.AnyValue_BytesValue:
		for i, u := range uses {
			if u.text == string(x.BytesValue) {
				v.Value = &commonpb.AnyValue_StringValue{StringValue: words[i]}
				return
			}
		}
	case *commonpb.AnyValue_ArrayValue:
		for _, e := range x.ArrayValue.GetValues() {
			replace(e, uses, words, depth+1)
		}
	case *commonpb.AnyValue_KvlistValue:
		for _, kv := range x.KvlistValue.GetValues() {
			replace(kv.GetValue(), uses, words, depth+1)
		}
	}
}

// inPlace replaces a text that JSON may have escaped.
func inPlace(s, old, word string) string {
	if out := strings.ReplaceAll(s, old, word); out != s || !strings.Contains(s, `\`) {
		return out
	}
	for _, escape := range []*strings.Replacer{
		strings.NewReplacer("/", `\/`), strings.NewReplacer("+", `\u002B`), strings.NewReplacer("+", `\u002b`),
		strings.NewReplacer("\n", `\n`, "\r", `\r`), strings.NewReplacer("\n", `\n`, "\r", `\r`, "/", `\/`),
		strings.NewReplacer("/", `\\/`), strings.NewReplacer("/", `\\\/`), strings.NewReplacer("+", `\\u002B`),
		strings.NewReplacer("\n", `\\n`, "\r", `\\r`),
	} {
		if out := strings.ReplaceAll(s, escape.Replace(old), word); out != s {
			return out
		}
	}
	return s
}
