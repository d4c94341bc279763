package spool

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestBoundsRefuseTheNewest(t *testing.T) {
	size := func() int64 {
		s := mustOpen(t, t.TempDir())
		mustPut(t, s, part(0))
		return s.Stats().Bytes
	}()
	for name, opt := range map[string]Option{
		"files": WithMaxFiles(4),
		"bytes": WithMaxBytes(4*size + size/2),
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := mustOpen(t, t.TempDir(), opt, WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
			for i := range 4 {
				mustPut(t, s, part(i))
			}
			for range 3 {
				if err := s.Put(t.Context(), part(9)); !IsFull(err) || IsNoSpace(err) {
					t.Fatalf("put beyond the bound: %v", err)
				}
			}
			if got := s.Stats(); got.RejectedFull != 3 || got.Pending != 4 {
				t.Errorf("stats %+v", got)
			}
			if got := strings.Count(log.String(), "refuses"); got != 1 {
				t.Errorf("told %d times:\n%s", got, log.String())
			}
			if err := s.Remove(s.Entries()[0].ID); err != nil {
				t.Fatal(err)
			}
			mustPut(t, s, part(9))
		})
	}
}

func TestBoundsCountWhatWasFoundAtOpen(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0), part(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, WithMaxFiles(1)) // a smaller bound than before keeps what is there
	if got := len(s.Entries()); got != 2 {
		t.Errorf("%d entries", got)
	}
	if err := s.Put(t.Context(), part(2)); !IsFull(err) {
		t.Errorf("put: %v", err)
	}
}

// fullDisk fails like a disk without space while full is set, leaving half a file.
type fullDisk struct {
	osDisk
	full atomic.Bool
}

func (d *fullDisk) WriteFile(path string, body []byte) error {
	if d.full.Load() {
		_ = os.WriteFile(path, body[:len(body)/2], 0o600)
		return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	}
	return d.osDisk.WriteFile(path, body)
}

func TestFullDiskIsAnErrorAndRecovers(t *testing.T) {
	dir, d := t.TempDir(), &fullDisk{}
	s := mustOpen(t, dir, withDisk(d))
	mustPut(t, s, part(0))
	d.full.Store(true)
	for i := range 3 {
		if err := s.Put(t.Context(), part(1+i)); !IsNoSpace(err) || IsFull(err) {
			t.Fatalf("put on a full disk: %v", err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+tempExtension)); len(left) > 0 {
		t.Errorf("half files are left: %v", left)
	}
	if err := s.Remove(s.Entries()[0].ID); err != nil {
		t.Errorf("remove on a full disk: %v", err)
	}
	d.full.Store(false)
	mustPut(t, s, part(5))
	if got := s.Stats(); got.RejectedNoSpace != 3 || got.Pending != 1 || got.Bytes != s.Entries()[0].Bytes {
		t.Errorf("stats %+v", got)
	}
}

type brokenDisk struct {
	osDisk
	rename, flush error
}

func (d *brokenDisk) Rename(from, to string) error {
	if d.rename != nil {
		return d.rename
	}
	return d.osDisk.Rename(from, to)
}

func (d *brokenDisk) SyncDir(dir string) error {
	if d.flush != nil {
		return d.flush
	}
	return d.osDisk.SyncDir(dir)
}

func TestFailedPutLeavesNothing(t *testing.T) {
	boom := errors.New("boom")
	for name, d := range map[string]*brokenDisk{"rename": {rename: boom}, "flush": {flush: boom}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, withDisk(d))
			if err := s.Put(t.Context(), part(0)); !errors.Is(err, boom) {
				t.Fatalf("put: %v", err)
			}
			if files, _ := filepath.Glob(filepath.Join(dir, "0*")); len(files) > 0 {
				t.Errorf("files %v", files)
			}
			if got := s.Stats(); got.Pending != 0 || got.Bytes != 0 || got.RejectedOther != 1 {
				t.Errorf("stats %+v", got)
			}
		})
	}
}

