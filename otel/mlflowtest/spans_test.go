package mlflowtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

func TestATraceWithoutSpansHasNone(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"error_code": "INTERNAL_ERROR", "message": "Trace data not stored in tracking store"}`)
	}))
	defer server.Close()
	if got := mlflowtest.Spans(t, server.URL, "0123456789abcdef0123456789abcdef"); len(got) != 0 {
		t.Errorf("%d spans", len(got))
	}
}
