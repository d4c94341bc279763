package database_test

import (
	"os"
	"sync"
	"testing"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/database/databasetest"
)

var postgres *databasetest.Server

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m, &postgres)) }

func TestAPoolerThatKeepsNoSessionIsNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	url := postgres.Database(t)
	for name, c := range map[string]struct {
		url     string
		listens bool
	}{
		"direct": {url, true},
		"pooled": {databasetest.Pooled(t, url, 4), false},
	} {
		db, err := database.Open(t.Context(), c.url, database.Config{Connections: 10})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := db.Listens(); got != c.listens {
			t.Errorf("%s: listens is %v", name, got)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The lock under which the schema is changed was one of the session: behind a pooler it was given
// back on another session than it was taken on, and the next process waited for it for ever.
func TestProcessesBehindAPoolerAllStart(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	url := databasetest.Pooled(t, postgres.Database(t), 2)
	for range 3 {
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				db, err := database.Open(t.Context(), url, database.Config{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := db.Ping(t.Context()); err != nil {
					t.Error(err)
				}
				_ = db.Close()
			})
		}
		group.Wait()
	}
}
