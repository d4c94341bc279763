package job

import (
	"context"
	"errors"
	"time"
)

// Attempt is one attempt at a link. The embedded Link is the row as it was when the attempt
// began: its Attempt and Failures count what came before, and its State says running.
type Attempt struct {
	Link
	// Number counts from 1. It stays the same when an attempt is run again
	// because a crash or a shutdown cut it.
	Number  int
	Resumed bool // it was cut before
	Final   bool // no other follows if this one fails
	// MayWait says that an attempt which has to wait for its turn or for a peer is put off
	// without being counted. It is unset once the link has waited long enough, or when the peer
	// has answered others since: then such an error counts like any other.
	MayWait bool
	// Waited is how long ago a peer was first found away for this link; 0 for never.
	Waited time.Duration
	// QueueWait is the time from when the link could have been worked on.
	QueueWait time.Duration
}

// Verdict is how an attempt ended. The zero Verdict is a success without an outcome. Err with
// Retry unset, or with an attempt that is Final, ends the link as failed; only the queue
// decides when the next attempt begins.
type Verdict struct {
	Outcome string // for the record
	Err     error  // nil: the link is done, whatever the outcome
	// Retry says that another attempt may succeed; After when, if known.
	Retry bool
	After time.Duration
	// Counts says that the attempt counts although somebody asked for the wait:
	// the server of a page has no say in how long people wait for a word.
	Counts bool
	// PutOff says that the attempt had to wait for its turn, or for Peer, and did not come to
	// an end: it is not counted. Written says that its trace was written all the same; it then
	// keeps its number and the next one gets another.
	PutOff, Written bool
	Peer            string
	// Reached are the peers that answered during the attempt, see [PeerSlack].
	Reached []string
	TraceID string
	// Comment is what is kept of the comment; nil for none.
	Comment *Kept
	// Then are tasks to do once no other attempt follows.
	Then []Task
}

// Peers that the worker depends on, as in [Verdict.Peer]. The values are stored.
const (
	PeerSlack = "Slack"
	PeerModel = "the model server"
)

var (
	// ErrCancelled is the cause of the context of a link that was cancelled, and
	// why nothing is posted for it any more.
	ErrCancelled = errors.New("the link was withdrawn")
	// ErrNotOurs says that the link is in other hands, or done.
	ErrNotOurs = errors.New("the link is in other hands")
)

// Handlers do the work that a queue holds. They are called concurrently.
type Handlers struct {
	// Link does one attempt at a link. The context ends when the attempt is to
	// stop; its cause says why.
	Link func(ctx context.Context, a Attempt) Verdict
	// Tasks do tasks, by kind.
	Tasks map[string]TaskFunc
}
