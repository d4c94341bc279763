package queue_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestRiversPageShowsTheQueue(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "q"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h, err := s.Queue.Pages(ctx, "/river/")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/river/": "<html", "/river/api/states": `"completed"`} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %.200s", path, w.Code, w.Body)
		}
	}
}
