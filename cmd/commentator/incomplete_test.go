package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// faulty puts a proxy in front of the real server that answers some requests itself.
func faulty(t *testing.T, b *bench, fault func(mlflowtest.Request) mlflowtest.Fault) (*mlflowtest.Proxy, *mlflow.Client) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	p.SetFault(fault)
	return p, b.mlflow(p.URL)
}

// refusing answers with a status where the request is one of those meant.
func refusing(status int, body string, meant func(mlflowtest.Request) bool) func(mlflowtest.Request) mlflowtest.Fault {
	return func(r mlflowtest.Request) mlflowtest.Fault {
		if meant(r) {
			return mlflowtest.Fault{Status: status, Body: body}
		}
		return mlflowtest.Fault{}
	}
}

func isArtifact(r mlflowtest.Request) bool { return r.Method == http.MethodPut }

// states are those of the entries in the outbox.
func (b *bench) states(entries int) []string {
	b.t.Helper()
	var all []string
	for _, e := range b.checkReasons(entries) {
		all = append(all, e.State)
	}
	return all
}

func TestWhatAServerNeverTakesIsSaidAndMadeGoodOnceItDoes(t *testing.T) {
	b := newOwnBench(t)
	p, c := faulty(t, b, refusing(413, "<html><title>413 Request Entity Too Large</title></html>", isArtifact))
	code, out, errs := b.run("run", "--json", b.page("fetch-api.html"))
	rep := decode(t, out)[0]
	if code != exitOK || !rep.Delivered || rep.DeliveryError != "" || len(rep.Missing) != 1 || !strings.HasPrefix(rep.Missing[0], "artifacts (") ||
		rep.RunURL == "" || rep.TraceURL == "" {
		t.Fatalf("exit code %d, report %+v\n%s", code, rep, errs)
	}
	root := b.tree(c, rep.JobID)[""]
	if root.Info.Status != "FINISHED" || !strings.Contains(tags(root)[mlflowattr.IncompleteTag], "artifacts") {
		t.Errorf("run %s with tags %v", root.Info.Status, tags(root))
	}
	if got := b.states(1); !slices.Equal(got, []string{"incomplete"}) {
		t.Errorf("outbox %v", got)
	}
	code, out, _ = b.run("run", b.page("fetch-api.html"))
	if code != exitOK || !strings.Contains(out, "missing artifacts (") || !strings.Contains(out, "commentator outbox retry") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out, errs := b.run("outbox", "retry"); code != exitOK || !strings.Contains(out, "but for parts of 2 traces") {
		t.Errorf("retry: exit code %d\n%s%s", code, out, errs)
	}
	p.SetFault(nil)
	if code, out, errs := b.run("outbox", "retry"); code != exitOK || out != "Everything has been delivered.\n" {
		t.Errorf("retry: exit code %d\n%s%s", code, out, errs)
	}
	b.states(0)
	root = b.tree(c, rep.JobID)[""]
	if tag, there := tags(root)[mlflowattr.IncompleteTag]; there || len(artifacts(t, c, root.Info.RunID, "")) == 0 {
		t.Errorf("tag %q, artifacts %v", tag, artifacts(t, c, root.Info.RunID, ""))
	}
}

func TestRunsThatAreThereAreShownWhileTheirFilesWait(t *testing.T) {
	b := newOwnBench(t)
	p, _ := faulty(t, b, refusing(500, `{"error_code":"INTERNAL_ERROR","message":"bucket away"}`, isArtifact))
	code, out, errs := b.run("run", "--json", b.page("fetch-api.html"))
	rep := decode(t, out)[0]
	if code != exitWaiting || rep.Delivered || rep.RunID == "" || rep.RunURL == "" || rep.TraceURL == "" || len(rep.Missing) != 0 ||
		!strings.Contains(rep.DeliveryError, "artifacts delivered") || !strings.Contains(rep.DeliveryError, "bucket away") {
		t.Fatalf("exit code %d, report %+v\n%s", code, rep, errs)
	}
	if got := b.states(1); !slices.Equal(got, []string{"pending"}) {
		t.Errorf("outbox %v", got)
	}
	p.SetFault(nil)
	if code, out, errs := b.run("outbox", "retry"); code != exitOK {
		t.Errorf("retry: exit code %d\n%s%s", code, out, errs)
	}
	b.checkOnce(rep)
}

