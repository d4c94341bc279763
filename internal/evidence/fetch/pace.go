package fetch

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxPacedHosts bounds the limiters kept; the oldest quiet ones go first.
const maxPacedHosts = 512

// pacer spaces requests per host. A rate given for a host holds for the hosts
// below it too, in common: arxiv.org paces export.arxiv.org.
type pacer struct {
	mu       sync.Mutex
	pauses   map[string]time.Duration
	limiters map[string]*pacedHost
}

type pacedHost struct {
	limiter *rate.Limiter
	last    time.Time
}

func newPacer(pauses map[string]time.Duration) *pacer {
	return &pacer{pauses: pauses, limiters: map[string]*pacedHost{}}
}

func (p *pacer) wait(ctx context.Context, host string) error {
	l := p.limiter(host)
	if l == nil {
		return nil
	}
	if err := l.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return NewError(RateLimited, "", "too many requests to "+host+" are waiting here already", "try again later")
	}
	return nil
}

func (p *pacer) limiter(host string) *rate.Limiter {
	key, pause, burst := host, p.pauses[""], 4
	for h := host; h != ""; {
		if d, ok := p.pauses[h]; ok {
			key, pause, burst = h, d, 1
			break
		}
		_, rest, found := strings.Cut(h, ".")
		if !found {
			break
		}
		h = rest
	}
	if pause <= 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	h := p.limiters[key]
	if h == nil {
		if len(p.limiters) >= maxPacedHosts {
			p.forgetOldest()
		}
		h = &pacedHost{limiter: rate.NewLimiter(rate.Every(pause), burst)}
		p.limiters[key] = h
	}
	h.last = now
	return h.limiter
}

func (p *pacer) forgetOldest() {
	var oldest string
	for k, h := range p.limiters {
		if oldest == "" || h.last.Before(p.limiters[oldest].last) {
			oldest = k
		}
	}
	delete(p.limiters, oldest)
}
