package spool

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// Bounds of one part. Parts are cut at a few MiB, so only a giant span, damage, or a file
// put here by hand can come near.
const (
	// maxPlainBytes bounds what it may unpack to, in bytes.
	maxPlainBytes = 128 << 20
	// maxMessages bounds the messages of OTLP in it: spans, attributes, values and so on.
	// One of no content takes two bytes in a file, and a hundred or two in memory.
	maxMessages = 4 << 20
)

// encoders are reused: a gzip writer is 800 kB of tables, and setting one up
// costs more than compressing a small trace.
var encoders = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// encode makes the content of a file.
func encode(td *tracepb.TracesData, to Destination) ([]byte, error) {
	plain, err := proto.Marshal(td)
	if err != nil {
		// A string that is not UTF-8 cannot go on the wire. Nothing checks
		// attributes before, and one such value must not cost the trace.
		td = proto.CloneOf(td)
		otlp.RepairText(td.ProtoReflect())
		if plain, err = proto.Marshal(td); err != nil {
			return nil, fmt.Errorf("marshal trace: %w", err)
		}
	}
	if err := checkSize(plain); err != nil {
		return nil, err
	}
	return pack(plain, to)
}

func pack(plain []byte, to Destination) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(plain)/3 + 512)
	w := encoders.Get().(*gzip.Writer)
	defer encoders.Put(w)
	w.Reset(&out) // of the header too
	w.Extra = to.extra()
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("compress trace: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress trace: %w", err)
	}
	return out.Bytes(), nil
}

// checkSize refuses a part that would take too much memory to read, before it is kept and
// before it is read.
func checkSize(plain []byte) error {
	if len(plain) > maxPlainBytes {
		return &TooLargeError{Bytes: len(plain)}
	}
	if len(plain) <= 2*maxMessages { // each of them has a tag and a length
		return nil
	}
	md := (*tracepb.TracesData)(nil).ProtoReflect().Descriptor()
	if n := otlp.CountMessages(plain, md, maxMessages); n > maxMessages {
		return &TooLargeError{Bytes: len(plain), Messages: n}
	}
	return nil
}

// filed is what is in a file.
type filed struct {
	data *tracepb.TracesData
	to   Destination
}

func decode(r io.Reader) (filed, error) {
	plain, to, err := unpack(r)
	if err != nil {
		return filed{}, err
	}
	td := &tracepb.TracesData{}
	if err := proto.Unmarshal(plain, td); err != nil {
		return filed{}, fmt.Errorf("read OTLP: %w", err)
	}
	return filed{td, to}, nil
}

// unpack returns the message of a file that is no larger than a part may be.
func unpack(r io.Reader) ([]byte, Destination, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, Destination{}, fmt.Errorf("unpack: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxPlainBytes+1))
	if err != nil {
		return nil, Destination{}, fmt.Errorf("unpack: %w", err)
	}
	if err := checkSize(plain); err != nil {
		return nil, Destination{}, err
	}
	return plain, destinationIn(z.Extra), nil
}

// decodeFile tells apart damage (CorruptError) and a file that cannot be reached.
func decodeFile(path, id string) (filed, error) { return readFile(path, id, decode) }

// readFile tells them apart for what read makes of the file.
func readFile[T any](path, id string, read func(io.Reader) (T, error)) (none T, _ error) {
	f, err := openFile(path, os.O_RDONLY)
	if isNotRegular(err) {
		return none, &CorruptError{ID: id, Err: err}
	}
	if err != nil {
		return none, fmt.Errorf("open part: %w", err)
	}
	defer f.Close()
	content, err := read(f)
	if err == nil {
		return content, nil
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return none, fmt.Errorf("read part: %w", err) // the disk failed, the file may be fine
	}
	return none, &CorruptError{ID: id, Err: err}
}
