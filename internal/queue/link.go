package queue

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// State is where a link stands.
type State string

// The states of a link. Done, Failed and Cancelled are final.
const (
	Queued    State = "queued"
	Running   State = "running"
	Waiting   State = "waiting" // for the next attempt
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Final tells whether nothing will happen to the link any more.
func (s State) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Source is what made a link a job.
type Source string

// The sources of links.
const (
	FromMessage  Source = "message"
	FromEdit     Source = "edit"
	FromMention  Source = "mention"
	FromShared   Source = "link_shared"
	FromCommand  Source = "command"
	FromShortcut Source = "shortcut"
	FromReaction Source = "reaction"
	FromBackfill Source = "backfill"
)

// asked tells whether a person asked for this link explicitly.
func (s Source) asked() bool {
	return s == FromMention || s == FromCommand || s == FromShortcut || s == FromReaction
}

// priority in River's scale, 1 first. People who asked don't queue behind a
// back-fill.
func (s Source) priority() int {
	switch {
	case s.asked():
		return 1
	case s == FromBackfill:
		return 3
	}
	return 2
}

// Link is one link of one message: the unit of work.
type Link struct {
	ID        string
	Team      string
	Channel   string
	MessageTS string
	ThreadTS  string // thread to answer in; empty: under the message
	User      string
	URL       string // as shared, tracking parameters removed
	Canonical string // what makes two links the same
	Domain    string
	Position  int // among the links of the message, from 0
	Revision  int // counts explicit re-runs
	Source    Source
	Origin    string // W3C traceparent of the listener's span

	State    State
	Outcome  string
	Error    string
	Attempt  int // attempts that ended
	TraceID  string
	Created  time.Time
	Started  time.Time
	Ended    time.Time
	Failures int // attempts that ended in an error nobody asked us to wait out
}

// linkID follows from what the link is, so that the same gesture arriving
// twice is the same job.
func linkID(l Link) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		l.Team, l.Channel, l.MessageTS, l.Canonical, strconv.Itoa(l.Revision)}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

const linkColumns = `id, team, channel, message_ts, thread_ts, user_id, url, canonical, domain, position, revision, source, origin,
	state, outcome, error, attempt, failures, trace_id, created_ms, started_ms, ended_ms`

func scanLink(r rows, more ...any) (Link, error) {
	var l Link
	var state, source string
	var created, started, ended int64
	err := r.Scan(append([]any{&l.ID, &l.Team, &l.Channel, &l.MessageTS, &l.ThreadTS, &l.User, &l.URL, &l.Canonical, &l.Domain,
		&l.Position, &l.Revision, &source, &l.Origin, &state, &l.Outcome, &l.Error, &l.Attempt, &l.Failures, &l.TraceID,
		&created, &started, &ended}, more...)...)
	l.State, l.Source = State(state), Source(source)
	l.Created, l.Started, l.Ended = fromMS(created), fromMS(started), fromMS(ended)
	return l, err
}
