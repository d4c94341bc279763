package admissionextension

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
)

// frame is one byte of content in a frame of zstd that declares a window of 1<<log bytes
// (RFC 8878, 3.1.1.1.2).
func frame(log byte) []byte {
	const last, raw, length = 1, 0, 1
	return []byte{0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, last | raw<<1 | length<<3, 0, 0, 'a'}
}

// unpack reads a message of zstd as gRPC does.
func unpack(t *testing.T, packed []byte) (string, error) {
	t.Helper()
	r, err := encoding.GetCompressor(zstdName).Decompress(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	defer func() {
		if err := r.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
	}()
	b, err := io.ReadAll(r)
	return string(b), err
}

// Ten bytes that declare a window took what they declared.
func TestAWindowThatAFewBytesDeclareIsNotAllocated(t *testing.T) {
	if got, err := unpack(t, frame(23)); err != nil || got != "a" {
		t.Fatalf("8 MiB, which everybody has to take: %q, %v", got, err)
	}
	for _, log := range []byte{27, 29, 31, 41} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := unpack(t, frame(log))
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("a window of 1<<%d is taken: %q", log, got)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
			t.Errorf("a window of 1<<%d: %d bytes were allocated", log, n)
		}
	}
}

// An encoder that knows the whole message declares a window as large as that.
func TestAMessageOfTheLargestSizeMayComeInOnePiece(t *testing.T) {
	whole := strings.Repeat("0123456789abcdef", 12<<20/16)
	enc, err := zstd.NewWriter(nil, zstd.WithSingleSegment(true))
	if err != nil {
		t.Fatal(err)
	}
	packed := enc.EncodeAll([]byte(whole), nil)
	c := encoding.GetCompressor(zstdName).(*boundedZstd)
	t.Cleanup(func() { c.window.Store(leastWindow) })
	if _, err := unpack(t, packed); err == nil {
		t.Error("12 MiB are taken where messages may have 4")
	}
	allowMessage(16 << 20)
	if got, err := unpack(t, packed); err != nil || got != whole {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	allowMessage(4 << 20) // of another extension
	if got, err := unpack(t, packed); err != nil || got != whole {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestCallsMayBePackedWithZstd(t *testing.T) {
	d := open(t, 12)
	close(d.held)
	conn, err := grpc.NewClient(d.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.UseCompressor(zstdName)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := ptraceotlp.NewGRPCClient(conn)
	for range 3 { // the second uses what the first left
		if _, err := client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(bomb(1))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(bomb(5))); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("5 MiB where 4 are allowed: %v", err)
	}
	if n := d.came.Load(); n != 3 {
		t.Errorf("%d of 3 requests came", n)
	}
}
