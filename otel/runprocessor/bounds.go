package runprocessor

import (
	"cmp"
	"slices"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	// openSpanBytes is what an open span is taken to weigh: its attributes are
	// its own until it ends.
	openSpanBytes = 1 << 10
	// maxSpare bounds the span slices kept for reuse.
	maxSpare = 64
)

// enforceBound brings what is held back under its bound: by cutting the largest
// traces while ended spans are the most of it, else by giving up the oldest trace,
// which has leaked spans. Called under mu.
func (tr *tree) enforceBound() {
	limit := tr.limits.heldBytes
	if tr.held() <= limit {
		return
	}
	if 2*tr.endedBytes >= limit {
		// A quarter of the bound at once, so that looking for the largest,
		// which visits all, is rare.
		for _, t := range tr.largest() {
			if tr.endedBytes <= limit/4 {
				break
			}
			tr.counts.cutsMemory++
			if len(t.open.list) == 0 {
				tr.complete(t)
			} else {
				tr.cut(t, false)
			}
		}
	}
	for tr.held() > limit && tr.live.head != nil {
		tr.abandon(tr.live.head)
	}
}

// held estimates the memory of spans that were not handed over.
func (tr *tree) held() int64 { return tr.endedBytes + tr.openSpans*openSpanBytes }

// largest returns the live traces with ended spans, those with the most bytes first.
func (tr *tree) largest() []*tracked {
	var all []*tracked
	for t := tr.live.head; t != nil; t = t.next {
		if t.bytes > 0 {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *tracked) int { return cmp.Compare(b.bytes, a.bytes) })
	return all
}

// sweep gives up what is too old, and completes what only waited for the sweep.
func (tr *tree) sweep(now time.Time) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var next *tracked
	for t := tr.live.head; t != nil; t = next {
		next = t.next
		switch {
		case now.Sub(t.liveSince) >= tr.limits.maxAge:
			tr.abandon(t)
		case t.gatherEnds && len(t.open.list) == 0:
			tr.complete(t)
		}
	}
}

// finishIdle completes traces that have nothing open, whatever they wait for. Called
// under mu.
func (tr *tree) finishIdle() {
	var next *tracked
	for t := tr.live.head; t != nil; t = next {
		next = t.next
		if len(t.open.list) == 0 {
			tr.complete(t)
		}
	}
}

// evict forgets the oldest complete traces beyond maxDone. Called under mu.
func (tr *tree) evict() {
	for tr.done.n > maxDone && tr.done.head.quiescent() {
		t := tr.done.head
		tr.done.remove(t)
		delete(tr.traces, t.id)
		*t = tracked{}
		tr.free = t
	}
}

// spareSlice takes a slice for ended spans out of those kept for reuse.
func (tr *tree) spareSlice() []sdktrace.ReadOnlySpan {
	last := len(tr.spare) - 1
	if last < 0 {
		return make([]sdktrace.ReadOnlySpan, 0, 8)
	}
	s := tr.spare[last]
	tr.spare[last] = nil
	tr.spare = tr.spare[:last]
	return s
}

// recycle keeps a slice for reuse, unless it is a large one.
func (tr *tree) recycle(s []sdktrace.ReadOnlySpan) {
	if len(tr.spare) < maxSpare && cap(s) > 0 && cap(s) <= 1024 {
		clear(s)
		tr.spare = append(tr.spare, s[:0])
	}
}
