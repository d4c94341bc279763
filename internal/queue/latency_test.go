package queue_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
)

// latencies measures the time from an event to the start of its link, in an
// otherwise idle worker.
func latencies(b *testing.B, url string, n int) []time.Duration {
	s, err := store.Open(context.Background(), url, store.Defaults())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan time.Time)
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, job.Handlers{Link: func(context.Context, job.Attempt) job.Verdict {
			started <- time.Now()
			return job.Verdict{Outcome: "success"}
		}})
	}()
	var out []time.Duration
	for i := range n {
		time.Sleep(time.Duration(20+7*(i%13)) * time.Millisecond) // idle, out of step with any poll
		began := time.Now()
		if _, err := s.Queue.Accept(ctx, message(fmt.Sprint(i), fmt.Sprint("https://x/", i))); err != nil {
			b.Fatal(err)
		}
		out = append(out, (<-started).Sub(began))
	}
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// BenchmarkIdleEvent reports how long an event waits in a worker with nothing
// else to do.
func BenchmarkIdleEvent(b *testing.B) {
	const events = 40
	for b.Loop() {
		ls := latencies(b, filepath.Join(b.TempDir(), "q"), events)
		ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
		b.ReportMetric(ms(ls[events/2]), "p50-ms")
		b.ReportMetric(ms(ls[events*95/100]), "p95-ms")
	}
}
