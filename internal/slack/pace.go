package slack

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/technoshare/commentator/internal/retry"
)

// maxPaced bounds the number of channels whose pace is remembered. Beyond it all are
// forgotten, which costs nothing but a post that comes early.
const maxPaced = 1000

// pace keeps posts in a channel apart. mu guards the map and what its values hold, except the
// limiters, which have locks of their own. It is not held while somebody waits.
type pace struct {
	every time.Duration

	mu       sync.Mutex
	channels map[string]*channelPace
}

// channelPace is when a channel may be posted to: by our own pace, and by a limit of Slack's.
type channelPace struct {
	limit  *rate.Limiter
	closed time.Time // until then, Slack takes nothing
}

func newPace(every time.Duration) *pace {
	return &pace{every: every, channels: map[string]*channelPace{}}
}

// of is the pace of a channel, made when it is first asked for. The caller holds mu.
func (p *pace) of(channel string) *channelPace {
	c := p.channels[channel]
	if c == nil {
		if len(p.channels) >= maxPaced {
			clear(p.channels)
		}
		limit := rate.Inf
		if p.every > 0 {
			limit = rate.Every(p.every)
		}
		c = &channelPace{limit: rate.NewLimiter(limit, 1)}
		p.channels[channel] = c
	}
	return c
}

// wait returns when the next post in the channel may go. What would have to wait longer than
// atMost, or than ctx has left, gets a retry.Turn at once, so that it can be put off: to wait is no
// part of a job. Posts go in the order in which they come here. The loop is for those who wait out
// a limit while another answer prolongs it.
func (p *pace) wait(ctx context.Context, channel string, atMost time.Duration) error {
	end := time.Now().Add(atMost)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	for {
		p.mu.Lock()
		c := p.of(channel)
		closed := c.closed
		p.mu.Unlock()
		switch {
		case closed.After(end):
			return noTurn(channel, time.Until(closed))
		case time.Now().Before(closed):
			if err := retry.Sleep(ctx, time.Until(closed)); err != nil {
				return fmt.Errorf("wait for the channel's turn: %w", err)
			}
			continue
		}
		place := c.limit.Reserve()
		if wait := place.Delay(); time.Now().Add(wait).After(end) {
			place.Cancel()
			return noTurn(channel, wait)
		} else if err := retry.Sleep(ctx, wait); err != nil {
			place.Cancel()
			return fmt.Errorf("wait for the channel's turn: %w", err)
		}
		p.mu.Lock()
		open := !time.Now().Before(c.closed)
		p.mu.Unlock()
		if open {
			return nil
		}
	}
}

// noTurn says when the channel's turn can come at the earliest.
func noTurn(channel string, after time.Duration) error {
	after = max(after, time.Second)
	return retry.Turn(fmt.Errorf("the channel %s takes no post for %s", channel, after.Round(time.Second)), after)
}

// hold stops posts in the channel for a while, for all who share the pace. It never shortens a
// wait that is known already.
func (p *pace) hold(channel string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.of(channel)
	if until := time.Now().Add(d); until.After(c.closed) {
		c.closed = until
	}
}
