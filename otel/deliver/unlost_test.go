package deliver

import (
	"errors"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

var brokenStore = mlflowtest.Fault{Status: 500, Body: `{"error_code":"INTERNAL_ERROR","message":"EndpointConnectionError"}`}

// TestSpansThatComeWhileArtifactsAreAwayAreSent: only artifacts of what was delivered
// before are still to come, not those of the whole trace for ever.
func TestSpansThatComeWhileArtifactsAreAwayAreSent(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	d := New(c, WithExperiment(mlflowtest.Experiment(t)), withFixture(), WithoutExperimentSetup())
	td := smallTrace(1)
	p.SetFault(on("mlflow-artifacts", brokenStore))
	var away *ArtifactsError
	if _, err := d.Deliver(t.Context(), td, Origin{}); !errors.As(err, &away) {
		t.Fatalf("error %v", err)
	}
	// A late part beside the one that waits, as the Collector hands it out.
	p.Reset()
	if _, err := d.Deliver(t.Context(), traces(newSpan(1, 7, 1, "late", 0, ms)), Origin{Late: true}); err != nil || calls(p)["spans"] != 1 {
		t.Errorf("a late part made %v, %v", calls(p), err)
	}
	// And one that is merged with it, as the outbox does.
	p.SetFault(on("mlflow-artifacts", brokenStore))
	if _, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true}); !errors.As(err, &away) {
		t.Fatalf("error %v", err)
	}
	p.SetFault(nil)
	p.Reset()
	ss := td.ResourceSpans[0].ScopeSpans[0]
	ss.Spans = append(ss.Spans, newSpan(1, 8, 1, "later", 0, ms))
	if _, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true}); err != nil || calls(p)["spans"] != 1 || calls(p)["artifact"] != 1 {
		t.Errorf("the trace with a further span made %v, %v", calls(p), err)
	}
}

// TestWhatIsLeftOutIsNotForgottenWhileArtifactsAreAway: else a trace of which spans were
// refused would count as whole once its artifacts got through.
func TestWhatIsLeftOutIsNotForgottenWhileArtifactsAreAway(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture(), WithoutExperimentSetup())
	td := smallTrace(1)
	refuse := func(store mlflowtest.Fault) {
		p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
			switch {
			case r.Path == "v1/traces" && strings.Contains(string(r.Body), "fetch_evidence"):
				return mlflowtest.Fault{Status: 422, Body: `{"detail":"Invalid span"}`}
			case strings.Contains(r.Path, "mlflow-artifacts"):
				return store
			}
			return mlflowtest.Fault{}
		})
	}
	refuse(brokenStore)
	var away *ArtifactsError
	if r, err := d.Deliver(t.Context(), td, Origin{}); !errors.As(err, &away) || len(r.Poison) != 1 {
		t.Fatalf("%d spans refused, error %v", len(r.Poison), err)
	}
	refuse(mlflowtest.Fault{})
	r, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true})
	if err != nil || len(r.Poison) != 1 {
		t.Errorf("%d spans refused, error %v", len(r.Poison), err)
	}
	root := readBack(t, c, exp, fixtureID(td)).runs["aa00000000000001"]
	if tag := mlflow.TagMap(root.Data.Tags)[mlflowattr.IncompleteTag]; !strings.Contains(tag, "refused") {
		t.Errorf("the run says %q", tag)
	}
}

// TestWithoutArtifactsATraceOfAnOldServerIsNotLostInSilence: its files would have been
// the only place for it.
func TestWithoutArtifactsATraceOfAnOldServerIsNotLostInSilence(t *testing.T) {
	for i, version := range []string{"2.9.2", "2.22.5"} {
		p := mlflowtest.NewProxy(t, server.URI(t), "", false)
		p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
			switch {
			case r.Path == "version":
				return mlflowtest.Fault{Status: 200, Body: version}
			case r.Path == "api/2.0/mlflow/traces":
				return mlflowtest.Fault{Status: 400, Body: `{"error_code":"INVALID_PARAMETER_VALUE","message":"no traces here"}`}
			}
			return mlflowtest.Fault{}
		})
		d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture(), WithArtifacts(false))
		r, err := d.Deliver(t.Context(), smallTrace(uint64(i+1)), Origin{})
		if err != nil || len(r.Missing) != 1 || r.Missing[0].Part != PartTrace || calls(p)["artifact"] != 0 {
			t.Errorf("%s: missing %v, %v, calls %v", version, r.Missing, err, calls(p))
		}
	}
}

