package mlflow

import (
	"context"
	"net"
	"net/http"
	"time"
)

// newTransport is a transport of its own, never http.DefaultTransport: programs
// wrap that one with instrumentation, and these requests must not be traced.
func newTransport(c config) (http.RoundTripper, error) {
	tlsConfig, err := newTLSConfig(c)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &spentTransport{&http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &spentConn{Conn: quickAck(conn)}, nil
		},
		TLSClientConfig:     tlsConfig,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 8,
		// uvicorn closes an idle connection after 5 s. Let go of it earlier, or
		// a POST runs into the close and nobody knows whether it was processed.
		IdleConnTimeout:   4 * time.Second,
		DisableKeepAlives: !quickAckSupported,
	}}, nil
}
