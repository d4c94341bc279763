// Package streamtest makes, for tests, what package stream takes apart.
package streamtest

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// EventMessage frames one event as AWS does; one whose name ends in Exception is an error.
func EventMessage(event, payload string) string {
	var headers []byte
	kind, name := "event", ":event-type"
	if strings.HasSuffix(event, "Exception") {
		kind, name = "exception", ":exception-type"
	}
	for _, h := range [][2]string{{name, event}, {":content-type", "application/json"}, {":message-type", kind}} {
		headers = append(headers, byte(len(h[0])))
		headers = append(append(headers, h[0]...), 7)
		headers = binary.BigEndian.AppendUint16(headers, uint16(len(h[1])))
		headers = append(headers, h[1]...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(headers)+len(payload)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(headers)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	b = append(append(b, headers...), payload...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
}
