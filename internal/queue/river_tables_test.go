package queue

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
)

// These tests hold for the statements in river_tables.go against the River in
// go.mod; scripts/river_test.sh runs them against others. Everything they look at
// was written by River itself, and River has to work on what they leave.

// fetched is a job that River has given to a worker of ours.
type fetched struct {
	id      int64
	attempt int
}

// holder holds what it is given until it is let go.
type holder[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	got chan fetched
	end <-chan struct{}
}

// Timeout is none, as of our own workers.
func (h *holder[T]) Timeout(*river.Job[T]) time.Duration { return -1 }

// Work tells what it was given and keeps it.
func (h *holder[T]) Work(ctx context.Context, rj *river.Job[T]) error {
	h.got <- fetched{rj.ID, rj.Attempt}
	select {
	case <-h.end:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// startClient starts a River client that fetches at most the given numbers of jobs
// and holds them until end is closed.
func startClient(t *testing.T, q *Queue, id string, links, tasks int, end <-chan struct{}) (got chan fetched) {
	t.Helper()
	got = make(chan fetched, 100)
	workers := river.NewWorkers()
	river.AddWorker(workers, &holder[linkArgs]{got: got, end: end})
	river.AddWorker(workers, &holder[taskArgs]{got: got, end: end})
	client, err := q.river.worker(&river.Config{
		ID: id, Logger: warnings(q.cfg.Log), Workers: workers, FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 100 * time.Millisecond,
		Queues: map[string]river.QueueConfig{queueLinks: {MaxWorkers: links}, queueTasks: {MaxWorkers: tasks}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := client.StopAndCancel(ctx); err != nil {
			t.Error(err)
		}
	})
	return got
}

// receive waits for the next job that River gives out.
func receive(t *testing.T, from <-chan fetched) fetched {
	t.Helper()
	select {
	case f := <-from:
		return f
	case <-time.After(patience):
		t.Fatal("River does not fetch what is available")
	}
	panic("unreachable")
}

// eventually waits for what River does in its own time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

func TestRiverTablesAreWhatTheStatementsExpect(t *testing.T) {
	databasetest.OnBoth(t, Postgres, func(t *testing.T, url string) {
		ctx := t.Context()
		db := openDatabase(t, url)
		q := newProcess(t, db, Defaults()).Queue
		tables := q.river.tables()
		for i := range 2 {
			submit(t, q, fmt.Sprint("https://x/", i))
		}
		if err := q.Enqueue(ctx, job.Task{Kind: "any"}); err != nil {
			t.Fatal(err)
		}
		holds := func(client string, want bool) {
			t.Helper()
			if got, err := tables.holds(ctx, db, client); got != want || err != nil {
				t.Errorf("%s holds jobs: %v, %v; want %v", client, got, err, want)
			}
		}
		held := func(client string, want ...int64) {
			t.Helper()
			got, err := tables.heldLinks(ctx, db, client)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) || err != nil {
				t.Errorf("%s holds links %v, %v; want %v", client, got, err, want)
			}
		}

		// The first client has no room for more than what is there, so that it does
		// not take again what is taken from it.
		hangs := make(chan struct{})
		defer close(hangs)
		first := startClient(t, q, "first", 2, 1, hangs)
		all := []fetched{receive(t, first), receive(t, first), receive(t, first)}
		holds("first", true)
		holds("second", false)
		links, err := tables.heldLinks(ctx, db, "first")
		if err != nil || len(links) != 2 {
			t.Fatalf("links %v of %v, %v", links, all, err)
		}
		held("second")
		eventually(t, "the first leads", func() bool {
			led, err := tables.resign(ctx, db, "first")
			if err != nil {
				t.Fatal(err)
			}
			return led
		})

		// One link goes over.
		ends := make(chan struct{})
		second := startClient(t, q, "second", 10, 10, ends)
		if err := tables.release(ctx, db, "second", links[0]); err != nil { // not whose it is
			t.Fatal(err)
		}
		held("first", links...)
		if err := tables.release(ctx, db, "first", links[0]); err != nil {
			t.Fatal(err)
		}
		q.river.wake()
		if got := receive(t, second); got.id != links[0] {
			t.Errorf("fetched %+v, want job %d", got, links[0])
		}
		held("first", links[1])
		held("second", links[0])

		// And then everything, as if the first had never had it.
		if n, err := tables.releaseAll(ctx, db, "first"); n != 2 || err != nil {
			t.Fatalf("released %d, %v; want a link and a task", n, err)
		}
		q.river.wake()
		for range 2 {
			if got := receive(t, second); got.attempt != 1 {
				t.Errorf("fetched %+v as attempt %d, want 1", got, got.attempt)
			}
		}
		holds("first", false)
		held("second", links...)

		// Jobs that end without their links are missed.
		soon := time.Now().Add(time.Minute)
		lost := func() []string {
			t.Helper()
			found, err := tables.lostLinks(ctx, db, soon)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, l := range found {
				if l.source != job.FromMention || l.owner != "" {
					t.Errorf("lost link %+v", l)
				}
				ids = append(ids, l.id)
			}
			return ids
		}
		if got := lost(); len(got) != 0 {
			t.Errorf("lost %v, whose jobs run", got)
		}
		close(ends)
		eventually(t, "both links are missed", func() bool { return len(lost()) == 2 })
	})
}

func TestJobsWithoutAWorkerAreReleasedAtTheSecondLook(t *testing.T) {
	databasetest.OnBoth(t, Postgres, func(t *testing.T, url string) {
		ctx := t.Context()
		q := newProcess(t, openDatabase(t, url), Defaults()).Queue
		submit(t, q, "https://x/runs")
		submit(t, q, "https://x/orphan")
		// Under our name, but past our attempts, as when the end of a job could not
		// be written.
		hangs := make(chan struct{})
		defer close(hangs)
		got := startClient(t, q, q.members.ID(), 2, 1, hangs)
		runs, orphan := receive(t, got), receive(t, got)
		q.attempts.hold(runs.id)
		before, err := q.releaseOrphans(ctx, nil)
		if err != nil || len(before) != 1 || !before[orphan.id] {
			t.Fatalf("candidates %v, %v; want job %d", before, err, orphan.id)
		}
		if held, err := q.river.tables().heldLinks(ctx, q.db, q.members.ID()); err != nil || len(held) != 2 {
			t.Fatalf("after one look it holds %v, %v", held, err)
		}
		if _, err := q.releaseOrphans(ctx, before); err != nil {
			t.Fatal(err)
		}
		if held, err := q.river.tables().heldLinks(ctx, q.db, q.members.ID()); err != nil || !slices.Equal(held, []int64{runs.id}) {
			t.Errorf("after two looks it holds %v, %v; want job %d", held, err, runs.id)
		}
		other := startClient(t, q, "other", 2, 1, hangs)
		if f := receive(t, other); f.id != orphan.id {
			t.Errorf("fetched %+v, want job %d", f, orphan.id)
		}
	})
}

func TestLostLinksAreEnqueuedAgain(t *testing.T) {
	databasetest.OnBoth(t, Postgres, func(t *testing.T, url string) {
		ctx := t.Context()
		q := newProcess(t, openDatabase(t, url), Defaults()).Queue
		submit(t, q, "https://x/a")
		ends := make(chan struct{})
		defer close(ends)
		got := startClient(t, q, "client", 1, 1, ends)
		first := receive(t, got)
		ends <- struct{}{} // this job, not its link; the next one hangs
		soon := time.Now().Add(time.Minute)
		eventually(t, "the link is missed", func() bool {
			lost, err := q.river.tables().lostLinks(ctx, q.db, soon)
			if err != nil {
				t.Fatal(err)
			}
			return len(lost) == 1
		})
		if err := q.enqueueLost(ctx, soon); err != nil {
			t.Fatal(err)
		}
		if lost, err := q.river.tables().lostLinks(ctx, q.db, soon); err != nil || len(lost) != 0 {
			t.Errorf("lost %v, %v", lost, err)
		}
		if f := receive(t, got); f.id == first.id {
			t.Errorf("fetched the same job %d", f.id)
		}
	})
}
