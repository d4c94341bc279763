package queue

import "github.com/technoshare/commentator/internal/database/databasetest"

// Postgres is the server of the tests, set by TestMain; nil where there is none.
var Postgres *databasetest.Server

// OnMaintained calls f after each round of maintenance. It must be called before
// Run.
func (q *Queue) OnMaintained(f func()) { q.maintained = f }
