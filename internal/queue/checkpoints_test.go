package queue_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
)

func TestCheckpointsLastUntilTheLinkEnds(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url, retries(3, time.Millisecond, time.Millisecond))
		ctx := t.Context()
		var found []bool
		run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			var v map[string]string
			ok, err := s.Queue.Load(ctx, a.ID, "analysis", &v)
			found = append(found, ok && v["a"] == "b\x00\u2028")
			if err == nil && !ok {
				err = s.Queue.Save(ctx, a.ID, "analysis", map[string]string{"a": "b\x00\u2028"})
			}
			if err != nil {
				return job.Verdict{Err: err}
			}
			if a.Number == 1 {
				return job.Verdict{Outcome: "error", Err: errors.New("again"), Retry: true}
			}
			return job.Verdict{Outcome: "success"}
		}})
		a := accept(t, s, message("1", "https://x/a"))
		eventually(t, "done", func() bool { return state(t, s, a.Links[0].ID).State == job.LinkDone })
		if fmt.Sprint(found) != "[false true]" {
			t.Errorf("checkpoint found: %v", found)
		}
		if ok, err := s.Queue.Load(ctx, a.Links[0].ID, "analysis", new(any)); ok || err != nil {
			t.Errorf("after the end: %v, %v", ok, err)
		}
	})
}

// A database that restarted, or ended connections that were idle, had a job pay for its answer once more.
func TestCheckpointsOutlastALostConnection(t *testing.T) {
	t.Parallel()
	gate := databasetest.NewGate(t, queue.Postgres.Database(t))
	s := open(t, gate.URL)
	usd := 0.5
	answer := &job.Analysis{Model: "m", Calls: 1, CostUSD: &usd}
	id := accept(t, s, message("1", "https://x/a")).Links[0].ID
	during := func(what string, do func() error) {
		t.Helper()
		gate.Shut()
		done := make(chan error, 1)
		go func() { done <- do() }()
		select {
		case err := <-done:
			t.Fatalf("%s with the database away: %v", what, err)
		case <-time.After(50 * time.Millisecond): // it waits; a machine that is too busy for that proves nothing
		}
		gate.Open(t)
		if err := <-done; err != nil {
			t.Fatalf("%s after the database was away: %v", what, err)
		}
	}
	during("saving", func() error { return s.Queue.Save(t.Context(), id, "analysis", answer) })
	if err := s.Queue.Save(t.Context(), id, "analysis", answer); err != nil { // as when the answer to the first was lost
		t.Fatal(err)
	}
	during("loading", func() error {
		var got job.Analysis
		found, err := s.Queue.Load(t.Context(), id, "analysis", &got)
		if err == nil && (!found || got.Model != "m") {
			err = fmt.Errorf("found %v, %v", found, got)
		}
		return err
	})
	if _, spent, err := s.Set.Spent(t.Context(), "C1"); err != nil || spent["C1"].USD != 0.5 {
		t.Errorf("spent %+v, %v", spent, err)
	}
}
