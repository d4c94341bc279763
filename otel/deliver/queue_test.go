package deliver

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/spool"
)

// bench is a queue between a spool and a server that fails on demand.
type bench struct {
	t     *testing.T
	proxy *mlflowtest.Proxy
	c     *mlflow.Client
	exp   string
	dir   string
	spool *spool.Spool
	q     *Queue
	seen  *watcher
	stop  func()
}

// watcher keeps what the queue tells.
type watcher struct {
	mu      sync.Mutex
	retried []error
	dropped map[string]int
	changed chan struct{}
}

func (w *watcher) note(f func()) {
	w.mu.Lock()
	f()
	w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
}
func (w *watcher) ServerDown(error)                {}
func (w *watcher) ServerUp()                       {}
func (w *watcher) Delivered(Result, time.Duration) { w.note(func() {}) }
func (w *watcher) Retried(_ trace.TraceID, err error, _ time.Time) {
	w.note(func() { w.retried = append(w.retried, err) })
}
func (w *watcher) Dropped(reason string, n int) { w.note(func() { w.dropped[reason] += n }) }

// until waits for the queue to have told something.
func (w *watcher) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	again := time.NewTicker(5 * ms) // some of what is waited for is not told
	defer again.Stop()
	for {
		w.mu.Lock()
		done := ok()
		w.mu.Unlock()
		if done {
			return
		}
		select {
		case <-w.changed:
		case <-again.C:
		case <-limit:
			t.Fatalf("never: %s", what)
		}
	}
}

func newBench(t *testing.T) *bench {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	b := &bench{t: t, proxy: p, c: newClient(t, p.URL), exp: mlflowtest.Experiment(t), dir: t.TempDir(), stop: func() {}}
	b.open()
	t.Cleanup(func() { b.stop(); _ = b.spool.Close() })
	return b
}

func (b *bench) open() {
	b.t.Helper()
	s, err := spool.Open(b.dir)
	if err != nil {
		b.t.Fatal(err)
	}
	b.spool = s
}

// run starts a new queue, as a new process would.
func (b *bench) run(opts ...QueueOption) {
	b.seen = &watcher{dropped: map[string]int{}, changed: make(chan struct{}, 1)}
	d := New(b.c, WithExperiment(b.exp), withFixture(), fast(), WithoutExperimentSetup(), WithInstanceID(b.spool.InstanceID()))
	b.q = NewSpoolQueue(b.spool, d, append([]QueueOption{WithBackoff(5*ms, 50*ms), WithObserver(b.seen)}, opts...)...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.q.Run(ctx) }()
	b.stop = func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
		b.stop = func() {}
	}
}

func (b *bench) put(td *tracepb.TracesData, number int, complete bool) trace.TraceID {
	b.t.Helper()
	tid, err := traceIDOf(td)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.spool.Put(b.t.Context(), spool.Part{TraceID: tid, Number: number, Complete: complete, Start: jobStart, Data: td}); err != nil {
		b.t.Fatal(err)
	}
	return tid
}

func (b *bench) wait(tid trace.TraceID) (Result, error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	return b.q.Wait(ctx, tid)
}

