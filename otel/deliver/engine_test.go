package deliver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
)

// The queue alone, between a source in memory and a server that is a function, on
// a clock that a test moves: no schedule below depends on how busy the machine is.

// memorySource keeps traces that consist of a number of parts.
type memorySource struct {
	added chan struct{}
	// trouble makes reading, or recording a delivery, fail; nil never does.
	trouble func() bool

	mu     sync.Mutex
	traces map[trace.TraceID]*memoryTrace
	order  []trace.TraceID
	wrong  []string // what the queue must not do
}

type memoryTrace struct {
	pending, delivered, dead, skipped int // parts
	active                            bool
	attempts, faults                  int
	next                              time.Time
	metOutage                         bool
}

func newMemorySource() *memorySource {
	return &memorySource{added: make(chan struct{}, 1), traces: map[trace.TraceID]*memoryTrace{}}
}

func (s *memorySource) add(id trace.TraceID) {
	s.mu.Lock()
	t := s.traces[id]
	if t == nil {
		t = &memoryTrace{}
		s.traces[id] = t
		s.order = append(s.order, id)
	}
	t.pending++
	s.mu.Unlock()
	select {
	case s.added <- struct{}{}:
	default:
	}
}

func (s *memorySource) complain(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

// left counts the parts of which nothing has become yet.
func (s *memorySource) left() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.traces {
		n += t.pending
	}
	return n
}

func (s *memorySource) Added() <-chan struct{} { return s.added }

func (s *memorySource) Take(now time.Time) (Work, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var next time.Time
	for _, id := range s.order {
		t := s.traces[id]
		switch {
		case t.active || t.pending == 0:
		case t.next.After(now):
			if next.IsZero() || t.next.Before(next) {
				next = t.next
			}
		default:
			t.active = true
			return &memoryWork{source: s, id: id, t: t, parts: t.pending, attempts: t.attempts, faults: t.faults}, time.Time{}
		}
	}
	return nil, next
}

func (s *memorySource) Pending(id trace.TraceID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.traces[id]
	return t != nil && (t.active || t.pending > 0)
}

func (s *memorySource) Release(time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.traces {
		if t.metOutage {
			t.next = time.Time{}
		}
	}
}

type memoryWork struct {
	source           *memorySource
	id               trace.TraceID
	t                *memoryTrace
	parts            int
	attempts, faults int
}

func (w *memoryWork) TraceID() trace.TraceID  { return w.id }
func (w *memoryWork) Origin() Origin          { return Origin{SearchFirst: w.attempts > 0} }
func (w *memoryWork) Failures() (int, int)    { return w.attempts, w.faults }
func (w *memoryWork) fail() (trouble bool)    { return w.source.trouble != nil && w.source.trouble() }
func (w *memoryWork) rejoin(o Outcome, n int) { w.t.next, w.t.attempts = o.Next, w.attempts+n }

func (w *memoryWork) Read(context.Context) (*tracepb.TracesData, error) {
	if w.fail() {
		return nil, errors.New("the disk is away")
	}
	return &tracepb.TracesData{}, nil
}

func (w *memoryWork) Record(o Outcome) error {
	if o.Kind == Delivered && w.fail() {
		return errors.New("the disk is full")
	}
	w.source.mu.Lock()
	defer w.source.mu.Unlock()
	if !w.t.active {
		w.source.complain("%s is recorded though it is not handed out", w.id)
	}
	w.t.active, w.t.metOutage = false, false
	switch o.Kind {
	case Delivered:
		w.t.delivered += w.parts
	case DeadLettered:
		w.t.dead += w.parts
	case Skipped:
		w.t.skipped += w.parts
	case Retried:
		w.rejoin(o, 1)
		if o.Fault {
			w.t.faults = w.faults + 1
		}
		w.t.metOutage = IsOutage(o.Err) && RetryAfter(o.Err) == 0 && !o.Fault
		if o.Next.Before(time.Now().Add(RetryAfter(o.Err))) {
			w.source.complain("%s comes back at %v, asked for %v", w.id, o.Next, RetryAfter(o.Err))
		}
		return nil
	case Postponed:
		w.rejoin(o, 0)
		return nil
	case Stopped, Lost:
		return nil
	}
	w.t.pending -= w.parts
	w.t.attempts, w.t.faults, w.t.next = 0, 0, time.Time{}
	return nil
}