func TestATraceWithRefusedSpansIsNotDelivered(t *testing.T) {
	b := newOwnBench(t)
	p, _ := faulty(t, b, refusing(422, `{"detail":"bad span"}`, func(r mlflowtest.Request) bool {
		return r.Path == "v1/traces" && bytes.Contains(r.Body, []byte("quality_gates.validate"))
	}))
	code, out, errs := b.run("run", "--json", b.page("fetch-api.html"))
	rep := decode(t, out)[0]
	if code != exitWaiting || rep.Delivered || rep.RunURL == "" || !strings.Contains(rep.DeliveryError, "refused 1 spans") ||
		!strings.Contains(rep.DeliveryError, "bad span") {
		t.Fatalf("exit code %d, report %+v\n%s", code, rep, errs)
	}
	if got := b.states(1); !slices.Equal(got, []string{"dead"}) {
		t.Errorf("outbox %v", got)
	}
	if code, _, errs := b.run("outbox", "retry"); code != exitWaiting || !strings.Contains(errs, "1 were refused") {
		t.Errorf("retry: exit code %d\n%s", code, errs)
	}
	p.SetFault(nil)
	if code, out, errs := b.run("outbox", "retry"); code != exitOK {
		t.Errorf("retry: exit code %d\n%s%s", code, out, errs)
	}
	b.checkOnce(rep)
}

// TestRunsOfDeadLettersAreLeftAsTheyAre: a trace in the dead letters may be delivered
// after all, so that its runs are not those of a process that died.
func TestRunsOfDeadLettersAreLeftAsTheyAre(t *testing.T) {
	b := newOwnBench(t)
	p, c := faulty(t, b, refusing(400, `{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}`, func(r mlflowtest.Request) bool {
		return strings.HasSuffix(r.Path, "/runs/update")
	}))
	status := func(id string) string { return b.tree(c, id)[""].Info.Status }
	running := b.jobs(exitWaiting, b.page("fetch-api.html"))[0]
	p.SetFault(refusing(413, "<html></html>", isArtifact))
	finished := b.jobs(exitOK, b.page("fetch-api.html"))[0]
	p.SetFault(nil)
	b.jobs(exitOK, b.page("fetch-api.html")) // a process that begins with ending runs of dead ones
	if got := b.states(2); slices.Contains(got, "pending") {
		t.Fatalf("outbox %v", got)
	}
	if r, f := status(running.JobID), status(finished.JobID); r != "RUNNING" || f != "FINISHED" {
		t.Errorf("statuses are %s and %s", r, f)
	}
	if code, out, errs := b.run("outbox", "retry"); code != exitOK {
		t.Errorf("retry: exit code %d\n%s%s", code, out, errs)
	}
	b.checkOnce(running)
	b.checkOnce(finished)
}

// slowed is the address of a proxy that keeps each request of the real server waiting.
func slowed(t *testing.T, delay time.Duration) string {
	t.Helper()
	target, err := url.Parse(server.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(delay):
		case <-r.Context().Done():
			return
		}
		r.Host = target.Host
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(slow.Close)
	return slow.URL
}

// TestJobsInARowOnASlowServerAreDelivered, and what an earlier one left.
func TestJobsInARowOnASlowServerAreDelivered(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	b.mlflow(slowed(t, 100*time.Millisecond)) // a job needs about 30 requests
	code, out, _ := b.run("run", "--json", "--wait=250ms", b.page("fetch-api.html"))
	if rep := decode(t, out)[0]; code != exitWaiting || !strings.Contains(rep.DeliveryError, "not complete within 250ms") {
		t.Errorf("exit code %d, report %+v", code, rep)
	}
	b.states(1)
	for range 2 {
		if code, out, errs := b.run("run", "--json", b.page("fetch-api.html")); code != exitOK {
			t.Fatalf("exit code %d\n%s%s", code, out, errs)
		}
		b.states(0)
	}
}

func TestJobsGoUnderTheRunThatTheSettingsName(t *testing.T) {
	b := newOwnBench(t)
	_, c := faulty(t, b, nil)
	e, _, err := c.EnsureExperiment(t.Context(), b.experiment, nil)
	if err != nil {
		t.Fatal(err)
	}
	above, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: e.ID, Name: "nightly", Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	b.set("MLFLOW_RUN_ID", above.Info.RunID)
	rep := b.jobs(exitOK, b.page("fetch-api.html"))[0]
	if got := tags(b.tree(c, rep.JobID)[""])["mlflow.parentRunId"]; got != above.Info.RunID {
		t.Errorf("the job's run is below %q", got)
	}
	if now, err := c.GetRun(t.Context(), above.Info.RunID); err != nil || now.Info.Status != "RUNNING" {
		t.Errorf("the run above is %s, %v", now.Info.Status, err)
	}
}

func TestAttemptsAtATraceAreBoundedByTheSetting(t *testing.T) {
	b := newOwnBench(t)
	faulty(t, b, refusing(500, `{"error_code":"INTERNAL_ERROR","message":"no"}`, func(r mlflowtest.Request) bool {
		return strings.HasSuffix(r.Path, "/runs/log-batch")
	}))
	b.set("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
	rep := b.jobs(exitWaiting, b.page("fetch-api.html"))[0]
	if got := b.states(1); !slices.Equal(got, []string{"dead"}) || !strings.Contains(rep.DeliveryError, "refused the trace") {
		t.Errorf("outbox %v, report %+v", got, rep)
	}
}
