package spool

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingIsWrittenThroughALink: a file outside, to which everything in the outbox that
// is written points.
func TestNothingIsWrittenThroughALink(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(name string) {
		t.Helper()
		_ = os.Remove(filepath.Join(dir, name))
		if err := os.Symlink(victim, filepath.Join(dir, name)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	link("lock")
	if _, err := Open(dir, WithLogger(quiet)); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Fatalf("opened with a lock elsewhere: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "lock")); err != nil {
		t.Fatal(err)
	}
	link("instance")
	s := mustOpen(t, dir)
	mustPut(t, s, part(0), part(1))
	e := s.Entries()
	link("notes/" + e[0].ID + ".json")
	link("dead/" + e[1].ID + reasonExtension)
	link("requests/" + retryVerb + e[0].ID)
	link(nameOf(part(2)).String() + extension + tempExtension)
	mustPut(t, s, part(2))
	for what, err := range map[string]error{
		"note": s.Note(e[0].ID, 1, e[0].Start, "away"),
		"dead": s.MoveToDead(e[1].ID, "refused"),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := Retry(dir, e[0].ID); err != nil {
		t.Errorf("retry: %v", err)
	}
	link(e[0].ID + extension)
	if _, err := s.Read(e[0].ID); !IsCorrupt(err) || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("read through a link: %v", err)
	}
	if body, err := os.ReadFile(victim); err != nil || string(body) != "precious" {
		t.Errorf("the file outside holds %q, %v", body, err)
	}
}

// TestWhatIsNoFileHarmsOnlyItself: folders, links and pipes under the names of parts and
// of what belongs to them, and folders that cannot be read.
func TestWhatIsNoFileHarmsOnlyItself(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	id := nameOf(part(5)).String()
	for _, folder := range []string{
		id + extension, id + extension + tempExtension, "notes/" + id + ".json", "requests/" + dropVerb + id, "dead/" + id + extension,
	} {
		if err := os.MkdirAll(filepath.Join(dir, folder, "not empty"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Symlink("/dev/zero", filepath.Join(dir, nameOf(part(6)).String()+extension))
	_ = os.Symlink("/dev/zero", filepath.Join(dir, nameOf(part(7)).String()+extension+tempExtension))
	if err := os.RemoveAll(filepath.Join(dir, "bad")); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"dead", "notes"} {
		if err := os.Chmod(filepath.Join(dir, f), 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(filepath.Join(dir, f), 0o700)
	}
	s = mustOpen(t, dir)
	if got := ids(s.Entries()); len(got) != 1 || got[0] != nameOf(part(0)).String() {
		t.Errorf("entries %v", got)
	}
	mustPut(t, s, part(1))
	for _, e := range s.Entries() {
		if _, err := s.Read(e.ID); err != nil {
			t.Error(err)
		}
	}
}

// TestForeignNamesAreMadeFitForATerminal, wherever somebody put the files.
func TestForeignNamesAreMadeFitForATerminal(t *testing.T) {
	dir := t.TempDir()
	if err := mustOpen(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	evil := "a\x1b[31m\u202eb c"
	for _, f := range []string{evil + extension, "bad/" + evil + "2" + extension, "dead/" + evil + extension} {
		if err := os.WriteFile(filepath.Join(dir, f), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "bad", evil+"2"+reasonExtension), []byte("why\x1b]0;t\x07 not"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir)
	listed, err := List(dir)
	if err != nil || len(listed) != 3 {
		t.Fatalf("%+v, %v", listed, err)
	}
	for _, e := range listed {
		if e.ID != safeName(e.ID) || strings.ContainsAny(e.Reason, "\x1b\u202e\x07") {
			t.Errorf("%q, %q", e.ID, e.Reason)
		}
		if err := s.Remove(e.ID); err != nil {
			t.Error(err)
		}
	}
	if left, _ := List(dir); len(left) > 0 {
		t.Errorf("%d are left", len(left))
	}
}

// TestAPartIsReadWithinBoundedMemory: files that unpack to far more than they are.
func TestAPartIsReadWithinBoundedMemory(t *testing.T) {
	pack := func(unit []byte, times int) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		block := bytes.Repeat(unit, 1<<16/len(unit))
		for range times * len(unit) / len(block) {
			if _, err := z.Write(block); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	for name, body := range map[string][]byte{
		"zeros":          pack(make([]byte, 1<<10), maxPlainBytes>>10+1<<10),
		"empty messages": pack([]byte{0x0a, 0x00}, maxMessages+1<<18),
	} {
		dir := t.TempDir()
		id := nameOf(part(0)).String()
		if err := os.WriteFile(filepath.Join(dir, id+extension), body, 0o600); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, dir)
		if _, err := s.Read(id); !IsCorrupt(err) || !IsTooLarge(err) {
			t.Errorf("%s: %v", name, err)
		}
		if got := s.Stats(); got.Bad != 1 || got.Pending != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWhatCouldNotBeReadBackIsNotTaken(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	p := part(0)
	p.Data = content(strings.Repeat("x", maxPlainBytes/2))
	if err := s.Put(t.Context(), p); !IsTooLarge(err) || s.Stats().RejectedOther != 1 || s.Stats().Pending != 0 {
		t.Errorf("%v, %+v", err, s.Stats())
	}
	if err := s.Health(); err != nil { // it is about that part
		t.Error(err)
	}
}
