package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/slack"
)

func TestAPageWithoutLoginStaysOnLoopback(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:8090": true, "localhost:8090": true, "[::1]:8090": true,
		"0.0.0.0:8090": false, ":8090": false, "10.0.0.1:8090": false, "example.com:80": false, "": false,
	} {
		if got := isLoopback(addr); got != want {
			t.Errorf("%q: %v", addr, got)
		}
	}
}

func TestReadinessNamesEveryProblem(t *testing.T) {
	heard := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		got    slack.Readiness
		socket bool
		want   []string
	}{
		"all is well":               {slack.Readiness{Connected: true, LastHeard: heard}, true, nil},
		"no socket":                 {slack.Readiness{}, true, []string{"no socket to Slack is open"}},
		"no socket, none is wanted": {slack.Readiness{}, false, nil},
		"database":                  {slack.Readiness{Database: errors.New("refused " + testKey)}, false, []string{"database: refused ***"}},
		"Slack": {slack.Readiness{Connected: true, Problem: "the token was revoked"}, true,
			[]string{"Slack: the token was revoked"}},
		"a queue that keeps up": {slack.Readiness{Queue: job.QueueStatus{Queued: 9, Oldest: staleQueue}}, false, nil},
		"a queue that does not": {slack.Readiness{Queue: job.QueueStatus{Queued: 9, Oldest: 11 * time.Minute}}, false,
			[]string{"the oldest link has waited 11m0s"}},
		"everything": {slack.Readiness{Database: errors.New("d"), Problem: "p", Queue: job.QueueStatus{Oldest: time.Hour}}, true,
			[]string{"database: d", "no socket to Slack is open", "Slack: p", "the oldest link has waited 1h0m0s"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := newReadiness(c.got, c.socket, 3, config.NewMasker(testKey))
			if out.Ready != (len(c.want) == 0) || !slices.Equal(out.Problems, append([]string{}, c.want...)) {
				t.Errorf("ready %v, problems %q, want %q", out.Ready, out.Problems, c.want)
			}
			if out.Outbox != 3 || out.Queued != c.got.Queue.Queued || out.Connected != c.got.Connected ||
				(out.LastHeard == "") != c.got.LastHeard.IsZero() {
				t.Errorf("got %+v of %+v", out, c.got)
			}
		})
	}
}

// opsBench is a worker with its HTTP server, against a fake Slack.
type opsBench struct {
	*bench
	slack  *fakeslack.Server
	worker *worker
	ops    *ops
}

func newOpsBench(t *testing.T, change func(*config.Settings)) (*opsBench, error) {
	t.Helper()
	b := &opsBench{bench: newBench(t), slack: fakeslack.New()}
	if err := b.slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.slack.Close() })
	s := config.Settings{
		Storage: config.Storage{DataDir: filepath.Join(b.dir, "data")},
		MLflow:  config.MLflow{TrackingURI: "http://127.0.0.1:1", ExperimentName: b.experiment},
		Model:   config.Model{Model: "offline", MaxTokens: 100, ContextTokens: 4000, Language: "en"},
		Slack: config.Slack{
			AppToken: config.NewSecret("xapp-test"), BotToken: config.NewSecret("xoxb-test"), Channels: []string{fakeslack.DefaultChannel},
			MaxLinks: 3, APIURL: config.Address(b.slack.APIURL()),
		},
		Fetch: config.Fetch{Robots: "off", Timeout: time.Second},
		Worker: config.Worker{Workers: 1, ModelCalls: 1, QueueDepth: 10, Attempts: 1, PostInterval: time.Millisecond, Grace: time.Second,
			HTTPAddr: "127.0.0.1:0"},
	}
	if change != nil {
		change(&s)
	}
	var err error
	if b.worker, err = newWorker(t.Context(), &workerCommand{Settings: s, Listen: true, Work: true}, discardLogger(), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.worker.close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	b.ops, err = newOps(ctx, b.worker)
	return b, err
}

func (b *opsBench) get(path string) *httptest.ResponseRecorder {
	return b.ask(http.MethodGet, path, "127.0.0.1:8090", nil)
}

// ask sends a request as a client does that knows the worker under the name of host.
func (b *opsBench) ask(method, path, host string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(`{"ids":["1"]}`))
	r.Host = host
	r.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	b.ops.mux.ServeHTTP(w, r)
	return w
}

// awaitReady asks /readyz until it answers with the code.
func (b *opsBench) awaitReady(code int) readiness {
	b.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		w := b.get("/readyz")
		var got readiness
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			b.t.Fatal(err)
		}
		if w.Code == code {
			return got
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("/readyz goes on to answer %d: %s", w.Code, w.Body)
		}
	}
}

