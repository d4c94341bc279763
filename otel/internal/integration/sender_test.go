package integration

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/spool"
)

// patience bounds each wait for something that is sure to come, on the busiest
// machine.
const patience = 2 * time.Minute

// sender is a program's outbox with a queue that empties it.
type sender struct {
	t          *testing.T
	experiment string
	spool      *spool.Spool
	queue      *deliver.Queue
	sent       []trace.TraceID
	maxWait    time.Duration // between two attempts
	stop       func()

	deliver.NopObserver
	mu            sync.Mutex
	retried       []string // reasons
	retriedTraces map[trace.TraceID]bool
	changed       chan struct{}
}

func newSender(t *testing.T) *sender {
	t.Helper()
	s := &sender{
		t: t, experiment: mlflowtest.Experiment(t), maxWait: time.Second, stop: func() {},
		retriedTraces: map[trace.TraceID]bool{}, changed: make(chan struct{}, 1),
	}
	var err error
	if s.spool, err = spool.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(); _ = s.spool.Close() })
	return s
}

// start begins to deliver, as a process that starts, and ends what did so before.
func (s *sender) start(c *mlflow.Client, opts ...deliver.Option) {
	s.t.Helper()
	s.stop()
	d := deliver.New(c, append([]deliver.Option{
		deliver.WithExperiment(s.experiment), deliver.WithoutExperimentSetup(), deliver.WithInstanceID(s.spool.InstanceID()),
	}, opts...)...)
	// Short waits, since servers are away for seconds here.
	s.queue = deliver.NewSpoolQueue(s.spool, d, deliver.WithBackoff(50*time.Millisecond, s.maxWait), deliver.WithObserver(s))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.queue.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
		s.stop = func() {}
	}
}

// send puts a trace into the outbox.
func (s *sender) send(note string) trace.TraceID {
	s.t.Helper()
	id, td := newTrace(len(s.sent), note)
	if err := s.spool.Put(s.t.Context(), spool.Part{TraceID: id, Number: 1, Complete: true, Start: time.Now(), Data: td}); err != nil {
		s.t.Fatal(err)
	}
	s.sent = append(s.sent, id)
	return id
}

// mustDeliver waits for a trace, or the test has failed.
func (s *sender) mustDeliver(id trace.TraceID) deliver.Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	r, err := s.queue.Wait(ctx, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// mustWaitFor checks that a trace is kept, for a reason that says all of what is
// asked for, and that nothing was given up.
func (s *sender) mustWaitFor(id trace.TraceID, reason ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	_, err := s.queue.WaitAttempt(ctx, id)
	var waits *deliver.NotDeliveredError
	if !errors.As(err, &waits) {
		s.t.Fatalf("the trace does not wait: %v", err)
	}
	for _, want := range reason {
		if !strings.Contains(err.Error(), want) {
			s.t.Errorf("the reason is %q, want %q in it", err, want)
		}
	}
	if stats := s.spool.Stats(); stats.Pending == 0 || stats.Dead != 0 {
		s.t.Errorf("the outbox has %d traces and %d dead letters", stats.Pending, stats.Dead)
	}
}

// until waits for something that the queue tells.
func (s *sender) until(what string, ok func() bool) {
	s.t.Helper()
	limit := time.After(patience)
	again := time.NewTicker(10 * time.Millisecond) // some of it is not told
	defer again.Stop()
	for !ok() {
		select {
		case <-s.changed:
		case <-again.C:
		case <-limit:
			s.t.Fatalf("never: %s; %+v", what, s.queue.Stats())
		}
	}
}

// untilDelivered waits until so many traces are delivered.
func (s *sender) untilDelivered(n int) {
	s.t.Helper()
	s.until("enough traces delivered", func() bool { return s.queue.Stats().Delivered >= uint64(n) }) //nolint:gosec // small
}

// untilEmpty waits until everything is delivered, and checks that nothing was given
// up.
func (s *sender) untilEmpty() {
	s.t.Helper()
	s.until("an empty outbox", func() bool { return s.spool.Stats().Pending == 0 })
	if stats := s.spool.Stats(); stats.Dead+stats.Bad != 0 {
		dead, _ := s.spool.Dead()
		s.t.Errorf("%d dead letters: %+v", stats.Dead, dead)
	}
}

func (s *sender) Delivered(deliver.Result, time.Duration) { s.note(func() {}) }
func (s *sender) Retried(id trace.TraceID, err error, _ time.Time) {
	s.note(func() { s.retried, s.retriedTraces[id] = append(s.retried, err.Error()), true })
}

func (s *sender) note(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// failures returns the reasons of all failed attempts.
func (s *sender) failures() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.retried...)
}

func newClient(t testing.TB, uri string, opts ...mlflow.Option) *mlflow.Client {
	t.Helper()
	c, err := mlflow.NewClient(uri, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}

func needServers(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts servers")
	}
}
