package spool

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAnAdoptedFoldersInstanceIsNobodyElsesAnyMore: what its dead process left RUNNING is ended some time later,
// when the folder may be a live process's.
func TestAnAdoptedFoldersInstanceIsNobodyElsesAnyMore(t *testing.T) {
	root := t.TempDir()
	own, left := filepath.Join(root, "a"), filepath.Join(root, "a-2")
	other := mustOpen(t, left)
	dead := other.InstanceID()
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, own)
	for i, want := range []string{dead, ""} { // the second time there is none
		if instance, _, err := s.Adopt(left); instance != want || err != nil {
			t.Fatalf("adoption %d: %q, %v", i, instance, err)
		}
	}
	other = mustOpen(t, left)
	second := other.InstanceID()
	if second == dead || second == "" {
		t.Errorf("the folder is %q again", second)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Its process dies before anything was ended, and a third one takes over from both.
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	third := mustOpen(t, filepath.Join(root, "a-3"))
	first := mustOpen(t, own).InstanceID()
	if got := third.FormerInstances(); len(got) != 0 {
		t.Errorf("of a new folder: %v", got)
	}
	if _, _, err := third.Adopt(left); err != nil {
		t.Fatal(err)
	}
	if _, _, err := third.Adopt(own); !IsLocked(err) {
		t.Fatal(err)
	}
	if got := third.FormerInstances(); !slices.Equal(got, []string{second}) || slices.Contains(got, first) {
		t.Errorf("former %v", got)
	}
}

func TestFormerInstancesStayUntilTheyAreForgotten(t *testing.T) {
	root := t.TempDir()
	open := func(name string) *Spool { return mustOpen(t, filepath.Join(root, name)) }
	shut := func(s *Spool) {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a, b, c := open("a"), open("b"), open("c")
	idA, idB := a.InstanceID(), b.InstanceID()
	shut(a)
	if _, _, err := b.Adopt(filepath.Join(root, "a")); err != nil {
		t.Fatal(err)
	}
	shut(b)
	b = open("b")
	if got := b.FormerInstances(); !slices.Equal(got, []string{idA}) || b.InstanceID() != idB {
		t.Errorf("after a restart %v", got)
	}
	shut(b)
	if _, _, err := c.Adopt(filepath.Join(root, "b")); err != nil { // with what b had not come to
		t.Fatal(err)
	}
	if got := c.FormerInstances(); !slices.Equal(got, []string{idA, idB}) {
		t.Errorf("adopted %v", got)
	}
	if err := c.ForgetInstances(idA); err != nil {
		t.Fatal(err)
	}
	shut(c)
	if got := open("c").FormerInstances(); !slices.Equal(got, []string{idB}) {
		t.Errorf("after forgetting %v", got)
	}
	hostile := filepath.Join(root, "d")
	if err := os.MkdirAll(hostile, 0o700); err != nil {
		t.Fatal(err)
	}
	list := `["x' or '1'='1","` + strings.Repeat("a", 1000) + `","fine"]`
	if err := os.WriteFile(filepath.Join(hostile, formerFile), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := open("d").FormerInstances(); !slices.Equal(got, []string{"fine"}) {
		t.Errorf("of a file by others: %v", got)
	}
}
