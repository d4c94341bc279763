//go:build linux

package chaos

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Way is how a peer fails.
type Way string

// The ways.
const (
	Refuse Way = "refuse" // no connection
	Reset  Way = "reset"  // in the middle of the answer
	Hang   Way = "hang"   // no answer, and the peer hears nothing
	Drip   Way = "drip"   // the answer comes in small pieces, for some seconds
	Status Way = "status" // 429, 500, 502 or 503
	Lost   Way = "lost"   // done, and the connection is cut instead of an answer
	Late   Way = "late"   // done, and the answer comes when nobody waits any more
	Empty  Way = "empty"  // 200 and nothing
	HTML   Way = "html"   // 200 and the login page of a proxy
	Wrong  Way = "wrong"  // 200 and JSON of something else
)

// wrong reports whether it is a complete answer that is none of the peer's.
func (w Way) wrong() bool { return w == Empty || w == HTML || w == Wrong }

const loginPage = `<!doctype html><html><head><title>Sign in</title></head>
<body><form action="/login"><input name=user></form></body></html>
`

// wrongBodies are JSON that no peer answers.
var wrongBodies = []string{`{"page":"hello","items":[]}`, `[]`, `null`, `{"ok":tr`, `{}`}

// statuses are what servers and what stands before them say in trouble.
var statuses = []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway}

// Proxy stands before a peer, forwards, and fails as it is told. It is safe for
// concurrent use.
type Proxy struct {
	URL string

	server *httptest.Server
	target *url.URL
	client *http.Client
	ended  chan struct{}
	// spoilt is told of an answer under a fault when nothing more of it is on its way, and whether the
	// caller got it whole; misled of requests that got a wrong one. Nil: nobody wants to know.
	spoilt func(h http.Header, whole bool)
	misled func(body []byte)

	mu       sync.Mutex
	fault    *peerFault
	shut     *peerFault // before all others
	requests int
	failed   int
	inFlight int
}

// peerFault is one fault while it lasts.
type peerFault struct {
	way   Way
	n     int
	share float64 // of the requests that it hits
	over  chan struct{}
}

// NewProxy puts a proxy before target until the test ends.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: u, ended: make(chan struct{}), client: &http.Client{
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 32},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.server.Listener = refusing{p.server.Listener, p}
	p.server.Start()
	p.URL = p.server.URL
	t.Cleanup(func() {
		close(p.ended)
		p.server.CloseClientConnections()
		p.server.Close()
		p.client.CloseIdleConnections()
	})
	return p
}

// Fail begins a fault, of which n chooses the details, and ends the one before. The
// function that it returns ends it.
func (p *Proxy) Fail(way Way, n int) (end func()) {
	f := &peerFault{way: way, n: n, share: []float64{1, 1, 0.5}[n%3], over: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil {
		close(p.fault.over)
	}
	p.fault = f
	if way == Refuse {
		p.server.CloseClientConnections()
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.fault == f {
			close(f.over)
			p.fault = nil
		}
	}
}

// Shut refuses everything, whatever faults begin and end meanwhile, and waits until
// nothing is on its way to the peer. The function that it returns ends it.
func (p *Proxy) Shut() (open func()) {
	p.mu.Lock()
	p.shut = &peerFault{way: Refuse, share: 1}
	p.mu.Unlock()
	p.server.CloseClientConnections()
	p.drain()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.shut = nil
	}
}

// Counts are how many requests came, and how many of them met a fault.
func (p *Proxy) Counts() (requests, failed int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests, p.failed
}

func (p *Proxy) now() *peerFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.active()
}

// active is the fault that counts. The caller holds the lock.
func (p *Proxy) active() *peerFault {
	if p.shut != nil {
		return p.shut
	}
	return p.fault
}

// meets is the fault that a request meets, nil for none.
func (p *Proxy) meets() *peerFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	f := p.active()
	if f == nil || rand.Float64() >= f.share {
		return nil
	}
	p.failed++
	return f
}

// refusing ends connections at once while the peer refuses them.
type refusing struct {
	net.Listener
	proxy *Proxy
}

// Accept returns the next connection that is not refused.
func (l refusing) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if f := l.proxy.now(); f == nil || f.way != Refuse {
			return c, nil
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset instead of an end
		}
		_ = c.Close()
	}
}

