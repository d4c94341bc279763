package spool

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFolderThatIsRemovedWhileInUseIsMadeAgain: all that came later was lost until the next start.
func TestAFolderThatIsRemovedWhileInUseIsMadeAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	s := mustOpen(t, dir)
	mustPut(t, s, part(1))
	instance, gone := s.InstanceID(), s.Entries()[0].ID
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	p := part(2)
	p.Destination = Destination{Server: "http://mlflow"}
	mustPut(t, s, p)
	if _, err := Open(dir, WithLogger(quiet)); !IsLocked(err) {
		t.Errorf("another process: %v", err)
	}
	if _, err := s.Read(gone); !IsNotFound(err) {
		t.Errorf("what was removed: %v", err)
	}
	if err := s.MoveToDead(s.Entries()[0].ID, "a test"); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	next := mustOpen(t, dir)
	if dead, err := next.Dead(); len(dead) != 1 || err != nil || next.InstanceID() != instance || len(next.Destinations()) != 1 {
		t.Errorf("dead %v, %v; instance %s, want %s; destinations %v", dead, err, next.InstanceID(), instance, next.Destinations())
	}
}

// TestALockThatIsRemovedIsTakenAnew: what cleans temporary folders takes files that nobody touched for days, and another
// process could have the folder then.
func TestALockThatIsRemovedIsTakenAnew(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if err := os.Remove(filepath.Join(dir, "lock")); err != nil {
		t.Fatal(err)
	}
	if err := s.restore(); err != nil { // as the watcher does each second
		t.Fatal(err)
	}
	if _, err := Open(dir, WithLogger(quiet)); !IsLocked(err) {
		t.Errorf("another process: %v", err)
	}
}

// writes is where each line of a log goes.
type writes chan string

func (w writes) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

// TestAFolderThatAnotherProcessHasTakenIsLeftToIt, and that is said, once: parts are still stored there, as files.
func TestAFolderThatAnotherProcessHasTakenIsLeftToIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	said := make(chan string, 9)
	s := mustOpen(t, dir, WithLogger(slog.New(slog.NewTextHandler(writes(said), nil))))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	other := mustOpen(t, dir)
	for range 2 {
		if err := s.restore(); !IsLocked(err) {
			t.Errorf("restored: %v", err)
		}
	}
	if n := len(said); n != 1 {
		t.Errorf("said %d times", n)
	} else if text := <-said; !strings.Contains(text, "another process has it") {
		t.Error(text)
	}
	mustPut(t, other, part(1))
}
