package deliver

import (
	"net/http"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// backoff doubles from min to max.
type backoff struct{ min, max time.Duration }

// wait before attempt n+1: half of it certain, half by chance, never less than
// the server asked for.
func (b backoff) wait(n int, asked time.Duration, jitter func() float64) time.Duration {
	d := b.max
	if n < 30 && b.min<<(n-1) < b.max {
		d = b.min << max(n-1, 0)
	}
	d = d/2 + time.Duration(float64(d/2)*jitter())
	if asked > 0 { // spread those that were told the same
		d = max(d, asked+time.Duration(float64(b.min)*jitter()))
	}
	return d
}

// circuit is open while the server is down: then one trace at a time may try,
// and not before until.
type circuit struct {
	backoff  backoff
	open     bool
	failures int
	until    time.Time
}

// allows reports whether one more delivery may begin beside busy others.
func (c *circuit) allows(now time.Time, busy int) bool {
	return !c.open || busy == 0 && !c.until.After(now)
}

func (c *circuit) failure(now time.Time, asked time.Duration, jitter func() float64) {
	if c.open && now.Before(c.until) {
		return // another delivery that was under way when it opened
	}
	c.failures++
	c.open = true
	c.until = now.Add(c.backoff.wait(c.failures, asked, jitter))
}

func (c *circuit) success() { c.open, c.failures = false, 0 }

// serverDown: the next trace will fare no better. A 500 may be about one trace.
func serverDown(err error) bool {
	e := apiError(err)
	if e == nil { // the network, or nothing that speaks MLflow
		return mlflow.IsRetryable(err)
	}
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return mlflow.IsUnauthorized(err) || e.Status < 400 || e.Status == http.StatusNotFound && e.Code == ""
}

// IsOutage reports whether an error says that the server is away, overloaded or
// lets nobody in, so that no other trace would fare better now.
func IsOutage(err error) bool { return err != nil && !IsStopped(err) && serverDown(err) }
