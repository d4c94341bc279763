package spool

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	toA     = Destination{Server: "http://a:5000", Experiment: "first"}
	toB     = Destination{Server: "http://b:5000", Workspace: "team", Experiment: "second", ExperimentID: "7", ParentRunID: "r1"}
	onlyToA = WithReach(func(d Destination) bool { return d.Server == toA.Server })
)

func partFor(n int, d Destination) Part {
	p := part(n)
	p.Destination = d
	return p
}

func TestADestinationStaysWithThePart(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	want := []Destination{toA, toB, {}, {Server: "http://c", Experiment: "日本 \"x\"\t"}}
	for i, d := range want {
		mustPut(t, s, partFor(i, d))
	}
	if err := s.MoveToDead(nameOf(part(1)).String(), "refused"); err != nil {
		t.Fatal(err)
	}
	check := func(when string, entries []Entry) {
		t.Helper()
		if len(entries) != len(want) {
			t.Fatalf("%s: %v", when, ids(entries))
		}
		byAge(entries)
		for i, e := range entries {
			if e.Destination != want[i] {
				t.Errorf("%s: part %d is for %+v, want %+v", when, i, e.Destination, want[i])
			}
		}
	}
	all := func(s *Spool) []Entry {
		dead, err := s.Dead()
		if err != nil {
			t.Fatal(err)
		}
		return append(s.Entries(), dead...)
	}
	read := func(s *Spool, entries []Entry) []Entry { // an owner who delivers to all of them need not look before
		for i := range entries {
			var err error
			if _, entries[i].Destination, err = s.ReadDestined(entries[i].ID); err != nil {
				t.Fatal(err)
			}
		}
		return entries
	}
	check("put", all(s))
	listed, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	check("listed by others", listed)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	check("reopened", read(s, all(s)))
	if err := s.Retry(nameOf(part(1)).String()); err != nil {
		t.Fatal(err)
	}
	check("back from the dead", read(s, s.Entries()))
	base := t.TempDir()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	other := mustOpen(t, base)
	if _, n, err := other.Adopt(dir); err != nil || n != len(want) {
		t.Fatal(n, err)
	}
	check("adopted", read(other, other.Entries()))
}

// TestWhoKnowsOfNoDestinationReadsThePart: gunzip, and versions before there was one.
func TestWhoKnowsOfNoDestinationReadsThePart(t *testing.T) {
	body, err := encode(part(1).Data, toB)
	if err != nil {
		t.Fatal(err)
	}
	without, err := encode(part(1).Data, Destination{})
	if err != nil {
		t.Fatal(err)
	}
	plain := func(body []byte) []byte {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		out, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if !bytes.Equal(plain(body), plain(without)) {
		t.Error("the content differs")
	}
	if !bytes.Contains(body, []byte(toB.Experiment)) || strings.Contains(string(without), "server") {
		t.Error("the header")
	}
	// Fields of others beside ours.
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Extra = append([]byte{'A', 'p', 2, 0, 1, 2}, toA.extra()...)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if d := readDestination(&out); d != toA {
		t.Errorf("beside another field: %+v", d)
	}
}

func TestWhatIsForElsewhereStaysAndIsNotCountedAsWaiting(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, onlyToA, WithMaxFiles(4))
	mustPut(t, s, partFor(0, toB), partFor(1, toA), partFor(2, Destination{}))
	for range 2 {
		st := s.Stats()
		if st.Pending != 3 || st.Elsewhere != 1 || st.Untried != 2 || !st.Oldest.Equal(part(1).Start) {
			t.Errorf("%+v", st)
		}
		for i, e := range s.Entries() {
			if e.Elsewhere != (i == 0) {
				t.Errorf("entry %d: %+v", i, e)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, dir, onlyToA, WithMaxFiles(4))
	}
	mustPut(t, s, partFor(3, toB))
	if err := s.Put(t.Context(), partFor(4, toA)); !IsFull(err) {
		t.Errorf("beyond the bound: %v", err)
	}
}

func TestRedirect(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, onlyToA)
	mustPut(t, s, partFor(0, toB), partFor(1, toB))
	pending, dead := s.Entries()[0].ID, s.Entries()[1].ID
	if err := s.MoveToDead(dead, "refused"); err != nil {
		t.Fatal(err)
	}
	if err := s.Note(pending, 3, time.Now(), "away"); err != nil {
		t.Fatal(err)
	}
	seen := s.ChangesSince(0).Next
	for _, id := range []string{pending, dead} {
		if err := s.Redirect(id, toA); err != nil {
			t.Fatal(err)
		}
	}
	if c := s.ChangesSince(seen); len(c.Pending) != 2 {
		t.Errorf("changes %+v", c)
	}
	for range 2 {
		if st := s.Stats(); st.Pending != 2 || st.Elsewhere != 0 || st.Dead != 0 || st.Untried != 2 || !st.Oldest.Equal(part(0).Start) {
			t.Errorf("%+v", st)
		}
		size := int64(0)
		for i, e := range s.Entries() {
			if e.Destination != toA || e.Elsewhere || e.Attempts != 0 || e.Reason != "" {
				t.Errorf("entry %+v", e)
			}
			if td, err := s.Read(e.ID); err != nil || nameIn(td) != nameIn(part(i).Data) {
				t.Error(td, err)
			}
			size += e.Bytes
		}
		if got := s.Stats().Bytes; got != size {
			t.Errorf("%d bytes, want %d", got, size)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, dir, onlyToA)
	}
	if err := s.Redirect("nothing", toA); !IsNotFound(err) {
		t.Error(err)
	}
}

