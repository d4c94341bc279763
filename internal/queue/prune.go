package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

// The times after which rows go that nobody asks for any more.
const (
	// inboxRetention is far above the 5 minutes within which Slack redelivers.
	inboxRetention = 14 * 24 * time.Hour
	// checkpointRetention is how long the checkpoints of a link that ended, or is
	// gone, may be left over.
	checkpointRetention = time.Hour
	// seenRetention is the least time for which a shared link is remembered.
	seenRetention = time.Hour
	// maxEnded bounds the number of finished links, whatever their age.
	maxEnded = 200_000
)

// Prune deletes finished links that ended retention before now, the oldest finished links
// beyond a bound of 200,000, and what else is older than it needs to be. It returns how many
// rows went, and the time before which links went: what belongs to them may go too. Rows of
// links go before what refers to them. A cancelled link whose attempt still runs has an owner
// and stays; a checkpoint goes once its link has ended or is gone, which a crash between the two
// deletions may have left. Failed batches are taken up by the next call.
func (q *Queue) Prune(ctx context.Context, now time.Time, retention time.Duration) (total int64, ended time.Time, err error) {
	ended = now.Add(-retention)
	// When the newest 200,000 are skipped, the first row that is left bounds what may stay.
	var over int64
	found, err := database.One(ctx, q.db, `SELECT ended_ms FROM commentator_links WHERE ended_ms > 0 ORDER BY ended_ms DESC LIMIT 1 OFFSET $1`,
		[]any{maxEnded}, &over)
	if err != nil {
		return 0, ended, fmt.Errorf("prune the queue: %w", err)
	}
	if at := database.Time(over); found && at.After(ended) {
		ended = at
	}
	inbox := now.Add(-min(inboxRetention, retention))
	for _, d := range []struct {
		before time.Time
		query  string
	}{
		{ended, `DELETE FROM commentator_links WHERE id IN (
			SELECT id FROM commentator_links WHERE ended_ms > 0 AND ended_ms <= $1 AND owner = '' LIMIT $2)`},
		{now.Add(-checkpointRetention), `DELETE FROM commentator_checkpoints WHERE job_id IN (
			SELECT job_id FROM commentator_checkpoints c WHERE saved_ms <= $1
			AND NOT EXISTS (SELECT 1 FROM commentator_links l WHERE l.id = c.job_id AND l.ended_ms = 0) LIMIT $2)`},
		{inbox, `DELETE FROM commentator_inbox WHERE key IN (
			SELECT key FROM commentator_inbox WHERE received_ms <= $1 LIMIT $2)`},
		{inbox, `DELETE FROM commentator_unreadable WHERE event IN (
			SELECT event FROM commentator_unreadable WHERE received_ms <= $1 LIMIT $2)`},
		{now.Add(-max(q.cfg.SeenWindow, seenRetention)), `DELETE FROM commentator_seen WHERE job_id IN (
			SELECT job_id FROM commentator_seen WHERE seen_ms <= $1 LIMIT $2)`},
	} {
		n, err := database.DeleteInBatches(ctx, q.db, d.query, d.before)
		total += n
		if err != nil {
			return total, ended, fmt.Errorf("prune the queue: %w", err)
		}
	}
	return total, ended, nil
}
