package stream

import (
	"encoding/binary"

	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
)

// NewEventStream returns a parser of AWS's event stream (application/vnd.amazon.eventstream): messages of a
// prelude of 12 bytes (length of the message and of its headers, checksum), headers, payload and checksum.
// Checksums are left to the client. The name of an event is its header :event-type, or that of an exception.
func NewEventStream(limits scan.Limits, handle Handler) Parser {
	return &eventStream{doc: scan.Document{Limits: limits}, handle: handle}
}

const (
	preludeBytes = 12
	crcBytes     = 4
	maxHeaders   = 128 << 10 // AWS's own bound
)

type eventStream struct {
	doc    scan.Document
	handle Handler

	head    []byte // prelude and headers of the message under way
	want    int    // bytes of head that are wanted
	payload int64  // bytes of the payload that are to come
	crc     int    // and of the checksum
	inside  bool   // the payload has begun
	lost    bool   // what came was no message: there is no way back
}

func (e *eventStream) Close() {}

func (e *eventStream) Write(p []byte) {
	for len(p) > 0 && !e.lost {
		switch {
		case !e.inside:
			p = e.takeHead(p)
		case e.payload > 0:
			n := int(min(e.payload, int64(len(p))))
			_, _ = e.doc.Write(p[:n])
			e.payload -= int64(n)
			p = p[n:]
		default:
			n := min(e.crc, len(p))
			e.crc -= n
			p = p[n:]
		}
		if e.inside && e.payload == 0 && e.crc == 0 {
			e.handle(eventName(e.head[preludeBytes:]), e.doc.Value())
			e.doc.Reset()
			e.inside, e.head, e.want = false, e.head[:0], 0
		}
	}
}

// takeHead takes prelude and headers.
func (e *eventStream) takeHead(p []byte) []byte {
	if e.want == 0 {
		e.want = preludeBytes
	}
	n := min(e.want-len(e.head), len(p))
	e.head = append(e.head, p[:n]...)
	if len(e.head) < e.want {
		return p[n:]
	}
	total, headers := binary.BigEndian.Uint32(e.head), binary.BigEndian.Uint32(e.head[4:])
	rest := int64(total) - preludeBytes - int64(headers) - crcBytes
	if headers > maxHeaders || rest < 0 {
		e.lost = true
		return nil
	}
	e.want = preludeBytes + int(headers)
	if len(e.head) == e.want {
		e.inside, e.payload, e.crc = true, rest, crcBytes
	}
	return p[n:]
}

// eventName finds the name of an event among the headers of its message.
func eventName(h []byte) []byte {
	for len(h) > 1 {
		n := int(h[0])
		if len(h) < 2+n {
			return nil
		}
		name, kind := h[1:1+n], h[1+n]
		value, rest, ok := headerValue(kind, h[2+n:])
		if !ok {
			return nil
		}
		switch string(name) {
		case ":event-type", ":exception-type", ":error-code":
			return value
		}
		h = rest
	}
	return nil
}

// headerValue reads a header's value by its kind.
func headerValue(kind byte, h []byte) (value, rest []byte, ok bool) {
	size := 0
	switch kind {
	case 0, 1: // true, false
	case 2:
		size = 1
	case 3:
		size = 2
	case 4:
		size = 4
	case 5, 8: // a long, a time
		size = 8
	case 9: // a UUID
		size = 16
	case 6, 7: // bytes, a string
		if len(h) < 2 {
			return nil, nil, false
		}
		size, h = int(binary.BigEndian.Uint16(h)), h[2:]
	default:
		return nil, nil, false
	}
	if len(h) < size {
		return nil, nil, false
	}
	return h[:size], h[size:], true
}
