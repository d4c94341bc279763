package slack_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
)

// linksOf are the links of messages, in their order.
func (w *world) linksOf(ps ...fakeslack.Posted) []job.Link {
	w.t.Helper()
	var out []job.Link
	for _, p := range ps {
		ls, err := w.store.Queue.LinksOf(w.t.Context(), channel, p.TS)
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, ls...)
	}
	return out
}

// awaitState waits until all links of messages are in a state.
func (w *world) awaitState(want job.LinkState, n int, ps ...fakeslack.Posted) {
	w.t.Helper()
	w.await(fmt.Sprintf("%d links are %s", n, want), func(*fakeslack.Server) bool {
		ls := w.linksOf(ps...)
		for _, l := range ls {
			if l.State != want {
				return false
			}
		}
		return len(ls) == n
	})
}

func TestALongLimitOfTheChannelLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.inject(fakeslack.Fault{Method: "chat.postMessage", Status: 429, RetryAfter: 900})
	stop := w.work()
	a := w.say("https://a.example/1 https://a.example/2 https://a.example/3")
	b := w.say("https://a.example/4 https://a.example/5 https://a.example/6")
	// Those that were being posted when Slack closed the channel may have been.
	w.await("the links wait", func(*fakeslack.Server) bool {
		waiting := 0
		for _, l := range w.linksOf(a, b) {
			switch l.State {
			case job.LinkWaiting:
				waiting++
				if l.Attempt != 0 || l.Failures != 0 {
					t.Errorf("%s: %d attempts, %d failures", l.URL, l.Attempt, l.Failures)
				}
			case job.LinkDone:
			default:
				return false
			}
		}
		return waiting > 0
	})
	stop()
	// A quarter of an hour later, in another process.
	for _, statement := range []string{
		`UPDATE commentator_links SET available_ms = 0`,
		`UPDATE river_job SET state = 'available', scheduled_at = strftime('%Y-%m-%d %H:%M:%f', 'now') WHERE state = 'scheduled'`,
	} {
		if _, err := w.store.DB.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	w = w.restarted()
	w.work()
	for i, p := range []fakeslack.Posted{a, b} {
		var want []string
		for n := range 3 {
			want = append(want, fmt.Sprint("success on https://a.example/", 3*i+n+1))
		}
		w.awaitReplies(p.TS, want...)
	}
	w.awaitState(job.LinkDone, 6, a, b)
	for _, l := range w.linksOf(a, b) {
		if l.Attempt != 1 {
			t.Errorf("%s took %d attempts", l.URL, l.Attempt)
		}
	}
}

// restarted is the same world with another process over the same file.
func (w *world) restarted() *world {
	w.t.Helper()
	next := &world{t: w.t, slack: w.slack, dir: w.dir, outcomes: w.outcomes}
	next.open(slog.New(slog.NewTextHandler(testWriter{w.t}, nil)), worldConfig{})
	return next
}

func TestAnOutageOfSlackIsOutlasted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t)
	w.listen()
	w.inject(fakeslack.Fault{Method: "chat.postMessage", Status: 503, Count: -1})
	w.work()
	var ps []fakeslack.Posted
	for i := range 3 {
		ps = append(ps, w.say(fmt.Sprint("https://a.example/", i)))
	}
	// Far more questions than attempts.
	w.await("Slack was asked often", func(*fakeslack.Server) bool {
		var failures int
		_, err := database.One(t.Context(), w.store.DB, `SELECT failures FROM commentator_peers WHERE peer = 'Slack'`, nil, &failures)
		return err == nil && failures >= 12
	})
	w.slack.ClearFaults()
	for i, p := range ps {
		w.awaitReplies(p.TS, fmt.Sprint("success on https://a.example/", i))
	}
	w.awaitState(job.LinkDone, 3, ps...)
	for _, l := range w.linksOf(ps...) {
		if l.Attempt != 1 {
			t.Errorf("%s took %d attempts", l.URL, l.Attempt)
		}
	}
}

func TestAnOutageOfTheModelIsOutlasted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t)
	w.listen()
	var back bool
	w.outcomes["https://a.example/1"] = func(j job.Job) (job.Outcome, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if back {
			return job.OutcomeSuccess, nil
		}
		return job.OutcomeError, modelAwayError{}
	}
	w.work()
	p := w.say("https://a.example/1")
	w.await("it was tried often", func(*fakeslack.Server) bool { return w.jobsDone() > 12 })
	w.mu.Lock()
	back = true
	w.mu.Unlock()
	w.awaitReplies(p.TS, "success on https://a.example/1")
}

type modelAwayError struct{}

func (modelAwayError) Error() string             { return "connection refused" }
func (modelAwayError) Retryable() bool           { return true }
func (modelAwayError) RetryAfter() time.Duration { return 0 }
func (modelAwayError) Peer() string              { return job.PeerModel }

func TestALinkThatSlackNeverTookIsToldOfLater(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t, withStore(func(c *store.Config) { c.Queue.Outage = time.Nanosecond }))
	w.listen()
	w.inject(fakeslack.Fault{Method: "chat.postMessage", Status: 503, Count: -1})
	w.work()
	p := w.say("https://a.example/1")
	w.awaitState(job.LinkFailed, 1, p)
	w.slack.ClearFaults()
	w.await("a word in the thread", func(s *fakeslack.Server) bool { return len(replies(s, p.TS)) == 1 })
}
