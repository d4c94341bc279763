package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// startBench sets a worker up that needs nothing but the Slack at api.
func startBench(t *testing.T, api, addr string) *bench {
	b := newBench(t)
	for name, value := range map[string]string{
		"SLACK_API_URL": api, "SLACK_APP_TOKEN": "xapp-test", "SLACK_BOT_TOKEN": "xoxb-test", "COMMENTATOR_HTTP_ADDR": addr,
		"TECHNOSHARE_CHANNEL_ID": fakeslack.DefaultChannel, "MODEL": "offline", "MLFLOW_TRACKING_URI": "http://127.0.0.1:1",
	} {
		b.set(name, value)
	}
	return b
}

// startSlack starts a stand-in for Slack.
func startSlack(t *testing.T) *fakeslack.Server {
	t.Helper()
	slack := fakeslack.New()
	if err := slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slack.Close() })
	return slack
}

// freeAddr is an address of this machine that no other test has.
func freeAddr(t *testing.T) string {
	t.Helper()
	port, release, err := mlflowtest.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// runWorker runs a worker in this process until stop, which returns how it ended and what it said.
func runWorker(t *testing.T, args ...string) (stop func() (code int, errs string)) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	ended := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		ended <- execute(ctx, append([]string{"worker"}, args...), streams{out: io.Discard, err: &errs, in: strings.NewReader("")})
	}()
	return func() (int, string) {
		cancel()
		code := <-ended
		return code, errs.String()
	}
}

// A worker that was asked to stop during its start ended with 2 and "context canceled".
func TestAWorkerAskedToStopDuringItsStartEndsWell(t *testing.T) {
	for name, method := range map[string]string{"before it begins": "", "while it asks who it is": "auth.test"} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			slack := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // the server notices an end of the client after that
				stop()
				<-r.Context().Done()
			}))
			t.Cleanup(slack.Close)
			startBench(t, slack.URL+"/api/", "")
			if method == "" {
				stop()
			}
			var errs bytes.Buffer
			if code := execute(ctx, []string{"worker"}, streams{out: io.Discard, err: &errs, in: strings.NewReader("")}); code != exitOK {
				t.Errorf("ended with %d: %s", code, errs.String())
			}
		})
	}
}

// Who only listens reads no page: it needs no child process, and has none that could fail to start. What it
// takes is answered by another process, which needs no socket.
func TestAWorkerThatListensStartsNoChildAndOneThatWorksAnswers(t *testing.T) {
	slack, addr := startSlack(t), freeAddr(t)
	b := startBench(t, slack.APIURL(), addr)
	b.set("MLFLOW_ENABLE_TRACKING", "false")
	b.set("MLFLOW_ENABLE_TRACING", "false")

	stop := runWorker(t, "--listen")
	wait, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := slack.WaitSockets(wait, 1); err != nil {
		t.Fatalf("the worker that listens does not connect: %v", err)
	}
	link, err := slack.Say(fakeslack.Typed{Channel: fakeslack.DefaultChannel, User: "U0ALICE01", Text: b.page("fetch-api.html")})
	if err != nil {
		t.Fatal(err)
	}
	await(wait, t, "the link in the queue", func() bool {
		var got readiness
		return json.Unmarshal([]byte(awaitAnswer(t, http.MethodGet, "http://"+addr+"/readyz", http.StatusOK)), &got) == nil && got.Queued == 1
	})
	for line := range strings.Lines(awaitAnswer(t, http.MethodGet, "http://"+addr+"/metrics", http.StatusOK)) {
		if strings.HasPrefix(line, "commentator_children_") && !strings.HasSuffix(strings.TrimSpace(line), " 0") {
			t.Errorf("a worker that only listens: %s", line)
		}
	}
	if code, errs := stop(); code != exitOK {
		t.Errorf("the worker that listens ended with %d: %s", code, errs)
	}

	stop = runWorker(t, "--work")
	await(wait, t, "the reply", func() bool {
		for _, m := range slack.Messages(fakeslack.DefaultChannel) {
			if m["bot_id"] != nil && m["thread_ts"] == link.TS {
				return true
			}
		}
		return false
	})
	if n := slack.Stats().Opened; n != 1 {
		t.Errorf("%d sockets were opened: one that only works needs none", n)
	}
	if code, errs := stop(); code != exitOK {
		t.Errorf("the worker that works ended with %d: %s", code, errs)
	}
}

// await asks until something is there, or ctx ends.
func await(ctx context.Context, t *testing.T, what string, there func() bool) {
	t.Helper()
	for tick := time.NewTicker(20 * time.Millisecond); !there(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: not there", what)
		}
	}
}
