package slack

import (
	"context"
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

// wait returns when the next post in the channel may go. The loop is for those who wait out a
// limit while another answer prolongs it.
func (p *pace) wait(ctx context.Context, channel string) error {
	for {
		p.mu.Lock()
		c := p.of(channel)
		closed := time.Until(c.closed)
		p.mu.Unlock()
		if closed <= 0 {
			return c.limit.Wait(ctx)
		}
		if err := retry.Sleep(ctx, closed); err != nil {
			return err
		}
	}
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
