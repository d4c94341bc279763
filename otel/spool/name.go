package spool

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

const (
	extension       = ".otlp.gz"
	reasonExtension = ".reason"
	tempExtension   = ".tmp"
)

// name is the identity of a part, as the file name carries it.
type name struct {
	start    int64 // nanoseconds since 1970, never negative
	traceID  trace.TraceID
	part     int // from 1
	complete bool
}

func nameOf(p Part) name {
	n := name{traceID: p.TraceID, part: max(p.Number, 1), complete: p.Complete}
	if !p.Start.IsZero() {
		n.start = max(p.Start.UnixNano(), 0)
	}
	return n
}

// String gives the id: the file name without extension. The digits are padded
// so that the order of names is the order of time.
func (n name) String() string {
	mark := ""
	if n.complete {
		mark = "c"
	}
	return fmt.Sprintf("%020d-%s-%06d%s", n.start, n.traceID, n.part, mark)
}

// maxSafeName bounds, in bytes, the name of a file that is set aside.
const maxSafeName = 150

// safeName makes an id of the name of a file that is none of ours, for lists and commands:
// bytes that have a meaning for a terminal, a shell or a path are written as in an address.
func safeName(foreign string) string {
	var b strings.Builder
	for i := range len(foreign) {
		c := foreign[i]
		switch {
		case b.Len() > maxSafeName:
			return b.String()
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '%', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// parseName accepts exactly what String gives, so that an id has one spelling
// and can never name a file outside the folder.
func parseName(id string) (name, error) {
	var n name
	fields := strings.Split(id, "-")
	if len(fields) != 3 {
		return n, fmt.Errorf("parse id %q: want <start>-<trace id>-<part>", id)
	}
	start, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil || start < 0 {
		return n, fmt.Errorf("parse id %q: start is not a time in nanoseconds", id)
	}
	n.start = start
	// Not trace.TraceIDFromHex, which refuses the id of zeros: what lies here
	// is listed and tried, and the server is the judge.
	if len(fields[1]) != 2*len(n.traceID) {
		return n, fmt.Errorf("parse id %q: trace id has not 32 digits", id)
	}
	if _, err := hex.Decode(n.traceID[:], []byte(fields[1])); err != nil {
		return n, fmt.Errorf("parse id %q: trace id: %w", id, err)
	}
	part, complete := strings.CutSuffix(fields[2], "c")
	n.complete = complete
	if n.part, err = strconv.Atoi(part); err != nil || n.part < 1 {
		return n, fmt.Errorf("parse id %q: part is not a number from 1", id)
	}
	if n.String() != id {
		return n, fmt.Errorf("parse id %q: not in canonical form %s", id, n)
	}
	return n, nil
}

func (n name) entry(bytes int64) Entry {
	return Entry{
		ID: n.String(), TraceID: n.traceID, Part: n.part, Complete: n.complete,
		Start: time.Unix(0, n.start), Bytes: bytes,
	}
}
