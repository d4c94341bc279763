package mlflow_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// A server that fails closes the connection without saying so, as Uvicorn does: here
// when the next request comes, so that it is always too late to see the close.
func TestARequestAfterAFailureMeetsNoClosedConnection(t *testing.T) {
	for _, start := range []func(http.Handler) *httptest.Server{httptest.NewServer, httptest.NewTLSServer} {
		var served atomic.Int64
		failing := func(w http.ResponseWriter, _ *http.Request) {
			if served.Add(1)%2 == 0 {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"runs":[]}`))
				return
			}
			conn, buffered, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = buffered.WriteString("HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nfails")
			_ = buffered.Flush()
			_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
			_, _ = conn.Read(make([]byte, 1))
		}
		s := start(http.HandlerFunc(failing))
		c := client(t, s.URL, mlflow.WithInsecureTLS(true))
		for range 3 {
			if _, _, err := c.SearchRuns(context.Background(), mlflow.RunSearch{}); !mlflow.IsAmbiguous(err) {
				t.Errorf("error %v", err)
			}
			if _, _, err := c.SearchRuns(context.Background(), mlflow.RunSearch{}); err != nil {
				t.Errorf("the request after a failure: %v", err)
			}
		}
		c.CloseIdle()
		s.Close()
	}
}