// handlerFunc is a server.
type handlerFunc func(ctx context.Context, id trace.TraceID) error

func (f handlerFunc) Handle(ctx context.Context, w Work, _ *tracepb.TracesData) (Result, error) {
	return Result{TraceID: w.TraceID()}, f(ctx, w.TraceID())
}

func answer(status int, after time.Duration) error {
	return fmt.Errorf("create run: %w", &mlflow.APIError{Status: status, Code: "X", Wait: after})
}

func numbered(n int) (id trace.TraceID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n)+1) //nolint:gosec // small
	return id
}

// runQueue runs a queue until stop is called, which returns when it has ended.
func runQueue(q *Queue) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = q.Run(ctx)
	}()
	return func() { cancel(); <-done }
}

func TestAnOutageIsProbedByOneTraceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newMemorySource()
		var down atomic.Bool
		var attempts, atOnce, most atomic.Int64
		q := NewQueue(src, handlerFunc(func(context.Context, trace.TraceID) error {
			attempts.Add(1)
			most.Store(max(most.Load(), atOnce.Add(1)))
			defer atOnce.Add(-1)
			time.Sleep(100 * ms)
			if down.Load() {
				return answer(http.StatusServiceUnavailable, 0)
			}
			return nil
		}), WithConcurrency(4))
		stop := runQueue(q)
		defer stop()
		down.Store(true)
		for n := range 100 {
			src.add(numbered(n))
		}
		time.Sleep(5 * time.Second)
		if n := most.Load(); n != 4 {
			t.Errorf("%d at once to begin with, want 4", n)
		}
		most.Store(0)
		time.Sleep(10 * time.Minute)
		// Waits of at least ½, 1, 2, 4, 8, 16, 30, 30, … seconds.
		if n := attempts.Load(); n > 4+6+20 || n < 10 || most.Load() > 1 {
			t.Errorf("%d attempts in 10 minutes, up to %d at once", n, most.Load())
		}
		if s := q.Stats(); !s.ServerDown || s.DeadLettered > 0 {
			t.Errorf("stats %+v", s)
		}
		down.Store(false)
		time.Sleep(time.Minute + 5*time.Second) // the longest wait, and 25 times 100 ms
		if n := src.left(); n > 0 || q.Stats().ServerDown {
			t.Errorf("%d left after the outage", n)
		}
	})
}

// TestATraceThatMeetsAFaultHarmsItselfAlone: the panic ended the program, and each later one that found the trace in its outbox.
func TestATraceThatMeetsAFaultHarmsItselfAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newMemorySource()
		bad := numbered(1)
		q := NewQueue(src, handlerFunc(func(_ context.Context, id trace.TraceID) error {
			var none []int
			if id == bad {
				return fmt.Errorf("%d", none[0])
			}
			return nil
		}))
		stop := runQueue(q)
		defer stop()
		for n := range 5 {
			src.add(numbered(n))
		}
		_, err := q.Wait(t.Context(), bad)
		var refused *DeadLetterError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "engine_test.go") || !strings.Contains(err.Error(), "index out of range") {
			t.Errorf("the trace: %v", err)
		}
		time.Sleep(time.Second)
		if s := q.Stats(); s.Delivered != 4 || s.DeadLettered != 1 || s.Running != 0 || src.left() != 0 {
			t.Errorf("stats %+v, %d left", s, src.left())
		}
	})
}

