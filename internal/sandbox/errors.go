package sandbox

import (
	"errors"
	"fmt"
)

// Cause is why a child gave no answer.
type Cause string

// The causes. Of Memory, CPU, Output and Crash the input is to blame; of Time only where the
// child was alone; Killed and Start say nothing about it.
const (
	Memory Cause = "memory" // the bound on memory, or on the depth of the stack
	CPU    Cause = "cpu"    // the bound on processor time
	Time   Cause = "time"   // the bound on time
	Output Cause = "output" // a message or calls beyond their bound
	Crash  Cause = "crash"  // the program failed
	Killed Cause = "killed" // ended from outside: by the kernel, for want of memory, or by a person
	Start  Cause = "start"  // no child could be started
)

// Error is a request without an answer because of what became of its child.
type Error struct {
	Cause Cause
	// Detail is the first line that the child left behind, of at most 200 bytes, or what the
	// parent saw. It may quote the input.
	Detail string
	// Alone says that no other child was at work at any time of this one's.
	Alone bool
}

// Error implements error.
func (e *Error) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("child process ended: %s", e.Cause)
	}
	return fmt.Sprintf("child process ended: %s (%s)", e.Cause, e.Detail)
}

// ErrClosed is that of a pool that takes no requests any more.
var ErrClosed = errors.New("the pool of child processes is closed")
