package runprocessor

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

func TestManyUnfinishedSpansStayBounded(t *testing.T) {
	const n = 100_000
	for name, oneTrace := range map[string]bool{"in a trace each": false, "in one trace": true} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			ctx := t.Context()
			if oneTrace {
				ctx = trace.ContextWithRemoteSpanContext(ctx, remote(1))
			}
			before := heap()
			for range n {
				b.start(ctx, "leaked")
			}
			s := b.tree.snapshot()
			if limit := int64(64 << 20); s.bytes > 2*limit || s.openSpans*openSpanBytes > limit {
				t.Errorf("%d bytes held, %d spans open", s.bytes, s.openSpans)
			}
			if err := b.ForceFlush(t.Context()); err != nil {
				t.Fatal(err)
			}
			s = b.tree.snapshot()
			written := 0
			for _, p := range b.stored() {
				if len(p.spans) > 1000 {
					t.Errorf("a part of %d spans", len(p.spans))
				}
				written += len(p.unfinished())
			}
			if total := uint64(written) + s.droppedQueue + uint64(s.openSpans); total != n {
				t.Errorf("%d written, %d dropped, %d open, of %d", written, s.droppedQueue, s.openSpans, n)
			}
			if s.swept == 0 {
				t.Error("nothing was given up")
			}
			b.store.parts = nil
			if grown := heap() - before; grown > 160<<20 {
				t.Errorf("the heap grew by %d MiB", grown>>20)
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestLargestTracesAreCutFirst(t *testing.T) {
	b := setup(t, WithMaxHeldBytes(1<<20))
	text := func(n int) trace.SpanStartOption {
		return trace.WithAttributes(attribute.String("t", strings.Repeat("x", n)))
	}
	thin, thinRoot := b.start(t.Context(), "thin")
	_, s := b.start(thin, "thin child", text(1000))
	s.End()
	fat, fatRoot := b.start(t.Context(), "fat")
	for range 12 {
		_, s := b.start(fat, "fat child", text(100_000))
		s.End()
	}
	got := b.flushed()
	if len(got) != 1 || got[0].Complete || got[0].names()[0] != "fat child" {
		t.Fatalf("%d parts: %+v", len(got), got)
	}
	fatRoot.End()
	if got = b.flushed(); len(got) != 2 || !got[1].Complete || len(got[0].spans)+len(got[1].spans) != 13 {
		t.Fatalf("%d parts: %+v", len(got), got)
	}
	thinRoot.End()
	check(t, b.flushed()[2:], want{1, true, []string{"thin", "thin child"}, nil})
	if s := b.tree.snapshot(); s.cutsMemory != 1 || s.heldSpans != 0 || s.bytes != 0 {
		t.Errorf("%+v", s)
	}
}

func TestCompleteTracesAreForgottenInTheEnd(t *testing.T) {
	b := setup(t)
	for range maxDone + 1000 {
		_, s := b.start(t.Context(), "a")
		s.End()
		if err := b.Flush(t.Context(), s.SpanContext().TraceID()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.tree.traces); n > maxDone+1 {
		t.Errorf("%d traces remembered", n)
	}
	if n := len(b.stored()); n != maxDone+1000 {
		t.Errorf("%d stored", n)
	}
}

func TestOversizedSpanAlonePasses(t *testing.T) {
	b := setup(t, WithMaxHeldBytes(5000))
	_, s := b.start(t.Context(), "huge", trace.WithAttributes(attribute.String("t", strings.Repeat("x", 100_000))))
	s.End()
	check(t, b.flushed(), want{1, true, []string{"huge"}, nil})
}

func TestSizeCountsAllKindsOfValues(t *testing.T) {
	base := sizeOfAttributes([]attribute.KeyValue{attribute.Bool("key", true)})
	text := strings.Repeat("x", 1000)
	for _, kv := range []attribute.KeyValue{
		attribute.String("key", text),
		attribute.StringSlice("key", []string{text[:500], text[500:]}),
		attribute.ByteSlice("key", []byte(text)),
		attribute.Slice("key", attribute.StringValue(text)),
		attribute.Map("key", attribute.String("a", text)),
		attribute.Int64Slice("key", make([]int64, 125)),
		attribute.Float64Slice("key", make([]float64, 125)),
		attribute.BoolSlice("key", make([]bool, 1000)),
	} {
		if got := sizeOfAttributes([]attribute.KeyValue{kv}); got < base+1000 || got > base+2200 {
			t.Errorf("%v: %d bytes, a boolean has %d", kv.Value.Type(), got, base)
		}
	}
}

func TestSweepOfManyTracesIsQuick(t *testing.T) {
	b := setup(t, WithMaxHeldBytes(1<<30))
	for range 50_000 {
		b.start(t.Context(), "a")
	}
	began := time.Now()
	b.tree.sweep(began)
	if took := time.Since(began); took > time.Minute { // 50 ms on an idle machine; what is quadratic takes minutes
		t.Errorf("took %v", took)
	}
}
