package httpserver

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Bounds of a server. They are far above what Slack, Prometheus, a browser or a health check
// needs, and far below what exhausts a process: 1,024 descriptors are a usual limit.
const (
	// MaxConnections is how many connections are open at once. For one more another is ended, see [Server].
	MaxConnections = 256
	// headerTime bounds the wait for the headers of a request, from the first byte on a new
	// connection; bodyTime that for the body, and for what a handler leaves unread of it.
	headerTime = 5 * time.Second
	bodyTime   = 5 * time.Second
	// answerTime bounds an answer from the end of the headers to its last byte.
	answerTime = 60 * time.Second
	// idleTime is how long a connection may wait for its next request.
	idleTime = 30 * time.Second
	// maxHeader bounds the headers of a request, in bytes.
	maxHeader = 64 << 10
)

// Server serves a handler with bounds on time: 5 s for headers, 5 s for a body, 60 s for an answer, 30 s
// idle. Where [MaxConnections] are open and one more comes, it ends the one that it has waited for the
// longest, or else the one that it has worked for the longest: who sends a whole request and reads
// the answer is served whatever others do. A connection that was taken over, such as a WebSocket, has no bound
// on time, and is not ended for another. Those that are ended are counted; the first is told to the log. It is safe for
// concurrent use.
type Server struct {
	http        *http.Server
	connections *connections
}

// New is a server of h.
func New(h http.Handler, log *slog.Logger) *Server {
	s := &Server{connections: newConnections(log)}
	s.http = &http.Server{
		Handler: bodyDeadline(h), ReadHeaderTimeout: headerTime, WriteTimeout: answerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelError),
		ConnState:   s.connections.state,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
	return s
}

// Serve answers on l until [Server.Shutdown] or [Server.Close], and returns [http.ErrServerClosed] then. It closes l.
func (s *Server) Serve(l net.Listener) error {
	return s.http.Serve(&listener{Listener: l, of: s.connections, done: make(chan struct{})})
}

// Shutdown is [http.Server.Shutdown].
func (s *Server) Shutdown(ctx context.Context) error { return s.http.Shutdown(ctx) }

// Close is [http.Server.Close].
func (s *Server) Close() error { return s.http.Close() }

// Ended counts the connections that were ended so far so that others are served.
func (s *Server) Ended() int64 { return s.connections.endedForOthers() }

// connKey finds the connection of a request in its context.
type connKey struct{}

// waits notes that the server waits for a request's client now, or works again.
func waits(r *http.Request, waits bool) {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok {
		c.set(!waits)
	}
}

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
			body := &timedBody{ReadCloser: r.Body, control: control, request: r}
			r.Body = body
			defer func() {
				if !body.ended {
					_ = control.SetReadDeadline(time.Now().Add(bodyTime))
					waits(r, true)
				}
			}()
		}
		h.ServeHTTP(w, r)
	})
}

// timedBody takes the deadline back once the body has been read. asked says that the handler reads it; ended that it
// has been read, or that reading it failed.
type timedBody struct {
	io.ReadCloser
	control      *http.ResponseController
	request      *http.Request
	asked, ended bool
}

func (b *timedBody) Read(p []byte) (int, error) {
	if !b.asked {
		b.asked = true
		waits(b.request, true)
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil && !b.ended {
		b.ended = true // also where its time is over: there is no more of it to wait for
		waits(b.request, false)
		if err == io.EOF {
			_ = b.control.SetReadDeadline(time.Time{})
		}
	}
	return n, err
}
