package runs

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// mendWire rewrites an encoded message with all text made valid UTF-8. Go's
// decoder refuses a whole request for one broken string; other languages send
// such strings. It says false when b is not the message at all.
func mendWire(b []byte, md protoreflect.MessageDescriptor, depth int) ([]byte, bool) {
	if depth > 200 {
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
			val = []byte(mend(string(val)))
		case protoreflect.MessageKind:
			sub, ok := mendWire(val, field.Message(), depth+1)
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
