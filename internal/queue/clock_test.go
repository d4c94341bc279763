package queue_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/store"
)

// A clock five hours ahead, then right: links and retries waited five hours.
func TestWaitsSetByAClockThatWasAheadAreBroughtBack(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		var off atomic.Int64
		s := open(t, url, retries(5, 300*time.Millisecond, time.Hour), func(c *store.Config) {
			c.Queue.Workers = 2
			c.Clock = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
		})
		var mu sync.Mutex
		tried := map[string]int{}
		work := func(_ context.Context, a job.Attempt) job.Verdict {
			mu.Lock()
			defer mu.Unlock()
			tried[a.URL]++
			switch {
			case tried[a.URL] > 1:
				return job.Verdict{Outcome: "success"}
			case strings.HasSuffix(a.URL, "slowly"): // another hour is what was asked for
				return job.Verdict{Outcome: "error", Err: errors.New("come back"), Retry: true, After: time.Hour}
			}
			return job.Verdict{Outcome: "error", Err: errors.New("not now"), Retry: true}
		}
		off.Store(int64(5 * time.Hour))
		stop := run(t, s, job.Handlers{Link: work})
		fails := accept(t, s, message("1", "https://x/fails", "https://x/slowly"))
		for _, l := range fails.Links {
			eventually(t, "tried: "+l.URL, func() bool { return state(t, s, l.ID).State == job.LinkWaiting })
		}
		stop()
		fresh := accept(t, s, message("2", "https://x/fresh")).Links[0]
		off.Store(0)

		run(t, s, job.Handlers{Link: work})
		if err := s.Queue.BringBack(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, l := range append(fails.Links[:1:1], fresh) {
			if l.URL == "https://x/fresh" {
				eventually(t, "begun: "+l.URL, func() bool { mu.Lock(); defer mu.Unlock(); return tried[l.URL] > 0 })
				continue
			}
			eventually(t, "done: "+l.URL, func() bool { return state(t, s, l.ID).State == job.LinkDone })
		}
		if l := state(t, s, fails.Links[1].ID); l.State != job.LinkWaiting {
			t.Errorf("the link that was to wait an hour is %s", l.State)
		}
		off.Store(int64(time.Hour + time.Minute))
		eventually(t, "done after its hour", func() bool { return state(t, s, fails.Links[1].ID).State == job.LinkDone })
	})
}
