// Package resident keeps down what a process that lives long has mapped of its own program. Linux
// maps with a page that is read what is around it as well, 64 KiB or a large folio of the page cache, and
// the start of a large program reads a little everywhere: 45 to 64 MB of the worker's file counted as its
// memory from then on, of which it read 14 when idle (Linux 6.18; Referenced in proc_pid_smaps(5)).
package resident

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// settled is how long the start of a program is given, and interval is how often it is looked after then:
// what a job reads is no more needed when it is done than what the start read. It takes some 10 ms of
// a processor each time.
const (
	settled  = 2 * time.Second
	interval = 30 * time.Second
)

// Keep calls [Trim] once the start is over and every half a minute from then on, until ctx ends. A fault
// is logged once and ends it: the memory is the system's to take back in any case.
func Keep(ctx context.Context, log *slog.Logger) {
	for wait := settled; ; wait = interval {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if err := Trim(); err != nil {
			log.WarnContext(ctx, "what the program's file takes of the memory can't be given back", "error", err)
			return
		}
	}
}

// Trim gives back the heap that is not in use, and on Linux unmaps what is mapped of the program's own
// file: its code and constants. What is read again is mapped again, from the page cache. Only
// what was never written is unmapped, so nothing is lost. It is safe for concurrent use.
func Trim() error {
	debug.FreeOSMemory()
	if err := unmap(); err != nil {
		return fmt.Errorf("unmap the program: %w", err)
	}
	return nil
}
