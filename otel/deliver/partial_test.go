package deliver

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// on answers requests to one path, and lets all others through.
func on(path string, f mlflowtest.Fault) func(mlflowtest.Request) mlflowtest.Fault {
	return func(r mlflowtest.Request) mlflowtest.Fault {
		if strings.Contains(r.Path, path) {
			return f
		}
		return mlflowtest.Fault{}
	}
}

const (
	unknownPage = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>"
	loginPage   = "<html><head><title>Sign in</title></head></html>"
)

// TestAClosedRouteForSpansIsNoReasonToLoseATrace: what a server under Gunicorn answers,
// a proxy that passes only the API, and a login that spares it.
func TestAClosedRouteForSpansIsNoReasonToLoseATrace(t *testing.T) {
	for i, closed := range []mlflowtest.Fault{
		{Status: 404, Body: unknownPage},
		{Status: 405, Body: `{"detail":"Method Not Allowed"}`},
		{Status: 403, Body: "<html><title>403 Forbidden</title></html>"},
		{Status: 302, Header: map[string]string{"Location": "https://sso.example.com/login?next=x"}},
		{Status: 200, Body: loginPage, Header: map[string]string{"Content-Type": "text/html"}},
	} {
		p := mlflowtest.NewProxy(t, server.URI(t), "", false)
		c := newClient(t, p.URL)
		exp := mlflowtest.Experiment(t)
		td := smallTrace(uint64(300 + i))
		p.SetFault(on("v1/traces", closed))
		d := New(c, WithExperiment(exp), withFixture())
		for range 2 { // the second time changes nothing
			r, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true})
			if err != nil || r.Incomplete() != "" || r.TraceURL == "" {
				t.Fatalf("%d: %v, incomplete %q", closed.Status, err, r.Incomplete())
			}
			checkSmall(t, c, exp, td, http.StatusText(closed.Status))
		}
		file, err := c.GetTraceData(t.Context(), traceLocation(t, c, td))
		if err != nil || strings.Count(string(file), `"span_id":`) != 2 {
			t.Errorf("%d: traces.json %.300s, %v", closed.Status, file, err)
		}
	}
}

func traceLocation(t *testing.T, c *mlflow.Client, td *tracepb.TracesData) string {
	t.Helper()
	info, err := c.GetTraceInfo(t.Context(), mlflow.TraceID(fixtureID(td)))
	if err != nil {
		t.Fatal(err)
	}
	return info.ArtifactLocation()
}

// TestRunsEndThoughTheTraceIsNotThereYet: a trace that fails is retried on its own
// account, and keeps no other back.
func TestRunsEndThoughTheTraceIsNotThereYet(t *testing.T) {
	b := newBench(t)
	b.run(WithMaxAttempts(1000))
	b.proxy.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if r.Path == "api/3.0/mlflow/traces" && strings.Contains(string(r.Body), mlflow.TraceID(traceIDNumber(1))) {
			return mlflowtest.Fault{Status: 500, Body: `{"error_code":"INTERNAL_ERROR","message":"broken"}`}
		}
		return mlflowtest.Fault{}
	})
	bad := b.put(smallTrace(1), 1, true)
	r, err := b.q.WaitAttempt(t.Context(), bad)
	var partial *TraceError
	if !errors.As(err, &partial) && !strings.Contains(err.Error(), "trace not yet") || r.RunURL == "" || r.ParentRunID == "" {
		t.Errorf("result %+v, error %v", r, err)
	}
	b.mustWait(b.put(smallTrace(2), 1, true))
	if s := b.q.Stats(); s.ServerDown || s.DeadLettered != 0 {
		t.Errorf("stats %+v", s)
	}
	got := readBack(t, b.c, b.exp, bad)
	for _, run := range got.runs {
		if run.Info.Status != "FINISHED" || run.Info.EndTime == 0 {
			t.Errorf("run %s is %s", run.Info.Name, run.Info.Status)
		}
	}
	b.proxy.SetFault(nil)
	b.mustWait(bad)
	checkSmall(t, b.c, b.exp, smallTrace(1), "repaired")
}

