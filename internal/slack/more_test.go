package slack_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/slack"
)

func TestHTTPEventsInsteadOfASocket(t *testing.T) {
	const secret = "8f742231b10e8888abcd99yyyzzz85a5"
	w := newWorld(t)
	bot, err := slack.New(slack.Config{BotToken: "xoxb-test", SigningSecret: secret, Channels: []string{channel}, MaxLinks: 3, APIURL: w.slack.APIURL()}, w.store)
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

func TestALockedDatabaseDelaysButLosesNothing(t *testing.T) {
	w := newWorld(t, withSlack(fakeslack.WithAckTimeout(3*time.Second)))
	w.listen()
	w.work()
	first := w.say("https://a.example/0")
	w.awaitReplies(first.TS, "success on https://a.example/0")
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "q.sqlite")+"?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := w.say("https://a.example/1")
	time.Sleep(3500 * time.Millisecond) // longer than Slack waits for the acknowledgement
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	w.awaitReplies(p.TS, "success on https://a.example/1")
	if r := w.bot.Readiness(t.Context()); r.NotStored == 0 || r.Database != nil {
		t.Errorf("readiness %+v", r)
	}
}

func TestDirectPosterPostsOnce(t *testing.T) {
	w := newWorld(t)
	p, err := slack.NewDirectPoster(slack.Config{BotToken: "xoxb-test", APIURL: w.slack.APIURL()}, channel)
	if err != nil {
		t.Fatal(err)
	}
	w.inject(fakeslack.Fault{Method: "chat.postMessage", DropResponse: true})
	j := job.Job{ID: "j1"}
	messages := []job.Message{{Text: "one"}, {Text: "two"}}
	posted, err := p.Post(t.Context(), j, messages)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Post(t.Context(), j, messages); err != nil || again != posted {
		t.Errorf("second call: %+v, %v", again, err)
	}
	var got []string
	for _, m := range w.slack.Messages(channel) {
		got = append(got, fmt.Sprint(m["text"]))
	}
	if len(got) != 2 || got[0] != "one" || posted.Permalink == "" || len(replies(w.slack, posted.TS)) != 1 {
		t.Errorf("posted %q, %+v", got, posted)
	}
}

func TestParseChannels(t *testing.T) {
	t.Parallel()
	got, err := slack.ParseChannels([]string{" C024BE91L=links ", "", "G1"})
	if err != nil || fmt.Sprint(got) != "[{C024BE91L links} {G1 }]" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"#general", "general", "c024be91l"} {
		if _, err := slack.ParseChannels([]string{bad}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// A bot listens, its worker answers: both halves share the store only.
func ExampleNew() {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	fake := fakeslack.New()
	if err := fake.Start("127.0.0.1:0"); err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = fake.Close() }()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := queue.Open(ctx, filepath.Join(dir, "queue.sqlite"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()
	bot, err := slack.New(slack.Config{AppToken: "xapp-1", BotToken: "xoxb-1", MaxLinks: 3, APIURL: fake.APIURL()}, store)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range bot.Check(ctx, true) {
		fmt.Println(f.Name, f.OK)
	}
	// Output:
	// Slack bot token true
	// Slack scopes true
	// Slack app token true
	// Slack channels true
}
