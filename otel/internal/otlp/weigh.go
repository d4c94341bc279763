package otlp

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxDecoded is how deep protobuf's decoder goes.
const maxDecoded = 10_000

// CountMessages counts the messages in an encoded message of type md, itself among them,
// without decoding it: each of them takes memory of its own, however short it is on the
// wire. It ends above limit, and where b is damaged, which decoding tells.
func CountMessages(b []byte, md protoreflect.MessageDescriptor, limit int) int {
	n := 0
	countMessages(b, md, limit, 0, &n)
	return n
}

// countMessages reports false where counting has to end.
func countMessages(b []byte, md protoreflect.MessageDescriptor, limit, depth int, n *int) bool {
	if *n++; *n > limit || depth > maxDecoded {
		return false
	}
	for len(b) > 0 {
		number, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return false
		}
		b = b[size:]
		field := md.Fields().ByNumber(number)
		if kind != protowire.BytesType || field == nil || field.Message() == nil {
			if size = protowire.ConsumeFieldValue(number, kind, b); size < 0 {
				return false
			}
			b = b[size:]
			continue
		}
		inner, size := protowire.ConsumeBytes(b)
		if size < 0 || !countMessages(inner, field.Message(), limit, depth+1, n) {
			return false
		}
		b = b[size:]
	}
	return true
}
