package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/queue"
)

func admissions(a queue.Accepted) string {
	var out []string
	for _, l := range a.Links {
		out = append(out, string(l.Admission))
	}
	if a.Duplicate {
		out = append(out, "duplicate")
	}
	return strings.Join(out, " ")
}

func TestAcceptTakesEachGestureOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		steps := []struct {
			name string
			ev   queue.Event
			want string
		}{
			{"a message with two links", message("1.0", "https://example.com/a", "https://example.com/b"), "admitted admitted"},
			{"the same event redelivered", message("1.0", "https://example.com/a", "https://example.com/b"), "duplicate"},
			{"another event for the same message", withKeys(message("1.0", "https://example.com/a"), "Ev9"), "known"},
			{"the same gesture under a second key", withKeys(message("2.0", "https://example.com/c"), "Ev10", "Ev1.0"), "duplicate"},
			{"the second key is known from then on", withKeys(message("2.0", "https://example.com/c"), "Ev10"), "duplicate"},
			{"the link in another message of the channel", message("3.0", "https://example.com/a"), "shared"},
			{"asked for explicitly", asked(message("4.0", "https://example.com/a")), "admitted"},
		}
		for _, step := range steps {
			if got := admissions(accept(t, s, step.ev)); got != step.want {
				t.Errorf("%s: got %q, want %q", step.name, got, step.want)
			}
		}
	})
}

func withKeys(ev queue.Event, keys ...string) queue.Event { ev.Keys = keys; return ev }

func asked(ev queue.Event) queue.Event {
	for i := range ev.Links {
		ev.Links[i].Source = queue.FromMention
	}
	return ev
}

func again(ev queue.Event, key string) queue.Event {
	ev = asked(withKeys(ev, key))
	for i := range ev.Links {
		ev.Links[i].Again = true
	}
	return ev
}

func TestAcceptOfManyListenersAtOnceAdmitsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		var admitted atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			s := open(t, url)
			wg.Go(func() {
				for i := range 10 {
					ev := message(fmt.Sprint(i), fmt.Sprint("https://example.com/", i))
					a, err := s.Accept(context.Background(), ev)
					if err != nil {
						t.Error(err)
						return
					}
					for _, l := range a.Links {
						if l.Admission == queue.Admitted {
							admitted.Add(1)
						}
					}
				}
			})
		}
		wg.Wait()
		if n := admitted.Load(); n != 10 {
			t.Errorf("%d links admitted, want 10", n)
		}
	})
}

func TestMutedAndFullAreNotAdmitted(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url, queue.WithDepth(1))
		ctx := t.Context()
		if err := s.SetMute(ctx, queue.Mute{Scope: "domain", Value: "example.com", User: "U1"}); err != nil {
			t.Fatal(err)
		}
		if got := admissions(accept(t, s, message("1", "https://example.com/a"))); got != "muted" {
			t.Errorf("muted domain: %s", got)
		}
		if existed, err := s.Unmute(ctx, "domain", "example.com"); !existed || err != nil {
			t.Errorf("unmute: %v, %v", existed, err)
		}
		if got := admissions(accept(t, s, message("2", "https://example.com/a", "https://example.com/b"))); got != "admitted rejected" {
			t.Errorf("full queue: %s", got)
		}
		st, err := s.Status(ctx)
		if err != nil || st.Rejected != 1 || st.Queued != 1 {
			t.Errorf("status %+v, %v", st, err)
		}
	})
}

