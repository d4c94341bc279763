package deliver

import (
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/spool"
)

func openSpool(t *testing.T, dir string) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, spool.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func testSource(s *spool.Spool) *spoolSource {
	c := newQueueConfig(nil)
	return newSpoolSource(s, c.backoff, c.now)
}

func putPart(t *testing.T, s *spool.Spool, n uint64, number int, complete bool) trace.TraceID {
	t.Helper()
	td := smallTrace(n)
	id := fixtureID(td)
	start := jobStart.Add(time.Duration(n)) //nolint:gosec // small
	if err := s.Put(t.Context(), spool.Part{TraceID: id, Number: number, Complete: complete, Start: start, Data: td}); err != nil {
		t.Fatal(err)
	}
	return id
}

func mustTake(t *testing.T, src *spoolSource, now time.Time) Work {
	t.Helper()
	w, next := src.Take(now)
	if w == nil {
		t.Fatalf("nothing is due; the next at %v", next)
	}
	return w
}

func mustRecord(t *testing.T, w Work, o Outcome) {
	t.Helper()
	if err := w.Record(o); err != nil {
		t.Fatal(err)
	}
}

func TestSpoolSourceHandsOutCompleteTraces(t *testing.T) {
	s := openSpool(t, t.TempDir())
	src, now := testSource(s), time.Now()
	first := putPart(t, s, 2, 1, true) // the newest
	second := putPart(t, s, 1, 1, true)
	open := putPart(t, s, 0, 1, false)
	if w := mustTake(t, src, now); w.TraceID() != first || w.Origin() != (Origin{SampledFlag: true}) {
		t.Errorf("first %s with %+v", w.TraceID(), w.Origin())
	}
	w := mustTake(t, src, now)
	if w.TraceID() != second {
		t.Errorf("second %s", w.TraceID())
	}
	if w, next := src.Take(now); w != nil || !next.IsZero() {
		t.Errorf("an open trace is handed out: %v, %v", w, next)
	}
	mustRecord(t, w, Outcome{Kind: Delivered})
	if src.Pending(second) || !src.Pending(first) || !src.Pending(open) || s.Stats().Pending != 2 {
		t.Errorf("delivered ones should be gone, and only those; %+v", s.Stats())
	}
	late := putPart(t, s, 1, 2, true)
	if !src.Pending(late) {
		t.Error("a part put just now is not pending")
	}
	if w := mustTake(t, src, now); w.TraceID() != second || !w.Origin().Late {
		t.Errorf("late part: %s with %+v", w.TraceID(), w.Origin())
	}
}

