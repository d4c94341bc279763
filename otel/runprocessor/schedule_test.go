package runprocessor

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// FuzzSchedules starts and ends spans in a random order, with late children,
// orphans, remote parents, sweeps and flushes in between, and wants every ended
// span out exactly once.
func FuzzSchedules(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, kind uint8) {
		opts := []Option{WithMaxTraceSpans(1 + int(kind%7))}
		if kind&1 != 0 {
			opts = append(opts, WithLinger(time.Millisecond))
		}
		if kind&2 != 0 {
			opts = append(opts, optionFunc(func(c config) config {
				c.limits.heldBytes, c.limits.queueBytes = 20*openSpanBytes, 1<<30
				return c
			}))
		}
		s := &schedule{bench: setup(t, opts...), r: rand.New(rand.NewPCG(seed, 1)), ended: map[trace.SpanID]bool{}}
		for range 300 {
			s.step()
		}
		s.reconcile()
	})
}

type schedule struct {
	*bench
	r     *rand.Rand
	open  []trace.Span
	ctxs  []context.Context // of spans that may have ended: parents of late children
	ended map[trace.SpanID]bool
}

func (s *schedule) step() {
	switch s.r.IntN(12) {
	case 0, 1:
		s.begin(context.Background())
	case 2, 3, 4:
		if len(s.ctxs) > 0 {
			s.begin(s.ctxs[s.r.IntN(len(s.ctxs))])
		}
	case 5:
		s.begin(trace.ContextWithRemoteSpanContext(context.Background(), remote(byte(1+s.r.IntN(3)))))
	case 6:
		s.begin(trace.ContextWithSpanContext(context.Background(), remote(byte(1+s.r.IntN(3))).WithRemote(false)))
	case 7:
		if s.r.IntN(10) == 0 {
			s.tree.sweep(time.Now().Add(2 * time.Hour)) // all is too old
		}
	case 8:
		if s.r.IntN(10) == 0 {
			if err := s.ForceFlush(context.Background()); err != nil {
				s.tb.Fatal(err)
			}
		}
	default:
		if len(s.open) > 0 {
			i := s.r.IntN(len(s.open))
			s.end(i)
		}
	}
}

func (s *schedule) begin(ctx context.Context) {
	ctx, span := s.start(ctx, "s")
	s.open = append(s.open, span)
	s.ctxs = append(s.ctxs, ctx)
}

func (s *schedule) end(i int) {
	s.open[i].End()
	s.ended[s.open[i].SpanContext().SpanID()] = true
	s.open = append(s.open[:i], s.open[i+1:]...)
}

func (s *schedule) reconcile() {
	t := s.tb
	for len(s.open) > s.r.IntN(5) { // some are left to Shutdown
		s.end(0)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	out := map[trace.SpanID]int{}
	numbers := map[trace.TraceID]int{}
	for _, p := range s.stored() {
		if p.Number != numbers[p.TraceID]+1 {
			t.Errorf("part %d of a trace follows part %d", p.Number, numbers[p.TraceID])
		}
		numbers[p.TraceID] = p.Number
		if len(p.spans) == 0 {
			t.Error("an empty part")
		}
		for _, span := range p.spans {
			if trace.TraceID(span.TraceId) != p.TraceID {
				t.Error("a span in a part of another trace")
			}
			if !unfinished(span) {
				out[trace.SpanID(span.SpanId)]++
			}
		}
	}
	for id := range s.ended {
		if out[id] != 1 {
			t.Errorf("an ended span came out %d times", out[id])
		}
	}
	if len(out) != len(s.ended) {
		t.Errorf("%d spans came out as ended, %d were", len(out), len(s.ended))
	}
	s.lastPartsAreComplete()
	if n := s.tree.snapshot(); n.live != 0 || n.heldSpans != 0 || n.openSpans != 0 || n.queuedSpans != 0 || n.bytes != 0 || n.droppedQueue != 0 {
		t.Errorf("left over: %+v", n)
	}
}

func (s *schedule) lastPartsAreComplete() {
	last := map[trace.TraceID]part{}
	for _, p := range s.stored() {
		last[p.TraceID] = p
	}
	for _, p := range last {
		if !p.Complete {
			s.tb.Error("a trace whose last part is not complete")
		}
	}
}
