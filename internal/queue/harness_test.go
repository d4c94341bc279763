package queue_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/store"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		child()
		return
	}
	os.Exit(databasetest.Main(m, &queue.Postgres))
}

// retries sets how often a link is tried, and the waits.
func retries(attempts int, first, longest time.Duration) func(*store.Config) {
	return func(c *store.Config) {
		c.Queue.Attempts, c.Queue.RetryFirst, c.Queue.RetryLongest = attempts, first, longest
	}
}

// open opens a store that is closed with the test.
func open(t testing.TB, url string, set ...func(*store.Config)) *store.Store {
	t.Helper()
	cfg := store.Defaults()
	for _, f := range set {
		f(&cfg)
	}
	s, err := store.Open(context.Background(), url, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// run works until the test ends or stop is called.
func run(t *testing.T, s *store.Store, h job.Handlers) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Queue.Run(ctx, h) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// message is what follows from a message with links. Its key follows from ts, so the same ts is
// the same event.
func message(ts string, urls ...string) job.Submission {
	sub := job.Submission{Keys: []string{"Ev" + ts}, Kind: "message"}
	for i, u := range urls {
		sub.Links = append(sub.Links, job.NewLink{Link: job.Link{
			Team: "T1", Channel: "C1", MessageTS: ts, User: "U1", URL: u, Canonical: u, Domain: "example.com", Position: i, Source: job.FromMessage,
		}})
	}
	return sub
}

// accept hands a submission in, which must not fail.
func accept(t testing.TB, s *store.Store, sub job.Submission) job.Accepted {
	t.Helper()
	a, err := s.Queue.Accept(context.Background(), sub)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// patience is how long tests wait for what must come about. It only bounds how
// late a failure is seen.
const patience = 3 * time.Minute

// eventually waits for a condition that another goroutine or process brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// receive waits for a value.
func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("not within %s: %s", patience, what)
		panic("unreachable")
	}
}

// state reads a link that there must be.
func state(t testing.TB, s *store.Store, id string) job.Link {
	t.Helper()
	l, err := s.Queue.Link(context.Background(), id)
	if err != nil || l == nil {
		t.Fatalf("link %s: %v, %v", id, l, err)
	}
	return *l
}
