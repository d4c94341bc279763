package mlflowexporter

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxMessages bounds how many messages may stand in one another: decoders give up before.
const maxMessages = 10_000

// mendTexts puts a question mark in place of each byte of a text that is no UTF-8, within the encoded message. The
// Collector takes such texts, and what reads messages here, and MLflow, refuse all of a message for one of them.
func mendTexts(message []byte, d protoreflect.MessageDescriptor, depth int) {
	for len(message) > 0 && depth < maxMessages {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return // whoever decodes it says so
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return
		}
		if f := d.Fields().ByNumber(number); f != nil && kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(message)
			switch f.Kind() {
			case protoreflect.StringKind:
				mendText(value)
			case protoreflect.MessageKind:
				mendTexts(value, f.Message(), depth+1)
			}
		}
		message = message[n:]
	}
}

func mendText(text []byte) {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			text[0] = '?'
		}
		text = text[n:]
	}
}
