package queue

import (
	"context"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

const (
	// depthFor is how long a count of the links that are held is gone by.
	depthFor = time.Second
	// depthMargin is how near to the bound each link is counted anew.
	depthMargin = 100
)

// depth is how many links are held, as far as this process knows without counting them all for each
// link. It is safe for concurrent use.
type depth struct {
	mu     sync.Mutex // guards what follows; never held during a query
	known  int        // counted, and added since
	at     time.Time  // of the count, on the monotonic clock
	counts int        // for tests
}

// room takes a place without a count, where one is certainly free.
func (d *depth) room(most int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at.IsZero() || time.Since(d.at) > depthFor || d.known+depthMargin >= most {
		return false
	}
	d.known++
	return true
}

// counted notes a count, and the place that follows from it.
func (d *depth) counted(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known, d.at = n+1, time.Now()
	d.counts++
}

// full reports whether the queue holds as many links as it may. Near the bound they are counted for
// each link. Two listeners may count at the same time, or go by a count of a moment ago, and
// pass the bound by some links; it protects the database from floods and need not be exact.
func (q *Queue) full(ctx context.Context, t database.Tx) (bool, error) {
	if q.depth.room(q.cfg.Depth) {
		return false, nil
	}
	var n int
	_, err := database.One(ctx, t, `SELECT count(*) FROM (SELECT 1 FROM commentator_links
		WHERE state IN ('queued', 'waiting', 'running') LIMIT $1) AS held`, []any{q.cfg.Depth}, &n)
	if err != nil {
		return false, err
	}
	q.depth.counted(n)
	return n >= q.cfg.Depth, nil
}
