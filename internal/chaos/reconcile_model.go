//go:build linux

package chaos

import (
	"fmt"
	"slices"
	"time"
)

// keepTime is how long after its answer a call may be lost with its process: by then
// the answer is kept in the database, unless something stalled.
const keepTime = 3 * time.Second

// keptAt is when the answer of a call is kept at the latest. The caller holds the lock.
func (w *World) keptAt(c call) time.Time {
	at := c.at.Add(keepTime)
	stalls := slices.SortedFunc(slices.Values(w.stalls), func(a, b span) int { return a.from.Compare(b.from) })
	for _, s := range stalls {
		if s.from.Before(at) && s.to.After(c.at) && at.Before(s.to.Add(keepTime)) {
			at = s.to.Add(keepTime)
		}
	}
	return at
}

// callRows reads the model's ledger. A call may be made again only where its answer
// could not be kept.
func (b *books) callRows() {
	b.t.Helper()
	kept, lost, total, paidTwice := 0, 0, 0, 0
	for n, calls := range b.Model.ledger() {
		total += len(calls)
		if n < 0 {
			continue // hostile pages
		}
		keptOf := 0
		for i, c := range calls {
			if i < len(calls)-1 && b.couldNotKeep(c) {
				lost++
				continue
			}
			keptOf++
		}
		if keptOf > 1 {
			paidTwice++
			b.t.Errorf("link %d: the model was asked again though the answer was kept: %+v; %s", n, calls, b.history(n))
		}
		kept += min(keptOf, 1)
	}
	b.note("model calls answered and kept, one a link", kept)
	b.row("  links paid for twice", paidTwice, 0)
	b.row("  links with a comment and no call", max(b.answered-kept, 0), 0)
	b.Model.mu.Lock()
	cut := b.Model.cut
	b.Model.mu.Unlock()
	b.note("  answered in all; of them lost before they were kept; cut before the answer", fmt.Sprintf("%d; %d; %d", total, lost, cut))
}

// couldNotKeep reports whether something that was done to its caller took an answer away.
func (w *World) couldNotKeep(c call) bool {
	if c.undelivered {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	from, to := c.at.Add(-time.Second), w.keptAt(c)
	for _, s := range slices.Concat(w.harmed[c.caller], w.harmed[everyone], w.noDisk) {
		if s.from.Before(to) && s.to.After(from) {
			return true
		}
	}
	return false
}
