package deliver

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/spool"
)

// TestNewTracesDoNotWaitBehindABacklog: of 50,000 traces that wait, and one that comes.
func TestNewTracesDoNotWaitBehindABacklog(t *testing.T) {
	s := openSpool(t, t.TempDir())
	src, now := testSource(s), time.Now()
	const backlog = 50_000
	compared := 0
	for _, h := range []*traceHeap{&src.fresh, &src.due} {
		less := h.less
		h.less = func(t, other *spooledTrace) bool { compared++; return less(t, other) }
	}
	_ = src.Pending(traceIDNumber(1)) // that the spool is empty is known
	for n := range uint64(backlog) {  // as the spool would tell of them
		id := traceIDNumber(1_000_000 + n)
		tr := &spooledTrace{source: src, id: id}
		src.traces[id] = tr
		tr.put(spool.Entry{ID: id.String(), TraceID: id, Part: 1, Complete: true})
		src.place(tr)
	}
	if most := compared / backlog; most > 100 {
		t.Errorf("%d comparisons for each trace that came", most)
	}
	compared = 0
	// Whichever turn it is, the new one comes with the first two.
	for turn := range 3 {
		src.turn = turn
		id := putPart(t, s, uint64(9_000+turn), 1, true)
		src.mu.Lock()
		src.refresh()
		fresh := src.traces[id]
		fresh.order.first = "zzz" // its start is after theirs
		src.fresh.set(fresh, true)
		src.due.set(fresh, true)
		src.mu.Unlock()
		first := mustTake(t, src, now)
		second := mustTake(t, src, now)
		if first.TraceID() != id && second.TraceID() != id {
			t.Errorf("turn %d: neither %s nor %s is the new trace", turn, first.TraceID(), second.TraceID())
		}
		mustRecord(t, first, Outcome{Kind: Delivered})
		mustRecord(t, second, Outcome{Kind: Delivered})
	}
	if compared > 2000 {
		t.Errorf("%d comparisons for three traces that came and six that went", compared)
	}
}

// TestABacklogGetsOnBesideNewTraces, and the oldest first.
func TestABacklogGetsOnBesideNewTraces(t *testing.T) {
	s := openSpool(t, t.TempDir())
	src, now := testSource(s), time.Now()
	for n := range uint64(9) {
		putPart(t, s, n, 1, true)
	}
	var got []uint64
	for range 9 {
		id := mustTake(t, src, now).TraceID()
		got = append(got, uint64(id[15]))
	}
	want := []uint64{8, 7, 0, 6, 5, 1, 4, 3, 2}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("order %v, want %v", got, want)
		}
	}
}

// TestANoteOfAClockThatWasWrongKeepsNothingWaiting: 400 days ahead, and five hours.
func TestANoteOfAClockThatWasWrongKeepsNothingWaiting(t *testing.T) {
	for ahead, waits := range map[time.Duration]bool{400 * 24 * time.Hour: false, 5 * time.Hour: false, 30 * time.Minute: true} {
		dir, now := t.TempDir(), time.Now()
		s := openSpool(t, dir)
		src := testSource(s)
		id := putPart(t, s, 1, 1, true)
		mustRecord(t, mustTake(t, src, now), Outcome{Kind: Retried, Err: answer(503, 0), Next: now.Add(ahead)})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		w, next := testSource(openSpool(t, dir)).Take(now) // the next process
		switch {
		case waits && (w != nil || next.Sub(now) > ahead):
			t.Errorf("%s ahead: %v, next %v", ahead, w, next)
		case !waits && (w == nil || w.TraceID() != id || !w.Origin().SearchFirst):
			t.Errorf("%s ahead: waits until %v", ahead, next)
		}
	}
}

// TestAPartThatCannotBeMovedIsNotTriedAgainAtOnce: dead/ cannot be written.
func TestAPartThatCannotBeMovedIsNotTriedAgainAtOnce(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	s := openSpool(t, dir)
	src := testSource(s)
	putPart(t, s, 1, 1, true)
	w := mustTake(t, src, now)
	dead := filepath.Join(dir, "dead")
	if err := errors.Join(os.Remove(dead), os.WriteFile(dead, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := w.Record(Outcome{Kind: DeadLettered, Err: answer(400, 0)}); err == nil || !strings.Contains(err.Error(), "dead letters") {
		t.Errorf("error %v", err)
	}
	if w, next := src.Take(now); w != nil || next.IsZero() {
		t.Errorf("%v, next %v", w, next)
	}
	mustTake(t, src, now.Add(2*keptWait))
}
