package runprocessor_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/runprocessor"
)

// BenchmarkJob measures what a job of six spans itself spends on telemetry,
// Flush included, beside what the disk takes for the same write in the same run
// (file, rename, folder: two flushes).
func BenchmarkJob(b *testing.B) {
	ctx := context.Background()
	p, err := runprocessor.New(ctx, runprocessor.WithSpoolDir(b.TempDir()), runprocessor.WithoutDelivery())
	if err != nil {
		b.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	tracer := provider.Tracer("bench")
	disk := b.TempDir()
	var ours, bare []time.Duration
	for b.Loop() {
		began := time.Now()
		id := job(ctx, tracer)
		if err := p.Flush(ctx, id); err != nil {
			b.Fatal(err)
		}
		ours = append(ours, time.Since(began))

		began = time.Now()
		if err := write(disk); err != nil {
			b.Fatal(err)
		}
		bare = append(bare, time.Since(began))
	}
	if err := provider.Shutdown(ctx); err != nil {
		b.Fatal(err)
	}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(median(ours)), "job-ms")
	b.ReportMetric(ms(median(bare)), "disk-ms")
	b.ReportMetric(ms(median(ours)-median(bare)), "beside-disk-ms")
}

func job(ctx context.Context, t trace.Tracer) trace.TraceID {
	ctx, root := t.Start(ctx, "job")
	for range 5 {
		_, s := t.Start(ctx, "stage", trace.WithAttributes(attribute.String("url", "https://example.com/page"), attribute.Int("snippets", 12),
			attribute.String("model", "gpt-4o-mini"), attribute.Float64("temperature", 0.2), attribute.Bool("ok", true)))
		s.End()
	}
	root.End()
	return root.SpanContext().TraceID()
}

func write(dir string) error {
	f, err := os.CreateTemp(dir, "x")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Write(make([]byte, 2<<10)); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, "done")); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

func median(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[len(ds)/2]
}
