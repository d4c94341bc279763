package otlp

import (
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// ValidText replaces what is not UTF-8 by U+FFFD. MLflow answers 422 to such
// text and protobuf refuses to encode it.
func ValidText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// RepairText makes all text in m and below valid. It edits m.
func RepairText(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsList() && field.Message() != nil:
			for i := range value.List().Len() {
				RepairText(value.List().Get(i).Message())
			}
		case field.IsList() && field.Kind() == protoreflect.StringKind:
			for i := range value.List().Len() {
				value.List().Set(i, repaired(value.List().Get(i)))
			}
		case field.IsMap(): // OTLP has none
		case field.Message() != nil:
			RepairText(value.Message())
		case field.Kind() == protoreflect.StringKind && !utf8.ValidString(value.String()):
			m.Set(field, repaired(value))
		}
		return true
	})
}

func repaired(v protoreflect.Value) protoreflect.Value {
	return protoreflect.ValueOfString(ValidText(v.String()))
}

// maxNesting bounds how deep RepairEncoded follows messages in messages;
// protobuf's own decoder stops at 10,000, far beyond what OTLP data needs.
const maxNesting = 200

// RepairEncoded rewrites an encoded message of type md with all text made valid.
// Go's decoder refuses a whole request for one broken string; senders in other
// languages write such strings. It reports false when b is no such message.
func RepairEncoded(b []byte, md protoreflect.MessageDescriptor) ([]byte, bool) {
	return repairEncoded(b, md, 0)
}

func repairEncoded(b []byte, md protoreflect.MessageDescriptor, depth int) ([]byte, bool) {
	if depth > maxNesting {
		return nil, false
	}
	var out []byte
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, false
		}
		size := protowire.ConsumeFieldValue(num, typ, b[n:])
		if size < 0 {
			return nil, false
		}
		field := md.Fields().ByNumber(num)
		if typ != protowire.BytesType || field == nil {
			out = append(out, b[:n+size]...)
			b = b[n+size:]
			continue
		}
		val, _ := protowire.ConsumeBytes(b[n:])
		switch field.Kind() {
		case protoreflect.StringKind:
			val = []byte(ValidText(string(val)))
		case protoreflect.MessageKind:
			sub, ok := repairEncoded(val, field.Message(), depth+1)
			if !ok {
				return nil, false
			}
			val = sub
		}
		out = protowire.AppendTag(out, num, typ)
		out = protowire.AppendBytes(out, val)
		b = b[n+size:]
	}
	return out, true
}
