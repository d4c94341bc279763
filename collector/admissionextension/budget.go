package admissionextension

import (
	"container/list"
	"context"
	"sync"
)

// budget is the bytes that all requests under way may have together. Whoever waits is
// served in order.
type budget struct {
	limit int64

	mu      sync.Mutex
	used    int64
	aside   int64     // of these, what wait has given for messages that have not come yet
	waiting list.List // of *waiter
}

type waiter struct {
	n     int64
	ready chan struct{} // closed once the bytes are given
}

// try takes n bytes, or says that they are not there. Of what is given back those who wait have theirs first.
func (b *budget) try(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used+n > b.limit {
		return false
	}
	b.used += n
	return true
}

// wait takes n bytes, at most all there are, as soon as they are there. What it returns is
// what was taken; an error means that ctx ended first.
func (b *budget) wait(ctx context.Context, n int64) (int64, error) {
	n = min(n, b.limit)
	b.mu.Lock()
	if b.waiting.Len() == 0 && b.fits(n) {
		b.setAside(n)
		b.mu.Unlock()
		return n, nil
	}
	w := &waiter{n: n, ready: make(chan struct{})}
	place := b.waiting.PushBack(w)
	b.mu.Unlock()
	select {
	case <-w.ready:
		return n, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-w.ready: // given at the last moment
		b.aside -= n
		b.give(n)
	default:
		b.waiting.Remove(place)
		b.serve()
	}
	return 0, ctx.Err()
}

// asideShare is how much of all may be set aside: one part of so many is left to others, who do not wait, unless
// a single message takes more.
const asideShare = 4

// fits reports whether n bytes may be set aside; called under mu.
func (b *budget) fits(n int64) bool {
	return b.used+n <= b.limit && (b.aside == 0 || b.aside+n <= b.limit-b.limit/asideShare)
}

func (b *budget) setAside(n int64) {
	b.used += n
	b.aside += n
}

// came says that the message is there for which n bytes were set aside, or will not come. They stay in use.
func (b *budget) came(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.aside -= n
	b.serve()
}

// release gives n bytes back.
func (b *budget) release(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.give(n)
}

func (b *budget) give(n int64) {
	b.used -= n
	b.serve()
}

// serve lets those go on for whom there are bytes now.
func (b *budget) serve() {
	for e := b.waiting.Front(); e != nil; e = b.waiting.Front() {
		w := e.Value.(*waiter)
		if !b.fits(w.n) {
			return
		}
		b.setAside(w.n)
		b.waiting.Remove(e)
		close(w.ready)
	}
}

func (b *budget) inUse() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}