func (b *bench) mustWait(tid trace.TraceID) Result {
	b.t.Helper()
	r, err := b.wait(tid)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func TestQueueDeliversWhatIsThereAndWhatComes(t *testing.T) {
	b := newBench(t)
	first := b.put(smallTrace(1), 1, true)
	b.run()
	second := b.put(smallTrace(2), 1, true)
	for i, tid := range []trace.TraceID{first, second} {
		if r := b.mustWait(tid); r.ParentRunID == "" {
			t.Errorf("result %+v", r)
		}
		checkSmall(t, b.c, b.exp, smallTrace(uint64(i+1)), "queue")
	}
	if r := b.mustWait(first); r.ParentRunID == "" { // again, from memory
		t.Errorf("result %+v", r)
	}
	if left := b.spool.Stats().Pending; left != 0 {
		t.Errorf("%d parts left", left)
	}
	if s := b.q.Stats(); s.Delivered != 2 || s.Late+s.Retried+s.DeadLettered != 0 || s.ServerDown {
		t.Errorf("stats %+v", s)
	}
}

func TestQueueDeliversThePartsOfATraceTogether(t *testing.T) {
	b := newBench(t)
	td := smallTrace(1)
	spans := td.ResourceSpans[0].ScopeSpans[0].Spans
	b.run()
	b.put(traces(spans[0]), 1, false)
	other := b.put(smallTrace(2), 1, true)
	b.mustWait(other)
	tid := traceIDNumber(1)
	if got := readBack(t, b.c, b.exp, tid); got.active != 0 {
		t.Error("an incomplete trace was delivered")
	}
	b.put(traces(spans[1]), 2, true)
	b.mustWait(tid)
	checkSmall(t, b.c, b.exp, td, "parts")
	if left := b.spool.Stats().Pending; left != 0 {
		t.Errorf("%d parts left", left)
	}
}

func TestQueueAddsALatePart(t *testing.T) {
	b := newBench(t)
	b.run()
	tid := b.put(smallTrace(1), 1, true)
	b.mustWait(tid)
	b.put(traces(newSpan(1, 9, 1, "late", 0, ms)), 2, true)
	b.seen.until(t, "late part delivered", func() bool { return b.q.Stats().Late == 1 })
	checkSmall(t, b.c, b.exp, smallTrace(1), "late")
}

func TestQueueSurvivesAnOutageWithoutHammering(t *testing.T) {
	b := newBench(t)
	b.run(WithConcurrency(4))
	b.mustWait(b.put(smallTrace(1), 1, true)) // the experiment is known
	b.proxy.Reset()
	b.proxy.SetFault(func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{CutBefore: true} })
	var ids []trace.TraceID
	for n := uint64(2); n < 12; n++ {
		ids = append(ids, b.put(smallTrace(n), 1, true))
	}
	b.seen.until(t, "eight failures", func() bool { return len(b.seen.retried) >= 8 })
	if !b.q.Stats().ServerDown {
		t.Error("the outage was not noticed")
	}
	// Each failed attempt cost one request, which net/http sends twice if it may (GET)
	// and the connection was an old one; up to four may be under way.
	requests := len(b.proxy.Requests())
	b.seen.mu.Lock()
	if n := len(b.seen.retried); requests > 2*(4+n) {
		t.Errorf("%d requests for %d failures", requests, n)
	}
	b.seen.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.q.Wait(ctx, ids[0])
	var pending *NotDeliveredError
	if !errors.As(err, &pending) || !strings.Contains(err.Error(), "stays in the outbox") {
		t.Errorf("wait: %v", err)
	}
	b.proxy.SetFault(nil)
	for i, id := range ids {
		b.mustWait(id)
		checkSmall(t, b.c, b.exp, smallTrace(uint64(i+2)), "after the outage")
	}
	if s := b.q.Stats(); s.ServerDown || s.LastError != "" || s.DeadLettered != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestQueueWaitsAsLongAsTheServerAsks(t *testing.T) {
	b := newBench(t)
	b.run()
	b.mustWait(b.put(smallTrace(1), 1, true))
	var mu sync.Mutex
	var at []time.Time
	b.proxy.SetFault(func(mlflowtest.Request) mlflowtest.Fault {
		mu.Lock()
		defer mu.Unlock()
		at = append(at, time.Now())
		if len(at) == 1 {
			return mlflowtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "1"}}
		}
		return mlflowtest.Fault{}
	})
	b.mustWait(b.put(smallTrace(2), 1, true))
	if d := at[1].Sub(at[0]); d < time.Second {
		t.Errorf("came back after %v, asked for 1 s", d)
	}
}

