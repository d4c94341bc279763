package eval_test

import (
	"context"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runprocessor"
)

// outbox is a provider whose traces are written to disk, as in a program.
func outbox(t testing.TB) *sdktrace.TracerProvider {
	t.Helper()
	processor, err := runprocessor.New(t.Context(), runprocessor.WithSpoolDir(filepath.Join(t.TempDir(), "outbox")), runprocessor.WithoutDelivery(),
		runprocessor.WithConfig(mlflow.Config{URI: "http://127.0.0.1:1", EnableTracking: true, EnableTracing: true}))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor), sdktrace.WithIDGenerator(eval.NewIDGenerator(nil)))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return provider
}

// TestMemoryDoesNotGrowWithTheRows: outputs are with the journal and the spans.
func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	const rows, size = 1000, 50_000
	var early, late uint64
	done := 0
	provider := outbox(t)
	heap := func() uint64 {
		// What still waits for the disk is no part of what an evaluation keeps.
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	_, err := eval.RunWith(t.Context(), []eval.Option{
		eval.WithTracerProvider(provider), eval.WithJournal(filepath.Join(t.TempDir(), "journal")),
		eval.WithObserver(func(eval.RowResult) {
			switch done++; done {
			case rows / 10:
				early = heap()
			case rows:
				late = heap()
			}
		}),
	}, numbers(rows), func(context.Context, int) (string, error) { return strings.Repeat("x", size), nil },
		eval.Measure("length", func(_, _ int, out string) float64 { return float64(len(out)) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("heap after %d rows %d kB, after %d rows %d kB", rows/10, early/1000, rows, late/1000)
	if most := early + rows*size/5; late > most { // keeping the outputs would be 45 MB more
		t.Errorf("heap grew from %d to %d bytes", early, late)
	}
}

// BenchmarkRows says what a row costs beside its model, which takes 200 ms: with journal, and
// traces on disk.
func BenchmarkRows(b *testing.B) {
	const rows, atOnce, model = 1000, 20, 200 * time.Millisecond
	for b.Loop() {
		began := time.Now()
		r, err := eval.RunWith(b.Context(), []eval.Option{
			eval.WithTracerProvider(outbox(b)), eval.WithJournal(filepath.Join(b.TempDir(), "journal")), eval.WithConcurrency(atOnce),
		}, numbers(rows), func(_ context.Context, n int) (int, error) {
			time.Sleep(model)
			return 2 * n, nil
		}, exact)
		if err != nil || len(r.Rows) != rows {
			b.Fatal(err)
		}
		ideal := rows / atOnce * model
		b.ReportMetric(100*(time.Since(began)-ideal).Seconds()/ideal.Seconds(), "overhead-%")
	}
}