// TestArtifactsAreRetriedApart: a store that is away costs two requests an attempt,
// and neither runs nor trace wait for it.
func TestArtifactsAreRetriedApart(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture(), WithoutExperimentSetup())
	store := mlflowtest.Fault{Status: 500, Body: `{"error_code":"INTERNAL_ERROR","message":"EndpointConnectionError"}`}
	p.SetFault(on("mlflow-artifacts", store))
	td := jobTrace(1)
	_, err := d.Deliver(t.Context(), td, Origin{})
	var away *ArtifactsError
	if !errors.As(err, &away) || away.Missing != 4 || !away.StoreDown || !IsPartial(err) || IsOutage(err) || IsPermanent(err) {
		t.Fatalf("error %v", err)
	}
	got := readBack(t, c, exp, fixtureID(td))
	if len(got.traces) != 1 || len(got.runs) != 5 {
		t.Errorf("%d traces, %d runs", len(got.traces), len(got.runs))
	}
	for _, run := range got.runs {
		if run.Info.Status != "FINISHED" {
			t.Errorf("run %s is %s", run.Info.Name, run.Info.Status)
		}
	}
	p.Reset()
	p.SetFault(on("mlflow-artifacts", store))
	r, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true})
	if !errors.As(err, &away) || r.RunURL == "" || r.TraceURL == "" {
		t.Errorf("second attempt: %v, %+v", err, r)
	}
	if n := calls(p); n["artifact"] != 1 || n["runs/search"] != 1 || n["runs/log-batch"]+n["runs/update"]+n["spans"] != 0 {
		t.Errorf("the second attempt made %v", n)
	}
	p.SetFault(nil)
	if _, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true}); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, c, exp, td)
}

// TestOneFileThatIsAlwaysRefusedIsAFaultOfItsTrace: only a store that takes nothing
// is away.
func TestOneFileThatIsAlwaysRefusedIsAFaultOfItsTrace(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	exp := mlflowtest.Experiment(t)
	d := New(newClient(t, p.URL), WithExperiment(exp), withFixture(), WithoutExperimentSetup())
	bad := ""
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if r.Method != http.MethodPut {
			return mlflowtest.Fault{}
		}
		if bad == "" {
			bad = r.Path
		}
		if r.Path == bad {
			return mlflowtest.Fault{Status: 500, Body: `{"error_code":"INTERNAL_ERROR","message":"name too long"}`}
		}
		return mlflowtest.Fault{}
	})
	_, err := d.Deliver(t.Context(), jobTrace(1), Origin{})
	var away *ArtifactsError
	if !errors.As(err, &away) || away.Missing != 1 || away.StoreDown {
		t.Errorf("error %v", err)
	}
}

// TestWhatAServerNeverTakesIsSaidOnTheRun, counted and kept, and once the server is
// another the same trace is delivered whole.
func TestWhatAServerNeverTakesIsSaidOnTheRun(t *testing.T) {
	b := newBench(t)
	b.run()
	b.proxy.SetFault(on("mlflow-artifacts", mlflowtest.Fault{Status: 413, Body: "<html><title>413 Request Entity Too Large</title></html>"}))
	td := smallTrace(1)
	tid := b.put(td, 1, true)
	r := b.mustWait(tid)
	if !strings.Contains(r.Incomplete(), "client_max_body_size") || len(r.Missing) != 1 || r.Missing[0].Part != PartArtifacts {
		t.Errorf("incomplete %q", r.Incomplete())
	}
	root := func() map[string]string {
		got := readBack(t, b.c, b.exp, tid)
		run := got.runs["aa00000000000001"]
		if run.Info.Status != "FINISHED" || len(got.traces) != 1 {
			t.Errorf("run %s, %d traces", run.Info.Status, len(got.traces))
		}
		return mlflow.TagMap(run.Data.Tags)
	}
	if tag := root()[mlflowattr.IncompleteTag]; !strings.Contains(tag, "artifacts (1)") {
		t.Errorf("tag %q", tag)
	}
	dead, err := b.spool.Dead()
	if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Reason, "delivered, but for artifacts (1)") {
		t.Fatalf("dead letters %+v, %v", dead, err)
	}
	if s := b.q.Stats(); s.Incomplete != 1 || s.Delivered != 1 || s.DeadLettered != 0 {
		t.Errorf("stats %+v", s)
	}
	b.proxy.SetFault(nil)
	if err := b.spool.Retry(dead[0].ID); err != nil {
		t.Fatal(err)
	}
	b.seen.until(t, "whole", func() bool { return b.spool.Stats().Pending+b.spool.Stats().Dead == 0 })
	checkSmall(t, b.c, b.exp, td, "after the limit was raised")
	if tag, there := root()[mlflowattr.IncompleteTag]; there {
		t.Errorf("the run still says %q", tag)
	}
}

