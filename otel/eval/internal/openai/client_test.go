package openai

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestWhatAServerSaysShowsNeitherKeyNorEscapes: it stands in spans and on terminals.
func TestWhatAServerSaysShowsNeitherKeyNorEscapes(t *testing.T) {
	const key = "sk-0123456789abcdef"
	for name, body := range map[string]string{
		"escapes":           "no \x1b[31m" + key,
		"a key at the edge": strings.Repeat("no\n\n\n\n", 99) + key,
		"a key far behind":  strings.Repeat(" ", 590) + key,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(body))
		}))
		err := Server{URL: server.URL, Key: key, HTTP: server.Client()}.Post(t.Context(), "chat", "", nil, nil)
		server.Close()
		if err == nil || strings.Contains(err.Error(), "\x1b") || strings.Contains(err.Error(), "sk-0") {
			t.Errorf("%s: %q", name, err)
		}
	}
}

// TestAServerThatDoesNotAnswerShowsNoKeyOfItsAddress.
func TestAServerThatDoesNotAnswerShowsNoKeyOfItsAddress(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Server{URL: "http://user:hidden@model.example/v1?key=hidden"}.Post(ctx, "chat", "", nil, nil)
	if err == nil || strings.Contains(err.Error(), "hidden") || !strings.Contains(err.Error(), "model.example") {
		t.Errorf("%v", err)
	}
}
