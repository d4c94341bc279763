// Package stream takes streams of events apart as they pass: server-sent events, JSON by the line, and
// the event stream of AWS. In go the bytes of a body, in pieces of any size; out come the events' data, each as soon as it is whole.
//
// A parser keeps no more than one event, and of that what a [scan.Document] keeps. Bytes that are no
// such stream give no events, never an error.
package stream

import "github.com/technoshare/commentator/otel/genaihttp/internal/scan"

// Handler is called with each event: its name, empty where it has none, and its data. Both are good until it returns.
type Handler func(name []byte, data scan.Value)

// Parser takes the bytes of a stream.
type Parser interface {
	// Write takes the next bytes. It keeps no reference to p.
	Write(p []byte)
	// Close hands on an event whose end did not come.
	Close()
}