func TestRedirectThroughTheOwner(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, onlyToA)
	mustPut(t, s, partFor(0, toB))
	id := s.Entries()[0].ID
	if done, err := Redirect(dir, id, toA); done || err != nil {
		t.Fatal(done, err)
	}
	s.handleRequests()
	if e := s.Entries()[0]; e.Destination != toA || e.Elsewhere {
		t.Errorf("%+v", e)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if done, err := Redirect(dir, id, toB); !done || err != nil {
		t.Fatal(done, err)
	}
	if e := mustOpen(t, dir, onlyToA).Entries()[0]; e.Destination != toB || !e.Elsewhere {
		t.Errorf("%+v", e)
	}
}

// TestARedirectThatFailsChangesNothing: a full disk, and a process that dies before the rename.
func TestARedirectThatFailsChangesNothing(t *testing.T) {
	dir, d := t.TempDir(), &fullDisk{}
	s := mustOpen(t, dir, onlyToA, withDisk(d))
	mustPut(t, s, partFor(0, toB))
	id := s.Entries()[0].ID
	d.full.Store(true)
	if err := s.Redirect(id, toA); !IsNoSpace(err) {
		t.Errorf("on a full disk: %v", err)
	}
	d.full.Store(false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	body, err := encode(part(0).Data, toA)
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, id+redirectExtension+tempExtension)
	if err := os.WriteFile(left, body, 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, onlyToA)
	if e := s.Entries(); len(e) != 1 || e[0].Destination != toB {
		t.Errorf("%+v", e)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("the copy is left")
	}
}

// TestADamagedDestinationGoesNowhere: a flipped bit must not send a trace to another place.
func TestADamagedDestinationGoesNowhere(t *testing.T) {
	body, err := encode(part(0).Data, toA)
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.Index(body, []byte(toA.Experiment)) + len(toA.Experiment)
	for i := headerBytes; i < end; i++ {
		for bit := range 8 {
			flipped := slices.Clone(body)
			flipped[i] ^= 1 << bit
			d := readDestination(bytes.NewReader(flipped))
			if _, err := decode(bytes.NewReader(flipped)); err == nil && d != damaged() && i >= headerBytes+4 {
				t.Fatalf("byte %d, bit %d: %+v", i, bit, d)
			}
		}
	}
	dir := t.TempDir()
	body[bytes.Index(body, []byte("first"))] ^= 1
	if err := os.WriteFile(filepath.Join(dir, nameOf(part(0)).String()+extension), body, 0o600); err != nil {
		t.Fatal(err)
	}
	for list, want := range map[string]bool{"": false, `[{"server":"http://b:5000"}]`: true, "damaged": true} {
		if list != "" {
			if err := os.WriteFile(filepath.Join(dir, destinationsFile), []byte(list), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := mustOpen(t, dir, onlyToA)
		e := s.Entries()
		if len(e) != 1 || e[0].Elsewhere != want {
			t.Errorf("with the list %q: %+v", list, e)
		}
		if _, to, err := s.ReadDestined(e[0].ID); err != nil || to != damaged() {
			t.Errorf("read: %+v, %v", to, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, destinationsFile)); err != nil {
			t.Fatal(err)
		}
	}
	for name, cut := range map[string][]byte{"empty": nil, "short": body[:5], "no gzip": []byte(strings.Repeat("x", 600))} {
		if d := readDestination(bytes.NewReader(cut)); d != (Destination{}) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestADestinationIsShownOnOneCleanLine(t *testing.T) {
	for d, want := range map[Destination]string{
		toA: "http://a:5000, experiment first",
		toB: "http://b:5000, workspace team, experiment id 7, below run r1",
		{Server: "http://a", Experiment: "x\x1b[31m\ny"}: "http://a, experiment x y",
	} {
		if got := d.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if long := (Destination{Server: "http://a", Experiment: strings.Repeat("x", 1<<16)}); long.extra() != nil || len(long.String()) > 3*maxReason {
		t.Error("no bound")
	}
}

func TestAFolderRemembersItsDestinations(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	use := func(d Destination) {
		t.Helper()
		if err := s.UseDestination(d); err != nil {
			t.Fatal(err)
		}
	}
	use(toA)
	use(toB)
	use(Destination{})
	use(toA)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	if got := s.Destinations(); !slices.Equal(got, []Destination{toB, toA}) {
		t.Errorf("%+v", got)
	}
	if err := s.ForgetDestination(toB); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * maxDestinations {
		use(Destination{Server: "http://a", Experiment: strings.Repeat("e", i+1)})
	}
	if got := s.Destinations(); len(got) != maxDestinations || len(got[maxDestinations-1].Experiment) != 2*maxDestinations {
		t.Errorf("%d, the last %+v", len(got), got[len(got)-1])
	}
	third := mustOpen(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := third.Adopt(dir); err != nil || len(third.Destinations()) != maxDestinations {
		t.Errorf("adopted %d, %v", len(third.Destinations()), err)
	}
	if err := os.WriteFile(filepath.Join(dir, destinationsFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := mustOpen(t, dir).Destinations(); len(got) != 0 {
		t.Errorf("of a damaged file %+v", got)
	}
}
