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

func (s *Session) startSender(ctx context.Context) sender {
	out := sender{make(chan struct{}), make(chan struct{})}
	if !s.journal.keeps() { // nobody asks afterwards what was sent
		close(out.done)
		return out
	}
	tick := time.NewTicker(sendEvery)
	go func() {
		defer close(out.done)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_ = s.flush(ctx) // the last one tells
			case <-out.end:
				return
			}
		}
	}()
	return out
}

// flush sends what has ended, and notes of which rows that was. It works when ctx has ended
// too, for a while.
func (s *Session) flush(ctx context.Context) error {
	f, ok := s.provider.(flusher)
	if !ok {
		return nil
	}
	s.mu.Lock()
	keys := s.unsent
	s.unsent = nil
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	if err := f.ForceFlush(ctx); err != nil {
		s.mu.Lock()
		s.unsent = append(s.unsent, keys...)
		s.mu.Unlock()
		return fmt.Errorf("send traces of rows: %w", err)
	}
	for _, key := range keys {
		if err := s.journal.note(record{Key: key, Sent: true}, false); err != nil {
			return err
		}
	}
	return nil
}
