package mlflow

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
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

type headerKey struct{}

// WithHeader returns a context whose requests through Client.Transport carry
// one more header.
func WithHeader(ctx context.Context, key, value string) context.Context {
	h := http.Header{}
	if old, ok := ctx.Value(headerKey{}).(http.Header); ok {
		h = old.Clone()
	}
	h.Set(key, value)
	return context.WithValue(ctx, headerKey{}, h)
}

// Transport is for other clients of the same server, namely an OTLP exporter:
// it authenticates, adds the headers of WithHeader, and gives every answer
// outside 2xx as an *APIError, which exporters otherwise hide in a text.
func (c *Client) Transport() http.RoundTripper { return typedTransport{c} }

type typedTransport struct{ c *Client }

func (t typedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if h, ok := req.Context().Value(headerKey{}).(http.Header); ok {
		req = req.Clone(req.Context())
		for k, v := range h {
			req.Header[k] = v
		}
	}
	resp, err := t.c.http.Transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return resp, nil
	}
	body, readErr := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err := errors.Join(readErr, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read answer %d: %w", resp.StatusCode, err)
	}
	path := strings.TrimPrefix(req.URL.Path, t.c.base.Path+"/")
	return nil, t.c.apiError(req.Method, path, resp, body)
}

type countKey struct{}

// CountRequests returns a context that counts the requests sent with it, also
// those through Client.Transport.
func CountRequests(ctx context.Context) (context.Context, *atomic.Int64) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, countKey{}, n), n
}
