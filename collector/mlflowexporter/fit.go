package mlflowexporter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// What is stored has to be able to leave: whatever is taken in is made to fit the bounds that
// come later, on the spot, and says so. What a span loses to them it counts as SDKs do
// (dropped_attributes_count and its like), and a text that is cut ends with a mark.

// maxNesting is how many values may stand in one another; what is deeper is kept as JSON
// text. Decoders of protocol buffers give up at some thousands.
const maxNesting = 64

// Texts are cut to one of the lengths from longest to shortest, each half of the one before:
// the first with which all of them fit.
const (
	longestCut  = 4 << 20
	shortestCut = 256
)

// maxLongKeys bounds the keys of a map that are cut; further ones go with their values.
const maxLongKeys = 64

// fitter makes things fit, and remembers whether it had to.
type fitter struct {
	sizer ptrace.ProtoMarshaler
	cut   int // spans and resources that lost something
}

// span makes a span fit so many bytes, as it is stored.
func (f *fitter) span(s ptrace.Span, most int) (size int) {
	flattenAll(s.Attributes())
	for _, e := range s.Events().All() {
		flattenAll(e.Attributes())
	}
	for _, l := range s.Links().All() {
		flattenAll(l.Attributes())
	}
	if size = f.sizer.SpanSize(s); size <= most {
		return size
	}
	f.cut++
	shortenSpan(s, cutFor(size-most, spanTexts(s)))
	if size = f.sizer.SpanSize(s); size <= most {
		return size
	}
	// Too many of them: events and links go first, those that came last.
	const other = 16 << 10 // what is left of name, status and ids
	room := max(0, most-other) / 3
	events := keepMaps(s.Events().Len(), room, func(i int) (pcommon.Map, int) {
		return s.Events().At(i).Attributes(), len(s.Events().At(i).Name()) + perEntry
	})
	links := keepMaps(s.Links().Len(), room, func(i int) (pcommon.Map, int) {
		return s.Links().At(i).Attributes(), len(s.Links().At(i).TraceState().AsRaw()) + perEntry
	})
	i := 0
	s.Events().RemoveIf(func(ptrace.SpanEvent) bool { i++; return i > events })
	s.SetDroppedEventsCount(s.DroppedEventsCount() + uint32(max(0, i-events))) //nolint:gosec // a count
	i = 0
	s.Links().RemoveIf(func(ptrace.SpanLink) bool { i++; return i > links })
	s.SetDroppedLinksCount(s.DroppedLinksCount() + uint32(max(0, i-links))) //nolint:gosec // a count
	n := keepEntries(s.Attributes(), room)
	s.SetDroppedAttributesCount(s.DroppedAttributesCount() + uint32(n)) //nolint:gosec // a count
	return f.sizer.SpanSize(s)
}

// surroundings makes what stands around spans fit: it is stored with each trace of the request.
func (f *fitter) surroundings(attributes pcommon.Map, most int) (gone int) {
	flattenAll(attributes)
	size := sizeOfMap(attributes)
	if size <= most {
		return 0
	}
	f.cut++
	gone = shortenMap(attributes, cutFor(size-most, mapTexts(nil, attributes)))
	if sizeOfMap(attributes) <= most {
		return gone
	}
	return gone + keepEntries(attributes, most)
}

// cutFor gives the length to which texts of these lengths have to be cut to save so much.
func cutFor(much int, texts []int) int {
	for length := longestCut; length > shortestCut; length /= 2 {
		saved := 0
		for _, n := range texts {
			saved += max(0, n-length)
		}
		if saved >= much {
			return length
		}
	}
	return shortestCut
}

// spanTexts gives the lengths of all texts of a span.
func spanTexts(s ptrace.Span) []int {
	texts := []int{len(s.Name()), len(s.Status().Message()), len(s.TraceState().AsRaw())}
	texts = mapTexts(texts, s.Attributes())
	for _, e := range s.Events().All() {
		texts = mapTexts(append(texts, len(e.Name())), e.Attributes())
	}
	for _, l := range s.Links().All() {
		texts = mapTexts(append(texts, len(l.TraceState().AsRaw())), l.Attributes())
	}
	return texts
}

func mapTexts(to []int, m pcommon.Map) []int {
	for key, v := range m.All() {
		to = valueTexts(append(to, len(key)), v)
	}
	return to
}

func valueTexts(to []int, v pcommon.Value) []int {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return append(to, len(v.Str()))
	case pcommon.ValueTypeBytes:
		return append(to, v.Bytes().Len())
	case pcommon.ValueTypeMap:
		return mapTexts(to, v.Map())
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			to = valueTexts(to, e)
		}
	}
	return to
}

