package stream

import (
	"bytes"

	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
)

// NewSSE returns a parser of server-sent events (text/event-stream, as the HTML standard has it).
func NewSSE(limits scan.Limits, handle Handler) Parser {
	s := &sse{doc: scan.Document{Limits: limits}, handle: handle}
	s.lines = lines{piece: s.piece, end: s.endLine}
	return s
}

type sse struct {
	lines  lines
	handle Handler
	doc    scan.Document // the data of the event under way
	name   []byte
	data   bool // the event has data

	field fieldKind
	head  []byte // of the line under way, until its field is known
	space bool   // the next byte may be the one space before a field's value
}

type fieldKind byte

const (
	unknownField fieldKind = iota
	dataField
	nameField
	otherField
)

func (s *sse) Write(p []byte) { s.lines.write(p) }

// Close hands on an event without its empty line: servers leave that out, and clients take it.
func (s *sse) Close() {
	s.endLine()
	s.dispatch()
}

// piece takes a part of a line.
func (s *sse) piece(p []byte, first bool) {
	if first {
		s.field, s.head = unknownField, s.head[:0]
	}
	if s.field == unknownField {
		p = s.begin(p)
	}
	if s.space && len(p) > 0 {
		s.space = false
		p = bytes.TrimPrefix(p, []byte{' '})
	}
	switch s.field {
	case dataField:
		_, _ = s.doc.Write(p)
	case nameField:
		s.name = append(s.name, p[:min(len(p), maxName-len(s.name))]...)
	}
}

// begin reads the name of a line's field, and returns what of p is behind it.
func (s *sse) begin(p []byte) []byte {
	colon := bytes.IndexByte(p, ':')
	name := p
	if colon >= 0 {
		name = p[:colon]
	}
	if len(s.head) > 0 || colon < 0 {
		s.head = append(s.head, name[:min(len(name), 16-min(len(s.head), 16))]...)
		name = s.head
	}
	if colon < 0 {
		return nil
	}
	s.start(name)
	return p[colon+1:]
}

func (s *sse) start(field []byte) {
	s.space = true
	switch string(field) {
	case "data":
		s.field = dataField
		if s.data {
			_, _ = s.doc.Write([]byte{'\n'})
		}
		s.data = true
	case "event":
		s.field, s.name = nameField, s.name[:0]
	default:
		s.field = otherField
	}
}

func (s *sse) endLine() {
	if s.field == unknownField && len(s.head) == 0 {
		s.dispatch()
	}
	s.field, s.head, s.space = unknownField, s.head[:0], false
}

func (s *sse) dispatch() {
	if s.data {
		s.handle(s.name, s.doc.Value())
	}
	s.doc.Reset()
	s.data, s.name = false, s.name[:0]
}
