package admissionextension

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc/encoding"
)

// zstdName is what zstd is called over gRPC.
const zstdName = "zstd"

// leastWindow is the window that every reader of zstd should have room for, in bytes (RFC 8878, 3.1.1.1.2).
// An encoder that knows how long a message is declares none that is longer.
const leastWindow = 8 << 20

// init puts a reader with bounds in place of the Collector's (configgrpc), which takes windows of 512 MiB: some
// bytes that declare one make it allocate that much, before anybody can count it. gRPC lets compressors be
// registered during initialization only; the Collector's does not replace one that is there.
func init() {
	c := &boundedZstd{}
	c.window.Store(leastWindow)
	encoding.RegisterCompressor(c)
}

// allowMessage lets messages of so many bytes come in one piece, whose window is the message.
func allowMessage(n int64) {
	c, ok := encoding.GetCompressor(zstdName).(*boundedZstd)
	if !ok {
		return // somebody's own
	}
	for {
		now := c.window.Load()
		if n <= now || c.window.CompareAndSwap(now, n) {
			return
		}
	}
}

// boundedZstd is an [encoding.Compressor] whose frames declare no window of more than so many bytes.
type boundedZstd struct {
	window           atomic.Int64
	readers, writers sync.Pool
}

// Name implements encoding.Compressor.
func (*boundedZstd) Name() string { return zstdName }

// Decompress implements encoding.Compressor. gRPC closes what it returns.
func (c *boundedZstd) Decompress(r io.Reader) (io.Reader, error) {
	window := uint64(c.window.Load())
	if d, ok := c.readers.Get().(*pooledReader); ok && d.window == window {
		if err := d.Reset(r); err != nil {
			return nil, fmt.Errorf("read zstd: %w", err)
		}
		return d, nil
	}
	// At a concurrency of one it has no goroutines to be ended.
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return nil, fmt.Errorf("read zstd: %w", err)
	}
	return &pooledReader{Decoder: d, window: window, pool: &c.readers}, nil
}

// pooledReader reads one message after the other.
type pooledReader struct {
	*zstd.Decoder
	window uint64
	pool   *sync.Pool
}

// Close implements io.Closer.
func (r *pooledReader) Close() error {
	if err := r.Reset(nil); err != nil {
		return fmt.Errorf("end zstd: %w", err)
	}
	r.pool.Put(r)
	return nil
}

// Compress implements encoding.Compressor.
func (c *boundedZstd) Compress(w io.Writer) (io.WriteCloser, error) {
	if e, ok := c.writers.Get().(*pooledWriter); ok {
		e.Reset(w)
		return e, nil
	}
	const window = 512 << 10 // messages are not large, and an encoder has several of them
	e, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window))
	if err != nil {
		return nil, fmt.Errorf("write zstd: %w", err)
	}
	return &pooledWriter{Encoder: e, pool: &c.writers}, nil
}

// pooledWriter writes one message after the other.
type pooledWriter struct {
	*zstd.Encoder
	pool *sync.Pool
}

// Close implements io.Closer.
func (w *pooledWriter) Close() error {
	if err := w.Encoder.Close(); err != nil {
		return fmt.Errorf("end zstd: %w", err)
	}
	w.pool.Put(w)
	return nil
}