// TestABodyLimitCostsOnlyWhatIsTooLarge: nginx takes 1 MB unless it is told otherwise.
func TestABodyLimitCostsOnlyWhatIsTooLarge(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	huge := strings.Repeat("x", 4000)
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if strings.HasSuffix(r.Path, "log-batch") && strings.Contains(string(r.Body), huge) {
			return mlflowtest.Fault{Status: 413, Body: "<html><title>413 Request Entity Too Large</title></html>"}
		}
		return mlflowtest.Fault{}
	})
	td := smallTrace(1)
	span := td.ResourceSpans[0].ScopeSpans[0].Spans[0]
	span.Attributes = append(span.Attributes, kv("p.huge", huge), kv("p.small", "1"), kv("m.n", 3.0))
	r, err := New(c, WithExperiment(exp), withFixture()).Deliver(t.Context(), td, Origin{})
	if err != nil || len(r.Missing) != 1 || r.Missing[0].Part != PartRunData || r.Missing[0].Count != 1 {
		t.Fatalf("missing %v, %v", r.Missing, err)
	}
	run := readBack(t, c, exp, fixtureID(td)).runs[spanHex(otlp.SpanID(span))]
	params := mlflow.TagMap(run.Data.Params)
	if run.Info.Status != "FINISHED" || params["small"] != "1" || params["huge"] != "" || len(run.Data.Metrics) == 0 {
		t.Errorf("run %+v", run)
	}
}

// TestDeadLettersKeepTheirRunsFromBeingAbandoned: what failed is the delivery, not the
// job.
func TestDeadLettersKeepTheirRunsFromBeingAbandoned(t *testing.T) {
	b := newBench(t)
	b.run()
	td := smallTrace(1)
	b.proxy.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if strings.HasSuffix(r.Path, "runs/update") {
			return mlflowtest.Fault{Status: 400, Body: `{"error_code":"INVALID_PARAMETER_VALUE","message":"why not"}`}
		}
		return mlflowtest.Fault{}
	})
	_, err := b.wait(b.put(td, 1, true))
	var refused *DeadLetterError
	if !errors.As(err, &refused) {
		t.Fatalf("error %v", err)
	}
	b.stop()
	b.proxy.SetFault(nil)
	b.run() // the next process
	b.mustWait(b.put(smallTrace(2), 1, true))
	for _, run := range readBack(t, b.c, b.exp, fixtureID(td)).runs {
		if run.Info.Status == "KILLED" {
			t.Errorf("run %s of a job that went well is KILLED", run.Info.Name)
		}
	}
	if n := b.q.Stats().Killed; n != 0 {
		t.Errorf("%d runs ended", n)
	}
}

