package runprocessor

import "time"

// lingerer is a trace with nothing open that may go on.
type lingerer struct {
	t  *tracked
	at time.Time // stale unless it equals t.idleAt
}

// linger puts off the completion of a trace with nothing open. Called under mu.
func (tr *tree) linger(t *tracked) {
	t.idleAt = time.Now()
	tr.lingering = append(tr.lingering, lingerer{t, t.idleAt})
	if len(tr.lingering) == 1 {
		tr.wakeKeeper()
	}
}

// dueLingerers completes traces that stayed idle for the linger time.
func (tr *tree) dueLingerers(now time.Time) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	n := 0
	for ; n < len(tr.lingering); n++ {
		l := tr.lingering[n]
		switch {
		case !l.at.Equal(l.t.idleAt): // went on, or is complete
			continue
		case now.Sub(l.at) < tr.limits.linger:
		default:
			tr.complete(l.t)
			continue
		}
		break
	}
	clear(tr.lingering[:n])
	tr.lingering = append(tr.lingering[:0], tr.lingering[n:]...)
}
