package deliver

import (
	"net/http"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// circuit is open while the server is down: then one trace at a time may try,
// and not before until.
type circuit struct {
	backoff  Backoff
	open     bool
	failures int
	until    time.Time
}

// allows reports whether one more delivery may begin beside busy others.
func (c *circuit) allows(now time.Time, busy int) bool {
	return !c.open || busy == 0 && !c.until.After(now)
}

// failure opens the circuit, or keeps it open for longer, and reports whether it
// was closed. asked is the wait that the server wants, or 0.
func (c *circuit) failure(now time.Time, asked time.Duration) (opened bool) {
	if c.open && now.Before(c.until) {
		return false // another delivery that was under way when it opened
	}
	opened = !c.open
	c.failures++
	c.open = true
	c.until = now.Add(c.backoff.Wait(c.failures, asked))
	return opened
}

// success closes the circuit, and reports whether it was open.
func (c *circuit) success() (closed bool) {
	closed = c.open
	c.open, c.failures = false, 0
	return closed
}

// serverDown reports whether the next trace will fare no better than the one
// that failed with err. A 500 may be about one trace.
func serverDown(err error) bool {
	if IsPartial(err) || isRunMoved(err) {
		return false
	}
	e := apiError(err)
	if e == nil { // the network, or nothing that speaks MLflow
		return mlflow.IsRetryable(err)
	}
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	// A page instead of MLflow's own words is a proxy's, or of a wrong path.
	return mlflow.IsUnauthorized(err) || e.Status < 400 || e.Status == http.StatusNotFound && e.Code == "" ||
		e.HTML && mlflow.IsRetryable(err)
}

// IsOutage reports whether an error says that the server is away, overloaded or
// lets nobody in, so that no other trace would fare better now.
func IsOutage(err error) bool { return err != nil && !IsStopped(err) && serverDown(err) }
