package httpserver

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipes is a listener whose connections are pipes in memory, so that time is the test's.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours
}

// serve runs f against a server of h, in a bubble of time.
func serve(t *testing.T, h http.HandlerFunc, f func(dial func() net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		server := New(h, slog.New(slog.DiscardHandler))
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(p) }()
		f(p.dial)
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
}

// held is how long the server keeps a connection on which it was sent text and nothing more.
func held(t *testing.T, dial func() net.Conn, text string) time.Duration {
	t.Helper()
	c := dial()
	began := time.Now()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, c)
	_ = c.Close()
	return time.Since(began)
}

func TestASlowClientLosesItsConnection(t *testing.T) {
	for name, c := range map[string]struct {
		sent string
		most time.Duration
	}{
		"nothing":                     {"", headerTime},
		"half a header":               {"GET / HTTP/1.1\r\nHost: a\r\nX-", headerTime},
		"half a body":                 {"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc", bodyTime},
		"a body nobody reads":         {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc", bodyTime},
		"half a chunk":                {"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc", bodyTime},
		"no second request":           {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", idleTime},
		"half a second request":       {"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", headerTime},
		"nothing after a whole body":  {"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", idleTime},
		"nothing after a body unread": {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", idleTime},
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/read" {
					_, _ = io.Copy(io.Discard, r.Body)
				}
			}, func(dial func() net.Conn) {
				// The server closes a moment later so that its answer arrives.
				if got := held(t, dial, c.sent); got > c.most+time.Second {
					t.Errorf("held for %s, want at most %s", got, c.most)
				}
			})
		})
	}
}

func TestAHandlerMayTakeLongerThanABody(t *testing.T) {
	ended := make(chan error, 1)
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-time.After(3 * bodyTime):
		case <-r.Context().Done():
		}
		ended <- r.Context().Err()
		fmt.Fprint(w, "done")
	}, func(dial func() net.Conn) {
		c := dial()
		defer func() { _ = c.Close() }()
		go func() { _, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc") }()
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		if err := <-ended; err != nil || string(body) != "done" {
			t.Errorf("%q, %v", body, err)
		}
	})
}

func TestOnlyHosts(t *testing.T) {
	for name, c := range map[string]struct {
		allowed func(string) bool
		host    string
		want    int
	}{
		"localhost":               {Loopback, "localhost:8090", 200},
		"a name below localhost":  {Loopback, "river.localhost", 200},
		"loopback, IPv4":          {Loopback, "127.0.0.1:8090", 200},
		"loopback, IPv6":          {Loopback, "[::1]:8090", 200},
		"loopback, without port":  {Loopback, "[::1]", 200},
		"in capitals":             {Loopback, "LOCALHOST:8090", 200},
		"a rebound name":          {Loopback, "evil.example:8090", 421},
		"a name that begins so":   {Loopback, "localhost.evil.example", 421},
		"an address in a name":    {Loopback, "127.0.0.1.evil.example:8090", 421},
		"another machine":         {Loopback, "10.0.0.1", 421},
		"no name":                 {Loopback, "", 421},
		"a container":             {Local, "fakeslack:3001", 200},
		"an address":              {Local, "10.0.0.1:3001", 200},
		"a rebound name, locally": {Local, "evil.example", 421},
		"no name, locally":        {Local, "", 421},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Host = c.host
			OnlyHosts(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), c.allowed).ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("%d, want %d", w.Code, c.want)
			}
		})
	}
}

func TestOnlyItsOwnPageChangesSomething(t *testing.T) {
	changed := 0
	h := Changes(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			changed++
		}
	}))
	ask := func(method string, header map[string]string) *http.Response {
		r := httptest.NewRequestWithContext(context.Background(), method, "http://localhost:8090/river/api/jobs/cancel", strings.NewReader("{}"))
		for k, v := range header {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	page := ask(http.MethodGet, nil)
	cookies := page.Cookies()
	if len(cookies) != 1 || cookies[0].SameSite != http.SameSiteStrictMode || !cookies[0].HttpOnly || len(cookies[0].Value) < 20 {
		t.Fatalf("cookies %+v", cookies)
	}
	own := cookies[0].Name + "=" + cookies[0].Value
	if again := ask(http.MethodGet, map[string]string{"Cookie": own}); len(again.Cookies()) != 0 {
		t.Error("the cookie is set again")
	}
	for name, c := range map[string]struct {
		header map[string]string
		want   int
	}{
		"its own page":                     {map[string]string{"Cookie": own, "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8090"}, 200},
		"beside another server's cookie":   {map[string]string{"Cookie": cookies[0].Name + "=other; " + own}, 200},
		"another site":                     {map[string]string{"Cookie": own, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		"another site, an old browser":     {map[string]string{"Cookie": own, "Origin": "https://evil.example"}, 403},
		"another port of this machine":     {map[string]string{"Cookie": own, "Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"}, 403},
		"a page from a file":               {map[string]string{"Cookie": own, "Origin": "null"}, 403},
		"a browser that says nothing":      {nil, 403},
		"a token that is guessed":          {map[string]string{"Cookie": cookies[0].Name + "=" + strings.Repeat("A", 26)}, 403},
		"its own page, without the cookie": {map[string]string{"Sec-Fetch-Site": "same-origin"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			changed = 0
			for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
				if got := ask(method, c.header).StatusCode; got != c.want {
					t.Errorf("%s: %d, want %d", method, got, c.want)
				}
			}
			if (changed == 4) != (c.want == 200) || changed%4 != 0 {
				t.Errorf("%d changes came through", changed)
			}
		})
	}
}

// What the server itself has to say went to standard error, past the log.
func TestAFaultOfAHandlerIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		server := New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a fault") }), slog.New(slog.NewTextHandler(&log, nil)))
		go func() { _ = server.Serve(p) }()
		conn := p.dial()
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		_, _ = io.ReadAll(conn)
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := log.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "a fault") {
			t.Errorf("the log has %q", got)
		}
	})
}
