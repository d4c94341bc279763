package database_test

import (
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

// Switching a new file to write-ahead logging does not wait for others who do
// the same, whatever SQLite's busy timeout says.
func TestWorkersThatMakeTheDatabaseTogetherAllStart(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	for range 60 {
		file := filepath.Join(t.TempDir(), "q.sqlite")
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				time.Sleep(rand.N(3 * time.Millisecond)) // the moment has to be hit
				s, err := database.Open(t.Context(), file, database.Config{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
}
