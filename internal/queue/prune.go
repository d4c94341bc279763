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
	// maxEnded bounds the number of finished links, whatever their age, and maxSeen
	// that of links that are remembered as shared.
	maxEnded, maxSeen = 200_000, 200_000
	// maxInbox bounds the number of events that are remembered, and maxUnread that of
	// those that could not be read, each up to 64 KiB.
	maxInbox, maxUnread = 1_000_000, 10_000
	// eventsALink is for how many events of the inbox a link stands in the floor of what is
	// kept: a message's key and id, an edit, the tasks that follow from it.
	eventsALink = 10
)

// Prune deletes finished links that ended retention before now, and what else is older than it
// needs to be; of each table the newest rows stay, as many as keep says, whatever their age, and
// what is too much goes, the oldest first. It returns how many rows went, and the time before
// which links went: what belongs to them may go too. Rows of links go before what refers to
// them. A cancelled link whose attempt still runs has an owner and stays; a checkpoint goes once
// its link has ended or is gone, which a crash between the two deletions may have left. Failed
// batches are taken up by the next call. now is to be the time of [database.DB.SafeNow].
func (q *Queue) Prune(ctx context.Context, now time.Time, retention time.Duration, keep int) (total int64, ended time.Time, err error) {
	ended = now.Add(-retention)
	inbox := now.Add(-min(inboxRetention, retention))
	for i, d := range []struct {
		table, column string
		before        time.Time
		bounds        database.Bounds
		query         string
	}{
		{"commentator_links", "ended_ms", ended, database.Bounds{Keep: keep, Most: maxEnded}, `DELETE FROM commentator_links WHERE id IN (
			SELECT id FROM commentator_links WHERE ended_ms > 0 AND ended_ms <= $1 AND owner = '' LIMIT $2)`},
		{"commentator_checkpoints", "saved_ms", now.Add(-checkpointRetention), database.Bounds{},
			`DELETE FROM commentator_checkpoints WHERE job_id IN (
			SELECT job_id FROM commentator_checkpoints c WHERE saved_ms <= $1
			AND NOT EXISTS (SELECT 1 FROM commentator_links l WHERE l.id = c.job_id AND l.ended_ms = 0) LIMIT $2)`},
		{"commentator_evidence", "kept_ms", now.Add(-min(evidenceRetention, retention)), database.Bounds{Most: maxEvidence},
			`DELETE FROM commentator_evidence WHERE job_id IN (SELECT job_id FROM commentator_evidence WHERE kept_ms <= $1 LIMIT $2)`},
		{"commentator_comments", "answered_ms", now.Add(-retention), database.Bounds{Most: maxComments},
			`DELETE FROM commentator_comments WHERE job_id IN (SELECT job_id FROM commentator_comments WHERE answered_ms <= $1 LIMIT $2)`},
		{"commentator_inbox", "received_ms", inbox, database.Bounds{Keep: eventsALink * keep, Most: maxInbox}, `DELETE FROM commentator_inbox
			WHERE key IN (SELECT key FROM commentator_inbox WHERE received_ms <= $1 LIMIT $2)`},
		{"commentator_unreadable", "received_ms", inbox, database.Bounds{Most: maxUnread}, `DELETE FROM commentator_unreadable
			WHERE event IN (SELECT event FROM commentator_unreadable WHERE received_ms <= $1 LIMIT $2)`},
		{"commentator_seen", "seen_ms", now.Add(-max(q.cfg.SeenWindow, seenRetention)), database.Bounds{Keep: keep, Most: maxSeen},
			`DELETE FROM commentator_seen WHERE job_id IN (SELECT job_id FROM commentator_seen WHERE seen_ms <= $1 LIMIT $2)`},
	} {
		before, err := d.bounds.Cutoff(ctx, q.db, d.table, d.column, d.before)
		if err != nil {
			return total, ended, fmt.Errorf("prune the queue: %w", err)
		}
		if i == 0 {
			ended = before
		}
		n, err := database.DeleteInBatches(ctx, q.db, d.query, before)
		total += n
		if err != nil {
			return total, ended, fmt.Errorf("prune the queue: %w", err)
		}
	}
	return total, ended, nil
}
