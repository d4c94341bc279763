package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/doctor"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// doctor gives the doctor's lines by the name of what was checked.
func (b *bench) doctor(wantCode int, args ...string) map[string]string {
	b.t.Helper()
	code, out, errs := b.run(append([]string{"doctor"}, args...)...)
	if code != wantCode {
		b.t.Errorf("exit code %d, want %d\n%s%s", code, wantCode, out, errs)
	}
	lines := map[string]string{}
	for line := range strings.Lines(out) {
		end := 6 + 22 // names that are longer push the rest of the line on
		for end < len(line) && line[end] != ' ' {
			end++
		}
		if end < len(line) {
			lines[strings.TrimSpace(line[6:end])] = line[:4] + " " + strings.TrimSpace(line[end:])
		}
	}
	return lines
}

func TestDoctorLooksAtEverything(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newBench(t)
	uri := server.URI(t)
	b.mlflow(uri)
	slack := fakeslack.New()
	if err := slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slack.Close() })
	backend := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(backend.Close)
	b.set("SLACK_API_URL", slack.APIURL())
	b.set("SLACK_APP_TOKEN", "xapp-test")
	b.set("SLACK_BOT_TOKEN", "xoxb-test")
	b.set("TECHNOSHARE_CHANNEL_ID", fakeslack.DefaultChannel)
	b.set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", backend.URL+"/v1/traces")
	b.set("OPENAI_BASE_URL", backend.URL+"/v1")
	b.set("MODEL", "m-1")
	got := b.doctor(exitOK)
	for name, want := range map[string]string{
		"data folder": b.dir, "outbox": "0 traces wait", "MLflow": mlflowtest.DefaultVersion + " at " + uri + ", without credentials",
		"experiment": b.experiment + " will be made", "spans over OTLP": "yes", "traces of a run": "yes", "model": "m-1 at " + backend.URL,
		"second backend": backend.URL + "/v1/traces answers", "queue": "0 queued", "Slack bot token": "the bot", "Slack app token": "Socket Mode", "Slack scopes": "",
		"Slack channel": "#",
	} {
		if len(name) > doctor.DetailColumn-len("ok    ")-1 {
			t.Errorf("the name %q is longer than its column", name)
		}
		line, there := got[name]
		if !there || !strings.HasPrefix(line, "ok") || !strings.Contains(line, want) {
			t.Errorf("%s: %q, want %q", name, line, want)
		}
	}
}

func TestDoctorEndsWithCodeTwoWhereThereIsSomethingToDo(t *testing.T) {
	b := newBench(t)
	b.set("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
	got := b.doctor(exitUsage)
	if !strings.HasPrefix(got["MLflow"], "fix") || !strings.Contains(got["MLflow"], "start_mlflow.sh") || !strings.HasPrefix(got["queue"], "ok") || !strings.Contains(got["Slack"],
		"not configured") {
		t.Errorf("lines %q", got)
	}
	b.set("MLFLOW_ENABLE_TRACKING", "false")
	b.set("MLFLOW_ENABLE_TRACING", "false")
	if got := b.doctor(exitOK); got["MLflow"] != "ok   switched off" {
		t.Errorf("lines %q", got)
	}
	b.set("LOG_LEVEL", "loud")
	b.doctor(exitUsage)
}

func TestDoctorReadsTheFilesThatSettingsName(t *testing.T) {
	b := newBench(t)
	b.set("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
	if got := b.doctor(exitUsage)["stages"]; !strings.HasPrefix(got, "ok ") {
		t.Errorf("stages: %s", got)
	}
	for name, value := range map[string]string{
		"COMMENTATOR_CONTEXT_FILE": "/no/such/themes.yaml", "COMMENTATOR_DOMAIN_RULES": "/no/such/rules.yaml", "COMMENTATOR_FETCH_ALLOW": "10.0.0.0/99",
	} {
		t.Run(name, func(t *testing.T) {
			b := *b
			b.t = t
			b.set(name, value)
			if got := b.doctor(exitUsage)["stages"]; !strings.HasPrefix(got, "fix ") || !strings.Contains(got, value) {
				t.Errorf("stages: %s", got)
			}
		})
	}
}
