package retry

import (
	"errors"
	"time"
)

// Some failures are none of the work's: it has to wait for its turn, or for a peer that the
// program depends on and that is away. What has to wait is put off and counts as no attempt.

// Turn marks err as that of work whose turn has not come, such as for a slot or for the pace of
// a channel: it has not been tried. after is when to ask again; 0 leaves it to the caller. It is
// nil for a nil err.
func Turn(err error, after time.Duration) error {
	if err == nil {
		return nil
	}
	return turn{err, after}
}

type turn struct {
	error
	after time.Duration
}

func (turn) Retryable() bool             { return true }
func (t turn) RetryAfter() time.Duration { return t.after }
func (t turn) Unwrap() error             { return t.error }

// IsTurn reports whether err was made by [Turn].
func IsTurn(err error) bool {
	var t turn
	return errors.As(err, &t)
}

// Peer is the name of the peer whose outage err is, or empty. An error says so by a method
// Peer() string: a service that the program depends on can't be reached, fails, or asks to wait.
// The server of a page that somebody shared is none.
func Peer(err error) string {
	var p interface{ Peer() string }
	if errors.As(err, &p) {
		return p.Peer()
	}
	return ""
}

// Waits reports whether err only says that the work has to wait, see [Turn] and [Peer].
func Waits(err error) bool { return IsTurn(err) || Peer(err) != "" }
