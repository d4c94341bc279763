package stream

import (
	"bytes"

	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
)

// maxName bounds an event's name, in bytes; a longer one is no name that anybody knows.
const maxName = 128

// lines cuts a stream into lines, which end with LF, CR or both. The beginning of a line may come
// in pieces, so that a line of any length passes.
type lines struct {
	piece   func(p []byte, first bool) // a part of a line, the first one or a further one
	end     func()                     // of a line
	begun   bool
	afterCR bool
}

func (l *lines) write(p []byte) {
	for len(p) > 0 {
		if l.afterCR {
			l.afterCR = false
			if p[0] == '\n' {
				p = p[1:]
				continue
			}
		}
		n := lineEnd(p)
		if n < 0 {
			l.piece(p, !l.begun)
			l.begun = true
			return
		}
		if n > 0 {
			l.piece(p[:n], !l.begun)
		}
		l.begun = false
		l.afterCR = p[n] == '\r'
		l.end()
		p = p[n+1:]
	}
}

// lineEnd returns where the first line ends, or -1.
func lineEnd(p []byte) int {
	lf := bytes.IndexByte(p, '\n')
	head := p
	if lf >= 0 {
		head = p[:lf]
	}
	if cr := bytes.IndexByte(head, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// NewNDJSON returns a parser of JSON by the line.
func NewNDJSON(limits scan.Limits, handle Handler) Parser {
	n := &ndjson{doc: scan.Document{Limits: limits}, handle: handle}
	n.lines = lines{piece: n.piece, end: n.Close}
	return n
}

type ndjson struct {
	lines  lines
	doc    scan.Document
	handle Handler
}

func (n *ndjson) Write(p []byte) { n.lines.write(p) }

func (n *ndjson) piece(p []byte, _ bool) { _, _ = n.doc.Write(p) }

func (n *ndjson) Close() {
	if v := n.doc.Value(); len(v) > 0 {
		n.handle(nil, v)
	}
	n.doc.Reset()
}
