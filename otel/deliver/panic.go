package deliver

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// panicError says that a fault of the code met something in a trace.
type panicError struct {
	value any
	at    string
}

func (e *panicError) Error() string {
	return fmt.Sprintf("panic at %s: %v (a fault of this library: please report it)", e.at, e.value)
}

// panickedAt is where the panic began that is being recovered, for whoever reads the reason of a dead letter.
func panickedAt() string {
	callers := make([]uintptr, 32)
	const ownFrames = 3 // runtime.Callers, this function, the deferred one
	frames := runtime.CallersFrames(callers[:runtime.Callers(ownFrames, callers)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		}
	}
}
