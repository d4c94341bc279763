package slack

import (
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/time/rate"
)

const (
	// openBurst is how many sockets are asked for at once, and openEvery the time until one more may be. slack-go
	// waits after calls that fail, but not after a connection that was opened and ended.
	openBurst = 20
	openEvery = 6 * time.Second
	// longestOpenWait bounds the wait for the next try that an answer asks for: nothing is heard meanwhile.
	longestOpenWait = 15 * time.Minute
)

// opener is the HTTP client that asks for sockets. It keeps connections that do not last from being made
// again and again.
type opener struct {
	answersOnly
	limit *rate.Limiter
	paced atomic.Bool // it was told, until connections last again
	log   *slog.Logger
}

func newOpener(l *slog.Logger) *opener {
	return &opener{answersOnly: answersOnly{newHTTPClient()}, limit: rate.NewLimiter(rate.Every(openEvery), openBurst), log: l}
}

// Do waits for its turn first.
func (o *opener) Do(req *http.Request) (*http.Response, error) {
	switch tokens := o.limit.Tokens(); {
	case tokens > openBurst/2:
		o.paced.Store(false)
	case tokens < 1 && !o.paced.Swap(true):
		o.log.Warn("connections to Slack do not last; the next ones are made at a pace", "every", openEvery)
	}
	if err := o.limit.Wait(req.Context()); err != nil {
		return nil, err
	}
	resp, err := o.answersOnly.Do(req)
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		limited.RetryAfter = min(limited.RetryAfter, longestOpenWait)
	}
	return resp, err
}
