package httpserver

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
)

func TestWhoDoesNotReadHoldsNoHandler(t *testing.T) {
	ended := make(chan struct{}, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		ended <- struct{}{}
	})
	serve(t, Whole(h).ServeHTTP, func(dial func() net.Conn) {
		c := dial()
		defer func() { _ = c.Close() }()
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		synctest.Wait()
		if len(ended) != 1 {
			t.Error("the handler has not ended")
		}
	})
}

func TestAWholeAnswerIsTheHandlers(t *testing.T) {
	for status, h := range map[int]http.HandlerFunc{
		http.StatusOK: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, "first, ", "second")
		},
		http.StatusServiceUnavailable: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "1"); w.WriteHeader(503) },
	} {
		want, got := httptest.NewRecorder(), httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		h.ServeHTTP(want, r)
		Whole(h).ServeHTTP(got, r)
		if got.Code != status || got.Body.String() != want.Body.String() || fmt.Sprint(got.Header()) != fmt.Sprint(want.Header()) {
			t.Errorf("%d: %d %q %v, want %q %v", status, got.Code, got.Body, got.Header(), want.Body, want.Header())
		}
	}
}
