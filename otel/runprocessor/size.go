package runprocessor

import (
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// What the parts of a span weigh in memory besides their text, measured on
// snapshots of the SDK v1.47.
const (
	spanBytes      = 400
	attributeBytes = 40
	eventBytes     = 80
	linkBytes      = 120
	numberBytes    = 8 // in a slice
)

// sizeOf estimates what holding an ended span costs. Each accessor of a
// snapshot copies it whole, so each is called once.
func sizeOf(s sdktrace.ReadOnlySpan) int64 {
	n := int64(spanBytes) + sizeOfAttributes(s.Attributes())
	for _, e := range s.Events() {
		n += eventBytes + int64(len(e.Name)) + sizeOfAttributes(e.Attributes)
	}
	for _, l := range s.Links() {
		n += linkBytes + sizeOfAttributes(l.Attributes)
	}
	return n
}

func sizeOfAttributes(attrs []attribute.KeyValue) int64 {
	n := int64(0)
	for i := range attrs {
		n += attributeBytes + int64(len(attrs[i].Key)) + sizeOfValue(&attrs[i].Value)
	}
	return n
}

func sizeOfValue(v *attribute.Value) int64 {
	switch v.Type() {
	case attribute.STRING:
		return int64(len(v.AsString()))
	case attribute.BOOL, attribute.INT64, attribute.FLOAT64, attribute.EMPTY:
		return 0
	case attribute.STRINGSLICE:
		n := int64(0)
		for _, s := range v.AsStringSlice() {
			n += 16 + int64(len(s))
		}
		return n
	case attribute.BYTESLICE:
		return int64(len(v.AsByteSlice()))
	case attribute.SLICE:
		n := int64(0)
		for _, e := range v.AsSlice() {
			n += attributeBytes + sizeOfValue(&e)
		}
		return n
	case attribute.MAP:
		return sizeOfAttributes(v.AsMap())
	// Not as the text that they would be: that takes far longer than a copy, and says less of memory.
	case attribute.INT64SLICE:
		return numberBytes * int64(len(v.AsInt64Slice()))
	case attribute.FLOAT64SLICE:
		return numberBytes * int64(len(v.AsFloat64Slice()))
	case attribute.BOOLSLICE:
		return int64(len(v.AsBoolSlice()))
	default: // of an SDK to come
		return int64(len(v.String()))
	}
}
