package httpserver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// doors serves what is read whole, what is read by nobody, what is long, and what is at work until its caller is gone.
func doors(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/read":
		_, _ = io.Copy(io.Discard, r.Body)
	case "/long":
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	case "/work":
		<-r.Context().Done()
	case "/take":
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		go func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() }()
	case "/healthz":
		fmt.Fprint(w, "ok")
	}
}

// hogs are ways to hold a connection, each with what is sent on it and whether the answer is read.
var hogs = map[string]struct {
	sent  string
	reads bool
}{
	"nothing is sent":               {"", false},
	"half a header":                 {"GET / HTTP/1.1\r\nHost: a\r\nX-", false},
	"half a body":                   {"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc", false},
	"no body":                       {"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", false},
	"half a chunk":                  {"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc", false},
	"a body that nobody reads":      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc", true},
	"an answer that is not read":    {"GET /long HTTP/1.1\r\nHost: a\r\n\r\n", false},
	"an answer that takes for ever": {"GET /work HTTP/1.1\r\nHost: a\r\n\r\n", false},
	"no second request":             {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
	"half a second request":         {"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", true},
}

// TestManyConnectionsShutNobodyOut asks for something while far more connections than the bound are held,
// in each way and in all of them. No time passes until the answer, so none of them has ended for its slowness.
func TestManyConnectionsShutNobodyOut(t *testing.T) {
	const many = 2000 // of all ways together, and of each enough to pass the bound
	all := ""
	ways := map[string][]string{}
	for name := range hogs {
		ways[name] = []string{name}
		ways[all] = append(ways[all], name)
	}
	for name, kinds := range ways {
		t.Run(name, func(t *testing.T) {
			serve(t, doors, func(dial func() net.Conn) {
				began := time.Now()
				for n := range max(many*len(kinds)/len(hogs), MaxConnections+50) {
					hog := hogs[kinds[n%len(kinds)]]
					c := dial()
					defer func() { _ = c.Close() }()
					if hog.reads {
						go func() { _, _ = io.Copy(io.Discard, c) }()
					}
					_, _ = io.WriteString(c, hog.sent)
					synctest.Wait()
				}
				for range 3 {
					if got := ask(t, dial(), "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"); got != "ok" {
						t.Errorf("health: %q", got)
					}
					if got := ask(t, dial(), "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"); got != "" {
						t.Errorf("a whole body: %q", got)
					}
				}
				if waited := time.Since(began); waited > 0 {
					t.Errorf("answered only after %s", waited)
				}
			})
		})
	}
}

// TestConnectionsAreBounded counts those that the server has not hung up on.
func TestConnectionsAreBounded(t *testing.T) {
	const more = 10
	serve(t, doors, func(dial func() net.Conn) {
		ended := make(chan int, MaxConnections+more)
		for n := range MaxConnections + more {
			c := dial()
			defer func() { _ = c.Close() }()
			go func() { _, _ = io.Copy(io.Discard, c); ended <- n }()
			synctest.Wait()
		}
		if len(ended) != more {
			t.Fatalf("%d are ended, want %d", len(ended), more)
		}
		for range more {
			if n := <-ended; n >= more {
				t.Errorf("connection %d is ended, which is none of the oldest", n)
			}
		}
	})
}

// TestConnectionsThatWereTakenOverAreLeftAlone: nobody else knows when one has had its time.
func TestConnectionsThatWereTakenOverAreLeftAlone(t *testing.T) {
	serve(t, doors, func(dial func() net.Conn) {
		var taken []net.Conn
		defer func() {
			for _, c := range taken {
				_ = c.Close()
			}
		}()
		ended := make(chan struct{}, MaxConnections)
		for range MaxConnections {
			c := dial()
			taken = append(taken, c)
			_, _ = io.WriteString(c, "GET /take HTTP/1.1\r\nHost: a\r\n\r\n")
			synctest.Wait()
			go func() { _, _ = io.Copy(io.Discard, c); ended <- struct{}{} }()
		}
		c := dial()
		answer := make(chan string, 1)
		go func() { answer <- ask(t, c, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") }()
		synctest.Wait()
		if len(ended) > 0 || len(answer) > 0 {
			t.Errorf("%d are ended, %d more are served", len(ended), len(answer))
		}
		_ = taken[0].Close()
		if got := <-answer; got != "ok" {
			t.Errorf("once there is room: %q", got)
		}
	})
}

// ask sends a request and reads the answer.
func ask(t *testing.T, c net.Conn, request string) string {
	t.Helper()
	defer func() { _ = c.Close() }()
	go func() { _, _ = io.WriteString(c, request) }()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", resp.Status, err)
	}
	return string(body)
}
