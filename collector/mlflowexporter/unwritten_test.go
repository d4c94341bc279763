package mlflowexporter

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/deliver"
)

// TestWhatTheStorageDidNotTakeIsWrittenLater: on a full disk; else what was delivered would keep its room, and be
// delivered again by the next process.
func TestWhatTheStorageDidNotTakeIsWrittenLater(t *testing.T) {
	for name, then := range map[string]func(t *testing.T, s *store){
		"with the next change": func(t *testing.T, s *store) {
			s.deliver(t, 2)
			if parts, _ := s.stored(t); parts != 2 {
				t.Errorf("%d parts: all is tried again at once", parts)
			}
			time.Sleep(leastPause)
			s.deliver(t, 3)
		},
		"with nothing further": func(t *testing.T, s *store) {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				s.keepExpiring(ctx)
			}()
			time.Sleep(writeAgain + time.Second)
			cancel()
			<-ended
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStore(t, func(c *Config) { c.Assembly.LateWindow = 0 })
				s.put(t, trace.TraceID{1}, time.Now(), nil)
				s.take(t, func(w deliver.Work) {
					s.storage.busy.Store(true)
					_ = w.Record(deliver.Outcome{Kind: deliver.Delivered})
					s.storage.busy.Store(false)
				})
				if parts, _ := s.stored(t); parts != 1 {
					t.Fatalf("%d parts are stored", parts)
				}
				then(t, s)
				if parts, marks := s.stored(t); parts+marks != 0 {
					t.Errorf("%d parts and %d marks are still stored", parts, marks)
				}
			})
		})
	}
}

// deliver brings a trace through.
func (s *store) deliver(t *testing.T, n byte) {
	t.Helper()
	s.put(t, trace.TraceID{n}, time.Now(), nil)
	s.take(t, func(w deliver.Work) { _ = w.Record(deliver.Outcome{Kind: deliver.Delivered}) })
}

// take hands out the trace that is due next, once it was read.
func (s *store) take(t *testing.T, then func(deliver.Work)) {
	t.Helper()
	time.Sleep(10 * time.Millisecond) // its quiet
	w, _ := s.Take(time.Now())
	if w == nil {
		t.Fatal("nothing is due")
	}
	if _, err := w.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	then(w)
}
