package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/fakeslack"
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