// TestATraceWhoseAnswersAlwaysBreakHarmsItselfAlone: each try told of an outage, whose end let it be tried again, twice a second and
// for ever.
func TestATraceWhoseAnswersAlwaysBreakHarmsItselfAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newMemorySource()
		tries := 0
		q := NewQueue(src, handlerFunc(func(_ context.Context, id trace.TraceID) error {
			if id == numbered(0) {
				tries++
				return fmt.Errorf("read answer: %w", io.ErrUnexpectedEOF)
			}
			return nil
		}), WithMaxAttempts(20))
		stop := runQueue(q)
		defer stop()
		for n := range 2000 {
			src.add(numbered(n))
			time.Sleep(time.Second)
		}
		if s := q.Stats(); s.Delivered != 1999 || s.DeadLettered != 1 || tries > 80 {
			t.Errorf("%d tries, %+v", tries, s)
		}
	})
}

// TestAWaitEndsWithTheQueue: nobody delivers any more, and one without a deadline waited for ever.
func TestAWaitEndsWithTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newMemorySource()
		q := NewQueue(src, handlerFunc(func(context.Context, trace.TraceID) error { return answer(http.StatusServiceUnavailable, 0) }))
		stop := runQueue(q)
		src.add(numbered(1))
		waited := make(chan error, 1)
		go func() {
			_, err := q.Wait(context.Background(), numbered(1))
			waited <- err
		}()
		time.Sleep(time.Minute)
		stop()
		_, after := q.Wait(context.Background(), numbered(1))
		for when, err := range map[string]error{"before": <-waited, "after": after} {
			var pending *NotDeliveredError
			if !errors.As(err, &pending) || pending.Last == nil || !errors.Is(err, errEnded) {
				t.Errorf("a wait that began %s the end: %v", when, err)
			}
		}
	})
}

func TestWhatMetAnOutageGoesOnOnceTheServerIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newMemorySource()
		var down atomic.Bool
		q := NewQueue(src, handlerFunc(func(context.Context, trace.TraceID) error {
			time.Sleep(100 * ms)
			if down.Load() {
				return answer(http.StatusServiceUnavailable, 0)
			}
			return nil
		}), WithConcurrency(4))
		stop := runQueue(q)
		defer stop()
		down.Store(true)
		for n := range 4 {
			src.add(numbered(n))
		}
		time.Sleep(10 * time.Minute) // each of them waits for half a minute or more
		down.Store(false)
		for src.left() == 4 {
			time.Sleep(10 * ms)
		}
		time.Sleep(200 * ms)
		if n := src.left(); n > 0 {
			t.Errorf("%d wait on, though the server is back", n)
		}
	})
}

func TestAHandlerMayPostponeAndSkip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newMemorySource()
		later, never, other := numbered(1), numbered(2), numbered(3)
		until := time.Now().Add(time.Hour)
		var served []trace.TraceID
		q := NewQueue(src, handlerFunc(func(_ context.Context, id trace.TraceID) error {
			served = append(served, id)
			switch {
			case id == never:
				return ErrSkip
			case id == later && time.Now().Before(until):
				return &PostponedError{Until: until, Err: answer(http.StatusForbidden, 0)}
			}
			return nil
		}), WithConcurrency(1))
		stop := runQueue(q)
		defer stop()
		for _, id := range []trace.TraceID{later, never, other} {
			src.add(id)
		}
		for _, id := range []trace.TraceID{never, other} {
			if _, err := q.Wait(t.Context(), id); err != nil {
				t.Errorf("wait for %s: %v", id, err)
			}
		}
		if s := q.Stats(); s.ServerDown || s.Delivered != 1 || s.Retried != 1 {
			t.Errorf("what concerns one trace is taken for an outage, or counted wrongly: %+v", s)
		}
		var pending *NotDeliveredError
		if _, err := q.WaitAttempt(t.Context(), later); !errors.As(err, &pending) || !mlflow.IsUnauthorized(pending.Last) {
			t.Errorf("waiting for an attempt: %v", err)
		}
		if _, err := q.Wait(t.Context(), later); err != nil || time.Now().Before(until) {
			t.Errorf("delivered early, or not: %v", err)
		}
		if !slices.Equal(served, []trace.TraceID{later, never, other, later}) {
			t.Errorf("served %v", served)
		}
	})
}

