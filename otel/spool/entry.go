package spool

import (
	"cmp"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// State says where a part lies.
type State int

// The states of a part.
const (
	Pending State = iota // waits for delivery
	Dead                 // refused for good
	Bad                  // unreadable
)

// String returns the state as the command line and the folders name it: pending,
// dead or bad.
func (s State) String() string {
	switch s {
	case Dead:
		return "dead"
	case Bad:
		return "bad"
	default:
		return "pending"
	}
}

// Entry describes one part on disk.
type Entry struct {
	ID       string // file name without extension
	TraceID  trace.TraceID
	Part     int // from 1; a trace whose lowest part here is above 1 was delivered in part before
	Complete bool
	Start    time.Time // of the trace
	Bytes    int64     // on disk, compressed
	// Destination is where it was made for. It is the zero value too where nobody looked into the
	// file: of a bad part, and in the owner's index of one that was found at open or died,
	// while the owner delivers to all that the folder was ever used for (ReadDestined tells).
	Destination Destination
	// Elsewhere says of a pending part that its owner does not deliver to that (WithReach):
	// it stays until somebody redirects it, or an owner comes who does.
	Elsewhere bool
	// FoundAtOpen says that the part was here before this process, or came back
	// from dead/ or from another folder. It may have been delivered in part.
	FoundAtOpen bool
	State       State
	Reason      string // of a dead or bad part; of a pending one the last error
	Attempts    int
	NextAttempt time.Time // zero: at once
}

// Stats is a snapshot of a Spool and what happened to it since Open.
type Stats struct {
	Pending   int
	Elsewhere int // of them: made for a destination that the owner does not deliver to
	Untried   int // of the others: complete, or found at open, and without an attempt yet
	Bytes     int64
	Oldest    time.Time // start of the oldest pending trace that is not elsewhere's; zero if there is none
	MaxFiles  int
	MaxBytes  int64
	Dead      int
	Bad       int

	Stored          uint64 // parts put
	Removed         uint64 // parts removed: delivered, or dropped on request
	DeadLettered    uint64 // parts moved to dead/: dead letters
	Corrupt         uint64 // files moved to bad/
	RejectedFull    uint64 // parts refused by the bounds
	RejectedNoSpace uint64 // parts refused by the disk
	RejectedOther   uint64 // parts refused for any other error
	Evicted         uint64 // dead and bad files removed by their bounds
}

// byAge orders entries oldest first, the parts of a trace in sequence.
func byAge(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
}
