package queue

import (
	"context"
	"fmt"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/database/databasetest"
)

// Postgres is the server of the tests, set by TestMain; nil where there is none.
var Postgres *databasetest.Server

// OnMaintained calls f after each round of maintenance. It must be called before
// Run.
func (q *Queue) OnMaintained(f func()) { q.maintained = f }

// Knows reports whether something with that key was accepted. It may be so although the
// submission was a duplicate by another of its keys.
func (q *Queue) Knows(ctx context.Context, key string) (bool, error) {
	found, err := database.One(ctx, q.db, `SELECT 1 FROM commentator_inbox WHERE key = $1`, []any{key}, new(int))
	if err != nil {
		return false, fmt.Errorf("look for an event: %w", err)
	}
	return found, nil
}
