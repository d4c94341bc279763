package assembly

import (
	"container/heap"
	"container/list"
	"time"
)

// A trace is in the heap, in the list of its state, in both (Open, Refused), or in neither
// (Delivering).

// schedule makes a trace due at a time, whether it was in the heap or not.
func (t *Table) schedule(tr *entry, due time.Time) {
	tr.due = due
	if tr.index >= 0 {
		heap.Fix(&t.due, tr.index)
	} else {
		heap.Push(&t.due, tr)
	}
}

// unlink takes a trace out of the list it stands in.
func (t *Table) unlink(tr *entry) {
	if tr.place == nil {
		return
	}
	t.list(tr.state).Remove(tr.place)
	if tr.isSpare() {
		t.spare.sub(tr.size())
	}
	tr.place = nil
}

// link puts a trace, which is neither in the heap nor in another list, at the end of the
// list of a state.
func (t *Table) link(tr *entry, s State) {
	tr.state = s
	tr.place = t.list(s).PushBack(tr)
	if tr.isSpare() {
		t.spare.add(tr.size())
	}
}

// list gives the list of a state that has one.
func (t *Table) list(s State) *list.List {
	switch s {
	case Kept:
		return t.kept
	case Awaited:
		return t.awaited
	case Incomplete:
		return t.incomplete
	case Open:
		return t.open
	}
	return t.refused
}

func (tr *entry) size() amount { return amount{1, tr.spans, tr.bytes} }

// isSpare reports whether the trace makes room for others without further ado.
func (tr *entry) isSpare() bool {
	return tr.place != nil && (tr.state == Kept || tr.state == Awaited || tr.state == Incomplete)
}

// keep holds a delivered trace for the late window, and await one whose root may still
// come for as long as an open one may be silent. Each list stays in the order of its ends,
// as the time is the same for all.
func (t *Table) keep(tr *entry, now time.Time) { t.settle(tr, Kept, now, t.cfg.LateWindow) }
func (t *Table) await(tr *entry, now time.Time) {
	t.settle(tr, Awaited, now, max(t.cfg.MaxOpen, t.cfg.LateWindow))
}

func (t *Table) settle(tr *entry, s State, now time.Time, window time.Duration) {
	t.unlink(tr)
	if tr.index >= 0 {
		heap.Remove(&t.due, tr.index)
	}
	t.stay(tr)
	tr.settled, tr.due = now, now.Add(window)
	t.link(tr, s)
}

// leastNeeded gives the delivered trace that makes room first: the oldest one, whole
// ones before those that wait for a better server.
func (t *Table) leastNeeded() (tr *entry) {
	for _, l := range []*list.List{t.kept, t.awaited} {
		if e := l.Front(); e != nil && (tr == nil || e.Value.(*entry).settled.Before(tr.settled)) {
			tr = e.Value.(*entry)
		}
	}
	if e := t.incomplete.Front(); tr == nil && e != nil {
		tr = e.Value.(*entry)
	}
	return tr
}

// drop evicts a trace; its id is remembered if something of it is on the server.
func (t *Table) drop(tr *entry) Evicted {
	t.unlink(tr)
	if tr.index >= 0 {
		heap.Remove(&t.due, tr.index)
	}
	t.stay(tr)
	if tr.Delivered || len(tr.Runs) > 0 {
		t.evicted.Add(tr.id, tr.Skipped)
	}
	delete(t.traces, tr.id)
	t.stats.Spans -= tr.spans
	t.stats.Bytes -= tr.bytes
	e := Evicted{ID: tr.id, Mark: tr.Mark, Spans: tr.spans, Place: tr.Place, Tried: tr.SearchFirst}
	for _, p := range tr.parts {
		e.Numbers = append(e.Numbers, p.Number)
	}
	return e
}

// dueHeap has the trace that is due first at its head.
type dueHeap []*entry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, k int) bool { return h[i].due.Before(h[k].due) }
func (h dueHeap) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].index, h[k].index = i, k
}
func (h *dueHeap) Push(x any) {
	tr := x.(*entry)
	tr.index = len(*h)
	*h = append(*h, tr)
}
func (h *dueHeap) Pop() any {
	old := *h
	tr := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	tr.index = -1
	return tr
}
