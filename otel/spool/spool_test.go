package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
)

func TestPutIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(2), part(0), part(1))
	before := s.Entries()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = mustOpen(t, dir)
	after := s.Entries()
	if got, want := ids(after), ids(before); !slices.Equal(got, want) {
		t.Fatalf("after reopening: %v, want %v", got, want)
	}
	for i, e := range after {
		want := part(i) // oldest first
		td, err := s.Read(e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(td, want.Data) {
			t.Errorf("part %d reads %v", i, td)
		}
		if e.TraceID != want.TraceID || e.Part != 1 || !e.Complete || !e.Start.Equal(want.Start) || e.Bytes == 0 || !e.FoundAtOpen ||
			e.State != Pending {
			t.Errorf("entry %d = %+v", i, e)
		}
		if before[i].FoundAtOpen {
			t.Errorf("entry %d was found at open before it was put", i)
		}
	}
}

func TestPartsOfATraceComeInSequence(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for _, number := range []int{10, 2, 1} {
		p := part(0)
		p.Number, p.Complete = number, number == 10
		mustPut(t, s, p)
	}
	var got []int
	for _, e := range s.Entries() {
		got = append(got, e.Part)
	}
	if want := []int{1, 2, 10}; !slices.Equal(got, want) {
		t.Errorf("parts %v, want %v", got, want)
	}
}

func TestPutNeverOverwrites(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	first, second := part(0), part(0)
	second.Data, second.Complete = content("other"), false
	mustPut(t, s, first, second)
	entries := s.Entries()
	if len(entries) != 2 || entries[1].Part != 2 {
		t.Fatalf("entries %+v", entries)
	}
	td, err := s.Read(entries[0].ID)
	if err != nil || nameIn(td) != "span 0" {
		t.Errorf("first part reads %v, %v", td, err)
	}
}

func TestInvalidUTF8DoesNotCostTheTrace(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	p := part(0)
	p.Data = content("caf\xe9")
	mustPut(t, s, p)
	td, err := s.Read(s.Entries()[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := nameIn(td); got != "caf\uFFFD" {
		t.Errorf("name %q", got)
	}
	if got := nameIn(p.Data); got != "caf\xe9" {
		t.Errorf("the caller's data was changed to %q", got)
	}
}

func TestRemoveIsIdempotentAndFinal(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0), part(1))
	gone := s.Entries()[0].ID
	for range 2 {
		if err := s.Remove(gone); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Read(gone); !IsNotFound(err) {
		t.Errorf("read after remove: %v", err)
	}
	if got := s.Stats(); got.Pending != 1 || got.Removed != 1 || got.Stored != 2 {
		t.Errorf("stats %+v", got)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*"+extension)); len(files) != 1 {
		t.Errorf("files %v", files)
	}
}

func TestAddedSignalsNewAndFoundParts(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	select {
	case <-s.Added():
		t.Fatal("an empty outbox signals")
	default:
	}
	mustPut(t, s, part(0), part(1))
	<-s.Added()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	<-mustOpen(t, dir).Added()
}

func TestLeftoversOfACrashAreDropped(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	leftover := filepath.Join(dir, nameOf(part(1)).String()+extension+tempExtension)
	if err := os.WriteFile(leftover, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(dir, "dead", nameOf(part(2)).String()+reasonExtension)
	if err := os.WriteFile(orphan, []byte("why"), 0o600); err != nil {
		t.Fatal(err)
	}
	note := notePath(dir, nameOf(part(2)).String())
	if err := os.WriteFile(note, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	if len(s.Entries()) != 1 {
		t.Errorf("entries %v", ids(s.Entries()))
	}
	for _, f := range []string{leftover, orphan, note} {
		if _, err := os.Stat(f); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", f, err)
		}
	}
}

// TestPartsThatAKilledWriterHadWholeAreTakenOver: between the write and the rename lies
// a flush, the longest step of all, in which a program may end.
func TestPartsThatAKilledWriterHadWholeAreTakenOver(t *testing.T) {
	whole, err := encode(part(1).Data, Destination{})
	if err != nil {
		t.Fatal(err)
	}
	name := nameOf(part(1)).String() + extension
	for what, c := range map[string]struct {
		file  string
		body  []byte
		taken bool
	}{
		"whole":            {name, whole, true},
		"cut in the text":  {name, whole[:len(whole)/2], false},
		"cut by one byte":  {name, whole[:len(whole)-1], false},
		"empty":            {name, nil, false},
		"no part":          {"instance", whole, false},
		"a name not ours":  {"x" + extension, whole, false},
		"more than a part": {name, append(slices.Clone(whole), "more"...), false},
	} {
		dir := t.TempDir()
		temp := filepath.Join(dir, c.file+tempExtension)
		if err := os.WriteFile(temp, c.body, 0o600); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, dir)
		entries := s.Entries()
		if got := len(entries) == 1; got != c.taken {
			t.Errorf("%s: taken %v", what, got)
		}
		if c.taken {
			if td, err := s.Read(entries[0].ID); err != nil || nameIn(td) != nameIn(part(1).Data) || !entries[0].FoundAtOpen {
				t.Errorf("%s: %v, %v, entry %+v", what, td, err, entries[0])
			}
		}
		if st := s.Stats(); st.Bad != 0 {
			t.Errorf("%s: %d set aside", what, st.Bad)
		}
		if _, err := os.Stat(temp); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the temporary file is still there: %v", what, err)
		}
	}
}

