package fetch

import (
	"context"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// maxPacedHosts bounds the limiters kept; the one longest not asked goes first.
const maxPacedHosts = 512

// pacer spaces requests per host. A rate given for a host holds for the hosts
// below it too, in common: arxiv.org paces export.arxiv.org. It is safe for
// concurrent use.
type pacer struct {
	pauses   map[string]time.Duration
	limiters *lru.Cache[string, *rate.Limiter]
}

// newPacer makes a pacer; nil pauses pace nothing.
func newPacer(pauses map[string]time.Duration) *pacer {
	return &pacer{pauses: pauses, limiters: newLRU[string, *rate.Limiter](maxPacedHosts)}
}

// newLRU is a bounded map for concurrent use. The library's expiring one is not
// used: its goroutine cannot be ended.
func newLRU[K comparable, V any](size int) *lru.Cache[K, V] {
	c, err := lru.New[K, V](size)
	if err != nil { // sizes are constants above zero
		panic(err)
	}
	return c
}

// wait returns when the next request to the host may go. A deadline that is too near for the
// turn is an error at once, see [rate.Limiter.Wait].
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

// limiter is that of the nearest domain with a pause of its own, without bursts, or else one of
// the host's own with bursts of four, as a page and what belongs to it come together. It is nil
// where nothing is paced.
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
	if l, ok := p.limiters.Get(key); ok {
		return l
	}
	l := rate.NewLimiter(rate.Every(pause), burst)
	if earlier, ok, _ := p.limiters.PeekOrAdd(key, l); ok {
		return earlier // another request came first
	}
	return l
}
