package runprocessor

import (
	"context"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sys/unix"

	"github.com/technoshare/commentator/otel/spool"
)

// The cost of the processor on the caller's goroutine, in the CPU time of its
// thread: wall time under shared load spreads threefold, thread time in
// interleaved rounds of which the least counts repeats to a tenth.
//
//	go test ./otel/runprocessor -run '^$' -bench Overhead -benchtime 1x

const (
	jobSpans  = 6
	roundJobs = 400 // fewer than the queue holds, so that nothing is dropped
	rounds    = 200
)

// noop is what any processor costs: the SDK's snapshot of each ended span.
type noop struct{}

func (noop) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (noop) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (noop) Shutdown(context.Context) error                  { return nil }
func (noop) ForceFlush(context.Context) error                { return nil }

// discard is an exporter and a store that keeps nothing.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }
func (discard) Put(context.Context, spool.Part) error                      { return nil }

func ours() *SpanProcessor {
	return start(newConfig([]Option{WithLogger(quiet)}), discard{}, nil)
}

func bsp() sdktrace.SpanProcessor { return sdktrace.NewBatchSpanProcessor(discard{}) }

var setups = []struct {
	name       string
	processors func() []sdktrace.SpanProcessor
}{
	{"none", func() []sdktrace.SpanProcessor { return nil }},
	{"noop", func() []sdktrace.SpanProcessor { return []sdktrace.SpanProcessor{noop{}} }},
	{"ours", func() []sdktrace.SpanProcessor { return []sdktrace.SpanProcessor{ours()} }},
	{"BSP", func() []sdktrace.SpanProcessor { return []sdktrace.SpanProcessor{bsp()} }},
	{"ours+BSP", func() []sdktrace.SpanProcessor { return []sdktrace.SpanProcessor{ours(), bsp()} }},
}

func tracerWith(processors []sdktrace.SpanProcessor) (trace.Tracer, *sdktrace.TracerProvider) {
	var opts []sdktrace.TracerProviderOption
	for _, p := range processors {
		opts = append(opts, sdktrace.WithSpanProcessor(p))
	}
	tp := sdktrace.NewTracerProvider(opts...)
	return tp.Tracer("bench"), tp
}

var jobAttributes = []attribute.KeyValue{
	attribute.String("adapter_name", "ArxivAdapter"), attribute.Int("snippet_count", 12),
	attribute.String("coverage", "full"), attribute.Bool("gate_passed", true), attribute.Float64("score", 0.5),
}

// runJob is a root with five children, five attributes each.
func runJob(tracer trace.Tracer) {
	ctx, root := tracer.Start(context.Background(), "job")
	root.SetAttributes(jobAttributes...)
	for range jobSpans - 1 {
		_, s := tracer.Start(ctx, "stage")
		s.SetAttributes(jobAttributes...)
		s.End()
	}
	root.End()
}

func threadTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		panic(err)
	}
	return time.Duration(ts.Nano())
}

func BenchmarkOverhead(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tracers := make([]trace.Tracer, len(setups))
	var mine []*SpanProcessor
	for i, s := range setups {
		processors := s.processors()
		if len(processors) > 0 {
			if p, ok := processors[0].(*SpanProcessor); ok {
				mine = append(mine, p)
			}
		}
		tracer, tp := tracerWith(processors)
		tracers[i] = tracer
		defer func() { _ = tp.Shutdown(context.Background()) }()
	}
	least := make([]float64, len(setups))
	for i := range least {
		least[i] = math.Inf(1)
	}
	for b.Loop() {
		for range rounds {
			for i, tracer := range tracers {
				began := threadTime()
				for range roundJobs {
					runJob(tracer)
				}
				ns := float64(threadTime()-began) / (roundJobs * jobSpans)
				least[i] = min(least[i], ns)
			}
		}
	}
	for i, s := range setups {
		b.ReportMetric(least[i], s.name+"-ns/span")
	}
	b.ReportMetric(least[2]-least[1], "over-noop-ns/span")
	b.ReportMetric(least[4]-least[3], "beside-BSP-ns/span")
	b.ReportMetric(least[2]/least[1], "ours/noop")
	b.ReportMetric(least[4]/least[3], "ours+BSP/BSP")
	dropped := uint64(0)
	for _, p := range mine {
		dropped += p.tree.snapshot().droppedQueue
	}
	b.ReportMetric(float64(dropped)/float64(len(mine)*b.N*rounds*roundJobs*jobSpans), "dropped/span")
	b.ReportMetric(0, "ns/op")
}

// recording is a processor whose parts are neither converted nor stored, so that
// only the caller's goroutine and the bookkeeping allocate.
func recording() (p *SpanProcessor, stop func()) {
	p = &SpanProcessor{tree: newTree(newConfig(nil).limits)}
	p.tree.starts.off = true
	done := make(chan struct{})
	var group sync.WaitGroup
	for i := range p.tree.queue.lanes {
		l := &p.tree.queue.lanes[i]
		group.Go(func() {
			for {
				select {
				case h := <-l.parts:
					p.tree.stored(l, h, nil)
				case <-done:
					return
				}
			}
		})
	}
	return p, func() { close(done); group.Wait() }
}

func TestAllocationsOverANoopProcessor(t *testing.T) {
	const bar = 0.2
	measure := func(p sdktrace.SpanProcessor) float64 {
		tracer, _ := tracerWith([]sdktrace.SpanProcessor{p})
		for range 100 {
			runJob(tracer)
		}
		return testing.AllocsPerRun(1000, func() { runJob(tracer) }) / jobSpans
	}
	p, stop := recording()
	defer stop()
	// What the processor's own goroutine allocates meanwhile is counted too, more or
	// less of it: the least of some measurements is the caller's.
	over := math.Inf(1)
	for range 10 {
		if over = min(over, measure(p)-measure(noop{})); over <= bar {
			break
		}
	}
	if over > bar {
		t.Errorf("%.2f allocations a span over a no-op processor, the bar is %.2f", over, bar)
	}
	t.Logf("%.3f allocations a span over a no-op processor", over)
}