// TestFullFileSystem is the same as TestFullDiskIsAnErrorAndRecovers on a real one.
func TestFullFileSystem(t *testing.T) {
	dir := smallFileSystem(t)
	s := mustOpen(t, dir)
	var err error
	n := 0
	for ; err == nil && n < 10_000; n++ {
		p := part(n)
		p.Data = content(noise(n))
		err = s.Put(t.Context(), p)
	}
	if !IsNoSpace(err) {
		t.Fatalf("after %d parts: %v", n, err)
	}
	for _, e := range s.Entries() {
		if _, err := s.Read(e.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Remove(e.ID); err != nil {
			t.Fatal(err)
		}
	}
	mustPut(t, s, part(0))
}

func noise(seed int) string {
	var b strings.Builder
	x := uint32(seed + 1)
	for range 2000 {
		x = x*1664525 + 1013904223
		fmt.Fprintf(&b, "%08x", x)
	}
	return b.String()
}

func TestDeadBoundEvictsTheOldest(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, WithMaxDead(2, 1<<20))
	mustPut(t, s, part(0), part(1), part(2))
	all := s.Entries()
	for _, e := range all {
		if err := s.MoveToDead(e.ID, "refused"); err != nil {
			t.Fatal(err)
		}
	}
	dead, err := s.Dead()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ids(dead), ids(all[1:]); !strings.EqualFold(strings.Join(got, " "), strings.Join(want, " ")) {
		t.Errorf("dead %v, want %v", got, want)
	}
	if got := s.Stats(); got.Evicted != 1 || got.Dead != 2 || got.DeadLettered != 3 {
		t.Errorf("stats %+v", got)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "dead", "*")); len(files) != 4 {
		t.Errorf("files %v", files)
	}
}

// TestDeadBoundSparesWhatCostsMost, also what an earlier process left.
func TestDeadBoundSparesWhatCostsMost(t *testing.T) {
	dir := t.TempDir()
	opts := []Option{WithMaxDead(2, 1<<20), WithEvictFirst(func(reason string) bool { return strings.HasPrefix(reason, "all but") })}
	s := mustOpen(t, dir, opts...)
	mustPut(t, s, part(0), part(1), part(2), part(3))
	all := s.Entries()
	reasons := []string{"refused", "all but one file", "refused", "all but two files"}
	for i, e := range all[:2] {
		if err := s.MoveToDead(e.ID, reasons[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, opts...)
	for i, e := range all[2:] {
		if err := s.MoveToDead(e.ID, reasons[i+2]); err != nil {
			t.Fatal(err)
		}
	}
	dead, err := s.Dead()
	if err != nil || strings.Join(ids(dead), " ") != all[0].ID+" "+all[2].ID {
		t.Errorf("dead %v, %v", dead, err)
	}
}

// stuck is a log whose reader has stopped reading.
type stuck struct{ entered, goOn chan struct{} }

func (w stuck) Write(p []byte) (int, error) {
	w.entered <- struct{}{}
	<-w.goOn
	return len(p), nil
}

// TestALogThatIsStuckHoldsNobodyElseUp: whoever asks for the outbox's health, and the delivery, waited for it too.
func TestALogThatIsStuckHoldsNobodyElseUp(t *testing.T) {
	for name, do := range map[string]func(*testing.T, *Spool){
		"a refusal": func(t *testing.T, s *Spool) {
			mustPut(t, s, part(1))
			if err := s.Put(t.Context(), part(2)); !IsFull(err) {
				t.Error(err)
			}
		},
		"a damaged file": func(t *testing.T, s *Spool) {
			mustPut(t, s, part(1))
			id := s.Entries()[0].ID
			if err := os.WriteFile(s.sub(id+extension), []byte("no gzip"), 0o600); err != nil {
				t.Error(err)
			}
			if _, err := s.Read(id); !IsCorrupt(err) {
				t.Error(err)
			}
		},
		"a folder that was removed": func(t *testing.T, s *Spool) {
			if err := os.RemoveAll(s.Dir()); err != nil {
				t.Error(err)
			}
			mustPut(t, s, part(1))
		},
	} {
		w := stuck{make(chan struct{}, 1), make(chan struct{})}
		s := mustOpen(t, filepath.Join(t.TempDir(), "outbox"), WithMaxFiles(1), WithLogger(slog.New(slog.NewTextHandler(w, nil))))
		done := make(chan struct{})
		go func() { defer close(done); do(t, s) }()
		<-w.entered
		asked := make(chan struct{})
		go func() { defer close(asked); _ = s.Health(); _ = s.Stats() }()
		select {
		case <-asked:
		case <-time.After(20 * time.Second):
			t.Errorf("%s: nobody else is answered", name)
		}
		close(w.goOn)
		<-asked
		<-done
	}
}
