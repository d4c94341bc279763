package queue_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/queue/queuetest"
)

var postgres *queuetest.Server

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		child()
		return
	}
	stop := func() {}
	if s, stopServer, err := queuetest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "no Postgres for the tests:", err)
	} else {
		postgres, stop = s, stopServer
	}
	code := m.Run()
	stop()
	if err := goleak.Find(goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener")); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// onBoth runs a test on SQLite and on Postgres.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, filepath.Join(t.TempDir(), "q.sqlite")) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, postgres.Database(t)) })
}

func open(t *testing.T, url string, opts ...queue.Option) *queue.Store {
	t.Helper()
	s, err := queue.Open(t.Context(), url, opts...)
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
func run(t *testing.T, s *queue.Store, h queue.Handlers) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, h) }()
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

func message(ts string, urls ...string) queue.Event {
	ev := queue.Event{Keys: []string{"Ev" + ts}, Kind: "message"}
	for i, u := range urls {
		ev.Links = append(ev.Links, queue.NewLink{Link: queue.Link{
			Team: "T1", Channel: "C1", MessageTS: ts, User: "U1", URL: u, Canonical: u, Domain: "example.com", Position: i, Source: queue.FromMessage,
		}})
	}
	return ev
}

func accept(t *testing.T, s *queue.Store, ev queue.Event) queue.Accepted {
	t.Helper()
	a, err := s.Accept(t.Context(), ev)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func state(t *testing.T, s *queue.Store, id string) queue.Link {
	t.Helper()
	l, err := s.Link(t.Context(), id)
	if err != nil || l == nil {
		t.Fatalf("link %s: %v, %v", id, l, err)
	}
	return *l
}
