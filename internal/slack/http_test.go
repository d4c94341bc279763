package slack_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/slack"
)

// signedHandler takes events over HTTP, of who knows the secret.
func signedHandler(t *testing.T, w *world, secret string) http.Handler {
	t.Helper()
	bot, err := slack.New(slack.Config{BotToken: "xoxb-test", SigningSecret: secret, Channels: []string{channel}, MaxLinks: 3, APIURL: w.slack.APIURL()}, stores(w.store))
	if err != nil {
		t.Fatal(err)
	}
	handler, err := bot.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func TestHTTPEventsInsteadOfASocket(t *testing.T) {
	const secret = "8f742231b10e8888abcd99yyyzzz85a5"
	w := newWorld(t)
	handler := signedHandler(t, w, secret)
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

// TestTheCheckOfTheCertificateIsAnswered: Slack posts it where a command's address is, with neither a command nor a payload
// (docs.slack.dev/interactivity/implementing-slash-commands).
func TestTheCheckOfTheCertificateIsAnswered(t *testing.T) {
	const secret = "8f742231b10e8888abcd99yyyzzz85a5"
	w := newWorld(t)
	handler := signedHandler(t, w, secret)
	for body, want := range map[string]int{"ssl_check=1&token=x": http.StatusOK, "token=x": http.StatusBadRequest} {
		at := fmt.Sprint(time.Now().Unix())
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = io.WriteString(mac, "v0:"+at+":"+body)
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Slack-Request-Timestamp", at)
		r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		if answer.Code != want {
			t.Errorf("%s: %d %s", body, answer.Code, answer.Body)
		}
	}
}

// What can't be Slack's costs neither memory nor time.
func TestTheBodyOfAnUnsignedRequestIsNotRead(t *testing.T) {
	w := newWorld(t)
	handler := signedHandler(t, w, "secret")
	now, signature := fmt.Sprint(time.Now().Unix()), "v0="+strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		at, signature string
		length        int64
		want          int
	}{
		"no headers":               {"", "", 10, http.StatusUnauthorized},
		"no signature":             {now, "", 10, http.StatusUnauthorized},
		"no time":                  {"", signature, 10, http.StatusUnauthorized},
		"no number for a time":     {"today", signature, 10, http.StatusUnauthorized},
		"an old time":              {"1500000000", signature, 10, http.StatusUnauthorized},
		"a time to come":           {"99999999999", signature, 10, http.StatusUnauthorized},
		"the largest number":       {"9223372036854775807", signature, 10, http.StatusUnauthorized},
		"the smallest number":      {"-9223372036854775808", signature, 10, http.StatusUnauthorized},
		"a short signature":        {now, "v0=00", 10, http.StatusUnauthorized},
		"another scheme":           {now, "v1=" + strings.Repeat("0", 64), 10, http.StatusUnauthorized},
		"longer than Slack's ever": {now, signature, 2 << 20, http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			body := &touched{}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/slack/events", body)
			r.ContentLength = c.length
			r.Header.Set("X-Slack-Request-Timestamp", c.at)
			r.Header.Set("X-Slack-Signature", c.signature)
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, r)
			if answer.Code != c.want || body.read {
				t.Errorf("%d, want %d; read: %v", answer.Code, c.want, body.read)
			}
		})
	}
}

// touched is a body that remembers whether it was read.
type touched struct{ read bool }

func (b *touched) Read([]byte) (int, error) { b.read = true; return 0, io.EOF }

type neverEnding struct{}

func (neverEnding) Read(p []byte) (int, error) { return len(p), nil }
func (neverEnding) Close() error               { return nil }
