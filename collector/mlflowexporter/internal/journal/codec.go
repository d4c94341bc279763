package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/klauspost/compress/s2"
	"go.opentelemetry.io/otel/trace"
)

// Header is what is known of a part without reading it.
type Header struct {
	TraceID  trace.TraceID
	Received time.Time
	Spans    int
	Rooted   bool // a root that has ended is in it
	Entry    bool // a span whose parent is in another process is in it
	Idle     bool // silence ends its trace
}

// Bits of the byte of flags.
const (
	rootedFlag = 1 << iota
	entryFlag
	idleFlag
)

// version is the first byte of a part: header, then OTLP TracesData under s2, which
// costs a quarter of zstd on parts of this size.
const version = 1

// headerSize is the size of version, flags, spans, received, trace id, checksum of the body.
const headerSize = 1 + 1 + 4 + 8 + 16 + 4

// maxDecoded bounds the memory for one part.
const maxDecoded = 256 << 20

// ErrDamaged says that a part cannot be read back.
var ErrDamaged = errors.New("damaged entry")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode packs a part, whose body is OTLP TracesData on the wire.
func Encode(h Header, body []byte) []byte {
	out := make([]byte, headerSize+s2.MaxEncodedLen(len(body)))
	out[0] = version
	for flag, set := range map[byte]bool{rootedFlag: h.Rooted, entryFlag: h.Entry, idleFlag: h.Idle} {
		if set {
			out[1] |= flag
		}
	}
	binary.BigEndian.PutUint32(out[2:], uint32(h.Spans))                //nolint:gosec // a count
	binary.BigEndian.PutUint64(out[6:], uint64(h.Received.UnixMicro())) //nolint:gosec // after 1970
	copy(out[14:], h.TraceID[:])
	out = out[:headerSize+len(s2.Encode(out[headerSize:], body))]
	binary.BigEndian.PutUint32(out[30:], crc32.Checksum(out[headerSize:], castagnoli))
	return out
}

// ReadHeader reads what Encode wrote.
func ReadHeader(b []byte) (Header, error) {
	if len(b) < headerSize {
		return Header{}, fmt.Errorf("%w: %d bytes", ErrDamaged, len(b))
	}
	if b[0] != version {
		return Header{}, fmt.Errorf("%w: format %d, this program knows %d", ErrDamaged, b[0], version)
	}
	h := Header{
		Rooted:   b[1]&rootedFlag != 0,
		Entry:    b[1]&entryFlag != 0,
		Idle:     b[1]&idleFlag != 0,
		Spans:    int(binary.BigEndian.Uint32(b[2:])),
		Received: time.UnixMicro(int64(binary.BigEndian.Uint64(b[6:]))), //nolint:gosec // as written
	}
	copy(h.TraceID[:], b[14:])
	return h, nil
}

// rawSize is the size of the body of a part, as far as that can be read.
func rawSize(b []byte) int {
	if len(b) < headerSize {
		return 0
	}
	n, err := s2.DecodedLen(b[headerSize:])
	if err != nil || n > maxDecoded {
		return 0
	}
	return n
}

// Decode gives the body of a part.
func Decode(b []byte) ([]byte, error) {
	if _, err := ReadHeader(b); err != nil {
		return nil, err
	}
	if crc32.Checksum(b[headerSize:], castagnoli) != binary.BigEndian.Uint32(b[30:]) {
		return nil, fmt.Errorf("%w: wrong checksum", ErrDamaged)
	}
	if n, err := s2.DecodedLen(b[headerSize:]); err != nil || n > maxDecoded {
		return nil, fmt.Errorf("%w: %d bytes: %w", ErrDamaged, n, err)
	}
	body, err := s2.Decode(nil, b[headerSize:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return body, nil
}
