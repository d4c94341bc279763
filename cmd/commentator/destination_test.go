package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestATraceThatWaitedGoesWhereItWasMadeFor: two jobs while the server is away, then one by a process that is
// told another experiment, and other spellings of the server's address.
func TestATraceThatWaitedGoesWhereItWasMadeFor(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newBench(t)
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	p.SetFault(func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{Status: 503, Body: "{}"} })
	b.set("MLFLOW_TRACKING_URI", p.URL)
	waited := append(b.jobs(exitWaiting, b.page("fetch-api.html")), b.jobs(exitWaiting, b.page("mozilla-wikipedia.html"))...)
	p.SetFault(nil)

	former := b.experiment
	b.experiment = mlflowtest.Experiment(t)
	b.set("MLFLOW_EXPERIMENT_NAME", b.experiment)
	b.set("MLFLOW_TRACKING_URI", strings.Replace(p.URL, "127.0.0.1", "LocalHost", 1)+"/")
	for _, e := range b.checkReasons(2) {
		if e.State != "pending" || e.Destination.Experiment != former || e.Destination.Server != p.URL || !strings.Contains(e.Reason, former) {
			t.Errorf("listed: %+v", e)
		}
	}
	now := b.jobs(exitOK, b.page("fetch-api.html"))[0]
	if code, out, errs := b.run("outbox", "retry"); code != exitOK {
		t.Fatalf("outbox retry: exit code %d\n%s%s", code, out, errs)
	}
	b.checkOnce(now)
	if n := len(b.runsOf(b.mlflow(p.URL), "tags.job_id LIKE '%'")); n != 5 {
		t.Errorf("%d runs where one job of five belongs", n)
	}
	b.experiment = former
	for _, rep := range waited {
		b.checkOnce(rep)
	}
}

// TestATraceForAnotherServerStaysUntilItIsRedirected, beside what is delivered.
func TestATraceForAnotherServerStaysUntilItIsRedirected(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newBench(t)
	const other = "http://user:hunter2@127.0.0.1:1"
	b.set("MLFLOW_TRACKING_URI", other)
	there := b.jobs(exitWaiting, b.page("fetch-api.html"))[0]
	b.mlflow(server.URI(t))
	here := b.jobs(exitOK, b.page("fetch-api.html"))[0]
	list := b.checkReasons(1)
	if e := list[0]; e.TraceID != there.TraceID || e.State != "elsewhere" || !strings.Contains(e.Reason, "made for http://127.0.0.1:1, experiment "+b.experiment) ||
		!strings.Contains(e.Reason, server.URI(t)) || !strings.Contains(e.Reason, "--here") {
		t.Errorf("listed: %+v", e)
	}
	if text, err := json.Marshal(list); err != nil || strings.Contains(string(text), "hunter2") {
		t.Errorf("%s, %v", text, err)
	}
	if _, out, _ := b.run("doctor"); !strings.Contains(out, "0 traces wait, 1 were made for another server") {
		t.Errorf("doctor says\n%s", out)
	}
	if code, out, errs := b.run("outbox", "retry"); code != exitWaiting || !strings.Contains(errs, "1 were made for another server") ||
		!strings.Contains(errs, "retry --here") {
		t.Errorf("outbox retry: exit code %d\n%s%s", code, out, errs)
	}
	b.checkReasons(1)
	if code, out, errs := b.run("outbox", "retry", "--here"); code != exitOK || !strings.Contains(out, "Everything has been delivered") {
		t.Fatalf("outbox retry --here: exit code %d\n%s%s", code, out, errs)
	}
	b.checkReasons(0)
	b.checkOnce(there)
	b.checkOnce(here)
}