// TestALeftoverIsNoSecondPart: a part that is there already is not replaced.
func TestALeftoverIsNoSecondPart(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := encode(part(2).Data, Destination{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, nameOf(part(1)).String()+extension+tempExtension), other, 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	if td, err := s.Read(s.Entries()[0].ID); err != nil || nameIn(td) != nameIn(part(1).Data) || len(s.Entries()) != 1 {
		t.Errorf("%v, %v of %v", td, err, ids(s.Entries()))
	}
}

func TestSecondOwnerIsRefused(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir)
	_, err := Open(dir)
	if !IsLocked(err) {
		t.Fatalf("second Open: %v", err)
	}
	if want := fmt.Sprintf("process %d", os.Getpid()); !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not name %s", err, want)
	}
}

func TestInstanceIDStaysWithTheFolder(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	id := s.InstanceID()
	if len(id) < 16 {
		t.Errorf("instance id %q", id)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := mustOpen(t, dir).InstanceID(); got != id {
		t.Errorf("instance id %q after reopening, was %q", got, id)
	}
	if got := mustOpen(t, t.TempDir()).InstanceID(); got == id {
		t.Error("another folder has the same instance id")
	}
}

func TestConcurrentPutsShareFlushes(t *testing.T) {
	d := &slowDisk{flush: make(chan struct{})}
	s := mustOpen(t, t.TempDir(), withDisk(d))
	const n = 32
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := s.Put(t.Context(), part(i)); err != nil {
				t.Error(err)
			}
		})
	}
	d.await(n) // all are written; at most one flush has begun
	close(d.flush)
	wg.Wait()
	if got := d.flushes(); got > 3 {
		t.Errorf("%d flushes of the folder for %d puts", got, n)
	}
	if got := len(s.Entries()); got != n {
		t.Errorf("%d entries", got)
	}
}

// slowDisk holds up flushes of the folder until flush is closed.
type slowDisk struct {
	osDisk
	flush   chan struct{}
	begun   chan struct{} // closed when the first flush begins, unless nil
	once    sync.Once
	mu      sync.Mutex
	renames int
	synced  int
	changed chan struct{}
}

func (d *slowDisk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.renames++
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
	return d.osDisk.Rename(from, to)
}

func (d *slowDisk) SyncDir(dir string) error {
	if d.begun != nil {
		d.once.Do(func() { close(d.begun) })
	}
	<-d.flush
	d.mu.Lock()
	d.synced++
	d.mu.Unlock()
	return d.osDisk.SyncDir(dir)
}

func (d *slowDisk) await(renames int) {
	for {
		d.mu.Lock()
		if d.renames >= renames {
			d.mu.Unlock()
			return
		}
		changed := make(chan struct{})
		d.changed = changed
		d.mu.Unlock()
		<-changed
	}
}

func (d *slowDisk) flushes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.synced
}

func TestPutSucceedsOnlyAfterTheFlush(t *testing.T) {
	d := &slowDisk{flush: make(chan struct{}), begun: make(chan struct{})}
	s := mustOpen(t, t.TempDir(), withDisk(d))
	done := make(chan error, 1)
	go func() { done <- s.Put(context.Background(), part(0)) }()
	<-d.begun
	select {
	case err := <-done:
		t.Fatalf("Put returned %v before the folder was flushed", err)
	default:
	}
	if got := s.Entries(); len(got) != 0 {
		t.Errorf("not durable, but listed: %v", ids(got))
	}
	close(d.flush)
	if err := <-done; err != nil || d.flushes() == 0 {
		t.Fatalf("Put returned %v after %d flushes", err, d.flushes())
	}
}

func TestClosedSpoolRefuses(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	mustPut(t, s, part(0))
	id := s.Entries()[0].ID
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, readErr := s.Read(id)
	for what, err := range map[string]error{
		"put": s.Put(t.Context(), part(1)), "read": readErr, "remove": s.Remove(id),
		"move to dead": s.MoveToDead(id, "x"), "retry": s.Retry(id), "note": s.Note(id, 1, time.Now(), "x"),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
}

func TestPutWithEndedContextWritesNothing(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, part(0)); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if len(s.Entries()) != 0 {
		t.Error("something was written")
	}
}
