package weigh

import (
	collogspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// What a decoded message takes beside the bytes of its texts, roughly: the struct of
// package pdata and its place in the list. Attributes are many and small.
const (
	messageCost = 384
	smallCost   = 48
	textCost    = 32
	// A packed number is one byte on the wire at least, and eight in memory.
	packedFactor = 8
)

// message is what is known of one type of the protocol.
type message struct {
	cost   int64
	fields map[int32]field
}

type field struct {
	message *message // nil: text, bytes or packed numbers
	packed  bool
}

// Schema is the description of a request.
type Schema struct{ root *message }

// Traces is the request of OTLP that brings spans.
func Traces() Schema { return schema(&coltracepb.ExportTraceServiceRequest{}) }

// Logs is the request of OTLP that brings log records.
func Logs() Schema { return schema(&collogspb.ExportLogsServiceRequest{}) }

// Metrics is the request of OTLP that brings metrics.
func Metrics() Schema { return schema(&colmetricspb.ExportMetricsServiceRequest{}) }

func schema(m proto.Message) Schema {
	return Schema{root: describe(m.ProtoReflect().Descriptor(), map[protoreflect.FullName]*message{})}
}

func describe(d protoreflect.MessageDescriptor, known map[protoreflect.FullName]*message) *message {
	if m := known[d.FullName()]; m != nil {
		return m
	}
	m := &message{cost: messageCost, fields: map[int32]field{}}
	switch d.Name() {
	case "KeyValue", "AnyValue", "ArrayValue", "KeyValueList":
		m.cost = smallCost
	}
	known[d.FullName()] = m
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		switch {
		case f.Kind() == protoreflect.MessageKind:
			m.fields[int32(f.Number())] = field{message: describe(f.Message(), known)}
		case f.IsList():
			m.fields[int32(f.Number())] = field{packed: f.Kind() != protoreflect.StringKind && f.Kind() != protoreflect.BytesKind}
		}
	}
	return m
}
