package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/fakeslack"
)

// awaitAnswer asks the worker, until it gives the code that is wanted.
func awaitAnswer(t *testing.T, method, url string, want int) (body string) {
	t.Helper()
	last := "nothing"
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			last = err.Error()
			continue
		}
		b, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if last = string(b); resp.StatusCode == want {
			return last
		}
	}
	t.Fatalf("%s %s does not answer %d, but %s", method, url, want, last)
	return ""
}

// A worker whose database is away at its start ended with code 2, and one whose database went away
// for long with 3.
func TestAWorkerWaitsForItsDatabaseAtTheStart(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	b := newBench(t)
	pg, stopPostgres, err := databasetest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stopPostgres)
	gate := databasetest.NewGate(t, pg.Database(t))
	gate.Shut()
	addr := freeAddr(t)
	for name, value := range map[string]string{
		"COMMENTATOR_DATABASE_URL": gate.URL, "COMMENTATOR_HTTP_ADDR": addr, "COMMENTATOR_HTTP_EVENTS": "true",
		"SLACK_SIGNING_SECRET": "signing", "SLACK_API_URL": startSlack(t).APIURL(), "SLACK_BOT_TOKEN": "xoxb-test",
		"TECHNOSHARE_CHANNEL_ID": fakeslack.DefaultChannel, "MODEL": "offline", "MLFLOW_TRACKING_URI": "http://127.0.0.1:1",
		"LOG_LEVEL": "WARNING",
	} {
		b.set(name, value)
	}
	stop := runWorker(t)

	var got readiness
	body := awaitAnswer(t, http.MethodGet, "http://"+addr+"/readyz", http.StatusServiceUnavailable)
	if err := json.Unmarshal([]byte(body), &got); err != nil ||
		got.Ready || len(got.Problems) != 1 || !strings.Contains(got.Problems[0], "database") {
		t.Errorf("while the database is away: %s", body)
	}
	awaitAnswer(t, http.MethodPost, "http://"+addr+"/slack/events", http.StatusServiceUnavailable)
	awaitAnswer(t, http.MethodGet, "http://"+addr+"/healthz", http.StatusOK)
	gate.Open(t)
	awaitAnswer(t, http.MethodGet, "http://"+addr+"/readyz", http.StatusOK)
	awaitAnswer(t, http.MethodPost, "http://"+addr+"/slack/events", http.StatusUnauthorized) // not signed: the bot itself answers
	gate.Shut()
	awaitAnswer(t, http.MethodGet, "http://"+addr+"/readyz", http.StatusServiceUnavailable)
	gate.Open(t)
	awaitAnswer(t, http.MethodGet, "http://"+addr+"/readyz", http.StatusOK)
	code, errs := stop()
	if code != exitOK {
		t.Errorf("ended with %d: %s", code, errs)
	}
	if n := strings.Count(errs, "the worker waits for it"); n != 1 {
		t.Errorf("said %d times that it waits:\n%s", n, errs)
	}
}

func TestAWorkerThatWaitsForItsDatabaseStopsWhenAsked(t *testing.T) {
	b := newBench(t)
	for name, value := range map[string]string{
		"COMMENTATOR_DATABASE_URL": "postgres://u:p@127.0.0.1:1/db", "COMMENTATOR_HTTP_ADDR": "",
		"SLACK_APP_TOKEN": "xapp-test", "SLACK_BOT_TOKEN": "xoxb-test", "TECHNOSHARE_CHANNEL_ID": fakeslack.DefaultChannel,
		"MODEL": "offline", "MLFLOW_TRACKING_URI": "http://127.0.0.1:1",
	} {
		b.set(name, value)
	}
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	var errs bytes.Buffer
	if code := execute(ctx, []string{"worker"}, streams{out: io.Discard, err: &errs, in: strings.NewReader("")}); code != exitOK {
		t.Errorf("code %d: %s", code, errs.String())
	}
}

func TestWrongCredentialsOfTheDatabaseAreAnErrorOfTheSettings(t *testing.T) {
	b := newBench(t)
	pg, stop, err := databasetest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	for name, value := range map[string]string{
		"COMMENTATOR_DATABASE_URL": strings.Replace(pg.Database(t), "/t", "/nothing_", 1), "COMMENTATOR_HTTP_ADDR": "",
		"SLACK_APP_TOKEN": "xapp-test", "SLACK_BOT_TOKEN": "xoxb-test", "TECHNOSHARE_CHANNEL_ID": fakeslack.DefaultChannel,
		"MODEL": "offline", "MLFLOW_TRACKING_URI": "http://127.0.0.1:1",
	} {
		b.set(name, value)
	}
	var errs bytes.Buffer
	if code := execute(t.Context(), []string{"worker"}, streams{out: io.Discard, err: &errs, in: strings.NewReader("")}); code != exitUsage ||
		!strings.Contains(errs.String(), "does not exist") {
		t.Errorf("code %d: %s", code, errs.String())
	}
}
