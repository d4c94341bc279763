package spool

import (
	"container/heap"
	"time"
)

// index has the pending parts, and counts them as they come and go: how many are what, and
// which is the oldest, is known without a look at all. Guarded by Spool.mu.
type index struct {
	parts     map[string]*Entry // durable parts by id
	untried   int
	elsewhere int
	oldest    idHeap // ids, which sort by time, of parts that are not elsewhere's; some are gone
}

// add takes a part in that is not in.
func (x *index) add(e *Entry) {
	x.parts[e.ID] = e
	x.count(e, 1)
	if !e.Elsewhere {
		heap.Push(&x.oldest, e.ID)
	}
}

// update changes what is known of a part.
func (x *index) update(e *Entry, change func(e *Entry)) {
	x.count(e, -1)
	was := e.Elsewhere
	change(e)
	x.count(e, 1)
	if was && !e.Elsewhere {
		heap.Push(&x.oldest, e.ID)
	}
}

// drop takes a part out, if it is in.
func (x *index) drop(id string) {
	e := x.parts[id]
	if e == nil {
		return
	}
	delete(x.parts, id)
	x.count(e, -1)
	if len(x.oldest) > 2*len(x.parts)+minHeap {
		x.rebuild()
	}
}

func (x *index) count(e *Entry, n int) {
	switch {
	case e.Elsewhere:
		x.elsewhere += n
	case e.Attempts == 0 && (e.Complete || e.FoundAtOpen):
		x.untried += n
	}
}

// start is that of the oldest part; zero if there is none.
func (x *index) start() time.Time {
	for len(x.oldest) > 0 {
		if e := x.parts[x.oldest[0]]; e != nil && !e.Elsewhere {
			return e.Start
		}
		heap.Pop(&x.oldest)
	}
	return time.Time{}
}

// minHeap is how many ids of parts that are gone the heap may hold in any case.
const minHeap = 1024

// rebuild leaves out what is gone, which else would pile up behind one part that stays.
func (x *index) rebuild() {
	x.oldest = x.oldest[:0]
	for id, e := range x.parts {
		if !e.Elsewhere {
			x.oldest = append(x.oldest, id)
		}
	}
	heap.Init(&x.oldest)
}

type idHeap []string

func (h idHeap) Len() int           { return len(h) }
func (h idHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h idHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *idHeap) Push(x any)        { *h = append(*h, x.(string)) }
func (h *idHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