func TestQueueKeepsEverythingWhileTheTokenIsRefused(t *testing.T) {
	b := newBench(t)
	b.run(WithMaxAttempts(2))
	b.proxy.SetFault(func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{Status: 401} })
	tid := b.put(smallTrace(1), 1, true)
	b.seen.until(t, "the janitor met the outage", func() bool { return b.q.Stats().LastError != "" })
	if s := b.q.Stats(); !strings.Contains(s.LastError, "MLFLOW_TRACKING_TOKEN") || s.DeadLettered != 0 {
		t.Errorf("stats %+v", s)
	}
	b.proxy.SetFault(nil)
	b.mustWait(tid)
}

func TestQueueMakesADeadLetterOfWhatIsRefusedForGood(t *testing.T) {
	b := newBench(t)
	b.run(WithMaxAttempts(3))
	b.mustWait(b.put(smallTrace(1), 1, true))
	tests := []struct {
		name     string
		fault    mlflowtest.Fault
		attempts int
	}{
		{"a bad request at once", mlflowtest.Fault{Status: 400, Body: `{"error_code":"INVALID_PARAMETER_VALUE","message":"why not"}`}, 1},
		{"a server error that stays", mlflowtest.Fault{Status: 500, Body: `{"error_code":"INTERNAL_ERROR","message":"why not"}`}, 3},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b.proxy.Reset()
			b.proxy.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
				if strings.HasSuffix(r.Path, "runs/create") {
					return tt.fault
				}
				return mlflowtest.Fault{}
			})
			_, err := b.wait(b.put(smallTrace(uint64(10+i)), 1, true))
			b.proxy.SetFault(nil)
			var refused *DeadLetterError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), "why not") {
				t.Fatalf("error %v", err)
			}
			if n := calls(b.proxy)["runs/create"]; n != tt.attempts {
				t.Errorf("%d attempts, want %d", n, tt.attempts)
			}
			dead, err := b.spool.Dead()
			if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Reason, "why not") {
				t.Fatalf("dead letters %+v, %v", dead, err)
			}
			if err := b.spool.Retry(dead[0].ID); err != nil { // outbox retry
				t.Fatal(err)
			}
			b.seen.until(t, "delivered after revival", func() bool { return b.spool.Stats().Pending+b.spool.Stats().Dead == 0 })
			checkSmall(t, b.c, b.exp, smallTrace(uint64(10+i)), "retried")
		})
	}
	if s := b.q.Stats(); s.DeadLettered != 2 || b.seen.dropped["refused_trace"] != 2 {
		t.Errorf("stats %+v, dropped %v", s, b.seen.dropped)
	}
}

func TestQueueMakesDeadLettersOfRefusedSpansAndDeliversTheOthers(t *testing.T) {
	b := newBench(t)
	b.run()
	td := smallTrace(1)
	ss := td.ResourceSpans[0].ScopeSpans[0]
	ss.Spans = append(ss.Spans, newSpan(1, 9, 1, "poison", 0, ms))
	b.proxy.SetFault(refusing)
	r := b.mustWait(b.put(td, 1, true))
	if len(r.Poison) != 1 {
		t.Errorf("result %+v", r)
	}
	checkSmall(t, b.c, b.exp, td, "poison")
	dead, err := b.spool.Dead()
	if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Reason, `delivered, but for 1 spans refused, first "poison"`) {
		t.Errorf("dead letters %+v, %v", dead, err)
	}
	if s := b.q.Stats(); s.Poison != 1 || b.spool.Stats().Pending != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestQueueOfTheNextProcessCompletesWhatWasCut(t *testing.T) {
	b := newBench(t)
	b.run()
	b.mustWait(b.put(smallTrace(1), 1, true))
	b.proxy.Reset()
	reached := make(chan struct{})
	b.proxy.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if r.N == 3 {
			close(reached)
		}
		return mlflowtest.Fault{}
	})
	tid := b.put(smallTrace(2), 1, true)
	<-reached
	b.stop() // in the middle
	if n := len(b.proxy.Requests()); n > 4 {
		t.Errorf("%d calls, though it was stopped at the third", n)
	}
	if err := b.spool.Close(); err != nil {
		t.Fatal(err)
	}
	b.proxy.SetFault(nil)
	b.open()
	b.run()
	b.mustWait(tid)
	checkSmall(t, b.c, b.exp, smallTrace(2), "next process")
}

