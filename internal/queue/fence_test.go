package queue_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/store"
)

// What a worker sees that slept while others took its work over.
func TestAWorkerTakenForDeadStopsPostsNothingAndJoinsAnew(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	url := queue.Postgres.Database(t)
	s := open(t, url, deadAfter)
	began := make(chan string, 1)
	posted := make(chan error, 1)
	again := make(chan string, 1)
	run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
		if a.MessageTS == "2" {
			again <- a.ID
			return job.Verdict{Outcome: "success"}
		}
		began <- a.ID
		<-ctx.Done()
		_, err := s.Posts.Begin(context.WithoutCancel(ctx), job.Post{Key: a.ID, JobID: a.ID, Channel: "C1", ThreadTS: "1"})
		posted <- err
		return job.Verdict{Outcome: "error", Err: ctx.Err()}
	}})
	accept(t, s, message("1", "https://x/a"))
	id := <-began
	before := s.Members.ID()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	// In one go: between two of them the worker would find its row gone and its link its own.
	if _, err := conn.Exec(t.Context(), fmt.Sprintf(`
		UPDATE commentator_links SET owner = 'another' WHERE id = '%s';
		INSERT INTO commentator_instances (id, started_ms, beat_ms) VALUES ('another', 0,
			(extract(epoch from clock_timestamp()) * 1000)::bigint + 600000);
		DELETE FROM commentator_instances WHERE id <> 'another'`, id), pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, posted, "the end of the attempt"); !errors.Is(err, job.ErrNotOurs) {
		t.Errorf("a post began: %v", err)
	}
	second := accept(t, s, message("2", "https://x/b")).Links[0].ID
	if got := receive(t, again, "another link"); got != second {
		t.Errorf("worked on %s", got)
	}
	eventually(t, "recorded", func() bool { return state(t, s, second).State == job.LinkDone })
	if s.Members.ID() == before {
		t.Error("it works under the name of the one that was taken for dead")
	}
	if l := state(t, s, id); l.State != job.LinkRunning || l.Attempt != 0 {
		t.Errorf("the other's link was touched: %s, %d attempts", l.State, l.Attempt)
	}
}

// A worker that was stopped goes on before its heartbeat has told it that others have its work.
func TestAnAttemptThatOthersHaveIsNotEndedHere(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url, func(c *store.Config) { c.Membership.DeadAfter = time.Hour }) // no round of maintenance comes
		type told struct{ before, after bool }
		asked := make(chan told, 1)
		cause := make(chan error, 1)
		run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			var got told
			got.before = s.Queue.HandedBack(ctx, a.ID, nil)
			if _, err := s.DB.Exec(ctx, `UPDATE commentator_links SET owner = 'another' WHERE id = $1`, a.ID); err != nil {
				t.Error(err)
			}
			got.after = s.Queue.HandedBack(ctx, a.ID, nil)
			asked <- got
			cause <- context.Cause(ctx)
			return job.Verdict{Outcome: "success"}
		}})
		id := accept(t, s, message("1", "https://x/a")).Links[0].ID
		if got := receive(t, asked, "the attempt"); got.before || !got.after {
			t.Errorf("handed back before others had it: %v, after: %v", got.before, got.after)
		}
		if err := <-cause; !errors.Is(err, queue.ErrFenced) {
			t.Errorf("the attempt goes on: %v", err)
		}
		if l := state(t, s, id); l.State != job.LinkRunning || l.Attempt != 0 {
			t.Errorf("the other's link was touched: %s, %d attempts", l.State, l.Attempt)
		}
	})
}

// Without the database nobody can tell whose the link is: it is this worker's until others may have
// taken it over.
func TestAnAttemptIsLostWhenItsWorkerWasSilentForTooLong(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	gate := databasetest.NewGate(t, queue.Postgres.Database(t))
	s := open(t, gate.URL, deadAfter)
	first := make(chan bool, 1)
	lost := make(chan error, 1)
	accepted := make(chan struct{})
	run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
		<-accepted // else the answer to the event's own commit may be lost
		gate.Shut()
		first <- s.Queue.HandedBack(ctx, a.ID, nil)
		for !s.Queue.HandedBack(ctx, a.ID, nil) {
			time.Sleep(10 * time.Millisecond)
		}
		lost <- context.Cause(ctx)
		return job.Verdict{Outcome: "success"}
	}})
	accept(t, s, message("1", "https://x/a"))
	close(accepted)
	if receive(t, first, "the attempt") {
		t.Error("lost as soon as the database was away")
	}
	if err := receive(t, lost, "the loss"); err == nil {
		t.Error("the attempt goes on")
	}
}

func TestWhatWasCutWillRunAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(context.Context) (context.Context, context.CancelFunc)
		want bool
	}{
		{"under way", func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }, false},
		{"shutdown", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, true},
		{"taken for dead", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(queue.ErrFenced)
			return ctx, func() {}
		}, true},
		{"withdrawn", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(job.ErrCancelled)
			return ctx, func() {}
		}, false},
		{"too slow", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Now().Add(-time.Second))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := c.end(t.Context())
			defer cancel()
			if got := queue.WillRunAgain(ctx); got != c.want {
				t.Errorf("%v", got)
			}
		})
	}
}
