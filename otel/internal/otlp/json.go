package otlp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// JSON returns td as an OTLP/JSON file: protobuf's JSON mapping, but for ids, which
// the OTLP specification writes in hexadecimal digits, and enums, which it writes as
// numbers. The same data gives the same bytes. Ids and texts are made valid; td is
// left alone.
func JSON(td *tracepb.TracesData) ([]byte, error) {
	c := Clone(td)
	for _, s := range Spans(c) {
		id, own, parent := TraceID(s), SpanID(s), ParentID(s)
		s.TraceId, s.SpanId, s.ParentSpanId = hexInBase64(id[:]), hexInBase64(own[:]), nil
		if parent.IsValid() {
			s.ParentSpanId = hexInBase64(parent[:])
		}
		links := s.Links[:0]
		for _, l := range s.Links {
			if ValidLink(l) {
				l.TraceId, l.SpanId = hexInBase64(l.TraceId), hexInBase64(l.SpanId)
				links = append(links, l)
			}
		}
		s.Links = links
	}
	RepairText(c.ProtoReflect())
	b, err := protojson.MarshalOptions{UseEnumNumbers: true}.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode spans: %w", err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil { // protojson varies its blanks on purpose
		return nil, fmt.Errorf("compact spans: %w", err)
	}
	return out.Bytes(), nil
}

// hexInBase64 returns the bytes whose base64, which protobuf's JSON mapping writes,
// reads as id in hexadecimal digits: those are letters of base64, and 16 or 32 of
// them need no padding.
func hexInBase64(id []byte) []byte {
	b, err := base64.StdEncoding.DecodeString(hex.EncodeToString(id))
	if err != nil {
		return nil // an id of another length, which has been made valid before
	}
	return b
}
