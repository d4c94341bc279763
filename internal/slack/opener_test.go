package slack

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
)

// notice is a log that tells of its first warning.
type notice struct {
	slog.Handler
	warned chan struct{}
}

func (notice) Enabled(context.Context, slog.Level) bool { return true }

func (n notice) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn && strings.Contains(r.Message, "do not last") {
		select {
		case n.warned <- struct{}{}:
		default:
		}
	}
	return nil
}

// TestConnectionsThatDoNotLastAreNotMadeInALoop: each of these ends a connection that was opened, after which slack-go does not wait.
func TestConnectionsThatDoNotLastAreNotMadeInALoop(t *testing.T) {
	closing := func(code int) func(*websocket.Conn) error {
		return func(c *websocket.Conn) error {
			return c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Minute))
		}
	}
	text := func(texts ...string) func(*websocket.Conn) error {
		return func(c *websocket.Conn) (err error) {
			for _, s := range texts {
				err = errors.Join(err, c.WriteMessage(websocket.TextMessage, []byte(s)))
			}
			return err
		}
	}
	for name, end := range map[string]func(*websocket.Conn) error{
		"no word":            (*websocket.Conn).Close,
		"an order":           text(`{"type":"hello"}`, `{"type":"disconnect","reason":"refresh_requested"}`),
		"a normal end":       closing(websocket.CloseNormalClosure),
		"a policy":           closing(websocket.ClosePolicyViolation),
		"a code of nobody's": closing(4999),
		"a frame too long":   text(strings.Repeat("a", 2*readLimit)),
		"no JSON":            text(strings.Split(strings.Repeat("{\xff ", 20), " ")...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opens atomic.Int64
			mux := http.NewServeMux()
			server := httptest.NewServer(mux)
			defer server.Close()
			mux.HandleFunc("/apps.connections.open", func(w http.ResponseWriter, _ *http.Request) {
				opens.Add(1)
				_, _ = io.WriteString(w, `{"ok":true,"url":"ws`+strings.TrimPrefix(server.URL, "http")+`/socket"}`)
			})
			mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) {
				up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
				if c, err := up.Upgrade(w, r, nil); err == nil {
					_ = end(c) // the client may have gone before
					_, _, _ = c.ReadMessage()
					_ = c.Close()
				}
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			log := notice{slog.DiscardHandler, make(chan struct{}, 1)}
			s := newSocket(Config{APIURL: server.URL, AppToken: "xapp-1", BotToken: "xoxb-1"}, slog.New(log), &health{})
			ended := make(chan error, 1)
			go func() {
				ended <- s.run(ctx, func(context.Context, envelope) answer { return answer{ack: true} }, func() {})
			}()
			select {
			case <-log.warned:
			case err := <-ended:
				t.Fatal(err)
			case <-time.After(time.Minute):
				t.Fatalf("%d connections, and no end", opens.Load())
			}
			if n := opens.Load(); n > openBurst+1 { // one may have come between the look and the warning
				t.Errorf("%d connections at once", n)
			}
			cancel()
			<-ended
		})
	}
}

// fixedAnswer is a transport with one answer.
type fixedAnswer struct {
	status int
	header http.Header
	body   string
}

func (a fixedAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

func TestSocketsAreAskedForAtAPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := notice{slog.DiscardHandler, make(chan struct{}, 1000)}
		o := newOpener(slog.New(log))
		o.http.Transport = fixedAnswer{200, nil, `{"ok":true,"url":"ws://a.example"}`}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		asked := 0
		for ; ctx.Err() == nil; asked++ {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://a.example", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = o.Do(req); err != nil {
				break
			}
		}
		if most := openBurst + int(time.Hour/openEvery); asked < most-1 || asked > most {
			t.Errorf("%d in an hour, want %d", asked, most)
		}
		if n := len(log.warned); n != 1 {
			t.Errorf("it was told %d times", n)
		}
	})
}

func TestTheWaitForASocketIsBounded(t *testing.T) {
	for after, want := range map[string]time.Duration{"1e99": longestOpenWait, "-1": 0, "30": 30 * time.Second, "Thu, 01 Jan 2099 00:00:00 GMT": longestOpenWait} {
		for _, body := range []string{`{"ok":false,"error":"ratelimited"}`, `<html>`} {
			o := newOpener(slog.New(slog.DiscardHandler))
			o.http.Transport = fixedAnswer{429, http.Header{"Retry-After": {after}}, body}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://a.example", nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = o.Do(req)
			var limited *slack.RateLimitedError
			if !errors.As(err, &limited) || limited.RetryAfter != want {
				t.Errorf("%s, %s: %v", after, body, err)
			}
		}
	}
}
