package pdf

import (
	"context"
	"time"
)

// clock measures the work on a file. Processor time says how much work a file is; time that passes says
// the same on a machine with nothing else to do, and so it is given more of it.
type clock struct {
	used             func() time.Duration // so far, of any beginning
	enough, deadline time.Duration        // from which on no page is begun; at which reading is cut
	// looks is the time that looking at paint may take in a file. What is suspect and could not be
	// looked at is not seen: else a file would only have to paint much before what it hides. Papers take
	// some 4 ms a page.
	looks time.Duration
}

const looks = 6 * time.Second

// newClock measures by used, or by time where that is nil.
func newClock(used func() time.Duration) clock {
	if used == nil {
		began := time.Now()
		return clock{func() time.Duration { return time.Since(began) }, 14 * time.Second, 20 * time.Second, looks}
	}
	return clock{used, 9 * time.Second, 12 * time.Second, looks}
}

// work is what has been done for one file.
type work struct {
	clock
	began time.Duration
}

// begin begins a file.
func (c clock) begin() work { return work{c, c.used()} }

// enough reports whether no further page is to be begun.
func (w work) enough() bool { return w.used()-w.began > w.clock.enough }

// clockEvery is the time between two looks at the clock.
const clockEvery = 50 * time.Millisecond

// within ends ctx at the deadline, with [ErrDeadline] for a cause.
func (w work) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		tick := time.NewTicker(clockEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if w.used()-w.began > w.deadline {
					cancel(ErrDeadline)
				}
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}
