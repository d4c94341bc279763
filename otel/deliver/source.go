package deliver

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Source keeps the traces that a Queue delivers: on disk, in a table with a
// journal, in memory. It decides what is due and what becomes of an outcome; the
// Queue decides when the server may be asked, and what an error means.
//
// Its methods are called from several goroutines, and never from within one
// another. The Queue holds its own lock while it calls Pending, so a Source must
// not call the Queue back while it holds a lock of its own.
type Source interface {
	// Take hands out the trace that has been due for longest at the time now.
	// The work is its caller's until Work.Record; the trace is not handed out
	// meanwhile. When nothing is due, w is nil and next is when something will
	// be; the zero time says that only a signal on Added can change that.
	Take(now time.Time) (w Work, next time.Time)
	// Added has capacity 1, and a value in it when something may be due that
	// the last Take did not know of.
	Added() <-chan struct{}
	// Pending reports whether the Source holds the trace and it is not
	// delivered yet; also while it is handed out.
	Pending(id trace.TraceID) bool
	// Release makes due what waits only because the server was down.
	Release(now time.Time)
}

// Work is a trace, or a part of one, that a Source handed out.
type Work interface {
	// TraceID gives the trace that the work belongs to.
	TraceID() trace.TraceID
	// Origin says how it has to be delivered.
	Origin() Origin
	// Failures counts the attempts that failed since the last success, and
	// those of them that failed although the server was healthy.
	Failures() (attempts, faults int)
	// Read gives the data. Without an error nil says that nothing is left of it:
	// somebody removed it, or it is damaged. An error is trouble on this side,
	// which passes: the work is tried again.
	Read(ctx context.Context) (*tracepb.TracesData, error)
	// Record tells the Source what became of the work and gives it back. An
	// error with a Delivered or Skipped work says that it is not done with: it
	// is recorded as Retried then. With any other outcome an error is only
	// shown.
	Record(o Outcome) error
}

// Handler brings the data of one work to the server. *Deliverer is one; another
// can choose a Deliverer for each work, or leave out what should not be
// delivered (ErrSkip), or put off what cannot be now (PostponedError).
type Handler interface {
	// Handle returns what the delivery left on the server. It is called from several
	// goroutines, never twice at once for the same trace, and ends when ctx does.
	Handle(ctx context.Context, w Work, td *tracepb.TracesData) (Result, error)
}

// Noter is a Source that shows people why a trace still waits, although no
// attempt was made.
type Noter interface {
	// Note keeps the reason beside the trace, where Pending holds for it.
	Note(id trace.TraceID, reason string)
}

// Kind says what became of a work.
type Kind int

// The kinds of outcome.
const (
	Delivered    Kind = iota // all of it but Result.Poison is on the server
	Skipped                  // the Handler wants it not delivered
	Lost                     // Read found nothing
	Retried                  // the attempt failed; the next is not before Next
	Postponed                // not before Next; with an Err an attempt showed that
	DeadLettered             // refused for good
	Stopped                  // the Queue is about to end; nothing is known of it
)

// Outcome is what became of one work.
type Outcome struct {
	Kind   Kind
	Result Result        // of a Delivered work; of others what is known
	Err    error         // of a Retried, DeadLettered or Stopped work, at times of a Postponed one
	Reason error         // of a Postponed work without an attempt, where there is one
	Fault  bool          // the attempt failed on a healthy server
	Next   time.Time     // of a Retried or Postponed work
	Took   time.Duration // of the attempt
}

// ErrSkip is what a Handler returns for a work that should not be delivered at
// all. It is recorded as done, and says nothing about the server.
var ErrSkip = errors.New("not to be delivered")

// PostponedError is what a Handler returns for a work that cannot be delivered
// before a time, while others can. With an Err an attempt showed that, to which
// the server answered; without one nothing was attempted, for the Reason if there is one.
type PostponedError struct {
	Until  time.Time
	Err    error
	Reason error
}

func (e *PostponedError) Error() string {
	text := "postponed until " + e.Until.Format(time.RFC3339)
	if why := cmp.Or(e.Err, e.Reason); why != nil {
		return text + ": " + why.Error()
	}
	return text
}

// Unwrap gives what showed that the work has to wait.
func (e *PostponedError) Unwrap() error { return e.Err }

// Handle delivers to this Deliverer: the Handler of programs with one experiment.
func (d *Deliverer) Handle(ctx context.Context, w Work, td *tracepb.TracesData) (Result, error) {
	return d.Deliver(ctx, td, w.Origin())
}
