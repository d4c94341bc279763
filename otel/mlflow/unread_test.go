package mlflow_test

import (
	"bufio"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// speaking is a peer that answers each connection with raw bytes and hangs up.
func speaking(t *testing.T, raw string) *mlflow.Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_ = r.Body.Close()
				_, _ = conn.Write([]byte(raw))
			}
			_ = conn.Close()
		}
	}()
	return client(t, "http://"+l.Addr().String())
}

// TestAnAnswerThatCannotBeReadSaysNothingOfTheRequest: the first try must not make a dead letter of
// it.
func TestAnAnswerThatCannotBeReadSaysNothingOfTheRequest(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	for name, raw := range map[string]string{
		"gzip that is none":   ok + "Content-Encoding: gzip\r\nContent-Length: 22\r\n\r\n{}                    ",
		"gzip that ends":      ok + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b",
		"gzip that is broken": ok + "Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"a chunk of no size":  ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
		"a broken trailer":    ok + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nnone\r\n\r\n",
		"half of it":          ok + "Content-Length: 20\r\n\r\n{}",
	} {
		err := speaking(t, raw).UpdateRun(t.Context(), "r", "FINISHED", time.UnixMilli(7), "")
		if err == nil || !mlflow.IsRetryable(err) || !mlflow.IsAmbiguous(err) {
			t.Errorf("%s: %v; retryable %v, ambiguous %v", name, err, mlflow.IsRetryable(err), mlflow.IsAmbiguous(err))
		}
	}
}

// TestARefusalCountsThoughItsBodyCannotBeRead.
func TestARefusalCountsThoughItsBodyCannotBeRead(t *testing.T) {
	for name, header := range map[string]string{
		"half of it":        "Content-Length: 200\r\n\r\ntoo la",
		"gzip that is none": "Content-Encoding: gzip\r\nContent-Length: 22\r\n\r\n{}                    ",
	} {
		err := speaking(t, "HTTP/1.1 413 Content Too Large\r\n"+header).UpdateRun(t.Context(), "r", "FINISHED", time.UnixMilli(7), "")
		if !mlflow.IsTooLarge(err) || mlflow.IsRetryable(err) {
			t.Errorf("%s: %v; too large %v, retryable %v", name, err, mlflow.IsTooLarge(err), mlflow.IsRetryable(err))
		}
	}
}