func TestReadinessFollowsTheConnection(t *testing.T) {
	b, err := newOpsBench(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.awaitReady(http.StatusServiceUnavailable); got.Ready || !slices.Contains(got.Problems, "no socket to Slack is open") {
		t.Errorf("before the start: %+v", got)
	}
	if w := b.get("/healthz"); w.Code != http.StatusOK {
		t.Errorf("/healthz answers %d while the worker is not ready", w.Code)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.worker.run(ctx) }()
	if got := b.awaitReady(http.StatusOK); !got.Ready || !got.Connected || len(got.Problems) > 0 || got.LastHeard == "" {
		t.Errorf("connected: %+v", got)
	}
	if w := b.get("/metrics"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `commentator_queue_links{`) {
		t.Errorf("/metrics: %d %.200s", w.Code, w.Body)
	}
	if err := b.slack.Close(); err != nil {
		t.Error(err)
	}
	if got := b.awaitReady(http.StatusServiceUnavailable); got.Connected {
		t.Errorf("Slack is gone: %+v", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the worker ended with %v", err)
	}
}

func TestRiversPageIsServedOnLoopbackOnly(t *testing.T) {
	b, err := newOpsBench(t, func(s *config.Settings) { s.Worker.RiverUI = true })
	if err != nil {
		t.Fatal(err)
	}
	if w := b.get("/river/"); w.Code != http.StatusOK {
		t.Errorf("on loopback: %d", w.Code)
	}
	if b, err = newOpsBench(t, nil); err != nil {
		t.Fatal(err)
	}
	if w := b.get("/river/"); w.Code != http.StatusNotFound {
		t.Errorf("not asked for: %d", w.Code)
	}
	_, err = newOpsBench(t, func(s *config.Settings) { s.Worker.RiverUI, s.Worker.HTTPAddr = true, "0.0.0.0:8090" })
	if e := (exitError{}); !errors.As(err, &e) || e.code != exitUsage || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("on all interfaces: %v", err)
	}
}

func TestAPageOfAnotherSiteReachesNothing(t *testing.T) {
	b, err := newOpsBench(t, func(s *config.Settings) {
		s.Worker.RiverUI, s.Worker.HTTPEvents, s.Slack.SigningSecret = true, true, config.NewSecret("signing")
	})
	if err != nil {
		t.Fatal(err)
	}
	const own, cancel = "localhost:8090", "/river/api/jobs/cancel"
	page := b.ask(http.MethodGet, "/river/", own, nil)
	cookie := page.Result().Cookies()[0]
	for name, c := range map[string]struct {
		method, path, host string
		header             map[string]string
		want               int
	}{
		"its own page cancels a job that is not there": {http.MethodPost, cancel, own,
			map[string]string{"Cookie": cookie.String(), "Sec-Fetch-Site": "same-origin"}, 404},
		"another site cancels": {http.MethodPost, cancel, own, map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		"a form without words": {http.MethodPost, cancel, own, nil, 403},
		"a rebound name cancels": {http.MethodPost, cancel, "evil.example:8090",
			map[string]string{"Origin": "http://evil.example:8090", "Sec-Fetch-Site": "same-origin"}, 421},
		"a rebound name reads the queue":   {http.MethodGet, "/river/api/jobs", "evil.example:8090", nil, 421},
		"a rebound name reads readiness":   {http.MethodGet, "/readyz", "evil.example:8090", nil, 421},
		"a rebound name reads metrics":     {http.MethodGet, "/metrics", "evil.example:8090", nil, 421},
		"a container asks for health":      {http.MethodGet, "/healthz", "worker:8090", nil, 200},
		"Slack comes through a tunnel":     {http.MethodPost, "/slack/events", "tunnel.example", nil, 401},
		"the machine itself reads metrics": {http.MethodGet, "/metrics", "127.0.0.1:8090", nil, 200},
	} {
		t.Run(name, func(t *testing.T) {
			if w := b.ask(c.method, c.path, c.host, c.header); w.Code != c.want {
				t.Errorf("%d %.200s, want %d", w.Code, w.Body, c.want)
			}
		})
	}
}

func TestEventsByHTTPNeedTheSigningSecret(t *testing.T) {
	b, err := newOpsBench(t, func(s *config.Settings) {
		s.Worker.HTTPEvents, s.Slack.SigningSecret = true, config.NewSecret("signing")
	})
	if err != nil {
		t.Fatal(err)
	}
	if w := b.get("/slack/events"); w.Code == http.StatusNotFound {
		t.Error("no handler for events")
	}
	if got := b.awaitReady(http.StatusOK); got.Connected { // events by HTTP need no socket
		t.Errorf("%+v", got)
	}
	if _, err := newOpsBench(t, func(s *config.Settings) { s.Worker.HTTPEvents = true }); err == nil {
		t.Error("events are taken without a signing secret")
	}
}
