package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// recent keeps the answer to a question that costs something. Who asks within the time for which it is kept, by
// the monotonic clock, gets the same one; while it is looked for nobody else looks, and who asks gets the one
// before it where the new one takes longer than a moment. It is safe for concurrent use.
type recent[T any] struct {
	look func(ctx context.Context) T // ends in bounded time
	kept time.Duration

	mu      sync.Mutex // guards what follows
	at      time.Time  // zero: never
	last    T
	looking chan struct{} // closed when the look under way has its answer; nil: none is
}

// moment is how long who asks waits for a new answer where there is an old one: whoever asks for the health of
// something gives up after a second, as Kubernetes does, and learns nothing.
const moment = 25 * time.Millisecond

// get never ends a look that others wait for as well: ctx gives values alone.
func (r *recent[T]) get(ctx context.Context) T {
	r.mu.Lock()
	if !r.at.IsZero() && time.Since(r.at) < r.kept {
		defer r.mu.Unlock()
		return r.last
	}
	if r.looking == nil {
		r.looking = make(chan struct{})
		go r.renew(context.WithoutCancel(ctx), r.looking)
	}
	looking, known := r.looking, !r.at.IsZero()
	r.mu.Unlock()
	var enough <-chan time.Time
	if known {
		timer := time.NewTimer(moment)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-looking:
	case <-enough:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// renew looks, and closes done with the answer.
func (r *recent[T]) renew(ctx context.Context, done chan struct{}) {
	defer close(done)
	answer := r.look(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.at, r.looking = answer, time.Now(), nil
}

// patient makes a question that may never be answered, as by a disk of a network, into one that is answered
// with an error at the end of the context. One that is under way still is not asked beside it.
type patient struct {
	ask func() error

	mu      sync.Mutex
	pending chan struct{} // closed when the question under way is answered; nil: none is
	err     error
}

var errNoAnswer = errors.New("there is no answer")

func (p *patient) get(ctx context.Context) error {
	p.mu.Lock()
	if p.pending == nil {
		p.pending = make(chan struct{})
		go p.answer(p.pending)
	}
	answered := p.pending
	p.mu.Unlock()
	select {
	case <-answered:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-ctx.Done():
		return errNoAnswer
	}
}

func (p *patient) answer(done chan struct{}) {
	defer close(done)
	err := p.ask()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err, p.pending = err, nil
}
