package database

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// UnavailableError says that the database could not be reached, or was not ready, and that this may
// pass by itself: nothing listens, no answer comes, the name is not found, the server starts, stops, takes
// nothing or has no connection or no time left, a file is locked or its disk full. Wrong credentials, a database that does
// not exist and a file that is not ours to write are none.
type UnavailableError struct{ cause error }

// Error is the text of the cause. It holds no secrets.
func (e *UnavailableError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.cause }

// IsUnavailable reports whether an [UnavailableError] is in the chain of err.
func IsUnavailable(err error) bool {
	var u *UnavailableError
	return errors.As(err, &u)
}

// Unavailable makes an error of the database one that [IsUnavailable] knows, if it may pass by itself.
// Its text is reduced to the cause, without secrets.
func Unavailable(err error) error {
	reduced := noSecrets(err)
	if mayPass(err) {
		return &UnavailableError{reduced}
	}
	return reduced
}

// mayPass reports whether an error is one of the connection rather than of what was asked. The
// end of a context counts: what bounded the question was its time, and a caller that was told to
// stop looks at its own context.
func mayPass(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return passing(pe)
	}
	var ce *pgconn.ConnectError
	if errors.As(err, &ce) {
		// The server answers, but not with what the URL asks for.
		return !strings.Contains(err.Error(), "server refused TLS connection") && !strings.Contains(err.Error(), "x509:")
	}
	var le *sqlite.Error
	if errors.As(err, &le) {
		switch le.Code() & 0xff { // the low byte is the primary code
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
			return true
		}
		return false
	}
	if slices.ContainsFunc(diskFull, func(full error) bool { return errors.Is(err, full) }) {
		return true
	}
	return ofNetwork(err) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded) ||
		strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "unexpected EOF")
}

// ofNetwork reports whether an error is one of the network. What the system says of a file looks like
// one; it passes only where it says so, as when too many are open.
func ofNetwork(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	// The first of the chain decides: one of the network holds an Errno too.
	if errno, ofFile := ne.(syscall.Errno); ofFile {
		return errno.Temporary()
	}
	return ok
}

// passing reports whether what the server says may pass by itself, by its SQLSTATE or the class of
// it (Postgres's documentation, appendix A): 08 connection exception, 53 insufficient resources, 57P
// operator intervention (it starts, stops or crashed), 40 rollback for the sake of another transaction;
// a lock or a statement took longer than the server's settings allow, or a transaction did; the server takes
// nothing, as one does that is about to stand in for another. PgBouncer uses 08P01 also for what its own
// file of settings says.
func passing(pe *pgconn.PgError) bool {
	if pe.Code == "08P01" {
		for _, settings := range []string{"no such database", "no such user", "unsupported startup parameter", "not allowed"} {
			if strings.Contains(pe.Message, settings) {
				return false
			}
		}
	}
	for _, class := range []string{"08", "53", "57P", "40", "55P03", "57014", "25P03", "25P04", "25006"} {
		if strings.HasPrefix(pe.Code, class) {
			return true
		}
	}
	return false
}
