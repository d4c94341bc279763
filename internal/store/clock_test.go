package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
)

const day = 24 * time.Hour

// wrongClock is a clock that goes as time does and can be set.
type wrongClock struct{ off atomic.Int64 }

func (c *wrongClock) now() time.Time       { return time.Now().Add(time.Duration(c.off.Load())) }
func (c *wrongClock) set(by time.Duration) { c.off.Store(int64(by)) }

// with opens a store whose database has the clock.
func (c *wrongClock) with(t *testing.T, url string, keep int) *store.Store {
	t.Helper()
	cfg := store.Defaults()
	cfg.Keep, cfg.Clock = keep, c.now
	s, err := store.Open(t.Context(), url, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shared is a message with a link, as it comes from Slack.
func shared(ts string) job.Submission {
	return job.Submission{Keys: []string{"C1/" + ts}, Links: []job.NewLink{{Link: job.Link{
		Team: "T1", Channel: "C1", MessageTS: ts, URL: "https://x/" + ts, Canonical: "https://x/" + ts, Source: job.FromMessage}}}}
}

// admitted hands a message in, and says what became of its link.
func admitted(t *testing.T, s *store.Store, sub job.Submission) (string, string) {
	t.Helper()
	a, err := s.Queue.Accept(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	if a.Duplicate {
		return "duplicate", ""
	}
	return string(a.Links[0].Admission), a.Links[0].ID
}

// answered lets the store work until n links are answered and recorded.
func answered(t *testing.T, s *store.Store, links ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	left := make(chan struct{}, 100)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Queue.Run(ctx, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			defer func() { left <- struct{}{} }()
			_, err := s.Posts.Begin(ctx, job.Post{Key: a.ID, JobID: a.ID, Channel: "C1", ThreadTS: a.MessageTS})
			return job.Verdict{Outcome: "success", Err: errors.Join(err, s.Posts.MarkSent(ctx, a.ID, "9"+a.MessageTS))}
		}})
	}()
	for range links {
		select {
		case <-left:
		case <-time.After(time.Minute):
			t.Fatal("a link was not worked on")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// A clock 400 days ahead and a restart: the ledger of what was answered was deleted, and every link
// was answered a second time.
func TestAClockThatIsAheadMakesNothingOld(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		var clock wrongClock
		s := clock.with(t, url, 0)
		_, id := admitted(t, s, shared("1"))
		answered(t, s, id)
		check := func(when string, s *store.Store, problem bool) {
			t.Helper()
			if err := s.LookAtClock(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := s.DB.ClockProblem(); (got != "") != problem {
				t.Errorf("%s: the clock's problem is %q", when, got)
			}
			if l, err := s.Queue.Link(t.Context(), id); l == nil || err != nil {
				t.Errorf("%s: the link is gone: %v", when, err)
			}
			if p, err := s.Posts.At(t.Context(), "C1", "91"); p == nil || err != nil {
				t.Errorf("%s: its post is gone: %v", when, err)
			}
			if got, _ := admitted(t, s, shared("1")); got != "duplicate" {
				t.Errorf("%s: the message is taken once more: %s", when, got)
			}
			again := shared("1")
			again.Keys, again.Links[0].MessageTS = []string{"C1/again" + when}, "2"+when
			if got, _ := admitted(t, s, again); got != string(job.Shared) {
				t.Errorf("%s: the link is not known as shared: %s", when, got)
			}
		}
		check("right", s, false)
		clock.set(400 * day)
		check("ahead", s, true)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = clock.with(t, url, 0)
		check("ahead, after a restart", s, true)
		_, during := admitted(t, s, shared("7"))
		answered(t, s, during)
		clock.set(0)
		check("right again", s, false)
		l, err := s.Queue.Link(t.Context(), during)
		if err != nil || l == nil || l.Ended.After(time.Now().Add(time.Minute)) {
			t.Errorf("what ended meanwhile has ended in the future: %+v, %v", l, err)
		}
		clock.set(-50 * 365 * day) // a machine without a battery
		check("behind", s, true)
		clock.set(0)
		check("right for good", s, false)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestANewestMessageOfSlackConfirmsTheClock(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		var clock wrongClock
		s := clock.with(t, url, 0)
		defer func() { _ = s.Close() }()
		_, id := admitted(t, s, shared("1"))
		answered(t, s, id)
		clock.set(400 * day) // the machine was off, and is right
		for _, message := range []bool{false, true} {
			if message {
				if err := s.Members.RaiseMark(t.Context(), "seen/C1", fmt.Sprintf("%d.000100", clock.now().Add(-time.Hour).Unix())); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.LookAtClock(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := s.DB.ClockProblem(); (got == "") != message {
				t.Errorf("with a message of today %v: the clock's problem is %q", message, got)
			}
			if l, err := s.Queue.Link(t.Context(), id); (l == nil) != message || err != nil {
				t.Errorf("with a message of today %v: the link is %v, %v", message, l, err)
			}
		}
	})
}

// However wrong the clock is taken for right, the newest stay.
func TestTheNewestRowsStayWhateverTheirAge(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		var clock wrongClock
		s := clock.with(t, url, 2)
		defer func() { _ = s.Close() }()
		var ids []string
		for i, off := range []time.Duration{0, time.Hour, 2 * time.Hour, 3 * time.Hour} {
			clock.set(off)
			_, id := admitted(t, s, shared(fmt.Sprint(i)))
			answered(t, s, id)
			ids = append(ids, id)
		}
		if _, err := s.Prune(t.Context(), time.Now().Add(400*day)); err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			if l, err := s.Queue.Link(t.Context(), id); (l == nil) != (i < 2) || err != nil {
				t.Errorf("link %d: %v, %v", i, l, err)
			}
		}
	})
}