func TestQueueDeliversTheRestOfADeadProcess(t *testing.T) {
	b := newBench(t)
	d := New(b.c, WithExperiment(b.exp), withFixture(), WithoutExperimentSetup(), WithInstanceID(b.spool.InstanceID()))
	d.Started(t.Context(), begun(1)) // its trace never came
	d.Started(t.Context(), begun(2)) // of this one a part
	b.put(traces(newSpan(2, 2, 1, "retrieval.fetch_evidence", 0, ms, kv("run", "retrieval"))), 1, false)
	if err := b.spool.Close(); err != nil {
		t.Fatal(err)
	}
	b.open()
	b.run()
	b.mustWait(traceIDNumber(2))
	for n := uint64(1); n <= 2; n++ {
		if _, s := status(t, b.c, b.exp, smallTrace(n)); s != "KILLED" {
			t.Errorf("job %d is %s", n, s)
		}
	}
	if s := b.q.Stats(); s.Killed != 1 {
		t.Errorf("%d killed, want 1", s.Killed)
	}
}

func TestWaitTellsWhenATraceWasDropped(t *testing.T) {
	b := newBench(t)
	b.run()
	b.mustWait(b.put(smallTrace(1), 1, true))
	b.proxy.SetFault(func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{Status: 503} })
	tid := b.put(smallTrace(2), 1, true)
	b.seen.until(t, "a failure", func() bool { return len(b.seen.retried) > 0 })
	for _, e := range b.spool.Entries() {
		if err := b.spool.Remove(e.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.wait(tid)
	var lost *LostError
	if !errors.As(err, &lost) {
		t.Errorf("error %v", err)
	}
}

func TestCircuitLetsOneProbeThrough(t *testing.T) {
	now := jobStart
	c := circuit{backoff: newQueueConfig(nil).backoff}
	if !c.allows(now, 3) {
		t.Error("closed: all may go")
	}
	c.failure(now, 0)
	until := c.until
	c.failure(now, 0) // others that were under way
	if c.until != until || c.failures != 1 {
		t.Error("failures of the same moment count once")
	}
	if c.allows(now, 0) || !c.allows(until, 0) || c.allows(until, 1) {
		t.Error("open: one, and not before its time")
	}
	c.failure(until, 30*time.Second)
	if c.until.Sub(until) < 30*time.Second {
		t.Error("the server's wish is respected")
	}
	c.success()
	if !c.allows(now, 3) {
		t.Error("closed again")
	}
}

func TestWaitAttemptDoesNotOutlastTheFirstFailure(t *testing.T) {
	b := newBench(t)
	b.run(WithBackoff(time.Minute, time.Minute))
	b.mustWait(b.put(smallTrace(1), 1, true))
	if _, err := b.q.WaitAttempt(t.Context(), b.put(smallTrace(2), 1, true)); err != nil {
		t.Fatalf("a healthy server: %v", err)
	}
	b.proxy.SetFault(func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{Status: 503, Body: "closed"} })
	for _, n := range []uint64{3, 4} { // the second is not even tried
		_, err := b.q.WaitAttempt(t.Context(), b.put(smallTrace(n), 1, true))
		var pending *NotDeliveredError
		if !errors.As(err, &pending) || !strings.Contains(err.Error(), "503") {
			t.Errorf("trace %d: %v", n, err)
		}
	}
	for _, e := range b.spool.Entries() {
		if !strings.Contains(e.Reason, "503") {
			t.Errorf("outbox list says %q", e.Reason)
		}
	}
}

func TestStartsRestWhileTheServerIsAway(t *testing.T) {
	p := mlflowtest.NewProxy(t, "http://127.0.0.1:1", "", false)
	p.SetFault(func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{CutBefore: true} })
	d := New(newClient(t, p.URL), withFixture())
	for n := range uint64(5) {
		d.Started(t.Context(), begun(n))
	}
	if n := len(p.Requests()); n != 1 {
		t.Errorf("%d requests for 5 starts, want 1", n)
	}
}
