package runprocessor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"log/slog"
	"github.com/technoshare/commentator/otel/spool"
	"github.com/technoshare/commentator/otel/runs"
)

type zeroIDs struct{ n int }

func (z *zeroIDs) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	return trace.TraceID{1}, trace.SpanID{1}
}
func (z *zeroIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID { return trace.SpanID{1} }

func zzNew(t *testing.T, opts ...Option) (*SpanProcessor, string) {
	dir := filepath.Join(t.TempDir(), "outbox")
	p, err := New(t.Context(), append([]Option{WithSpoolDir(dir), WithoutDelivery(), WithLogger(slog.New(slog.NewTextHandler(os.Stderr, nil)))}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return p, dir
}

func dump(dir string) {
	es, err := spool.List(dir)
	fmt.Println("entries", len(es), err)
	for _, e := range es {
		td, err := spool.Load(dir, e.ID)
		if err != nil { fmt.Println(err); continue }
		n := 0
		for _, rs := range td.ResourceSpans { for _, ss := range rs.ScopeSpans { for _, s := range ss.Spans {
			n++
			if n < 5 { fmt.Printf("  %s %x parent %x\n", s.Name, s.SpanId, s.ParentSpanId) }
		} } }
		fmt.Println(" part", e.Part, e.Complete, "spans", n)
		rd := runs.Read(td, runs.Rules{})
		_ = rd
	}
}

func TestZZTwice(t *testing.T) {
	p, dir := zzNew(t)
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p), sdktrace.WithSpanProcessor(p))
	ctx, root := tp.Tracer("x").Start(t.Context(), "root")
	for range 3 {
		_, c := tp.Tracer("x").Start(ctx, "child")
		c.End()
	}
	root.End()
	fmt.Println(p.Flush(t.Context(), root.SpanContext().TraceID()))
	dump(dir)
	p.Shutdown(t.Context())
}

func TestZZDup(t *testing.T) {
	for _, n := range []int{3, 100} {
		p, dir := zzNew(t)
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p), sdktrace.WithIDGenerator(&zeroIDs{}))
		ctx, root := tp.Tracer("x").Start(t.Context(), "root")
		var all []trace.Span
		for range n {
			var c trace.Span
			ctx, c = tp.Tracer("x").Start(ctx, "child")
			all = append(all, c)
		}
		for _, c := range all { c.End() }
		root.End()
		c, stop := context.WithTimeout(t.Context(), time.Second)
		fmt.Println(p.Flush(c, root.SpanContext().TraceID()))
		stop()
		fmt.Printf("%+v\n", p.tree.snapshot())
		p.Shutdown(t.Context())
		dump(dir)
	}
}

func TestZZRemoved(t *testing.T) {
	p, dir := zzNew(t)
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	do := func() {
		_, root := tp.Tracer("x").Start(t.Context(), "root")
		root.End()
		fmt.Println(p.Flush(t.Context(), root.SpanContext().TraceID()), p.Spool().Health())
	}
	do()
	os.RemoveAll(dir)
	do()
	time.Sleep(1500*time.Millisecond)
	do()
	fmt.Println(p.Shutdown(t.Context()))
}
