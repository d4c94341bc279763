// Package otlpfile decodes files of OTLP data in every form that tools write:
// protobuf, plain or with length prefixes, and OTLP JSON, each also as gzip.
package otlpfile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// maxUnpacked bounds what one compressed file may hold, in bytes.
const maxUnpacked = 1 << 30

// Decode decodes one file, which may hold several requests. The content decides about
// its form, not the name.
func Decode(body []byte) ([]*tracepb.TracesData, error) {
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("unpack gzip: %w", err)
		}
		body, err = io.ReadAll(io.LimitReader(r, maxUnpacked+1))
		if err != nil {
			return nil, fmt.Errorf("unpack gzip: %w", err)
		}
		if len(body) > maxUnpacked {
			return nil, fmt.Errorf("unpack gzip: more than %d bytes", maxUnpacked)
		}
	}
	plain := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(plain) == 0 {
		return nil, errors.New("it is empty")
	}
	if isJSON(plain) {
		return readJSON(plain)
	}
	return readProto(body)
}

// isJSON reports whether the content is JSON, not protobuf. A protobuf request starts with 0x0a, which is
// white space as well, so a bracket after it may be a length: only what parses as
// JSON from the first two words on is JSON.
func isJSON(plain []byte) bool {
	if plain[0] != '{' && plain[0] != '[' {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(plain))
	for range 2 {
		if _, err := dec.Token(); err != nil {
			return false
		}
	}
	return true
}

// readProto decodes protobuf, plain or with length prefixes. A plain message never starts
// with 0, as no field has that number.
func readProto(body []byte) ([]*tracepb.TracesData, error) {
	if body[0] == 0 { // the Collector's file exporter: length, message, length, …
		var out []*tracepb.TracesData
		for rest := body; len(rest) > 0; {
			if len(rest) < 4 || int(binary.BigEndian.Uint32(rest)) > len(rest)-4 {
				return nil, errors.New("decode protobuf: a length prefix points past the end of the file")
			}
			n := int(binary.BigEndian.Uint32(rest))
			td, err := decodeProto(rest[4 : 4+n])
			if err != nil {
				return nil, err
			}
			out = append(out, td)
			rest = rest[4+n:]
		}
		return out, nil
	}
	td, err := decodeProto(body)
	if err != nil {
		return nil, err
	}
	return []*tracepb.TracesData{td}, nil
}

// decodeProto decodes one message, whatever its text.
func decodeProto(body []byte) (*tracepb.TracesData, error) {
	td := &tracepb.TracesData{}
	err := proto.Unmarshal(body, td)
	if err == nil {
		return td, nil
	}
	// Text that is not UTF-8 is repaired; anything else is no OTLP.
	repaired, ok := otlp.RepairEncoded(body, td.ProtoReflect().Descriptor())
	if ok {
		td = &tracepb.TracesData{}
		if proto.Unmarshal(repaired, td) == nil {
			return td, nil
		}
	}
	return nil, fmt.Errorf("decode protobuf: %w", err)
}
