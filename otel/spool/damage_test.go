package spool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
)

func TestDamageCostsOnlyThatPart(t *testing.T) {
	truncate := func(keep float64) func([]byte) []byte {
		return func(b []byte) []byte { return b[:int(float64(len(b))*keep)] }
	}
	flip := func(at float64, bit int) func([]byte) []byte {
		return func(b []byte) []byte { b[int(float64(len(b)-1)*at)] ^= 1 << bit; return b }
	}
	for name, damage := range map[string]func([]byte) []byte{
		"truncated to 60 %": truncate(0.6),
		"empty":             truncate(0),
		"tail cut off":      func(b []byte) []byte { return b[:len(b)-1] },
		"bit flipped":       flip(0.5, 3),
		"checksum flipped":  func(b []byte) []byte { b[len(b)-6] ^= 1; return b },
		"length flipped":    flip(1, 0),
		"not gzip":          func([]byte) []byte { return []byte("<html>") },
		"garbage appended":  func(b []byte) []byte { return append(b, "garbage"...) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			mustPut(t, s, part(0), part(1), part(2))
			victim := s.Entries()[1].ID
			path := filepath.Join(dir, victim+extension)
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(body), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}

			s = mustOpen(t, dir)
			for _, e := range s.Entries() {
				td, err := s.Read(e.ID)
				switch {
				case e.ID == victim && !IsCorrupt(err):
					t.Errorf("damaged part reads %v, %v", td, err)
				case e.ID != victim && err != nil:
					t.Errorf("sound part: %v", err)
				}
			}
			bad, err := s.Bad()
			if err != nil || len(bad) != 1 || bad[0].ID != victim || bad[0].State != Bad || bad[0].Reason == "" {
				t.Errorf("bad %+v, %v", bad, err)
			}
			if got := s.Stats(); got.Pending != 2 || got.Bad != 1 || got.Corrupt != 1 {
				t.Errorf("stats %+v", got)
			}
		})
	}
}

// TestNoBitFlipGoesUnnoticed allows the bits of gzip's header that mean nothing.
func TestNoBitFlipGoesUnnoticed(t *testing.T) {
	want := content("x")
	body, err := encode(want, Destination{})
	if err != nil {
		t.Fatal(err)
	}
	silent := 0
	for i := range body {
		for bit := range 8 {
			body[i] ^= 1 << bit
			got, err := decode(strings.NewReader(string(body)))
			if err == nil && !proto.Equal(got.data, want) {
				silent++
			}
			body[i] ^= 1 << bit
		}
	}
	if silent > 0 {
		t.Errorf("%d of %d flips gave other data without an error", silent, 8*len(body))
	}
}

func TestForeignFilesAreSetAsideOrLeftAlone(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"notes.txt", "hello.otlp.gz", "README.md"} {
		if err := os.WriteFile(filepath.Join(dir, f), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := mustOpen(t, dir)
	bad, err := s.Bad()
	if err != nil || len(bad) != 1 || bad[0].ID != "hello" {
		t.Errorf("bad %+v, %v", bad, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "notes.txt")); err != nil {
		t.Error(err)
	}
	if err := s.Remove("hello"); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats().Bad; got != 0 {
		t.Errorf("%d bad after remove", got)
	}
}

func TestFileRemovedByHandIsForgotten(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0))
	id := s.Entries()[0].ID
	if err := os.Remove(filepath.Join(dir, id+extension)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(id); !IsNotFound(err) {
		t.Errorf("read: %v", err)
	}
	if got := s.Stats(); got.Pending != 0 || got.Bytes != 0 {
		t.Errorf("stats %+v", got)
	}
}