func TestRunWorksEachLinkOnceAndTellsAttempts(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url, queue.WithRetry(3, 10*time.Millisecond, 50*time.Millisecond))
		var mu sync.Mutex
		got := map[string][]queue.Attempt{}
		run(t, s, queue.Handlers{Link: func(ctx context.Context, a queue.Attempt) queue.Verdict {
			mu.Lock()
			defer mu.Unlock()
			got[a.URL] = append(got[a.URL], a)
			switch {
			case strings.HasSuffix(a.URL, "fails"):
				return queue.Verdict{Outcome: "error", Err: errors.New("not now"), Retry: true}
			case strings.HasSuffix(a.URL, "once") && a.Number == 1:
				return queue.Verdict{Outcome: "error", Err: errors.New("slow down"), Retry: true, After: 20 * time.Millisecond}
			case strings.HasSuffix(a.URL, "never"):
				return queue.Verdict{Outcome: "error", Err: errors.New("not found")}
			}
			return queue.Verdict{Outcome: "success", TraceID: "t"}
		}})
		a := accept(t, s, message("1", "https://x/ok", "https://x/fails", "https://x/once", "https://x/never"))
		want := []struct {
			state    queue.State
			attempts int
		}{{queue.Done, 1}, {queue.Failed, 3}, {queue.Done, 2}, {queue.Failed, 1}}
		for i, l := range a.Links {
			eventually(t, 10*time.Second, "final: "+l.URL, func() bool { return state(t, s, l.ID).State.Final() })
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
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url, queue.WithGrace(300*time.Millisecond))
		started := make(chan string, 2)
		stop := run(t, s, queue.Handlers{Link: func(ctx context.Context, a queue.Attempt) queue.Verdict {
			started <- a.URL
			if strings.HasSuffix(a.URL, "quick") {
				time.Sleep(100 * time.Millisecond)
				return queue.Verdict{Outcome: "success"}
			}
			<-ctx.Done()
			return queue.Verdict{Outcome: "error", Err: ctx.Err()}
		}})
		a := accept(t, s, message("1", "https://x/quick", "https://x/slow"))
		<-started
		<-started
		stop()
		if l := state(t, s, a.Links[0].ID); l.State != queue.Done {
			t.Errorf("quick link is %s", l.State)
		}
		if l := state(t, s, a.Links[1].ID); l.State != queue.Queued || l.Attempt != 0 {
			t.Errorf("slow link is %s after %d attempts, want it handed back", l.State, l.Attempt)
		}
		resumed := make(chan queue.Attempt, 1)
		s2 := open(t, url)
		run(t, s2, queue.Handlers{Link: func(ctx context.Context, a queue.Attempt) queue.Verdict {
			resumed <- a
			return queue.Verdict{Outcome: "success"}
		}})
		select {
		case at := <-resumed:
			if at.Number != 1 || !at.Resumed {
				t.Errorf("second run is attempt %d, resumed %v", at.Number, at.Resumed)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the link was not taken up again")
		}
	})
}

func TestPanicIsAFailedAttempt(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "q"), queue.WithRetry(2, 10*time.Millisecond, 10*time.Millisecond))
	told := make(chan queue.Link, 1)
	run(t, s, queue.Handlers{
		Link: func(context.Context, queue.Attempt) queue.Verdict { panic("boom") },
		Tasks: map[string]queue.TaskFunc{queue.TaskGaveUp: func(_ context.Context, p json.RawMessage) error {
			var l queue.Link
			err := json.Unmarshal(p, &l)
			told <- l
			return err
		}},
	})
	a := accept(t, s, message("1", "https://x/a"))
	select {
	case l := <-told:
		if l.ID != a.Links[0].ID {
			t.Errorf("gave up %s", l.ID)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody was told")
	}
}

type passing struct{ after time.Duration }

func (p passing) Error() string             { return "later" }
func (p passing) Retryable() bool           { return true }
func (p passing) RetryAfter() time.Duration { return p.after }

type permanent struct{}

func (permanent) Error() string   { return "never" }
func (permanent) Retryable() bool { return false }

func TestTasksAreRetriedUntilTheySucceedOrCannot(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		var waits, nevers, onces atomic.Int32
		run(t, s, queue.Handlers{
			Link: func(context.Context, queue.Attempt) queue.Verdict { return queue.Verdict{} },
			Tasks: map[string]queue.TaskFunc{
				"wait": func(context.Context, json.RawMessage) error {
					if waits.Add(1) < 3 {
						return passing{time.Millisecond}
					}
					return nil
				},
				"never": func(context.Context, json.RawMessage) error { nevers.Add(1); return permanent{} },
				"once":  func(context.Context, json.RawMessage) error { onces.Add(1); return nil },
			},
		})
		for range 2 {
			if err := s.Enqueue(t.Context(), queue.Task{Kind: "wait", Key: "w"}, queue.Task{Kind: "never", Key: "n"}, queue.Task{Kind: "once", Key: "o"}); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, 10*time.Second, "tasks done", func() bool { return waits.Load() == 3 && nevers.Load() == 1 && onces.Load() == 1 })
	})
}

