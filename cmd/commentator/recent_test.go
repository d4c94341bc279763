package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnAnswerIsKeptForAWhileAndLookedForOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks, atOnce atomic.Int32
		release := make(chan struct{})
		r := recent[int32]{kept: 2 * time.Second, look: func(ctx context.Context) int32 {
			if ctx.Err() != nil || atOnce.Add(1) > 1 {
				t.Error("somebody who left, or looks beside another, counts")
			}
			defer atOnce.Add(-1)
			<-release
			return looks.Add(1)
		}}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if got := r.get(gone); got != 1 {
					t.Errorf("answer %d", got)
				}
			})
		}
		close(release)
		group.Wait()
		time.Sleep(1999 * time.Millisecond)
		if got := r.get(t.Context()); got != 1 {
			t.Errorf("answer %d within its time", got)
		}
		time.Sleep(time.Millisecond)
		if got := r.get(t.Context()); got != 2 {
			t.Errorf("answer %d after its time", got)
		}
	})
}

// TestTheAnswerBeforeStandsInForOneThatTakesLong, as while a database hangs: who asks has no time for that.
func TestTheAnswerBeforeStandsInForOneThatTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks, took := 0, time.Duration(0)
		r := recent[int]{kept: 2 * time.Second, look: func(context.Context) int { looks++; time.Sleep(took); return looks }}
		ask := func(after time.Duration, want int, least, most time.Duration) {
			t.Helper()
			time.Sleep(after)
			began := time.Now()
			if got, waited := r.get(t.Context()), time.Since(began); got != want || waited < least || waited > most {
				t.Errorf("answer %d after %s", got, waited)
			}
		}
		took = 3 * time.Second
		ask(0, 1, took, took) // there is none before it
		ask(2*time.Second, 1, moment, moment)
		ask(time.Second, 1, moment, moment) // the same look
		ask(2*time.Second, 2, 0, 0)         // which has ended by now
		took = moment / 2
		ask(2*time.Second, 3, took, took)
	})
}

func TestWhatDoesNotAnswerIsNotAskedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, answer := 0, make(chan error)
		p := patient{ask: func() error { asked++; return <-answer }}
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := p.get(ctx); !errors.Is(err, errNoAnswer) {
				t.Error(err)
			}
			cancel()
		}
		full := errors.New("full")
		answer <- full
		synctest.Wait()
		go func() { answer <- nil }()
		if err := p.get(t.Context()); err != nil || asked != 2 {
			t.Errorf("%v after %d questions", err, asked)
		}
	})
}