// TestRunsDoNotWaitForARouteOfSpansThatIsAway: a proxy may hand spans to another server
// than the API.
func TestRunsDoNotWaitForARouteOfSpansThatIsAway(t *testing.T) {
	for i, away := range []mlflowtest.Fault{
		{Status: 502, Body: "<html><title>502 Bad Gateway</title></html>"},
		{Status: 500, Body: "oops"},
		{CutBefore: true},
	} {
		p := mlflowtest.NewProxy(t, server.URI(t), "", false)
		c := newClient(t, p.URL)
		exp := mlflowtest.Experiment(t)
		d := New(c, WithExperiment(exp), withFixture())
		p.SetFault(on("v1/traces", away))
		td := smallTrace(uint64(i + 1))
		r, err := d.Deliver(t.Context(), td, Origin{})
		var partial *TraceError
		if !errors.As(err, &partial) || len(r.Runs) != 2 {
			t.Errorf("%+v: result %+v, error %v", away, r, err)
			continue
		}
		for _, run := range readBack(t, c, exp, fixtureID(td)).runs {
			if run.Info.Status != "FINISHED" {
				t.Errorf("run %s is %s", run.Info.Name, run.Info.Status)
			}
		}
		p.SetFault(nil)
		if _, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true}); err != nil {
			t.Errorf("once it is back: %v", err)
		}
		checkSmall(t, c, exp, td, "back")
	}
}

// TestATraceOfAnOldServerThatHidesItsReleaseIsStored: a login in front of /version makes
// the server look like the newest.
func TestATraceOfAnOldServerThatHidesItsReleaseIsStored(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		switch {
		case r.Path == "version":
			return mlflowtest.Fault{Status: 200, Body: loginPage}
		case r.Path == "v1/traces", strings.HasPrefix(r.Path, "api/3.0/"):
			return mlflowtest.Fault{Status: 404, Body: unknownPage}
		}
		return mlflowtest.Fault{}
	})
	d := New(c, WithExperiment(exp), withFixture(), WithoutExperimentSetup())
	for n := range uint64(2) {
		r, err := d.Deliver(t.Context(), smallTrace(n+1), Origin{})
		if err != nil || r.Incomplete() != "" {
			t.Fatalf("incomplete %q, %v", r.Incomplete(), err)
		}
		files, err := c.ListArtifacts(t.Context(), r.ParentRunID, "")
		if err != nil || len(files) != 2 || files[0].Path != tracePageFile || files[1].Path != traceJSONFile {
			t.Errorf("trace %d: files %+v, %v", n+1, files, err)
		}
	}
}

// TestATraceIsNotTriedForEverWhereItsRoutesAreClosed: a proxy that passes only what runs
// need.
func TestATraceIsNotTriedForEverWhereItsRoutesAreClosed(t *testing.T) {
	for name, err := range map[string]error{
		"no route":                             &mlflow.APIError{Status: 404, HTML: true},
		"forbidden":                            &mlflow.APIError{Status: 403},
		"a login":                              &mlflow.NotMLflowError{},
		"the spans of before went another way": &mlflow.SpansStoredError{},
	} {
		if err := (&TraceError{Err: err}); needsService(err) || IsPermanent(err) {
			t.Errorf("%s: needs a service %v, permanent %v", name, needsService(err), IsPermanent(err))
		}
	}
	if !needsService(&TraceError{Err: &mlflow.APIError{Status: 503}}) {
		t.Error("a server that is away is a fault of the trace")
	}
}
