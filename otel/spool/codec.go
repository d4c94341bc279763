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

// maxPlainBytes bounds what one file may unpack to. Parts are cut at a few MiB,
// so only damage, or a file put here by hand, can come near.
const maxPlainBytes = 512 << 20

// encoders are reused: a gzip writer is 800 kB of tables, and setting one up
// costs more than compressing a small trace.
var encoders = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

func encode(td *tracepb.TracesData) ([]byte, error) {
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
	var out bytes.Buffer
	out.Grow(len(plain)/3 + 64)
	w := encoders.Get().(*gzip.Writer)
	defer encoders.Put(w)
	w.Reset(&out)
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("compress trace: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress trace: %w", err)
	}
	return out.Bytes(), nil
}

func decode(r io.Reader) (*tracepb.TracesData, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxPlainBytes+1))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	if len(plain) > maxPlainBytes {
		return nil, fmt.Errorf("unpack: more than %d bytes", maxPlainBytes)
	}
	td := &tracepb.TracesData{}
	if err := proto.Unmarshal(plain, td); err != nil {
		return nil, fmt.Errorf("read OTLP: %w", err)
	}
	return td, nil
}

// decodeFile tells apart damage (CorruptError) and a file that cannot be reached.
func decodeFile(path, id string) (*tracepb.TracesData, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open part: %w", err)
	}
	defer f.Close()
	td, err := decode(f)
	if err == nil {
		return td, nil
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return nil, fmt.Errorf("read part: %w", err) // the disk failed, the file may be fine
	}
	return nil, &CorruptError{ID: id, Err: err}
}