func TestCancelStopsARunningLinkAndItsPosts(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		began := make(chan struct{})
		result := make(chan error, 1)
		run(t, s, queue.Handlers{Link: func(ctx context.Context, a queue.Attempt) queue.Verdict {
			close(began)
			<-ctx.Done()
			_, err := s.BeginDelivery(context.WithoutCancel(ctx), queue.Delivery{Key: a.ID + "/0", JobID: a.ID, Channel: "C1", ThreadTS: "1"})
			result <- err
			return queue.Verdict{Outcome: "error", Err: ctx.Err()}
		}})
		a := accept(t, s, message("1", "https://x/a"))
		<-began
		running, err := s.Cancel(t.Context(), a.Links[0].ID)
		if err != nil || !running {
			t.Fatalf("cancel: %v, %v", running, err)
		}
		if err := <-result; !errors.Is(err, queue.ErrCancelled) {
			t.Errorf("delivery began: %v", err)
		}
		eventually(t, 5*time.Second, "attempt recorded", func() bool { return state(t, s, a.Links[0].ID).Attempt == 1 })
		if l := state(t, s, a.Links[0].ID); l.State != queue.Cancelled {
			t.Errorf("state %s", l.State)
		}
		if got := admissions(accept(t, s, withKeys(message("1", "https://x/a"), "edit"))); got != "admitted" {
			t.Errorf("shared again in the same message after it was withdrawn: %s", got)
		}
	})
}

func TestDeliveryStates(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		ctx := t.Context()
		d := queue.Delivery{Key: "k", JobID: "notice", Channel: "C1", ThreadTS: "1"}
		begin := func(want queue.DeliveryState) {
			t.Helper()
			before, err := s.BeginDelivery(ctx, d)
			if err != nil || before.State != want {
				t.Fatalf("begin: state %q, %v; want %q", before.State, err, want)
			}
		}
		begin(queue.Planned)
		begin(queue.Sending) // a crash in between leaves it open
		if err := s.AbandonDelivery(ctx, "k"); err != nil {
			t.Fatal(err)
		}
		begin(queue.Planned)
		if err := s.FinishDelivery(ctx, "k", "5.0"); err != nil {
			t.Fatal(err)
		}
		begin(queue.Sent)
		if at, err := s.DeliveryAt(ctx, "C1", "5.0"); err != nil || at == nil || at.Key != "k" {
			t.Errorf("delivery at 5.0: %+v, %v", at, err)
		}
		if err := s.FinishDelivery(ctx, "unknown", "1"); err == nil {
			t.Error("a delivery never begun was finished")
		}
	})
}

func TestReRunAdoptsEarlierReplies(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		ctx := t.Context()
		stop := run(t, s, queue.Handlers{Link: func(ctx context.Context, a queue.Attempt) queue.Verdict {
			_, err := s.BeginDelivery(ctx, queue.Delivery{Key: a.ID + "/0", JobID: a.ID, Channel: "C1", ThreadTS: "1"})
			if err == nil {
				err = s.FinishDelivery(ctx, a.ID+"/0", "7.0")
			}
			return queue.Verdict{Outcome: "success", Err: err}
		}})
		first := accept(t, s, message("1", "https://x/a")).Links[0]
		eventually(t, 10*time.Second, "done", func() bool { return state(t, s, first.ID).State == queue.Done })
		stop()
		second := accept(t, s, again(message("1", "https://x/a"), "re-run")).Links[0]
		if second.Admission != queue.Admitted || second.Revision != 1 || second.ID == first.ID {
			t.Fatalf("re-run: %+v", second)
		}
		if err := s.Adopt(ctx, second.Link, func(part int) string { return fmt.Sprint(second.ID, "/", part) }); err != nil {
			t.Fatal(err)
		}
		ds, err := s.Deliveries(ctx, second.ID)
		if err != nil || len(ds) != 1 || ds[0].TS != "7.0" || ds[0].Key != second.ID+"/0" {
			t.Errorf("adopted %+v, %v", ds, err)
		}
	})
}

func TestInTurnKeepsTheOrderOfTheMessage(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		var mu sync.Mutex
		var order []int
		run(t, s, queue.Handlers{Link: func(ctx context.Context, a queue.Attempt) queue.Verdict {
			time.Sleep(time.Duration(3-a.Position) * 50 * time.Millisecond) // the first is the slowest
			if err := s.InTurn(ctx, a.Link, 5*time.Second); err != nil {
				return queue.Verdict{Err: err}
			}
			mu.Lock()
			defer mu.Unlock()
			order = append(order, a.Position)
			_, err := s.BeginDelivery(ctx, queue.Delivery{Key: a.ID, JobID: a.ID, Channel: "C1", ThreadTS: "1"})
			if err == nil {
				err = s.FinishDelivery(ctx, a.ID, fmt.Sprint("9.", a.Position))
			}
			return queue.Verdict{Outcome: "success", Err: err}
		}})
		accept(t, s, message("1", "https://x/a", "https://x/b", "https://x/c"))
		eventually(t, 10*time.Second, "all replied", func() bool { mu.Lock(); defer mu.Unlock(); return len(order) == 3 })
		if fmt.Sprint(order) != "[0 1 2]" {
			t.Errorf("order %v", order)
		}
	})
}

func TestCheckpointsLastUntilTheLinkEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url, queue.WithRetry(3, time.Millisecond, time.Millisecond))
		ctx := t.Context()
		var found []bool
		run(t, s, queue.Handlers{Link: func(ctx context.Context, a queue.Attempt) queue.Verdict {
			var v map[string]string
			ok, err := s.Load(ctx, a.ID, "analysis", &v)
			found = append(found, ok && v["a"] == "b\x00\u2028")
			if err == nil && !ok {
				err = s.Save(ctx, a.ID, "analysis", map[string]string{"a": "b\x00\u2028"})
			}
			if err != nil {
				return queue.Verdict{Err: err}
			}
			if a.Number == 1 {
				return queue.Verdict{Outcome: "error", Err: errors.New("again"), Retry: true}
			}
			return queue.Verdict{Outcome: "success"}
		}})
		a := accept(t, s, message("1", "https://x/a"))
		eventually(t, 10*time.Second, "done", func() bool { return state(t, s, a.Links[0].ID).State == queue.Done })
		if fmt.Sprint(found) != "[false true]" {
			t.Errorf("checkpoint found: %v", found)
		}
		if ok, err := s.Load(ctx, a.Links[0].ID, "analysis", new(any)); ok || err != nil {
			t.Errorf("after the end: %v, %v", ok, err)
		}
	})
}

func TestPruneDeletesTheOldOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url) // its own pruner, while it runs, deletes nothing yet
		ctx := t.Context()
		stop := run(t, s, queue.Handlers{Link: func(context.Context, queue.Attempt) queue.Verdict { return queue.Verdict{Outcome: "success"} }})
		done := accept(t, s, message("1", "https://x/a")).Links[0]
		eventually(t, 10*time.Second, "done", func() bool { return state(t, s, done.ID).State == queue.Done })
		stop()
		unfinished := accept(t, s, message("2", "https://x/b")).Links[0]
		time.Sleep(5 * time.Millisecond)
		pruner := open(t, url, queue.WithRetention(time.Nanosecond))
		if n, err := pruner.Prune(ctx); err != nil || n == 0 {
			t.Fatalf("pruned %d, %v", n, err)
		}
		if l, err := s.Link(ctx, done.ID); l != nil || err != nil {
			t.Errorf("finished link is still there: %v, %v", l, err)
		}
		if l, err := s.Link(ctx, unfinished.ID); l == nil || err != nil {
			t.Errorf("open link is gone: %v", err)
		}
	})
}

func TestLeaseBelongsToOne(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a, b := open(t, url), open(t, url)
		ctx := t.Context()
		lease := func(s *queue.Store, want bool) {
			t.Helper()
			if got, err := s.Lease(ctx, "backfill", time.Minute); err != nil || got != want {
				t.Errorf("lease: %v, %v; want %v", got, err, want)
			}
		}
		lease(a, true)
		lease(b, false)
		lease(a, true)
		if err := a.Release(ctx, "backfill"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
		lease(b, true)
	})
}

func TestMarksOnlyRise(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		for _, v := range []string{"2", "3", "1"} {
			if err := s.RaiseMark(t.Context(), "seen/C1", v); err != nil {
				t.Fatal(err)
			}
		}
		if v, err := s.Mark(t.Context(), "seen/C1"); v != "3" || err != nil {
			t.Errorf("mark %q, %v", v, err)
		}
	})
}

func TestOpenRefusesInOneSentence(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, url, want string }{
		{"unknown kind", "mysql://root:secret@h/db", "is not known"},
		{"no file", "sqlite:///", "names no file"},
		{"not a database", filepath.Join(dir, "text"), "must be an SQLite file"},
		{"a folder below a file", filepath.Join(dir, "text", "x", "q.sqlite"), "create the folder of the database"},
		{"nobody listens", "postgres://u:secret@127.0.0.1:1/db", "is it running"},
		{"malformed", "postgres://u:secret@[::1/db", "can't be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := queue.Open(t.Context(), c.url)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("secret in %v", err)
			}
		})
	}
}
