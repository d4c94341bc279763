package mlflow_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestKeptConnectionsAreNotSlowedByDelayedAcks talks to a stand-in for MLflow
// with several workers: no TCP_NODELAY, head and body written apart. Without
// TCP_QUICKACK each answer takes 40 ms.
func TestKeptConnectionsAreNotSlowedByDelayedAcks(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections := make(chan int, 1)
	go func() {
		n := 0
		defer func() { connections <- n }()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n++
			go answerInPieces(conn)
		}
	}()
	c := client(t, "http://"+l.Addr().String())
	const calls = 20
	took := time.Hour // the quickest: a delayed acknowledgement holds up every call for 40 ms
	for range calls {
		start := time.Now()
		if _, err := c.Version(t.Context()); err != nil {
			t.Fatal(err)
		}
		took = min(took, time.Since(start))
	}
	l.Close()
	if n := <-connections; n != 1 {
		t.Errorf("%d connections for %d calls, want 1", n, calls)
	}
	if took > 20*time.Millisecond {
		t.Errorf("%v for the quickest call: delayed acknowledgements", took)
	}
}

func answerInPieces(conn net.Conn) {
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetNoDelay(false)
	r := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
		_, _ = io.WriteString(conn, "3.17.2")
	}
}
