package mlflowexporter

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap/zaptest"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/journal"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/metadata"
	"github.com/technoshare/commentator/otel/deliver"
)

var _ deliver.Source = (*source)(nil)

// store is a source with everything below it, and nothing above.
type store struct {
	*source
	storage *busyStorage
	n       uint64
}

// busyStorage is a storage in memory that can fail.
type busyStorage struct {
	storage.Client
	storage.Walker
	busy atomic.Bool
}

func newBusyStorage() *busyStorage {
	m := journal.NewMemory()
	return &busyStorage{Client: m, Walker: m.(storage.Walker)}
}

func (b *busyStorage) Batch(ctx context.Context, ops ...*storage.Operation) error {
	if b.busy.Load() {
		return errors.New("the database is busy")
	}
	return b.Client.Batch(ctx, ops...)
}

func newStore(t *testing.T, change func(*Config)) *store {
	t.Helper()
	c := quick(t, "http://127.0.0.1:1", "")
	c.Assembly.WaitAfterRoot = time.Millisecond
	if change != nil {
		change(c)
	}
	table := assembly.New(assembly.Config{
		WaitAfterRoot: c.Assembly.WaitAfterRoot, MaxWait: time.Minute, LateWindow: c.Assembly.LateWindow,
		MaxTraces: 100, MaxSpans: 1000, MaxBytes: 1 << 20, TraceSpans: 100, TraceBytes: 1 << 20, MaxRefused: c.Limits.MaxRefused,
	})
	client := newBusyStorage()
	j, err := journal.Open(client)
	if err != nil {
		t.Fatal(err)
	}
	tel, err := newTelemetry(componenttest.NewNopTelemetrySettings(), component.NewID(metadata.Type), table)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tel.close()
		if err := j.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	e := &mlflowExporter{cfg: c, log: zaptest.NewLogger(t), table: table, journal: j, telemetry: tel}
	return &store{source: newSource(e, newHolds()), storage: client}
}

// put stores one span; body replaces its encoding, unless it is nil.
func (s *store) put(t *testing.T, id trace.TraceID, now time.Time, body []byte) {
	t.Helper()
	s.n++
	if body == nil {
		one := &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
			ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{{TraceId: id[:], SpanId: []byte("8 bytes."), Name: "x"}}}},
		}}}
		b, err := proto.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		body = journal.Encode(journal.Header{TraceID: id, Received: now, Spans: 1, Rooted: true}, b)
	}
	var c journal.Change
	c.Put(s.n, body)
	if err := s.journal.Apply(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	if _, err := s.table.Reserve(1, 1, int64(len(body))); err != nil {
		t.Fatal(err)
	}
	s.table.Add([]assembly.Piece{{ID: id, Part: assembly.Part{
		Number: s.n, Spans: 1, Bytes: int64(len(body)), Rooted: true, Received: now,
	}}}, now)
}

func (s *store) stored(t *testing.T) (parts, marks int) {
	t.Helper()
	p, m, err := s.journal.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(p), len(m)
}

func TestSourceRecordsWhatBecomesOfATrace(t *testing.T) {
	failure := errors.New("as told")
	now := time.Now()
	for name, c := range map[string]struct {
		change       func(*Config)
		outcome      deliver.Outcome
		parts, marks int
		pending      bool
		next         time.Duration // 0: never
	}{
		"delivered and kept": {outcome: deliver.Outcome{Kind: deliver.Delivered}, parts: 1, marks: 1},
		"delivered for good": {change: func(c *Config) { c.Assembly.LateWindow = 0 }, outcome: deliver.Outcome{Kind: deliver.Delivered}},
		"spans refused": {outcome: deliver.Outcome{Kind: deliver.Delivered, Result: deliver.Result{Poison: []*tracepb.Span{{}}}},
			parts: 1, pending: true, next: time.Hour},
		"left out": {outcome: deliver.Outcome{Kind: deliver.Skipped}, parts: 1, marks: 1},
		"refused":  {outcome: deliver.Outcome{Kind: deliver.DeadLettered, Err: failure}, parts: 1, pending: true, next: time.Hour},
		"damaged":  {outcome: deliver.Outcome{Kind: deliver.Lost}},
		"failed": {outcome: deliver.Outcome{Kind: deliver.Retried, Err: failure, Next: now.Add(time.Minute)}, parts: 1,
			pending: true, next: time.Minute},
		"failed, and no retries": {change: func(c *Config) { c.RetryConfig.Enabled = false },
			outcome: deliver.Outcome{Kind: deliver.Retried, Err: failure}},
		"postponed": {outcome: deliver.Outcome{Kind: deliver.Postponed, Next: now.Add(time.Minute)}, parts: 1, pending: true,
			next: time.Minute},
		"the process stops": {outcome: deliver.Outcome{Kind: deliver.Stopped, Err: failure}, parts: 1, pending: true,
			next: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, c.change)
			id := trace.TraceID{1}
			s.put(t, id, now, nil)
			if !s.Pending(id) {
				t.Error("not pending before it is delivered")
			}
			w, _ := s.Take(now.Add(time.Second))
			if err := w.Record(c.outcome); err != nil {
				t.Fatal(err)
			}
			if parts, marks := s.stored(t); parts != c.parts || marks != c.marks || s.Pending(id) != c.pending {
				t.Errorf("%d parts, %d marks, pending %v; want %d, %d, %v", parts, marks, s.Pending(id), c.parts, c.marks, c.pending)
			}
			_, next := s.Take(now.Add(-time.Hour))
			if wait := next.Sub(now); next.IsZero() != (c.next == 0) || c.next > 0 && (wait < c.next-time.Second || wait > c.next+time.Minute) {
				t.Errorf("comes back after %v, want %v", wait, c.next)
			}
		})
	}
}

