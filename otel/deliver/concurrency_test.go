package deliver

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// gapSource calls recorded after a work is free for the next Take, and before the
// queue knows that it has ended.
type gapSource struct {
	*memorySource
	recorded func()
}

type gapWork struct {
	Work
	source *gapSource
}

func (s *gapSource) Take(now time.Time) (Work, time.Time) {
	w, next := s.memorySource.Take(now)
	if w == nil {
		return nil, next
	}
	return gapWork{w, s}, next
}

func (w gapWork) Record(o Outcome) error {
	err := w.Work.Record(o)
	w.source.recorded()
	return err
}

func TestAPartThatBeginsBeforeTheEarlierOneIsCountedOffStillCounts(t *testing.T) {
	for name, tt := range map[string]struct {
		down     bool // for all others
		attempts int64
	}{
		"against the concurrency": {down: false, attempts: 3}, // both parts, and one other trace
		"as the probe":            {down: true, attempts: 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &gapSource{memorySource: newMemorySource()}
				repeated := numbered(1)
				began, release := make(chan struct{}), make(chan struct{})
				var attempts atomic.Int64
				q := NewQueue(src, handlerFunc(func(_ context.Context, id trace.TraceID) error {
					switch n := attempts.Add(1); {
					case n == 1:
						return nil
					case id == repeated:
						close(began)
					case tt.down:
						return answer(http.StatusServiceUnavailable, 0)
					}
					<-release
					return nil
				}), WithConcurrency(2))
				var gap atomic.Bool
				src.recorded = func() {
					if gap.CompareAndSwap(false, true) {
						src.add(repeated)
						<-began
					}
				}
				src.add(repeated)
				stop := runQueue(q)
				<-began
				synctest.Wait() // the first part is counted off, the second is under way
				for n := range 3 {
					src.add(numbered(10 + n))
				}
				time.Sleep(10 * time.Minute)
				if n := attempts.Load(); n != tt.attempts {
					t.Errorf("%d attempts while the second part is under way, want %d", n, tt.attempts)
				}
				close(release)
				if tt.down {
					stop()
					return
				}
				synctest.Wait()
				stop()
				if n := src.left(); n != 0 {
					t.Errorf("%d left", n)
				}
			})
		})
	}
}