func TestSpoolSourceKeepsWaitsAndNotesThem(t *testing.T) {
	dir, now := t.TempDir(), time.Now().Round(0)
	s := openSpool(t, dir)
	src := testSource(s)
	id := putPart(t, s, 1, 1, true)
	fail := func(status int) {
		t.Helper()
		mustRecord(t, mustTake(t, src, now), Outcome{Kind: Retried, Err: answer(status, 0), Fault: status == 500, Next: now.Add(time.Hour)})
	}
	fail(500)
	src.Release(now) // it was no outage
	if w, next := src.Take(now); w != nil || !next.Equal(now.Add(time.Hour)) {
		t.Fatalf("%v, next %v", w, next)
	}
	if err := s.Retry(s.Entries()[0].ID); err != nil { // outbox retry
		t.Fatal(err)
	}
	fail(503)
	src.Release(now)
	w := mustTake(t, src, now)
	if attempts, faults := w.Failures(); attempts != 2 || faults != 1 || !w.Origin().SearchFirst {
		t.Errorf("%d attempts, %d faults, %+v", attempts, faults, w.Origin())
	}
	mustRecord(t, w, Outcome{Kind: Retried, Err: answer(503, 0), Next: now.Add(time.Minute)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	src = testSource(openSpool(t, dir)) // the next process
	if w, next := src.Take(now); w != nil || !next.Equal(now.Add(time.Minute)) {
		t.Errorf("the wait is not known to the next process: %v, %v", w, next)
	}
	w = mustTake(t, src, now.Add(time.Minute))
	if attempts, _ := w.Failures(); attempts != 3 || w.TraceID() != id {
		t.Errorf("%s with %d attempts", w.TraceID(), attempts)
	}
}

func TestSpoolSourceKeepsWhatIsPostponedWaiting(t *testing.T) {
	dir, now := t.TempDir(), time.Now().Round(0)
	s := openSpool(t, dir)
	src, until := testSource(s), now.Add(time.Hour)
	id := putPart(t, s, 1, 1, true)
	mustRecord(t, mustTake(t, src, now), Outcome{Kind: Postponed, Next: until})
	check := func(after string) {
		t.Helper()
		src.Release(now) // it met no outage
		if w, next := src.Take(now); w != nil || !next.Equal(until) {
			t.Errorf("after %s it waits until %v, want %v; handed out: %v", after, next, until, w)
		}
	}
	check("its outcome")
	if e := s.Entries()[0]; e.Attempts != 0 || !strings.Contains(e.Reason, "postponed until") {
		t.Errorf("outbox list says %d attempts, %q", e.Attempts, e.Reason)
	}
	putPart(t, s, 2, 1, false)
	check("an addition that has nothing to do with it")
	src.Note(id, "the server is down")
	putPart(t, s, 3, 1, false)
	check("a note of those who wait for it")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openSpool(t, dir)
	src = testSource(s)
	for _, e := range s.Entries() {
		if e.TraceID != id { // open before, complete now
			if err := s.Remove(e.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	check("a restart")
	if err := s.Retry(s.Entries()[0].ID); err != nil { // outbox retry
		t.Fatal(err)
	}
	if w := mustTake(t, src, now); w.TraceID() != id {
		t.Errorf("%s is due once a person cleared the wait", w.TraceID())
	}
}

func TestSpoolSourceHandsOutWhatVanishedOnceMore(t *testing.T) {
	s := openSpool(t, t.TempDir())
	src, now := testSource(s), time.Now()
	id := putPart(t, s, 1, 1, true)
	mustRecord(t, mustTake(t, src, now), Outcome{Kind: Retried, Err: answer(500, 0), Next: now.Add(time.Hour)})
	if err := s.Remove(s.Entries()[0].ID); err != nil { // outbox drop
		t.Fatal(err)
	}
	putPart(t, s, 2, 1, false) // something makes it look
	if w, next := src.Take(now); w != nil || !next.IsZero() {
		t.Errorf("for delivery: %v, next %v", w, next)
	}
	w := src.takeLost()
	if td, err := w.Read(t.Context()); w.TraceID() != id || td != nil || err != nil {
		t.Errorf("%s holds %v, %v", w.TraceID(), td, err)
	}
	mustRecord(t, w, Outcome{Kind: Lost})
	if w := src.takeLost(); src.Pending(id) || w != nil {
		t.Errorf("a lost trace is still there: %v", w)
	}
}

func TestSpoolSourceSeesPartsThatCameDuringADelivery(t *testing.T) {
	s := openSpool(t, t.TempDir())
	src, now := testSource(s), time.Now()
	id := putPart(t, s, 1, 1, true)
	w := mustTake(t, src, now)
	putPart(t, s, 1, 2, true)
	if w, _ := src.Take(now); w != nil {
		t.Fatal("a trace is handed out twice at a time")
	}
	mustRecord(t, w, Outcome{Kind: Delivered})
	if w = mustTake(t, src, now); w.TraceID() != id || !w.Origin().Late {
		t.Errorf("%s with %+v", w.TraceID(), w.Origin())
	}
}

func TestSpoolSourceMovesRefusedPartsToTheDeadLetters(t *testing.T) {
	s := openSpool(t, t.TempDir())
	src := testSource(s)
	putPart(t, s, 1, 1, false)
	putPart(t, s, 1, 2, true)
	mustRecord(t, mustTake(t, src, time.Now()), Outcome{Kind: DeadLettered, Err: answer(400, 0)})
	dead, err := s.Dead()
	if err != nil || len(dead) != 2 || slices.ContainsFunc(dead, func(e spool.Entry) bool { return e.Reason == "" }) {
		t.Errorf("dead letters %+v, %v", dead, err)
	}
	if w, _ := src.Take(time.Now()); w != nil {
		t.Errorf("%s is tried again", w.TraceID())
	}
}

func TestDeadLettersThatAreDeliveredButForPartsAreToldFromRefusedOnes(t *testing.T) {
	missing := Result{Missing: []Missing{{Part: PartArtifacts, Count: 2, Reason: "no store"}}}
	poison := Result{Missing: missing.Missing, Poison: []*tracepb.Span{{Name: "s"}}, PoisonReason: "too long"}
	for reason, want := range map[string]bool{
		deliveredBut + missing.Incomplete(): true,
		deliveredBut + poison.Incomplete():  false,
		"no such experiment":                false,
		"":                                  false,
	} {
		if IsIncomplete(reason) != want {
			t.Errorf("%q: %v", reason, !want)
		}
	}
}

// TestASecondSourceSeesWhatTheFirstTookNoteOf: a queue that was ended, and another one over
// the same spool.
func TestASecondSourceSeesWhatTheFirstTookNoteOf(t *testing.T) {
	s := openSpool(t, t.TempDir())
	id := putPart(t, s, 1, 1, true)
	first, now := testSource(s), time.Now()
	mustRecord(t, mustTake(t, first, now), Outcome{Kind: Retried, Err: errors.New("away"), Next: now.Add(time.Second)})
	_ = first.Pending(id)
	second := testSource(s)
	if !second.Pending(id) {
		t.Error("the second source knows nothing of it")
	}
	w := mustTake(t, second, now.Add(time.Second))
	if attempts, _ := w.Failures(); attempts != 1 {
		t.Errorf("%d attempts", attempts)
	}
	mustRecord(t, w, Outcome{Kind: Delivered})
	if w := first.takeLost(); w == nil || w.TraceID() != id || second.Pending(id) {
		t.Error("it is not gone for both")
	}
}
