package eval

import (
	"context"
	"fmt"
	"time"
)

// Traces of rows are taken in batches: a row counts as sent when all spans that had ended
// before are flushed. Until then another process sends it again, under the same ids.

const (
	sendEvery   = time.Second
	sendTimeout = 30 * time.Second
)

type flusher interface {
	ForceFlush(ctx context.Context) error
}

// sender is the goroutine that flushes while rows run.
type sender struct{ end, done chan struct{} }

func (s sender) stop() {
	close(s.end)
	<-s.done
}

func (e *evaluation[In, Exp, Out]) startSender(ctx context.Context) sender {
	s := sender{make(chan struct{}), make(chan struct{})}
	if !e.journal.keeps() { // nobody asks afterwards what was sent
		close(s.done)
		return s
	}
	tick := time.NewTicker(sendEvery)
	go func() {
		defer close(s.done)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_ = e.flush(ctx) // the last one tells
			case <-s.end:
				return
			}
		}
	}()
	return s
}

// flush sends what has ended, and notes of which rows that was. It works when ctx has ended
// too, for a while.
func (e *evaluation[In, Exp, Out]) flush(ctx context.Context) error {
	f, ok := e.provider.(flusher)
	if !ok {
		return nil
	}
	e.mu.Lock()
	keys := e.unsent
	e.unsent = nil
	e.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	if err := f.ForceFlush(ctx); err != nil {
		e.mu.Lock()
		e.unsent = append(e.unsent, keys...)
		e.mu.Unlock()
		return fmt.Errorf("send traces of rows: %w", err)
	}
	for _, key := range keys {
		if err := e.journal.note(record{Key: key, Sent: true}, false); err != nil {
			return err
		}
	}
	return nil
}
