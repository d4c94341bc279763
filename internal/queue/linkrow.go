package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// linkRow is a row of commentator_links.
type linkRow struct {
	job.Link
	owner     string // the member that works on it; empty: nobody
	began     int    // number of the attempt that was begun last
	suspect   bool   // a process died while it ran
	lone      bool   // it runs alone, or did when it was begun last
	cuts      int    // lone runs in which the process died, less those taken back
	loneCuts  int    // all of them
	available int64  // when it could be worked on, in Unix milliseconds
	peer      string // that it waits for, to be asked when the peer's time comes
	away      int64  // when a peer was first found away, in Unix milliseconds
	failed    int64  // when its peer was last found away, likewise
}

// linkColumns are those that scanLink reads.
const linkColumns = `id, team, channel, message_ts, thread_ts, user_id, url, canonical, domain, position, revision, source, origin,
	state, outcome, error, attempt, failures, trace_id, created_ms, started_ms, ended_ms, owner, began, suspect, lone, cuts,
	lone_cuts, available_ms, peer, away_ms, failed_ms, question, about, session_ts`

// scanLink reads a row of [linkColumns], in their order.
func scanLink(r database.Rows) (linkRow, error) {
	var l linkRow
	var state, source string
	var created, started, ended int64
	var suspect, lone int
	err := r.Scan(&l.ID, &l.Team, &l.Channel, &l.MessageTS, &l.ThreadTS, &l.User, &l.URL, &l.Canonical, &l.Domain,
		&l.Position, &l.Revision, &source, &l.Origin, &state, &l.Outcome, &l.Error, &l.Attempt, &l.Failures, &l.TraceID,
		&created, &started, &ended, &l.owner, &l.began, &suspect, &lone, &l.cuts,
		&l.loneCuts, &l.available, &l.peer, &l.away, &l.failed,
		&l.Question, &l.About, &l.SessionTS)
	l.suspect, l.lone = suspect > 0, lone > 0
	l.State, l.Source = job.LinkState(state), job.LinkSource(source)
	l.Created, l.Started, l.Ended = database.Time(created), database.Time(started), database.Time(ended)
	return l, err
}

// lockLink reads a link that nobody else changes until t ends; nil when there is
// none.
func lockLink(ctx context.Context, t database.Tx, id string) (*linkRow, error) {
	r, err := t.Lock(ctx, `SELECT `+linkColumns+` FROM commentator_links WHERE id = $1`, id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if !r.Next() {
		return nil, r.Err()
	}
	l, err := scanLink(r)
	if err != nil {
		return nil, err
	}
	return &l, nil
}

// links lists the links for which where, a condition with its order and limit, holds. It is our
// own SQL always, and values come as args.
func (q *Queue) links(ctx context.Context, where string, args ...any) ([]job.Link, error) {
	var out []job.Link
	err := database.Each(ctx, q.db, `SELECT `+linkColumns+` FROM commentator_links WHERE `+where, args, func(r database.Rows) error {
		l, err := scanLink(r)
		out = append(out, l.Link)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	return out, nil
}

// linkID follows from what the link is, so that the same gesture arriving twice is the same
// job. The separator occurs in none of the parts. Eight bytes of the hash make 16 characters,
// short enough for logs; among a million links two would share an id with a chance of one in
// 30 million.
func linkID(l job.Link) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		l.Team, l.Channel, l.MessageTS, l.Canonical, strconv.Itoa(l.Revision)}, "\x00")))
	return hex.EncodeToString(sum[:8])
}
