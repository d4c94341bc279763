package slack

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/internal/job"
)

// health is what is known of the connection. The socket, the handlers and the look back write
// it, [Bot.Readiness] reads it. mu guards the fields above the atomics.
type health struct {
	mu      sync.Mutex
	up      bool
	since   time.Time         // of up or down
	last    time.Time         // anything heard
	unasked string            // why Slack could not be asked whether it takes the settings; empty when it could
	problem string            // what a person has to put right; empty for none
	asked   time.Time         // whether that is still so
	seen    map[string]string // channel → newest ts without consequences

	missed   atomic.Bool  // Slack left events out
	failures atomic.Int64 // events not stored
}

// connected notes that a socket was opened.
func (h *health) connected(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.up, h.since, h.last = true, now, now
}

// disconnected notes that it was closed. since stays that of the first loss: each further
// attempt to connect passes here too.
func (h *health) disconnected() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.up || h.since.IsZero() {
		h.up, h.since = false, time.Now()
	}
}

// heard notes a sign of life, of several goroutines in any order.
func (h *health) heard(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.After(h.last) {
		h.last = now
	}
}

// confirmed notes why Slack could not be asked whether it takes the settings; empty when it could.
func (h *health) confirmed(why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unasked = why
}

// report notes what a person has to put right. It stays until Slack takes the token again, see
// [Bot.recheck].
func (h *health) report(why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.problem, h.asked = why, time.Time{}
}

// recheckEvery is the least time between two questions whether a token is taken again, and
// recheckTimeout bounds one.
const (
	recheckEvery   = 15 * time.Second
	recheckTimeout = 3 * time.Second
)

// due reports whether it is time to ask whether the problem is still there, and takes the time.
func (h *health) due(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.problem == "" || now.Sub(h.asked) < recheckEvery {
		return false
	}
	h.asked = now
	return true
}

// solved takes a problem back, unless another was reported since.
func (h *health) solved(since time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asked.Equal(since) {
		h.problem = ""
	}
}

// recheck asks Slack whether it takes the bot's token, while a problem with it is known. An answer
// ends the problem; without one it stays.
func (b *Bot) recheck(ctx context.Context) {
	now := b.now()
	if !b.health.due(now) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recheckTimeout)
	defer cancel()
	if _, err := b.api.Identity(ctx); err != nil {
		b.log.Debug("the token is not taken yet", "error", err)
		return
	}
	b.health.solved(now)
	b.log.Info("Slack takes the bot's token")
}

// note remembers how far a channel was heard; it is written down by the next
// event with consequences or back-fill.
func (h *health) note(channel, ts string) {
	if channel == "" || ts == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen == nil || len(h.seen) > maxPaced {
		h.seen = map[string]string{}
	}
	h.seen[channel] = max(h.seen[channel], ts)
}

// noted takes what was remembered, for the one who writes it down.
func (h *health) noted() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.seen
	h.seen = nil
	return out
}

// Readiness is a picture of the bot for /readyz.
type Readiness struct {
	Connected bool      // a socket is open
	Since     time.Time // when that began; zero if it never was otherwise
	LastHeard time.Time // last ping or event
	Database  error     // nil: it can be written
	Queue     job.QueueStatus
	NotStored int64  // events that had to be delivered again
	Problem   string // what a person has to put right, or that Slack could not be asked
}

// Readiness looks at the socket, the database and the queue, and asks Slack whether a problem with
// the token is still there.
func (b *Bot) Readiness(ctx context.Context) Readiness {
	b.recheck(ctx)
	b.health.mu.Lock()
	r := Readiness{
		Connected: b.health.up, Since: b.health.since, LastHeard: b.health.last, Problem: cmp.Or(b.health.problem, b.health.unasked),
	}
	b.health.mu.Unlock()
	r.NotStored = b.health.failures.Load()
	if r.Database = b.stores.Database.Ping(ctx); r.Database == nil {
		r.Queue, r.Database = b.stores.Queue.Status(ctx)
	}
	return r
}
