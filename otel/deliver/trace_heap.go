package deliver

import "container/heap"

// The heaps of a spoolSource, by their places in spooledTrace.at.
const (
	freshSlot = iota
	dueSlot
	heaps
)

// traceHeap orders traces so that the first is found at once, and one that changes gets
// its new place in a few steps.
type traceHeap struct {
	slot  int
	less  func(t, other *spooledTrace) bool
	items []*spooledTrace
}

// first is nil when there is none.
func (h *traceHeap) first() *spooledTrace {
	if len(h.items) == 0 {
		return nil
	}
	return h.items[0]
}

// set takes a trace in or out, and gives one that is in its place anew.
func (h *traceHeap) set(t *spooledTrace, in bool) {
	switch place := t.at[h.slot]; {
	case in && place == 0:
		heap.Push(h, t)
	case in:
		heap.Fix(h, place-1)
	case place > 0:
		heap.Remove(h, place-1)
	}
}

// Len implements heap.Interface, as do the following.
func (h *traceHeap) Len() int { return len(h.items) }

func (h *traceHeap) Less(i, j int) bool { return h.less(h.items[i], h.items[j]) }

func (h *traceHeap) Swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	h.items[i].at[h.slot], h.items[j].at[h.slot] = i+1, j+1
}

// Push appends a trace; heap.Push then finds its place.
func (h *traceHeap) Push(x any) {
	t := x.(*spooledTrace)
	h.items = append(h.items, t)
	t.at[h.slot] = len(h.items)
}

// Pop removes the last.
func (h *traceHeap) Pop() any {
	last := len(h.items) - 1
	t := h.items[last]
	h.items[last], h.items = nil, h.items[:last]
	t.at[h.slot] = 0
	return t
}
