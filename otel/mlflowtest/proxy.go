package mlflowtest

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Request is one that reached the proxy. N counts from 1, Path has no leading slash
// and no prefix.
type Request struct {
	N            int
	Method, Path string
	Header       http.Header
	Body         []byte
}

// Fault is what the proxy does with a request instead of forwarding it.
type Fault struct {
	// Status answers, without the server seeing the request.
	Status int
	Body   string
	Header map[string]string
	// Cut closes the connection: before or after the server processed the
	// request.
	CutBefore, CutAfter bool
	// Hang answers nothing until the client gives up; with CutAfter the server
	// gets the request.
	Hang bool
}

// Proxy forwards to a server and fails as it is told. Its methods are safe for
// concurrent use.
type Proxy struct {
	URL string

	server   *httptest.Server
	mu       sync.Mutex
	requests []Request
	fault    func(Request) Fault
}

// NewProxy puts a proxy in front of target until the test ends. A prefix such as
// "/mlflow" is required of requests and removed; an empty one is none. tls gives it
// a certificate nobody knows.
func NewProxy(t testing.TB, target, prefix string, tls bool) *Proxy {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(u)
		r.Out.Host = u.Host
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), http.StatusBadGateway)
	}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if prefix != "" {
			if !strings.HasPrefix(r.URL.Path, prefix+"/") {
				http.NotFound(w, r)
				return
			}
			r.URL.Path = strings.TrimPrefix(r.URL.Path, prefix)
			r.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, prefix)
		}
		p.serve(forward, w, r)
	}))
	if tls {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	p.URL, p.server = server.URL+prefix, server
	return p
}

// Certificate returns the proxy's own, when it speaks TLS.
func (p *Proxy) Certificate() *x509.Certificate { return p.server.Certificate() }

// SetFault decides about each request from now on; nil forwards all. f is called for
// one request at a time.
func (p *Proxy) SetFault(f func(Request) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// Requests returns all so far.
func (p *Proxy) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Request(nil), p.requests...)
}

// Reset forgets the requests and the fault.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests, p.fault = nil, nil
}

func (p *Proxy) serve(forward http.Handler, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	req := Request{N: len(p.requests) + 1, Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, "/"), Header: r.Header.Clone(), Body: body}
	p.requests = append(p.requests, req)
	var f Fault
	if p.fault != nil {
		f = p.fault(req)
	}
	p.mu.Unlock()
	switch {
	case f.CutBefore:
		panic(http.ErrAbortHandler)
	case f.CutAfter:
		forward.ServeHTTP(httptest.NewRecorder(), r)
		if f.Hang {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	case f.Hang:
		<-r.Context().Done()
	case f.Status != 0:
		for k, v := range f.Header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(f.Status)
		fmt.Fprint(w, f.Body)
	default:
		forward.ServeHTTP(w, r)
	}
}
