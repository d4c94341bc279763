package fetch

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// roundTrip sends one request, directly or through a proxy. A failure of the guard is returned
// as it is, one of the proxy as a proxyError: they are told apart by classify.
func (c *Client) roundTrip(req *http.Request) (*http.Response, error) {
	proxy, err := c.proxy(req)
	if err != nil {
		return nil, &proxyError{err}
	}
	if proxy == nil {
		return c.direct.RoundTrip(req)
	}
	host, port := req.URL.Hostname(), portOf(req.URL)
	var pinned netip.Addr
	if !c.guard.allowsName(host, port) {
		if pinned, err = c.resolveChecked(req.Context(), host, port); err != nil {
			return nil, err
		}
	}
	res, err := c.viaProxy(req, proxy, pinned)
	if err != nil {
		return nil, &proxyError{err}
	}
	res.Request = req
	return res, nil
}

// viaProxy asks the proxy for the address that was checked, while TLS and the
// Host header keep the name, so that no second look-up can give another one.
// For plain HTTP that takes a tunnel: in the usual form of a proxied request the
// name would follow the address (RFC 9112, 3.2.2). Without a pinned address the
// proxy is asked by name.
func (c *Client) viaProxy(req *http.Request, proxy *url.URL, pinned netip.Addr) (*http.Response, error) {
	// A transport of its own: the TLS name is a property of the transport.
	t := c.transport()
	t.DisableKeepAlives = true
	t.Proxy = http.ProxyURL(proxy)
	t.DialContext = (&net.Dialer{Timeout: c.opts.HeaderTimeout}).DialContext
	host := req.URL.Hostname()
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{}
	}
	if t.TLSClientConfig.ServerName == "" {
		t.TLSClientConfig.ServerName = host
	}
	out := req.Clone(req.Context())
	literal, err := netip.ParseAddr(host)
	if !pinned.IsValid() || err == nil && literal == pinned {
		return t.RoundTrip(out)
	}
	target := netip.AddrPortFrom(pinned, portOf(req.URL)).String()
	out.Host = req.URL.Host
	out.URL.Host = target
	if req.URL.Scheme == "http" && !strings.HasPrefix(proxy.Scheme, "socks") {
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return c.tunnel(ctx, proxy, target) }
	}
	return t.RoundTrip(out)
}

// tunnel opens a connection to target through an HTTP proxy. The proxy's own address is not
// checked: the operator has set it. When ctx ends the connection is closed, which ends the
// handshake.
func (c *Client) tunnel(ctx context.Context, proxy *url.URL, target string) (net.Conn, error) {
	at := proxy.Host
	if proxy.Port() == "" {
		at = net.JoinHostPort(proxy.Hostname(), fmt.Sprint(portOf(proxy)))
	}
	conn, err := (&net.Dialer{Timeout: c.opts.HeaderTimeout}).DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, fmt.Errorf("dial proxy: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if proxy.Scheme == "https" {
		cfg := c.opts.TLS.Clone()
		if cfg == nil {
			cfg = &tls.Config{}
		}
		cfg.ServerName = proxy.Hostname()
		conn = tls.Client(conn, cfg)
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: http.Header{}}
	if u := proxy.User; u != nil {
		pass, _ := u.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+pass)))
	}
	err = req.Write(conn)
	if err == nil {
		var res *http.Response
		if res, err = http.ReadResponse(bufio.NewReader(conn), req); err == nil {
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				err = fmt.Errorf("the proxy answered %d to CONNECT", res.StatusCode)
			}
		}
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("open tunnel: %w", err)
	}
	return conn, nil
}

// proxyError marks a failure between us and the proxy.
type proxyError struct{ err error }

func (e *proxyError) Error() string { return e.err.Error() }
func (e *proxyError) Unwrap() error { return e.err }
