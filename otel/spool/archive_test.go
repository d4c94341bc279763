package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDeadLettersStayWithTheirReasonAndComeBack(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0), part(1))
	id := s.Entries()[0].ID
	if err := s.MoveToDead(id, "422: span 3 has no name\x1b[31m"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = mustOpen(t, dir)
	if got := len(s.Entries()); got != 1 {
		t.Errorf("%d pending", got)
	}
	dead, err := s.Dead()
	if err != nil || len(dead) != 1 {
		t.Fatalf("dead %v, %v", dead, err)
	}
	if e := dead[0]; e.ID != id || e.State != Dead || !strings.HasPrefix(e.Reason, "422: span 3") || strings.Contains(e.Reason, "\x1b") {
		t.Errorf("dead entry %+v", e)
	}
	if td, err := s.Read(id); err != nil || nameIn(td) != "span 0" {
		t.Errorf("dead part reads %v, %v", td, err)
	}
	<-s.Added()
	if err := s.Retry(id); err != nil {
		t.Fatal(err)
	}
	<-s.Added()
	entries := s.Entries()
	if len(entries) != 2 || entries[0].ID != id || !entries[0].FoundAtOpen || entries[0].State != Pending {
		t.Errorf("entries %+v", entries)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "dead")); len(left) != 0 {
		t.Errorf("left in dead: %v", left)
	}
}

func TestUnknownPartsAreNotFound(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	_, readErr := s.Read("nothing")
	_, retryErr := Retry(dir, "../../etc/passwd")
	_, dropErr := Drop(dir, "nothing")
	for what, err := range map[string]error{
		"read": readErr, "move to dead": s.MoveToDead("nothing", ""), "retry dead": s.Retry("nothing"),
		"note": s.Note("nothing", 1, time.Now(), ""), "retry": retryErr, "drop": dropErr,
	} {
		if !IsNotFound(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestNotesOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0), part(1))
	id, other := s.Entries()[0].ID, s.Entries()[1].ID
	next := time.Now().Add(time.Minute).Truncate(time.Second)
	if n := s.Stats().Untried; n != 2 {
		t.Errorf("%d untried", n)
	}
	if err := s.Note(id, 3, next, "connection refused"); err != nil {
		t.Fatal(err)
	}
	if n := s.Stats().Untried; n != 1 {
		t.Errorf("%d untried", n)
	}
	if err := s.Note(other, 1, next, "x"); err != nil {
		t.Fatal(err)
	}
	check := func(what string, entries []Entry) {
		t.Helper()
		if e := entries[0]; e.Attempts != 3 || !e.NextAttempt.Equal(next) || e.Reason != "connection refused" {
			t.Errorf("%s: %+v", what, e)
		}
	}
	check("here", s.Entries())
	listed, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	check("elsewhere", listed)
	if err := s.Remove(other); err != nil {
		t.Fatal(err)
	}
	if notes, _ := os.ReadDir(filepath.Join(dir, "notes")); len(notes) != 1 {
		t.Errorf("notes %v", notes)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	check("after reopening", s.Entries())
	if err := s.Retry(id); err != nil {
		t.Fatal(err)
	}
	if e := s.Entries()[0]; e.Attempts != 0 || !e.NextAttempt.IsZero() {
		t.Errorf("after retry: %+v", e)
	}
}

func TestListAndLoadNeedNoLock(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0), part(1), part(2))
	entries := s.Entries()
	if err := s.MoveToDead(entries[2].ID, "refused"); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, entries[1].ID+extension), 5); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(entries[1].ID); !IsCorrupt(err) {
		t.Fatal(err)
	}
	listed, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	var states []State
	for _, e := range listed {
		states = append(states, e.State)
	}
	if want := []State{Pending, Dead, Bad}; !slices.Equal(states, want) {
		t.Fatalf("states %v, want %v", states, want)
	}
	for _, e := range listed[:2] {
		if _, err := Load(dir, e.ID); err != nil {
			t.Errorf("load %s part: %v", e.State, err)
		}
	}
	if _, err := Load(dir, "../x"); err == nil {
		t.Error("load of a path")
	}
	if empty, err := List(filepath.Join(dir, "none")); err != nil || len(empty) != 0 {
		t.Errorf("list of no folder: %v, %v", empty, err)
	}
}