// FuzzQueue lets a queue, or one after the other, work through random additions,
// answers, outages and trouble on its own side, and counts in the end: every part
// is delivered once, a dead letter, or left out on purpose.
func FuzzQueue(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		synctest.Test(t, func(t *testing.T) { schedule(t, rand.New(rand.NewPCG(seed, 1))) })
	})
}

func schedule(t *testing.T, r *rand.Rand) {
	var mu sync.Mutex // guards r
	chance := func(percent int) bool {
		mu.Lock()
		defer mu.Unlock()
		return r.IntN(100) < percent
	}
	upTo := func(d time.Duration) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(r.Int64N(int64(d)))
	}
	src := newMemorySource()
	var down, calm atomic.Bool
	src.trouble = func() bool { return !calm.Load() && chance(3) }
	concurrency := 1 + r.IntN(5)
	var atOnce atomic.Int64
	server := handlerFunc(func(ctx context.Context, id trace.TraceID) error {
		if n := atOnce.Add(1); int(n) > concurrency {
			t.Errorf("%d at once, allowed are %d", n, concurrency)
		}
		defer atOnce.Add(-1)
		select {
		case <-ctx.Done():
			return errNotBegun
		case <-time.After(upTo(3 * time.Second)):
		}
		switch {
		case calm.Load():
			return nil
		case down.Load():
			return answer(http.StatusServiceUnavailable, 0)
		case chance(5):
			return answer(http.StatusTooManyRequests, upTo(2*time.Minute))
		case chance(10):
			return answer(http.StatusInternalServerError, 0)
		case chance(3):
			return answer(http.StatusBadRequest, 0)
		case chance(3):
			return &PostponedError{Until: time.Now().Add(upTo(time.Minute))}
		case chance(3):
			return &PostponedError{Until: time.Now().Add(upTo(time.Minute)), Err: answer(http.StatusForbidden, 0)}
		case chance(3):
			return ErrSkip
		}
		return nil
	})
	start := func() (*Queue, func()) {
		q := NewQueue(src, server, WithConcurrency(concurrency), WithMaxAttempts(4))
		return q, runQueue(q)
	}
	q, stop := start()
	var waiters sync.WaitGroup
	put := 0
	for range 150 {
		time.Sleep(upTo(20 * time.Second))
		switch {
		case chance(70):
			id := numbered(int(upTo(30)))
			src.add(id)
			put++
			if chance(30) {
				queue := q
				waiters.Go(func() {
					ctx, cancel := context.WithTimeout(context.Background(), upTo(time.Hour))
					defer cancel()
					_, err := queue.Wait(ctx, id)
					var refused *DeadLetterError
					if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errEnded) && !errors.As(err, &refused) {
						t.Errorf("wait: %v", err)
					}
				})
			}
		case chance(40):
			down.Store(!down.Load())
		case chance(20):
			stop()
			q, stop = start() // as the next process would
		}
	}
	calm.Store(true)
	down.Store(false)
	for range 24 {
		if src.left() == 0 {
			break
		}
		time.Sleep(5 * time.Minute)
	}
	waiters.Wait()
	stop()
	got := 0
	for id, tr := range src.traces {
		got += tr.delivered + tr.dead + tr.skipped
		if tr.pending != 0 || tr.active {
			t.Errorf("%s is left over: %+v", id, *tr)
		}
	}
	if got != put {
		t.Errorf("%d parts put, of %d something became", put, got)
	}
	for _, what := range src.wrong {
		t.Error(what)
	}
}
