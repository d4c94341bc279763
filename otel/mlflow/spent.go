package mlflow

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// errSpent is the failure of a write before its first byte, after which
// [http.Transport] sends the request on another connection.
var errSpent = errors.New("the server closes this connection")

// spentConn is a connection that can be marked as good for no further request.
type spentConn struct {
	net.Conn
	spent atomic.Bool
}

func (c *spentConn) Write(p []byte) (int, error) {
	if c.spent.Load() {
		return 0, errSpent
	}
	return c.Conn.Write(p)
}

// spentTransport uses no connection again on which the server answered that it failed.
// Uvicorn closes it after an error that MLflow did not catch, as of S3 behind its
// proxy for artifacts, and does not say so in the answer (seen on 3.17.2): the next
// request, which may be a create of another trace, would run into the close, and
// nobody knew whether it was processed.
type spentTransport struct{ next *http.Transport }

func (t *spentTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	var conn net.Conn
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { conn = i.Conn }}
	resp, err := t.next.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err == nil && resp.StatusCode >= http.StatusInternalServerError {
		if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
			conn = wrapped.NetConn()
		}
		if c, ok := conn.(*spentConn); ok {
			c.spent.Store(true)
		}
	}
	return resp, err
}

func (t *spentTransport) CloseIdleConnections() { t.next.CloseIdleConnections() }
