package mlflow

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// newTransport is a transport of its own, never http.DefaultTransport: programs
// wrap that one with instrumentation, and these requests must not be traced.
func newTransport(c config) (*http.Transport, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.insecureTLS} //nolint:gosec // asked for by name
	if c.caFile != "" {
		pem, err := os.ReadFile(c.caFile)
		if err != nil {
			return nil, fmt.Errorf("read server certificate: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("server certificate file %s holds no PEM certificate", c.caFile)
		}
	}
	if c.clientCertFile != "" {
		cert, err := tls.LoadX509KeyPair(c.clientCertFile, c.clientCertFile)
		if err != nil {
			return nil, fmt.Errorf("load client certificate (one PEM file with certificate and key): %w", err)
		}
		cfg.Certificates = []tls.Certificate{cert}
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return quickAck(conn), nil
		},
		TLSClientConfig:     cfg,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 8,
		// uvicorn closes an idle connection after 5 s. Let go of it earlier, or
		// a POST runs into the close and nobody knows whether it was processed.
		IdleConnTimeout:   4 * time.Second,
		DisableKeepAlives: !quickAckSupported,
	}, nil
}

// authTransport adds the credentials.
type authTransport struct {
	next                  http.RoundTripper
	user, password, token string
}

func (t *authTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if n, ok := req.Context().Value(countKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
	if t.token == "" && t.user == "" && t.password == "" {
		return t.next.RoundTrip(req)
	}
	req = req.Clone(req.Context())
	if t.token != "" {
		req.Header.Set("Authorization", "Bearer "+t.token)
	} else {
		req.SetBasicAuth(t.user, t.password)
	}
	return t.next.RoundTrip(req)
}

func (t *authTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
