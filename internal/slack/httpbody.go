package slack

import (
	"errors"
	"io"
	"slices"
	"sync"
)

const (
	// maxBodies bounds the bodies of HTTP requests that are in memory at once, in bytes, read
	// and still being read together: sixteen of the longest, some 250 of the longest recorded.
	maxBodies = 16 << 20
	// firstBody is the room that a request is given at first, in bytes; most need no more.
	firstBody = 8 << 10
)

// errBusy says that there is no room for another body now.
var errBusy = errors.New("no room for another request")

// bodies bounds the memory of requests whose sender is not known yet. A request takes room as its
// bytes come, not as it announces them, so that slow senders hold little. Where there is none left, those that
// are sent for the longest lose theirs: Slack sends an event at once, and is not kept out by who does
// not. It is safe for concurrent use.
type bodies struct {
	mu      sync.Mutex
	free    int
	reading []*body // the oldest first
}

// body is what has been read of a request.
type body struct {
	of   *bodies
	stop func() // has the read under way fail soon; called once at most
	// Guarded by the lock of of.
	held int  // room in bytes
	lost bool // another has it now
}

func newBodies() *bodies { return &bodies{free: maxBodies} }

// read reads r to its end, and returns what was read; stop is to make it fail. release is called once that is not needed any
// more, also after an error, which is [errBusy] or one of r.
func (bs *bodies) read(r io.Reader, stop func()) (text []byte, release func(), err error) {
	b := &body{of: bs, stop: stop}
	bs.mu.Lock()
	bs.reading = append(bs.reading, b)
	bs.mu.Unlock()
	defer b.done()
	for {
		if len(text) == cap(text) {
			more := max(firstBody, cap(text)) // twice as much as before
			if !b.take(more) {
				return nil, b.release, errBusy
			}
			grown := make([]byte, len(text), cap(text)+more)
			copy(grown, text)
			text = grown
		}
		n, err := r.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case err != nil && b.done():
			return nil, b.release, errBusy
		case err == io.EOF:
			return slices.Clip(text), b.release, nil
		case err != nil:
			return nil, b.release, err
		}
	}
}

// take gives b more room, that of older requests where there is no other, and reports whether it has it.
func (b *body) take(more int) bool {
	bs := b.of
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for !b.lost && bs.free < more && len(bs.reading) > 0 && bs.reading[0] != b {
		bs.reading[0].lose()
	}
	if b.lost || bs.free < more {
		return false
	}
	bs.free -= more
	b.held += more
	return true
}

// lose takes the oldest request's room away. The caller holds the lock.
func (b *body) lose() {
	b.of.reading = b.of.reading[1:]
	b.of.free += b.held
	b.held, b.lost = 0, true
	b.stop()
}

// done says that b is read no more, and reports whether it has lost its room.
func (b *body) done() (lost bool) {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	if i := slices.Index(b.of.reading, b); i >= 0 {
		b.of.reading = slices.Delete(b.of.reading, i, i+1)
	}
	return b.lost
}

// release gives the room back.
func (b *body) release() {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	b.of.free += b.held
	b.held = 0
}
