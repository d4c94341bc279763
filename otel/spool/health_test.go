package spool

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestHealthSaysWhetherAPartWouldBeTaken(t *testing.T) {
	dir, d := t.TempDir(), &fullDisk{}
	s := mustOpen(t, dir, withDisk(d), WithMaxFiles(2))
	now := time.Now()
	at := func(after time.Duration) { s.probe(now.Add(after)) }
	at(0)
	if err := s.Health(); err != nil {
		t.Fatal(err)
	}
	d.full.Store(true)
	at(probeInterval / 2) // not asked yet
	if err := s.Health(); err != nil {
		t.Fatal(err)
	}
	at(2 * probeInterval) // before any part comes
	if err := s.Health(); !IsNoSpace(err) {
		t.Fatalf("on a full disk: %v", err)
	}
	d.full.Store(false)
	at(2*probeInterval + probeAgainInterval)
	if err := s.Health(); err != nil {
		t.Fatalf("with space: %v", err)
	}
	d.full.Store(true)
	if err := s.Put(t.Context(), part(0)); !IsNoSpace(err) { // a part finds out first
		t.Fatal(err)
	}
	if err := s.Health(); !IsNoSpace(err) {
		t.Fatalf("after a refused part: %v", err)
	}
	d.full.Store(false)
	mustPut(t, s, part(0), part(1))
	if err := s.Health(); !IsFull(err) {
		t.Fatalf("with as many parts as may be: %v", err)
	}
	if err := s.Remove(s.Entries()[0].ID); err != nil || s.Health() != nil {
		t.Fatal(err, s.Health())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+tempExtension)); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := s.Close(); err != nil || !errors.Is(s.Health(), ErrClosed) {
		t.Errorf("closed: %v, %v", err, s.Health())
	}
}

func TestADiskThatDoesNotAnswerIsBroken(t *testing.T) {
	var h health
	now := time.Now()
	if !h.due(now) || h.due(now.Add(time.Second)) {
		t.Error("asked twice")
	}
	if err := h.state(now.Add(probeTimeout / 2)); err != nil {
		t.Error(err)
	}
	if err := h.state(now.Add(2 * probeTimeout)); err == nil {
		t.Error("a write that does not end is no trouble")
	}
	h.done(&os.PathError{Op: "write", Path: "x", Err: syscall.EIO})
	if err := h.state(now); !errors.Is(err, syscall.EIO) || h.due(now) || !h.due(now.Add(probeAgainInterval)) {
		t.Errorf("%v", err)
	}
}

// TestChangesAreAllThatAReaderNeeds: what it is told equals what is there.
func TestChangesAreAllThatAReaderNeeds(t *testing.T) {
	s := mustOpen(t, t.TempDir(), WithMaxFiles(20))
	mustPut(t, s, part(0), part(1))
	known, next := map[string]Entry{}, uint64(0)
	follow := func() {
		t.Helper()
		c := s.ChangesSince(next)
		if next = c.Next; c.All {
			clear(known)
		}
		for _, e := range c.Pending {
			known[e.ID] = e
		}
		for _, e := range c.Gone {
			delete(known, e.ID)
		}
		all := s.Entries()
		if len(all) != len(known) {
			t.Fatalf("%d known, %d there", len(known), len(all))
		}
		for _, e := range all {
			if known[e.ID] != e {
				t.Errorf("known %+v, there %+v", known[e.ID], e)
			}
		}
	}
	follow()
	e := s.Entries()
	steps := []func() error{
		func() error { return s.Put(t.Context(), part(2)) },
		func() error { return s.Note(e[0].ID, 2, time.Now().Add(time.Hour), "away") },
		func() error { return s.Retry(e[0].ID) },
		func() error { return s.MoveToDead(e[1].ID, "refused") },
		func() error { return s.Retry(e[1].ID) },
		func() error { return s.Remove(e[0].ID, e[1].ID) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if i%2 == 1 { // somebody else follows too
			_ = s.ChangesSince(next)
		}
		follow()
	}
	for n := range 200 { // nobody asks meanwhile
		mustPut(t, s, part(10+n))
		if err := s.Remove(nameOf(part(10 + n)).String()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.log.at); n > 21+3 {
		t.Errorf("%d changes are kept for nobody", n)
	}
	follow()
	if c := s.ChangesSince(next); len(c.Pending)+len(c.Gone) != 0 || c.All {
		t.Errorf("changed without a change: %+v", c)
	}
}
