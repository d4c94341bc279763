package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/store"
)

func TestRunWorksEachLinkOnceAndCountsAttempts(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url, retries(3, 10*time.Millisecond, 50*time.Millisecond))
		var mu sync.Mutex
		got := map[string][]job.Attempt{}
		run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			mu.Lock()
			defer mu.Unlock()
			got[a.URL] = append(got[a.URL], a)
			switch {
			case strings.HasSuffix(a.URL, "fails"):
				return job.Verdict{Outcome: "error", Err: errors.New("not now"), Retry: true}
			case strings.HasSuffix(a.URL, "once") && a.Number == 1:
				return job.Verdict{Outcome: "error", Err: errors.New("slow down"), Retry: true, After: 20 * time.Millisecond}
			case strings.HasSuffix(a.URL, "later"): // a page that puts off its answer
				return job.Verdict{Outcome: "error", Err: errors.New("come back tomorrow"), Retry: true, After: 24 * time.Hour, Counts: true}
			case strings.HasSuffix(a.URL, "never"):
				return job.Verdict{Outcome: "error", Err: errors.New("not found")}
			}
			return job.Verdict{Outcome: "success", TraceID: "t"}
		}})
		a := accept(t, s, message("1", "https://x/ok", "https://x/fails", "https://x/once", "https://x/never", "https://x/later"))
		want := []struct {
			state    job.LinkState
			attempts int
		}{{job.LinkDone, 1}, {job.LinkFailed, 3}, {job.LinkDone, 2}, {job.LinkFailed, 1}, {job.LinkFailed, 3}}
		for i, l := range a.Links {
			eventually(t, "final: "+l.URL, func() bool { return state(t, s, l.ID).State.Final() })
			end := state(t, s, l.ID)
			mu.Lock()
			attempts := got[l.URL]
			mu.Unlock()
			if end.State != want[i].state || end.Attempt != want[i].attempts || len(attempts) != want[i].attempts {
				t.Errorf("%s: %s after %d attempts, %d calls; want %+v", l.URL, end.State, end.Attempt, len(attempts), want[i])
			}
			for n, at := range attempts {
				if at.Number != n+1 || at.Resumed || at.Final != (n == 2) {
					t.Errorf("%s: call %d is %+v", l.URL, n, at)
				}
			}
		}
	})
}

func TestShutdownLetsFinishOrHandsBack(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url, func(c *store.Config) { c.Queue.Grace = 300 * time.Millisecond })
		started, stopping := make(chan string, 2), make(chan struct{})
		stop := run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			started <- a.URL
			if strings.HasSuffix(a.URL, "quick") {
				<-stopping
				return job.Verdict{Outcome: "success"}
			}
			<-ctx.Done()
			return job.Verdict{Outcome: "error", Err: ctx.Err()}
		}})
		a := accept(t, s, message("1", "https://x/quick", "https://x/slow"))
		receive(t, started, "a link")
		receive(t, started, "the other link")
		close(stopping)
		stop()
		if l := state(t, s, a.Links[0].ID); l.State != job.LinkDone {
			t.Errorf("quick link is %s", l.State)
		}
		if l := state(t, s, a.Links[1].ID); l.State != job.LinkQueued || l.Attempt != 0 {
			t.Errorf("slow link is %s after %d attempts, want it handed back", l.State, l.Attempt)
		}
		resumed := make(chan job.Attempt, 1)
		run(t, open(t, url), job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			resumed <- a
			return job.Verdict{Outcome: "success"}
		}})
		if at := receive(t, resumed, "the link again"); at.Number != 1 || !at.Resumed {
			t.Errorf("second run is attempt %d, resumed %v", at.Number, at.Resumed)
		}
	})
}

func TestPanicIsAFailedAttempt(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "q"), retries(2, 10*time.Millisecond, 10*time.Millisecond))
	told := make(chan job.Link, 1)
	run(t, s, job.Handlers{
		Link: func(context.Context, job.Attempt) job.Verdict { panic("boom") },
		Tasks: map[string]job.TaskFunc{job.TaskGaveUp: func(_ context.Context, p json.RawMessage) error {
			var l job.Link
			err := json.Unmarshal(p, &l)
			told <- l
			return err
		}},
	})
	a := accept(t, s, message("1", "https://x/a"))
	if l := receive(t, told, "word of it"); l.ID != a.Links[0].ID {
		t.Errorf("gave up %s", l.ID)
	}
}

func TestCancelStopsARunningLinkAndItsPosts(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url)
		began := make(chan struct{})
		result := make(chan error, 1)
		run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			close(began)
			<-ctx.Done()
			_, err := s.Posts.Begin(context.WithoutCancel(ctx), job.Post{Key: a.ID + "/0", JobID: a.ID, Channel: "C1", ThreadTS: "1"})
			result <- err
			return job.Verdict{Outcome: "error", Err: ctx.Err()}
		}})
		a := accept(t, s, message("1", "https://x/a"))
		<-began
		running, err := s.Queue.Cancel(t.Context(), a.Links[0].ID)
		if err != nil || !running {
			t.Fatalf("cancel: %v, %v", running, err)
		}
		if err := <-result; !errors.Is(err, job.ErrCancelled) {
			t.Errorf("a post began: %v", err)
		}
		eventually(t, "attempt recorded", func() bool { return state(t, s, a.Links[0].ID).Attempt == 1 })
		if l := state(t, s, a.Links[0].ID); l.State != job.LinkCancelled {
			t.Errorf("state %s", l.State)
		}
		if got := admissions(accept(t, s, withKeys(message("1", "https://x/a"), "edit"))); got != "admitted" {
			t.Errorf("shared again in the same message after it was withdrawn: %s", got)
		}
	})
}
