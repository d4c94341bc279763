package queue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
)

// The database goes away amid a link, for longer than a member may be silent, and another worker
// takes over what this one had.
func TestAWorkerWaitsForADatabaseThatIsAway(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	direct := queue.Postgres.Database(t)
	gate := databasetest.NewGate(t, direct)
	s, other := open(t, gate.URL, deadAfter), open(t, direct, deadAfter)
	began, done := make(chan string, 10), make(chan string, 10)
	var back atomic.Bool
	run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
		began <- a.ID
		if !back.Load() {
			<-ctx.Done()
			return job.Verdict{Outcome: "error", Err: ctx.Err()}
		}
		done <- a.ID
		return job.Verdict{Outcome: "success"}
	}})
	id := accept(t, s, message("1", "https://x/a")).Links[0].ID
	receive(t, began, "the link")
	gate.Shut()
	stop := run(t, other, job.Handlers{Link: func(_ context.Context, a job.Attempt) job.Verdict {
		return job.Verdict{Outcome: "success"}
	}})
	eventually(t, "taken over by the other", func() bool { return state(t, other, id).State == job.LinkDone })
	stop()
	back.Store(true)
	gate.Open(t)
	next := accept(t, other, message("2", "https://x/b")).Links[0].ID
	if got := receive(t, done, "a link of the worker whose database was away"); got != next {
		t.Errorf("worked on %s", got)
	}
	eventually(t, "recorded", func() bool { return state(t, other, next).State == job.LinkDone })
	if l := state(t, other, id); l.Attempt != 1 {
		t.Errorf("the link that was taken over has %d attempts", l.Attempt)
	}
}

// A queue that is told to work while the database is away begins when that is back.
func TestAWorkerStartsWhenTheDatabaseIsBack(t *testing.T) {
	t.Parallel()
	direct := queue.Postgres.Database(t)
	gate := databasetest.NewGate(t, direct)
	s, other := open(t, gate.URL), open(t, direct)
	gate.Shut()
	done := make(chan string, 1)
	run(t, s, job.Handlers{Link: func(_ context.Context, a job.Attempt) job.Verdict {
		done <- a.ID
		return job.Verdict{Outcome: "success"}
	}})
	id := accept(t, other, message("1", "https://x/a")).Links[0].ID
	select {
	case <-done:
		t.Error("worked on a link without a database")
	case <-time.After(300 * time.Millisecond): // only lets it try in vain; a slow machine changes nothing
	}
	gate.Open(t)
	if got := receive(t, done, "the link"); got != id {
		t.Errorf("worked on %s", got)
	}
}
