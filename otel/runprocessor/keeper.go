package runprocessor

import (
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// sweepInterval is how often traces are looked at for their age, and the delivery
// for trouble.
const sweepInterval = 30 * time.Second

// keeper does all that depends on time, in one goroutine.
type keeper struct {
	tree     *tree
	outbound *outbound // nil without delivery
	reports  *reporter
}

// run returns when closing is closed.
func (k *keeper) run(closing <-chan struct{}) {
	sweeps := time.NewTicker(sweepInterval)
	defer sweeps.Stop()
	timer := time.NewTimer(sweepInterval)
	defer timer.Stop()
	for {
		if due := k.tree.nextDue(); due.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(due))
		}
		select {
		case <-closing:
			return
		case now := <-sweeps.C:
			k.tree.sweep(now)
			if k.outbound != nil {
				k.reports.delivery(k.outbound.queue)
			}
		case <-timer.C:
		case <-k.tree.wake:
		}
		k.reports.drops(k.tree.snapshot())
		now := time.Now()
		k.tree.dueLingerers(now)
		for _, root := range k.tree.dueStarts(now) {
			k.announce(root)
		}
	}
}

// announce passes a long-running root on. Showing it takes a network call, which
// may fall behind.
func (k *keeper) announce(root sdktrace.ReadWriteSpan) {
	select {
	case k.outbound.starts <- root:
	default:
		k.tree.lostStart()
	}
}

// nextDue returns the earliest time at which a start notice or a lingering trace
// needs the keeper; zero if none does.
func (tr *tree) nextDue() time.Time {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var next time.Time
	if len(tr.starts.queue) > 0 {
		next = tr.starts.queue[0].due
	}
	if len(tr.lingering) > 0 {
		if at := tr.lingering[0].at.Add(tr.limits.linger); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}
