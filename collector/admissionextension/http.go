package admissionextension

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"sync"
	"time"

	"go.opentelemetry.io/collector/extension/extensionmiddleware"

	"github.com/technoshare/commentator/collector/admissionextension/internal/weigh"
)

// retryAfter is what a request that found no room is told to wait, in seconds.
const retryAfter = "1"

// GetHTTPHandler implements extensionmiddleware.HTTPServer. The handler comes after the one
// that unpacks bodies.
func (a *admission) GetHTTPHandler(context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	return func(_ context.Context, next http.Handler) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := &meteredBody{body: r.Body, admission: a, scale: a.scale(r), connection: http.NewResponseController(w)}
			defer body.done()
			body.expect(a.messageTimeout)
			a.unfinished.add(body)
			r.Body = body
			next.ServeHTTP(&answer{ResponseWriter: w, body: body}, r)
			if body.refused != nil {
				a.refused("http", body.refused)
			}
		}), nil
	}, nil
}

// scale weighs pieces of a body.
type scale interface {
	Write(b []byte) (cost int64, err error)
}

func (a *admission) scale(r *http.Request) scale {
	// As the receiver reads it, or what it takes for JSON would be weighed as something else.
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		return &weigh.JSON{}
	}
	if schema, ok := a.schemas[path.Base(r.URL.Path)]; ok {
		return weigh.NewProtobuf(schema)
	}
	return nil // what the receiver knows nothing of
}

// meteredBody takes out of the budget what it reads. It is used by one goroutine, and hurried by another.
type meteredBody struct {
	body      io.ReadCloser
	admission *admission
	scale     scale
	held      int64
	refused   error
	// connection is where the time for the body ends; net/http sets it anew for the next request.
	connection *http.ResponseController

	mu    sync.Mutex
	there bool // nothing more of it is waited for
}

// expect ends the body unless it comes in time: one that stops before its end would have what it has taken for good.
func (m *meteredBody) expect(timeout time.Duration) {
	_ = m.connection.SetReadDeadline(time.Now().Add(timeout)) // a server that has none ends requests by settings of its own
}

// came says that nothing more is waited for, so that the request goes on for as long as it takes.
func (m *meteredBody) came() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.there = true
	_ = m.connection.SetReadDeadline(time.Time{})
}

// hurry implements coming. A time for a body that is there would end what becomes of it.
func (m *meteredBody) hurry(timeout time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.there {
		m.expect(timeout)
	}
}

// Read implements io.Reader.
func (m *meteredBody) Read(p []byte) (int, error) {
	if m.refused != nil {
		return 0, m.refused
	}
	n, err := m.body.Read(p)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return m.refuse(errSlow)
	case errors.Is(err, io.EOF):
		m.came()
	}
	cost := int64(n)
	if m.scale != nil && n > 0 {
		more, bad := m.scale.Write(p[:n])
		if cost += more; bad != nil {
			return m.refuse(bad)
		}
	}
	if m.held+cost > m.admission.budget.limit {
		return m.refuse(errSize)
	}
	if !m.admission.budget.try(cost) {
		return m.refuse(errFull)
	}
	m.held += cost
	return n, err
}

// refuse gives back at once what was taken, so that of two that want the rest one gets it.
func (m *meteredBody) refuse(err error) (int, error) {
	m.refused = err
	m.release()
	return 0, err
}

// Close implements io.Closer. What was read is still in memory.
func (m *meteredBody) Close() error { return m.body.Close() }

// done is the end of the request.
func (m *meteredBody) done() {
	m.admission.unfinished.remove(m)
	m.mu.Lock()
	m.there = true
	m.mu.Unlock()
	m.release()
}

func (m *meteredBody) release() {
	m.admission.budget.release(m.held)
	m.held = 0
}

// answer puts the status of a refusal in place of what the receiver makes of a body that
// it could not read.
type answer struct {
	http.ResponseWriter
	body *meteredBody
	done bool
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.done {
		return
	}
	a.done = true
	refused := a.body.refused
	if refused == nil {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	status = http.StatusServiceUnavailable
	switch {
	case errors.Is(refused, errSize):
		status = http.StatusRequestEntityTooLarge
	case permanent(refused):
		status = http.StatusBadRequest
	default:
		a.Header().Set("Retry-After", retryAfter)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.ResponseWriter.Write(b)
}