// perEntry is what an entry takes beside its texts, at most.
const perEntry = 48

// keepMaps says how many of n entries fit.
func keepMaps(n, room int, at func(int) (pcommon.Map, int)) int {
	for i := range n {
		m, size := at(i)
		if room -= size + sizeOfMap(m); room < 0 {
			return i
		}
	}
	return n
}

// keepEntries drops the entries of a map that do not fit, and counts them.
func keepEntries(m pcommon.Map, room int) (gone int) {
	m.RemoveIf(func(key string, v pcommon.Value) bool {
		if room -= len(key) + sizeOf(v) + perEntry; room >= 0 {
			return false
		}
		gone++
		return true
	})
	return gone
}

// sizeOf is about what a value takes when it is stored.
func sizeOf(v pcommon.Value) int {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return len(v.Str()) + 8
	case pcommon.ValueTypeBytes:
		return v.Bytes().Len() + 8
	case pcommon.ValueTypeMap:
		return sizeOfMap(v.Map()) + 8
	case pcommon.ValueTypeSlice:
		n := 8
		for _, e := range v.Slice().All() {
			n += sizeOf(e)
		}
		return n
	}
	return 16
}

func sizeOfMap(m pcommon.Map) (n int) {
	for key, v := range m.All() {
		n += len(key) + sizeOf(v) + 16
	}
	return n
}

// shortenSpan cuts all texts of a span that are longer.
func shortenSpan(s ptrace.Span, length int) {
	s.SetName(shorten(s.Name(), length))
	s.Status().SetMessage(shorten(s.Status().Message(), length))
	s.TraceState().FromRaw(shortState(s.TraceState().AsRaw(), length))
	gone := shortenMap(s.Attributes(), length)
	s.SetDroppedAttributesCount(s.DroppedAttributesCount() + uint32(gone)) //nolint:gosec // a count
	for _, e := range s.Events().All() {
		e.SetName(shorten(e.Name(), length))
		shortenMap(e.Attributes(), length)
	}
	for _, l := range s.Links().All() {
		l.TraceState().FromRaw(shortState(l.TraceState().AsRaw(), length))
		shortenMap(l.Attributes(), length)
	}
}

// shortState is a trace state that is not too long; one is of no use in part.
func shortState(state string, length int) string {
	if len(state) > length {
		return ""
	}
	return state
}

// shortenMap cuts keys and values of a map, and counts what went since its key was too long.
func shortenMap(m pcommon.Map, length int) (gone int) {
	type entry struct {
		key   string
		value pcommon.Value
	}
	var long []entry
	m.RemoveIf(func(key string, v pcommon.Value) bool {
		shortenValue(v, length)
		if len(key) <= length {
			return false
		}
		if len(long) >= maxLongKeys {
			gone++
			return true
		}
		e := entry{shorten(key, length), pcommon.NewValueEmpty()}
		v.CopyTo(e.value)
		long = append(long, e)
		return true
	})
	for _, e := range long {
		e.value.CopyTo(m.PutEmpty(e.key))
	}
	return gone
}

func shortenValue(v pcommon.Value, length int) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		if len(v.Str()) > length {
			v.SetStr(shorten(v.Str(), length))
		}
	case pcommon.ValueTypeBytes:
		if n := v.Bytes().Len(); n > length {
			v.Bytes().FromRaw(append([]byte(nil), v.Bytes().AsRaw()[:length]...))
		}
	case pcommon.ValueTypeMap:
		_ = shortenMap(v.Map(), length)
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			shortenValue(e, length)
		}
	}
}

// shorten cuts a text, with a mark of what it was.
func shorten(s string, length int) string {
	if len(s) <= length {
		return s
	}
	mark := fmt.Sprintf("… (cut by the Collector, %d bytes in all)", len(s))
	end := max(0, length-len(mark))
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.Clone(s[:end]) + mark // without the whole text behind it
}

// flattenAll makes text of what is nested too deep in the values of a map.
func flattenAll(m pcommon.Map) {
	for _, v := range m.All() {
		flatten(v, 0)
	}
}

func flatten(v pcommon.Value, depth int) {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		if depth < maxNesting {
			for _, e := range v.Map().All() {
				flatten(e, depth+1)
			}
			return
		}
	case pcommon.ValueTypeSlice:
		if depth < maxNesting {
			for _, e := range v.Slice().All() {
				flatten(e, depth+1)
			}
			return
		}
	default:
		return
	}
	v.SetStr(v.AsString())
}
