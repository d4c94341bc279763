package queue

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// Peers are what a link depends on besides its page: Slack, the model server. When one is away,
// its links wait for it by the clock, up to [Config.Outage] from the first failure on, and no
// attempt is counted. One link at a time asks whether it is back, at growing distances; when it
// is, all that wait for it are due at once. The row of a peer in commentator_peers is there from
// its first failure on; next_ms is when it may be asked again, 0 while it is not away.

// peerLongest is the longest time between two questions whether a peer is back.
const peerLongest = 5 * time.Minute

// peerSpread is over how long the turns of links are spread that wait for a peer without being the
// one that asks. They are fetched when it is back; this only makes up for one that was lost.
const peerSpread = 3 * peerLongest

// peerIsAsked is the condition of a link l that the peer it waits for may be asked now, $1.
const peerIsAsked = `(peer = '' OR NOT EXISTS (SELECT 1 FROM commentator_peers p WHERE p.peer = l.peer AND p.next_ms > $1))`

// peerBackoff is the time between questions.
func (c Config) peerBackoff() retry.Backoff {
	return retry.Backoff{First: c.RetryFirst, Longest: min(c.RetryLongest, peerLongest), Factor: 2}
}

// untilAsked is how long a link that waits for a peer is to leave it alone; 0 when it may ask.
func (q *Queue) untilAsked(ctx context.Context, t database.Tx, peer string, now time.Time) (time.Duration, error) {
	if peer == "" {
		return 0, nil
	}
	var next int64
	if _, err := database.One(ctx, t, `SELECT next_ms FROM commentator_peers WHERE peer = $1`, []any{peer}, &next); err != nil {
		return 0, err
	}
	wait := database.Time(next).Sub(now)
	if next == 0 || wait <= 0 {
		return 0, nil
	}
	return wait + rand.N(min(peerSpread, 3*q.cfg.RetryLongest)+1), nil
}

// askPeer makes the attempt at l the one that asks whether its peer is back: others leave it alone
// for a while.
func (q *Queue) askPeer(ctx context.Context, t database.Tx, l *linkRow, now time.Time) error {
	if l.peer == "" {
		return nil
	}
	var failures int
	found, err := database.One(ctx, t, `SELECT failures FROM commentator_peers WHERE peer = $1 AND next_ms > 0`, []any{l.peer}, &failures)
	if err != nil || !found {
		return err
	}
	_, err = t.Exec(ctx, `UPDATE commentator_peers SET next_ms = $2 WHERE peer = $1`,
		l.peer, database.Millis(now.Add(q.cfg.peerBackoff().Wait(failures))))
	return err
}

// upSince reports whether the peer that the link waits for has answered others since it failed
// for this one: then the failure is the link's own.
func upSince(ctx context.Context, t database.Tx, l *linkRow) (bool, error) {
	if l.peer == "" || l.failed == 0 {
		return false, nil
	}
	return database.One(ctx, t, `SELECT 1 FROM commentator_peers WHERE peer = $1 AND up_ms > $2`, []any{l.peer, l.failed}, new(int))
}

// away notes that a peer failed, and returns when the link may be tried again. Of those that
// fail at the same time only the first counts, and the one that was to ask.
func (q *Queue) away(ctx context.Context, t database.Tx, peer string, asked bool, now time.Time) (time.Duration, error) {
	var failures int
	var next int64
	_, err := database.One(ctx, t, `SELECT failures, next_ms FROM commentator_peers WHERE peer = $1`, []any{peer}, &failures, &next)
	if err != nil {
		return 0, err
	}
	if left := database.Time(next).Sub(now); next > 0 && left > 0 && !asked {
		return q.untilAsked(ctx, t, peer, now)
	}
	wait := max(q.cfg.peerBackoff().Wait(failures), time.Millisecond)
	_, err = t.Exec(ctx, `INSERT INTO commentator_peers (peer, failures, next_ms) VALUES ($1, 1, $2)
		ON CONFLICT (peer) DO UPDATE SET failures = commentator_peers.failures + 1, next_ms = excluded.next_ms`,
		peer, database.Millis(now.Add(wait)))
	if failures == 0 {
		t.OnCommit(func() { q.cfg.Log.Warn("a peer is away; its links wait for it", "peer", peer, "asked_again_in", wait) })
	}
	return wait, err
}

// reached notes peers that answered. What waits for one of them that was away is due at once.
func (q *Queue) reached(ctx context.Context, t database.Tx, peers []string, now time.Time) error {
	for _, peer := range peers {
		known, err := t.Exec(ctx, `UPDATE commentator_peers SET up_ms = $2 WHERE peer = $1`, peer, database.Millis(now))
		if err != nil {
			return err
		}
		if known == 0 {
			continue
		}
		back, err := t.Exec(ctx, `UPDATE commentator_peers SET failures = 0, next_ms = 0 WHERE peer = $1 AND next_ms > 0`, peer)
		if err != nil {
			return err
		}
		if back == 0 {
			continue
		}
		if err := q.river.tables().hurryFor(ctx, t, peer); err != nil {
			return err
		}
		n, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'queued', available_ms = $2 WHERE peer = $1 AND state = 'waiting'`,
			peer, database.Millis(now))
		if err != nil {
			return err
		}
		t.OnCommit(func() {
			q.river.wake()
			q.cfg.Log.Info("a peer is back", "peer", peer, "links", n)
		})
	}
	return nil
}

// putOff records an attempt that had to wait, for its turn or for a peer, and returns when the link
// may be tried again. The number of the attempt stays, unless its trace was written. A link that
// is suspected of a crash stays so: what it had to do may be still to come.
func (q *Queue) putOff(
	ctx context.Context, t database.Tx, a job.Attempt, v job.Verdict, text string, now time.Time,
) (wait time.Duration, err error) {
	l, err := lockLink(ctx, t, a.ID)
	if err != nil || l == nil {
		return 0, err
	}
	ended := l.Attempt
	if v.Written {
		ended = a.Number
	}
	peer, since, failed := "", l.away, int64(0)
	if v.Peer != "" && since == 0 {
		since = database.Millis(now)
	}
	switch {
	case v.After > 0:
		wait = min(v.After, maxRetryAfter)
	case v.Peer == "":
		wait = askAgain
	default:
		peer, failed = v.Peer, database.Millis(now)
		if wait, err = q.away(ctx, t, v.Peer, l.peer == v.Peer, now); err != nil {
			return 0, err
		}
	}
	n, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'waiting', owner = '', lone = 0, attempt = $2, outcome = $3, error = $4,
		available_ms = $5, peer = $6, away_ms = $7, failed_ms = $8 WHERE id = $1 AND owner = $9 AND state = 'running'`,
		a.ID, ended, v.Outcome, text, database.Millis(now.Add(wait)), peer, since, failed, q.members.ID())
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, q.endCancelled(ctx, t, a, v, now)
	}
	return wait, nil
}
