package deliver

import (
	"errors"
	"strings"
	"testing"
	"time"

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

func TestSpansThatDoNotFitIntoAStoredTraceAreSaidToBeMissing(t *testing.T) {
	caps := func(version string) mlflow.Capabilities {
		p := mlflowtest.NewProxy(t, server.URI(t), "", false)
		p.SetFault(on("version", mlflowtest.Fault{Status: 200, Body: version}))
		c, err := newClient(t, p.URL).Capabilities(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for version, want := range map[string]int{"3.3.0": 1, "2.22.5": 0} { // there they are in a file of the run
		j := &job{d: New(newClient(t, server.URI(t))), planned: []*plannedRun{{}}, spans: spanSet{send: []span{{}}}, caps: caps(version)}
		if err := j.stored(mlflow.TraceFile{TraceID: "tr-1", Spans: 1, Dropped: 2}, nil); err != nil || len(j.result.Missing) != want {
			t.Errorf("%s: missing %v, notes %v, %v", version, j.result.Missing, j.result.Notes, err)
		}
	}
}

// TestAnExperimentIDIsThatOfTheFirstDelivery: with another database it is gone, or is
// somebody else's, and neither costs a trace.
func TestAnExperimentIDIsThatOfTheFirstDelivery(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	e, _, err := c.EnsureExperiment(t.Context(), mlflowtest.Experiment(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := New(c, WithExperimentID(e.ID), withFixture(), WithoutExperimentSetup())
	if _, err := d.Deliver(t.Context(), smallTrace(1), Origin{}); err != nil {
		t.Fatal(err)
	}
	json := map[string]string{"Content-Type": "application/json"}
	unknown := `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=` + e.ID + ` exists"}`
	for n, found := range []mlflowtest.Fault{
		{Status: 404, Header: json, Body: unknown},
		{Status: 200, Header: json, Body: `{"experiment":{"experiment_id":"` + e.ID +
			`","name":"somebody else's","lifecycle_stage":"active","creation_time":1}}`},
	} {
		p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
			switch {
			case strings.HasSuffix(r.Path, "experiments/get"):
				return found
			case strings.HasSuffix(r.Path, "runs/create"): // found out in the middle
				return mlflowtest.Fault{Status: 404, Header: json, Body: unknown}
			}
			return mlflowtest.Fault{}
		})
		_, err := d.Deliver(t.Context(), smallTrace(uint64(n+2)), Origin{})
		var replaced *ReplacedExperimentError
		if !errors.As(err, &replaced) || IsPermanent(err) || !strings.Contains(err.Error(), "MLFLOW_EXPERIMENT_ID") {
			t.Errorf("error %v", err)
		}
		p.SetFault(nil)
		if _, err := d.Deliver(t.Context(), smallTrace(uint64(n+2)), Origin{SearchFirst: true}); err != nil {
			t.Errorf("with the right database: %v", err)
		}
	}
}

// TestAFileThatIsAlwaysRefusedIsNoStoreThatIsAway, also where it is the only one of its
// trace: the store takes those of others.
func TestAFileThatIsAlwaysRefusedIsNoStoreThatIsAway(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture(), WithoutExperimentSetup())
	p.SetFault(on("mlflow-artifacts", brokenStore))
	var away *ArtifactsError
	if _, err := d.Deliver(t.Context(), smallTrace(1), Origin{}); !errors.As(err, &away) || !away.StoreDown {
		t.Errorf("nothing got through yet: %v", err)
	}
	p.SetFault(nil)
	if _, err := d.Deliver(t.Context(), smallTrace(2), Origin{}); err != nil {
		t.Fatal(err)
	}
	p.SetFault(on("mlflow-artifacts", brokenStore))
	_, err := d.Deliver(t.Context(), smallTrace(1), Origin{SearchFirst: true})
	if !errors.As(err, &away) || away.StoreDown || needsService(err) {
		t.Errorf("that of another trace did: %v", err)
	}
}

func TestDeliveriesThatWaitForAnExperimentShareTheFailure(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), WithoutExperimentSetup())
	p.SetFault(on("experiments", mlflowtest.Fault{Status: 503, Body: "busy"}))
	before := time.Now()
	for range 3 {
		if _, _, err := d.experimentFor(t.Context(), before); !IsOutage(err) {
			t.Errorf("error %v", err)
		}
	}
	if n := len(p.Requests()); n != 1 {
		t.Errorf("%d requests for those who waited", n)
	}
	p.SetFault(nil)
	if _, _, err := d.experiment(t.Context()); err != nil {
		t.Errorf("one that came later: %v", err)
	}
}
