package httpserver

import (
	"io"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// Bounds of a server. They are far above what Slack, Prometheus, a browser or a health check
// needs, and far below what exhausts a process: 1,024 descriptors are a usual limit.
const (
	// MaxConnections is how many connections are open at once; more wait in the system's own
	// queue until one ends.
	MaxConnections = 256
	// headerTime bounds the wait for the headers of a request, from the first byte on a new
	// connection; bodyTime that for the body, and for what a handler leaves unread of it.
	headerTime = 5 * time.Second
	bodyTime   = 10 * time.Second
	// answerTime bounds an answer from the end of the headers to its last byte.
	answerTime = 60 * time.Second
	// idleTime is how long a connection may wait for its next request.
	idleTime = 30 * time.Second
	// maxHeader bounds the headers of a request, in bytes.
	maxHeader = 64 << 10
)

// New is a server of h with bounds on time: 5 s for headers, 10 s for a body, 60 s for an
// answer, 30 s idle. A connection that was taken over, such as a WebSocket, has none of them.
// The caller serves a [Listener] with it.
func New(h http.Handler) *http.Server {
	return &http.Server{
		Handler: bodyDeadline(h), ReadHeaderTimeout: headerTime, WriteTimeout: answerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
	}
}

// Listener is l with at most [MaxConnections] connections at once.
func Listener(l net.Listener) net.Listener { return netutil.LimitListener(l, MaxConnections) }

// bodyDeadline bounds the time that a request's body may take. http.Server.ReadTimeout is not
// used for it: it goes on after the body has been read, and ends the context of a handler that
// works for longer. A body that the handler does not read is read by the server itself before
// the next request, under the same bound.
func bodyDeadline(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 {
			h.ServeHTTP(w, r)
			return
		}
		control := http.NewResponseController(w)
		// Without deadlines, as in a test's recorder, there is no connection to hold either.
		if control.SetReadDeadline(time.Now().Add(bodyTime)) == nil {
			body := &timedBody{ReadCloser: r.Body, control: control}
			r.Body = body
			defer func() {
				if !body.ended {
					_ = control.SetReadDeadline(time.Now().Add(bodyTime))
				}
			}()
		}
		h.ServeHTTP(w, r)
	})
}

// timedBody takes the deadline back once the body has been read. ended says that it was, or
// that reading it failed.
type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
	ended   bool
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF && !b.ended {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	b.ended = b.ended || err != nil // its time is over: there is no more of it to wait for
	return n, err
}