func TestAnExperimentOfAnotherDatabaseIsNotTakenForOurs(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	name := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(name), withFixture(), WithoutExperimentSetup())
	first, err := d.Deliver(t.Context(), smallTrace(1), Origin{})
	if err != nil {
		t.Fatal(err)
	}
	byID := New(c, WithExperimentID(first.ExperimentID), withFixture(), WithoutExperimentSetup())
	if _, err := byID.Deliver(t.Context(), smallTrace(2), Origin{}); err != nil {
		t.Fatal(err)
	}
	stranger, _, err := c.EnsureExperiment(t.Context(), mlflowtest.Experiment(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Reset()
	// As after a change of database: the id that was found is a stranger's now.
	d.exp.id, d.exp.created = stranger.ID, 1
	if _, err := d.Deliver(t.Context(), smallTrace(3), Origin{}); err != nil || calls(p)["experiments/get-by-name"] != 1 {
		t.Errorf("not looked up by its name: %v, %v", calls(p), err)
	}
	checkSmall(t, c, name, smallTrace(3), "in its own experiment")
	left, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{stranger.ID}})
	if err != nil || len(left) != 0 {
		t.Errorf("%d runs stay in a stranger's experiment, %v", len(left), err)
	}
	p.Reset()
	byID.exp.created, byID.expByID.Created = 1, 1
	_, err = byID.Deliver(t.Context(), smallTrace(4), Origin{})
	var replaced *ReplacedExperimentError
	if !errors.As(err, &replaced) || IsPermanent(err) || calls(p)["runs/create"] != calls(p)["runs/delete"] {
		t.Errorf("error %v after %v", err, calls(p))
	}
}

func TestRootRunsHangBelowAGivenRun(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	e, _, err := c.EnsureExperiment(t.Context(), exp, nil)
	if err != nil {
		t.Fatal(err)
	}
	parent, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: e.ID, Name: "by hand", Start: jobStart})
	if err != nil {
		t.Fatal(err)
	}
	td := smallTrace(1)
	r, err := New(c, WithExperiment(exp), withFixture(), WithParentRunID(parent.Info.RunID), WithArtifacts(false)).
		Deliver(t.Context(), td, Origin{})
	if err != nil {
		t.Fatal(err)
	}
	got := readBack(t, c, exp, fixtureID(td)).runs
	if tag := mlflow.TagMap(got["aa00000000000001"].Data.Tags)[tagParent]; tag != parent.Info.RunID {
		t.Errorf("the root hangs below %q", tag)
	}
	for span, id := range r.Runs {
		if files, err := c.ListArtifacts(t.Context(), id, ""); err != nil || len(files) != 0 {
			t.Errorf("run of %s has %v, %v", span, files, err)
		}
	}
	if after, err := c.GetRun(t.Context(), parent.Info.RunID); err != nil || after.Info.Status != "RUNNING" {
		t.Errorf("the given run is %s, %v", after.Info.Status, err)
	}
}

// TestALatePartJoinsATraceThatIsAFile: a server shows spans over OTLP alone once it has
// any.
func TestALatePartJoinsATraceThatIsAFile(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	td := smallTrace(399) // no other test has this trace
	p.SetFault(on("v1/traces", mlflowtest.Fault{Status: 404, Body: unknownPage}))
	if _, err := New(c, WithExperiment(exp), withFixture()).Deliver(t.Context(), td, Origin{}); err != nil {
		t.Fatal(err)
	}
	p.SetFault(nil) // the route is open for the next process
	next := newClient(t, p.URL)
	late := traces(newSpan(399, 9, 1, "late", 0, ms))
	if _, err := New(next, WithExperiment(exp), withFixture()).Deliver(t.Context(), late, Origin{Late: true}); err != nil {
		t.Fatal(err)
	}
	file, err := c.GetTraceData(t.Context(), traceLocation(t, c, td))
	if err != nil || strings.Count(string(file), `"span_id":`) != 3 {
		t.Errorf("the file holds %.500s, %v", file, err)
	}
	if there, err := next.HasTraceFile(t.Context(), mlflow.TraceID(fixtureID(td))); err != nil || !there {
		t.Errorf("the server reads no file any more, %v", err)
	}
}
