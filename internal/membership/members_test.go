package membership_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/membership"
)

var postgres *databasetest.Server

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m, &postgres)) }

// member opens the database as another process would.
func member(t *testing.T, url string, deadAfter time.Duration) (*membership.Members, *database.DB) {
	t.Helper()
	db, err := database.Open(t.Context(), url, database.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return membership.New(db, membership.Config{DeadAfter: deadAfter}), db
}

func join(t *testing.T, m *membership.Members) {
	t.Helper()
	if err := m.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Leave(false) })
}

// takeOver lists whom m takes over.
func takeOver(t *testing.T, m *membership.Members) string {
	t.Helper()
	var worked, done []string
	err := m.TakeOver(t.Context(), func(_ context.Context, _ database.Tx, dead string) error {
		worked = append(worked, dead)
		return nil
	}, func(dead string) { done = append(done, dead) })
	if err != nil || fmt.Sprint(worked) != fmt.Sprint(done) {
		t.Fatalf("take over: %v; %v, %v", err, worked, done)
	}
	return fmt.Sprint(worked)
}

func TestTheLivingAreLeftAloneAndTheDeadAreTakenOverOnce(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		a, db := member(t, url, time.Hour)
		b, _ := member(t, url, time.Hour)
		join(t, a)
		join(t, b)
		if got := takeOver(t, b); got != "[]" {
			t.Errorf("took over %s, who lives", got)
		}
		if alive, err := b.Alive(t.Context(), db, a.ID()); !alive || err != nil {
			t.Errorf("alive: %v, %v", alive, err)
		}
		a.Leave(true) // its row stays, as after a crash
		if url[:4] == "post" {
			// An hour later.
			if _, err := db.Exec(t.Context(), `UPDATE commentator_instances SET beat_ms = beat_ms - 3600001 WHERE id = $1`, a.ID()); err != nil {
				t.Fatal(err)
			}
		}
		if alive, err := b.Alive(t.Context(), db, a.ID()); alive || err != nil {
			t.Errorf("dead, but alive: %v, %v", alive, err)
		}
		if got := takeOver(t, b); got != "["+a.ID()+"]" {
			t.Errorf("took over %s, want %s", got, a.ID())
		}
		if got := takeOver(t, b); got != "[]" {
			t.Errorf("took over %s again", got)
		}
	})
}

func TestOneWhoLeavesIsNotTakenOver(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		a, _ := member(t, url, time.Hour)
		b, _ := member(t, url, time.Hour)
		join(t, a)
		join(t, b)
		a.Leave(false)
		if got := takeOver(t, b); got != "[]" {
			t.Errorf("took over %s", got)
		}
	})
}

func TestOneTakenForDeadLearnsIt(t *testing.T) {
	url := postgres.Database(t) // on SQLite nobody is dead before the kernel says so
	a, db := member(t, url, time.Hour)
	join(t, a)
	if lost, err := a.Beat(t.Context()); lost || err != nil {
		t.Errorf("alive: %v, %v", lost, err)
	}
	if _, err := db.Exec(t.Context(), `DELETE FROM commentator_instances`); err != nil {
		t.Fatal(err)
	}
	if lost, err := a.Beat(t.Context()); !lost || err != nil {
		t.Errorf("removed: %v, %v", lost, err)
	}
}

func TestTheLeaseOfTheDeadEnds(t *testing.T) {
	t.Parallel()
	url := t.TempDir() + "/q.sqlite"
	a, _ := member(t, url, time.Hour)
	b, _ := member(t, url, time.Hour)
	join(t, a)
	join(t, b)
	if ok, err := a.Lease(t.Context(), "backfill", time.Hour); !ok || err != nil {
		t.Fatal(ok, err)
	}
	a.Leave(true)
	takeOver(t, b)
	if ok, err := b.Lease(t.Context(), "backfill", time.Hour); !ok || err != nil {
		t.Errorf("lease: %v, %v", ok, err)
	}
}

// Who opened the file by a link looked for the locks of the others beside the link, found none, and took over
// what was being worked on.
func TestTheLivingAreLeftAloneByWhoComesThroughALink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link.sqlite")
	a, _ := member(t, filepath.Join(dir, "q.sqlite"), time.Hour)
	if err := os.Symlink("q.sqlite", link); err != nil {
		t.Skip("this system makes no links: ", err)
	}
	b, _ := member(t, link, time.Hour)
	join(t, a)
	join(t, b)
	if got := takeOver(t, b) + takeOver(t, a); got != "[][]" {
		t.Errorf("took over %s, who live", got)
	}
}
