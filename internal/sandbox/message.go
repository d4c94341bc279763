package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Message is what parent and child send each other: a head, whose form is theirs to agree on,
// and bytes that need no encoding.
type Message struct{ Head, Body []byte }

// kind says what a frame is.
type kind byte

const (
	kindRequest kind = iota + 1 // parent to child: do this
	kindReply                   // parent to child: the answer to a call
	kindCall                    // child to parent: do this for me
	kindCancel                  // child to parent: the answer to a call is no longer needed
	kindAnswer                  // child to parent: the request is done
	kindLast                    // the same, and this child takes no other
)

// frame is a message on the wire. id tells calls apart.
type frame struct {
	kind kind
	id   uint32
	Message
}

// frameHeader is kind, id, length of head, length of body.
const frameHeader = 1 + 4 + 4 + 4

var errTooLong = errors.New("a message is longer than its bound")

// writeFrame writes a frame; body is not copied. The caller keeps writers apart.
func writeFrame(w io.Writer, f frame) error {
	head := make([]byte, frameHeader, frameHeader+len(f.Head))
	head[0] = byte(f.kind)
	binary.BigEndian.PutUint32(head[1:], f.id)
	binary.BigEndian.PutUint32(head[5:], uint32(len(f.Head)))
	binary.BigEndian.PutUint32(head[9:], uint32(len(f.Body)))
	if _, err := w.Write(append(head, f.Head...)); err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	if len(f.Body) > 0 {
		if _, err := w.Write(f.Body); err != nil {
			return fmt.Errorf("write message: %w", err)
		}
	}
	return nil
}

// readFrame reads a frame of at most limit bytes. The bound is looked at before memory is taken.
func readFrame(r io.Reader, limit int64) (frame, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return frame{}, err
	}
	f := frame{kind: kind(header[0]), id: binary.BigEndian.Uint32(header[1:])}
	head, body := int64(binary.BigEndian.Uint32(header[5:])), int64(binary.BigEndian.Uint32(header[9:]))
	if head+body > limit {
		return frame{}, fmt.Errorf("read message of %d bytes: %w", head+body, errTooLong)
	}
	f.Head, f.Body = make([]byte, head), make([]byte, body)
	if _, err := io.ReadFull(r, f.Head); err != nil {
		return frame{}, fmt.Errorf("read message: %w", err)
	}
	if _, err := io.ReadFull(r, f.Body); err != nil {
		return frame{}, fmt.Errorf("read message: %w", err)
	}
	return f, nil
}