func TestSourceReadsWhatIsNotDamaged(t *testing.T) {
	s := newStore(t, nil)
	now := time.Now()
	id, broken := trace.TraceID{1}, trace.TraceID{2}
	s.put(t, id, now, nil)
	s.put(t, id, now, []byte("damage"))
	s.put(t, broken, now, []byte("damage"))
	for range 2 {
		w, _ := s.Take(now.Add(time.Second))
		td, err := w.Read(t.Context())
		if err != nil || (td == nil) != (w.TraceID() == broken) {
			t.Errorf("%s reads %v, %v", w.TraceID(), td, err)
		}
	}
	if parts, _ := s.stored(t); parts != 1 {
		t.Errorf("%d parts, want the sound one", parts)
	}
}

func TestSourceDropsNothingBecauseItsStorageFails(t *testing.T) {
	now := time.Now()
	for name, change := range map[string]func(*Config){
		"with retries":                nil,
		"without retries":             func(c *Config) { c.RetryConfig.Enabled = false },
		"after the last retry's time": func(c *Config) { c.RetryConfig.MaxElapsedTime = time.Nanosecond },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, change)
			id := trace.TraceID{1}
			s.put(t, id, now, nil)
			s.storage.busy.Store(true)
			for i := range 3 {
				w, _ := s.Take(now.Add(time.Duration(i+1) * time.Second))
				if w == nil {
					t.Fatalf("not handed out any more after %d attempts", i)
				}
				_, err := w.Read(t.Context())
				if err == nil {
					t.Fatal("read from a storage that fails")
				}
				if err := w.Record(deliver.Outcome{Kind: deliver.Retried, Err: err, Next: now}); err != nil {
					t.Fatal(err)
				}
			}
			s.storage.busy.Store(false)
			if parts, _ := s.stored(t); parts != 1 || !s.Pending(id) {
				t.Fatalf("%d parts are stored, pending %v: the trace is lost", parts, s.Pending(id))
			}
			w, _ := s.Take(now.Add(time.Minute))
			if td, err := w.Read(t.Context()); td == nil || err != nil {
				t.Errorf("reads %v, %v once the storage works", td, err)
			}
		})
	}
}

func TestSourceEvictsWhatAnEarlierConfigurationKept(t *testing.T) {
	s := newStore(t, func(c *Config) { c.Assembly.LateWindow, c.Assembly.MaxOpen = 0, 0 })
	var c journal.Change
	c.Put(1, []byte("a part"))
	c.Mark(1)
	if err := s.journal.Apply(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s.table.Load([]assembly.Piece{{ID: trace.TraceID{1}, Part: assembly.Part{Number: 1, Spans: 1, Bytes: 6, Rooted: true, Received: now}}},
		map[uint64]bool{1: true}, now)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	s.keepExpiring(ended) // once
	if parts, marks := s.stored(t); parts != 0 || marks != 0 || s.table.Stats(now).Traces != 0 {
		t.Errorf("%d parts and %d marks are stored, table %+v", parts, marks, s.table.Stats(now))
	}
}

func TestSourceNeitherReadsNorHandsOutWhatIsHeld(t *testing.T) {
	s := newStore(t, nil)
	now := time.Now()
	held, free := trace.TraceID{1}, trace.TraceID{2}
	s.put(t, held, now, nil)
	w, _ := s.Take(now.Add(time.Second))
	job := w.(*work).job
	job.Place, job.Of = "shop", 1 // as the policy found out
	until, _ := s.holds.put("shop", now.Add(time.Second), func(int) time.Duration { return time.Hour })
	if err := w.Record(deliver.Outcome{Kind: deliver.Postponed, Next: now.Add(2 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	s.put(t, free, now, nil)
	w, _ = s.Take(now.Add(3 * time.Second))
	if w == nil || w.TraceID() != free {
		t.Fatalf("handed out %v", w)
	}
	if w, next := s.Take(now.Add(3 * time.Second)); w != nil || !next.Equal(until) {
		t.Errorf("handed out %v, next %v, held until %v", w, next, until)
	}
	s.put(t, held, now.Add(3*time.Second), nil) // more of it may name another experiment
	s.Release(now.Add(4 * time.Second))
	if w, _ := s.Take(now.Add(4 * time.Second)); w == nil || w.TraceID() != held {
		t.Errorf("handed out %v", w)
	}
}