// drain waits until nothing is on its way to the peer.
func (p *Proxy) drain() {
	for {
		p.mu.Lock()
		n := p.inFlight
		p.mu.Unlock()
		if n == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.inFlight++
	p.mu.Unlock()
	defer func() { p.mu.Lock(); p.inFlight--; p.mu.Unlock() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	f := p.meets()
	if f == nil {
		p.forward(w, r, body)
		return
	}
	switch f.way {
	case Refuse:
		panic(http.ErrAbortHandler)
	case Hang:
		p.linger(r, f)
	case Status:
		if f.n%2 == 0 {
			w.Header().Set("Retry-After", strconv.Itoa(1+f.n%5))
		}
		http.Error(w, "try again later", statuses[f.n/2%len(statuses)])
	case Empty, HTML, Wrong:
		if p.misled != nil {
			p.misled(body)
		}
		answerWrong(w, f)
	case Lost, Late, Reset, Drip:
		p.spoil(w, r, body, f)
	}
}

func answerWrong(w http.ResponseWriter, f *peerFault) {
	switch f.way {
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, loginPage)
	case Wrong:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, wrongBodies[f.n%len(wrongBodies)])
	}
}

// linger waits until the caller leaves or the fault is over, and cuts the connection.
func (p *Proxy) linger(r *http.Request, f *peerFault) {
	select {
	case <-r.Context().Done():
	case <-f.over:
	case <-p.ended:
	}
	panic(http.ErrAbortHandler)
}

// spoil has the peer do what it is asked for, and brings little of the answer back.
func (p *Proxy) spoil(w http.ResponseWriter, r *http.Request, body []byte, f *peerFault) {
	// The peer finishes its work, whatever becomes of who asked.
	res, answer, err := p.ask(context.WithoutCancel(r.Context()), r, body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	whole := false
	defer func() {
		if p.spoilt != nil {
			p.spoilt(res.Header, whole)
		}
	}()
	switch f.way {
	case Late:
		p.linger(r, f)
	case Reset:
		head(w, res, len(answer))
		_, _ = w.Write(answer[:len(answer)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Drip:
		head(w, res, len(answer))
		whole = p.drip(w, r, answer, f)
	default:
		panic(http.ErrAbortHandler)
	}
}

// drip sends an answer in forty pieces over ten seconds, the rest at once when the
// fault is over.
func (p *Proxy) drip(w http.ResponseWriter, r *http.Request, answer []byte, f *peerFault) bool {
	piece := len(answer)/40 + 1
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	over := f.over
	for len(answer) > 0 {
		n := min(piece, len(answer))
		if _, err := w.Write(answer[:n]); err != nil {
			return false
		}
		_ = http.NewResponseController(w).Flush()
		answer = answer[n:]
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return false
		case <-p.ended:
			return false
		case <-over:
			piece, over = len(answer), nil
		}
	}
	return r.Context().Err() == nil
}

// forward is what a proxy does on a good day. Bodies are sent on as they come.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, body []byte) {
	res, err := p.send(r.Context(), r, body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer res.Body.Close()
	head(w, res, -1)
	buffer := make([]byte, 32<<10)
	for {
		n, err := res.Body.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				panic(http.ErrAbortHandler)
			}
			_ = http.NewResponseController(w).Flush()
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// maxAnswer bounds what is kept of an answer that is spoilt.
const maxAnswer = 32 << 20

func (p *Proxy) ask(ctx context.Context, r *http.Request, body []byte) (*http.Response, []byte, error) {
	// Pages may go on for ever.
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	res, err := p.send(ctx, r, body)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return res, answer, err
}

func (p *Proxy) send(ctx context.Context, r *http.Request, body []byte) (*http.Response, error) {
	to := *r.URL
	to.Scheme, to.Host = p.target.Scheme, p.target.Host
	req, err := http.NewRequestWithContext(ctx, r.Method, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = r.Header.Clone()
	req.Header.Del("Connection")
	return p.client.Do(req)
}

// head copies status and headers of an answer; length is that of its body, -1 for what
// the peer says.
func head(w http.ResponseWriter, res *http.Response, length int) {
	for k, v := range res.Header {
		w.Header()[k] = v
	}
	w.Header().Del("Connection")
	if length >= 0 {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(res.StatusCode)
}
