package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// killNow kills a random process every few seconds and starts it again. Each
// fourth is asked to end instead.
func (s *soak) killNow(ctx context.Context) {
	every := 3 * time.Second
	if len(s.procs) > 2 {
		every = 2 * time.Second
	}
	for i := 0; pause(ctx, every/2+rand.N(every)); i++ {
		p := s.procs[rand.IntN(len(s.procs))]
		if i%4 == 2 {
			s.end(p)
		} else {
			s.kill(p)
		}
		pause(ctx, rand.N(500*time.Millisecond))
		s.launch(p)
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// mlflowAway takes MLflow away for a third of the time, each time in another
// way. Calls under way when it goes are answered by nobody, though processed.
func (s *soak) mlflowAway(ctx context.Context) {
	third := 8 * time.Second
	if s.links <= 50 {
		third = 3 * time.Second
	}
	for i := 0; pause(ctx, 2*third); i++ {
		left := 3
		s.proxy.SetFault(func(mlflowtest.Request) mlflowtest.Fault { // called one at a time
			if left > 0 {
				left--
				return mlflowtest.Fault{CutAfter: true}
			}
			switch i % 3 {
			case 0:
				return mlflowtest.Fault{CutBefore: true}
			case 1:
				return mlflowtest.Fault{Status: http.StatusServiceUnavailable, Body: "maintenance"}
			}
			return mlflowtest.Fault{Status: http.StatusBadGateway, Body: "<html>no upstream</html>"}
		})
		gone := time.Now()
		pause(ctx, third)
		s.proxy.Reset() // also forgets the bodies of the requests
		s.mu.Lock()
		s.away += time.Since(gone)
		s.mu.Unlock()
	}
}

// slackTrouble has Slack answer badly and drop sockets.
func (s *soak) slackTrouble(ctx context.Context) {
	faults := []fakeslack.Fault{
		{Method: "chat.postMessage", DropResponse: true},
		{Method: "chat.postMessage", Status: 429, RetryAfter: 1, Count: 4},
		{Socket: "cut"},
		{Method: "chat.postMessage", Status: 503, AfterEffect: true},
		{Socket: "drop_acks", Count: 2},
		{Method: "*", Status: 429, RetryAfter: 1, Count: 8},
		{Method: "chat.postMessage", DropResponse: true, Count: 2},
		{Socket: "disconnect"},
		{Method: "chat.postMessage", Status: 500},
		{Method: "conversations.replies", Status: 503},
		{Method: "reactions.add", DropResponse: true},
		{Socket: "refuse"},
	}
	messages := 0
	for i := 0; pause(ctx, 300*time.Millisecond+rand.N(700*time.Millisecond)); {
		f := faults[i%len(faults)]
		if f.Method == "chat.postMessage" {
			// They must not heap up: a post that fails three times ends its
			// attempt, as it should.
			n := s.slack.Stats().Messages
			if n < messages+4 {
				continue
			}
			messages = n
		}
		i++
		s.wrong += max(f.Count, 1)
		if err := s.slack.Inject(f); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *soak) modelTrouble(ctx context.Context) {
	for pause(ctx, 4*time.Second) {
		s.model.refuseNext(6)
	}
}
