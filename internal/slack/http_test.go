package slack_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/slack"
)

func TestHTTPEventsInsteadOfASocket(t *testing.T) {
	const secret = "8f742231b10e8888abcd99yyyzzz85a5"
	w := newWorld(t)
	bot, err := slack.New(slack.Config{BotToken: "xoxb-test", SigningSecret: secret, Channels: []string{channel}, MaxLinks: 3, APIURL: w.slack.APIURL()}, stores(w.store))
	if err != nil {
		t.Fatal(err)
	}
	handler, err := bot.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	if err := w.slack.SetRequestURL(within(t, 5*time.Second), server.URL, secret); err != nil { // with Slack's challenge
		t.Fatal(err)
	}
	w.work()
	p := w.event(map[string]any{"type": "message", "text": "<https://a.example/1>"}, fakeslack.Copies(2, 10*time.Millisecond))
	w.awaitReplies(p.TS, "success on https://a.example/1")
	r, err := w.slack.SendCommand(within(t, 5*time.Second), fakeslack.Command{Command: "/technoshare", Text: "status", Channel: channel})
	if err != nil || !strings.Contains(fmt.Sprint(r.Payload["text"]), "Done: ") {
		t.Errorf("command: %+v, %v", r, err)
	}

	for name, tamper := range map[string]func(*http.Request){
		"unsigned":    func(*http.Request) {},
		"forged":      func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0="+strings.Repeat("0", 64)) },
		"too old":     func(r *http.Request) { r.Header.Set("X-Slack-Request-Timestamp", "1500000000") },
		"not a POST":  func(r *http.Request) { r.Method = http.MethodGet },
		"a long body": func(r *http.Request) { r.Body = http.MaxBytesReader(nil, neverEnding{}, 1<<30); r.ContentLength = -1 },
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(`{"type":"event_callback"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Slack-Request-Timestamp", fmt.Sprint(time.Now().Unix()))
		tamper(req)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			if name != "a long body" { // the server may hang up while we still send
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode < 400 {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if _, err := w.bot.Handler(); err == nil {
		t.Error("without a signing secret, HTTP events must be refused")
	}
}

type neverEnding struct{}

func (neverEnding) Read(p []byte) (int, error) { return len(p), nil }
func (neverEnding) Close() error               { return nil }
