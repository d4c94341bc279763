package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// LockedError says that another process owns the folder.
type LockedError struct {
	Dir string
	PID int // of the owner; 0 if not known
}

func (e *LockedError) Error() string {
	owner := "another process"
	if e.PID > 0 {
		owner = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("outbox %s is in use by %s: stop it, or choose another folder", e.Dir, owner)
}

// IsLocked reports whether err says that another process owns the folder.
func IsLocked(err error) bool {
	_, ok := errors.AsType[*LockedError](err)
	return ok
}

// FullError says that a part was refused because of the bounds of the outbox.
type FullError struct {
	Dir             string
	Files, MaxFiles int
	Bytes, MaxBytes int64 // Bytes is what the outbox would hold with the refused part
}

func (e *FullError) Error() string {
	return fmt.Sprintf("outbox %s is full: %d of %d files, %d of %d bytes", e.Dir, e.Files, e.MaxFiles, e.Bytes, e.MaxBytes)
}

// IsFull reports whether err says that the bounds of the outbox are reached.
func IsFull(err error) bool {
	_, ok := errors.AsType[*FullError](err)
	return ok
}

// IsNoSpace reports whether err says that the disk, or the user's share of it, is full.
func IsNoSpace(err error) bool { return isNoSpace(err) }

// TooLargeError says that a part was refused for its size: it could be stored, and not be
// read back within the memory that one part may take.
type TooLargeError struct {
	Bytes    int // uncompressed; of a file more than the bound, which is where reading ended
	Messages int // spans, attributes and their values, where it is these that are too many
}

func (e *TooLargeError) Error() string {
	if e.Messages > 0 {
		return fmt.Sprintf("a part of a trace holds more than %d spans, attributes and values: write smaller parts", maxMessages)
	}
	return fmt.Sprintf("a part of a trace has more than %d MiB uncompressed: write smaller parts, or shorter values", maxPlainBytes>>20)
}

// IsTooLarge reports whether err says that a part is larger than one may be.
func IsTooLarge(err error) bool {
	_, ok := errors.AsType[*TooLargeError](err)
	return ok
}

// CorruptError says that a part could not be read back. It lies in bad/ now.
type CorruptError struct {
	ID  string
	Err error
}

func (e *CorruptError) Error() string { return fmt.Sprintf("part %s is damaged: %v", e.ID, e.Err) }

// Unwrap gives what is wrong with the file.
func (e *CorruptError) Unwrap() error { return e.Err }

// IsCorrupt reports whether err says that a part is damaged.
func IsCorrupt(err error) bool {
	_, ok := errors.AsType[*CorruptError](err)
	return ok
}

// IsNotFound reports whether err says that there is no such part (any more).
func IsNotFound(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// ErrClosed is returned by a Spool that was closed.
var ErrClosed = errors.New("outbox is closed")

func notFound(id string) error { return fmt.Errorf("part %q: %w", id, fs.ErrNotExist) }

// errno reports whether err carries one of the system error numbers.
func errno(err error, numbers ...syscall.Errno) bool {
	n, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return false
	}
	for _, want := range numbers {
		if n == want {
			return true
		}
	}
	return false
}
