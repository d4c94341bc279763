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
	Counts  bool
	TraceID string
	// Then are tasks to do once no other attempt follows.
	Then []Task
}

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
