package job

import (
	"context"
	"encoding/json"
	"time"
)

// Tasks that the queue itself makes.
const (
	// TaskShared points to an earlier sharing; its payload is a SharedNotice.
	TaskShared = "shared"
	// TaskFull tells people that the queue is full; its payload is a Link.
	TaskFull = "full"
	// TaskGaveUp tells people that a link ended without a reply, as after crashes; its
	// payload is a Link, whose Error says why.
	TaskGaveUp = "gave_up"
	// TaskElsewhere decides on a link that other channels have seen; its payload is an
	// ElsewhereNotice.
	TaskElsewhere = "elsewhere"
	// TaskDigest posts a channel's weekly digest; its payload is a DigestDue.
	TaskDigest = "digest"
)

// Task is a small piece of work that is retried until it succeeds. It may run more than once.
// Like a submission it is stored before anybody acts on it. A Payload must therefore say all
// that its [TaskFunc] needs: the process that does the task may be another than the one that
// made it.
type Task struct {
	Kind string
	// Key makes the task unique for as long as the inbox is kept; may be empty.
	Key     string
	Payload any // encoded as JSON
	Delay   time.Duration
}

// TaskFunc does a task. An error is tried again unless it is a retry.Hint that
// says otherwise; the hint also says when.
type TaskFunc func(ctx context.Context, payload json.RawMessage) error
