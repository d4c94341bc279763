// Package retry is the one protocol by which errors of this module say whether
// and when the same call may be tried again. In goes an error, out come the two
// answers; packages mlflow and deliver implement [Hint] and show the answers
// under their own names to callers outside.
package retry

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Hint is an error that knows whether the same call with the same data can
// succeed later. The method set is plain, so that other modules can ask for it
// with an interface of their own.
type Hint interface {
	error
	// Retryable reports whether trying again can help.
	Retryable() bool
	// RetryAfter returns how long to wait at least, 0 where nothing is known.
	RetryAfter() time.Duration
}

// Retryable reports whether the call that failed with err may be tried again.
// The outermost [Hint] in err decides; without one, trouble of the network can
// pass and everything else cannot. A canceled call was ended by its caller, who
// does not want it again.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var h Hint
	if errors.As(err, &h) {
		return h.Retryable()
	}
	return IsNetwork(err)
}

// After returns how long to wait at least before the call that failed with err
// is tried again; 0 when no [Hint] in err says so.
func After(err error) time.Duration {
	var h Hint
	if errors.As(err, &h) {
		return h.RetryAfter()
	}
	return 0
}

// IsNetwork reports whether err comes from between the sockets: http.Client.Do
// gives such errors as *url.Error, reading a body gives them bare.
func IsNetwork(err error) bool {
	var n net.Error // *url.Error is one
	return errors.As(err, &n) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}

// MaxRetryAfter bounds what a server may ask a client to wait.
const MaxRetryAfter = time.Hour

// ParseRetryAfter reads the value of a Retry-After header in both forms of RFC
// 9110 §10.2.3, seconds and a date, the latter seen from now. The result lies
// between 0 and [MaxRetryAfter]; a value in neither form counts as 0.
func ParseRetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) { // not a number neither
			return 0
		}
		// Bounded before the conversion, which would overflow.
		return time.Duration(min(seconds, MaxRetryAfter.Seconds()) * float64(time.Second))
	}
	if t, err := http.ParseTime(value); err == nil {
		return min(max(t.Sub(now), 0), MaxRetryAfter)
	}
	return 0
}