func TestRetryAndDropOnAFolderWithoutOwner(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0), part(1))
	entries := s.Entries()
	if err := s.MoveToDead(entries[0].ID, "refused"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if done, err := Retry(dir, entries[0].ID); !done || err != nil {
		t.Errorf("retry: %v, %v", done, err)
	}
	if done, err := Drop(dir, entries[1].ID); !done || err != nil {
		t.Errorf("drop: %v, %v", done, err)
	}
	listed, err := List(dir)
	if err != nil || len(listed) != 1 || listed[0].ID != entries[0].ID || listed[0].State != Pending {
		t.Errorf("list %+v, %v", listed, err)
	}
}

func TestOwnerCarriesOutRequests(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0), part(1))
	entries := s.Entries()
	if err := s.MoveToDead(entries[0].ID, "refused"); err != nil {
		t.Fatal(err)
	}
	<-s.Added()
	if done, err := Drop(dir, entries[1].ID); done || err != nil {
		t.Fatalf("drop: %v, %v", done, err)
	}
	if done, err := Retry(dir, entries[0].ID); done || err != nil {
		t.Fatalf("retry: %v, %v", done, err)
	}
	<-s.Added() // the owner looks within a second
	if e := s.Entries(); len(e) > 2 || e[0].ID != entries[0].ID {
		t.Errorf("entries %+v", e)
	}
	s.handleRequests()
	if got := ids(s.Entries()); !slices.Equal(got, ids(entries[:1])) {
		t.Errorf("entries %v", got)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "requests")); len(left) != 0 {
		t.Errorf("requests left: %v", left)
	}
}

func TestRequestsMadeWhileTheOwnerDiedAreCarriedOutAtOpen(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, part(0))
	id := s.Entries()[0].ID
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "requests", dropVerb+id), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := mustOpen(t, dir).Entries(); len(got) != 0 {
		t.Errorf("entries %v", ids(got))
	}
}

func TestAdoptTakesOverAFolderThatNobodyOwns(t *testing.T) {
	root := t.TempDir()
	left, own := filepath.Join(root, "a-2"), filepath.Join(root, "a")
	other := mustOpen(t, left)
	mustPut(t, other, part(1), part(2))
	s := mustOpen(t, own)
	mustPut(t, s, part(0))
	if _, _, err := s.Adopt(left); !IsLocked(err) {
		t.Errorf("adopt from an owner at work: %v", err)
	}
	want := append(ids(s.Entries()), ids(other.Entries())...)
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	instance, n, err := s.Adopt(left)
	if instance == "" || instance == s.InstanceID() {
		t.Errorf("instance %q of the folder left behind", instance)
	}
	if n != 2 || err != nil {
		t.Fatalf("adopt: %d, %v", n, err)
	}
	if got := ids(s.Entries()); !slices.Equal(got, want) {
		t.Errorf("entries %v, want %v", got, want)
	}
	if e := s.Entries(); e[0].FoundAtOpen || !e[1].FoundAtOpen {
		t.Errorf("found at open: %v %v", e[0].FoundAtOpen, e[1].FoundAtOpen)
	}
	if _, err := s.Read(want[2]); err != nil {
		t.Error(err)
	}
	if rest, err := List(left); err != nil || len(rest) != 0 {
		t.Errorf("left behind: %v, %v", rest, err)
	}
}

// TestAdoptTakesOverAFolderOnAnotherDisk, as a temporary one is.
func TestAdoptTakesOverAFolderOnAnotherDisk(t *testing.T) {
	left := filepath.Join(smallFileSystem(t), "left")
	other := mustOpen(t, left)
	mustPut(t, other, part(1), part(2))
	want := ids(other.Entries())
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, t.TempDir())
	if _, n, err := s.Adopt(left); n != 2 || err != nil {
		t.Fatalf("adopt: %d, %v", n, err)
	}
	if got := ids(s.Entries()); !slices.Equal(got, want) {
		t.Errorf("entries %v, want %v", got, want)
	}
	for i, id := range want {
		if td, err := s.Read(id); err != nil || nameIn(td) != fmt.Sprintf("span %d", i+1) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if rest, err := List(left); err != nil || len(rest) != 0 {
		t.Errorf("left behind: %v, %v", rest, err)
	}
}
