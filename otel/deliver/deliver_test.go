package deliver

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

func TestAJobIsReadBackAsProjected(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture())
	td := jobTrace(1)
	r, err := d.Deliver(t.Context(), td, Origin{})
	if err != nil {
		t.Fatal(err)
	}
	checkWhole(t, c, exp, td)
	if len(r.Runs) != 5 || r.ParentRunID == "" || r.ParentRunID != r.Runs[trace.SpanID(spanIDNumber(1))] || len(r.Poison) != 0 {
		t.Errorf("result %+v", r)
	}
	if want := c.URI() + "/#/experiments/" + r.ExperimentID + "/runs/" + r.ParentRunID; r.RunURL != want {
		t.Errorf("run URL %s, want %s", r.RunURL, want)
	}
	if want := c.URI() + "/#/experiments/" + r.ExperimentID + "/traces?selectedEvaluationId=tr-" + r.TraceID.String(); r.TraceURL != want {
		t.Errorf("trace URL %s, want %s", r.TraceURL, want)
	}
}

// TestABudgetOfCallsIsKept: calls are what the server's ceiling is counted in.
func TestABudgetOfCallsIsKept(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture())
	now := time.Now()
	d.cfg.now = func() time.Time { return now }                              // a busy machine is no process that was stopped, which looks once more
	if _, err := d.Deliver(t.Context(), jobTrace(1), Origin{}); err != nil { // sets the experiment up
		t.Fatal(err)
	}
	p.Reset()
	r, err := d.Deliver(t.Context(), jobTrace(2), Origin{})
	if err != nil {
		t.Fatal(err)
	}
	artifacts, others := 0, 0
	for _, req := range p.Requests() {
		if req.Method == "PUT" {
			artifacts++
		} else {
			others++
		}
	}
	if others > 23 || artifacts != 4 {
		t.Errorf("%d calls and %d artifacts, want at most 23 and 4:", others, artifacts)
		for _, req := range p.Requests() {
			t.Log(req.Method, req.Path)
		}
	}
	if r.Calls != others+artifacts {
		t.Errorf("%d calls reported, %d made", r.Calls, others+artifacts)
	}
}

// TestSpansAreLookedForOnceInAWhile, and again after an interruption, where their trace's info
// went first.
func TestSpansAreLookedForOnceInAWhile(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	d := New(c, WithExperiment(mlflowtest.Experiment(t)), withFixture())
	now := time.Now()
	d.cfg.now = func() time.Time { return now }
	looks := func(n uint64) (count int) {
		t.Helper()
		p.Reset()
		if _, err := d.Deliver(t.Context(), smallTrace(n), Origin{}); err != nil {
			t.Fatal(err)
		}
		for _, req := range p.Requests() {
			if req.Method == http.MethodGet && strings.Contains(req.Path, "/traces/tr-") {
				count++
			}
		}
		return count
	}
	if first, second := looks(1), looks(2); first != 1 || second != 0 {
		t.Errorf("%d looks, then %d", first, second)
	}
	now = now.Add(spansAge)
	if later, then := looks(3), looks(4); later != 1 || then != 0 {
		t.Errorf("%d looks after %v, then %d", later, spansAge, then)
	}
	p.SetFault(func(mlflowtest.Request) mlflowtest.Fault {
		return mlflowtest.Fault{Status: http.StatusServiceUnavailable}
	})
	if _, err := c.Version(t.Context()); err == nil {
		t.Fatal("the server answered while it was away")
	}
	p.SetFault(nil)
	if n := looks(5); n != 1 {
		t.Errorf("%d looks after an interruption", n)
	}
}

// TestSpansAreLookedForEachTimeWhereTheAnswerTellsOfNone: not every release answers the info with
// all that it has.
func TestSpansAreLookedForEachTimeWhereTheAnswerTellsOfNone(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture())
	looks := 0
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		switch {
		case r.Method == http.MethodGet && strings.Contains(r.Path, "/traces/tr-"):
			looks++
		case r.Method == http.MethodPost && strings.HasSuffix(r.Path, "api/3.0/mlflow/traces"):
			var in struct {
				Trace struct {
					Info struct {
						ID string `json:"trace_id"`
					} `json:"trace_info"`
				} `json:"trace"`
			}
			if err := json.Unmarshal(r.Body, &in); err != nil {
				t.Error(err)
			}
			return mlflowtest.Fault{
				Status: http.StatusOK, Body: `{"trace":{"trace_info":{"trace_id":"` + in.Trace.Info.ID + `"}}}`,
				Header: map[string]string{"Content-Type": "application/json"},
			}
		}
		return mlflowtest.Fault{}
	})
	for n := range uint64(2) {
		if _, err := d.Deliver(t.Context(), smallTrace(n+1), Origin{SearchFirst: true}); err != nil {
			t.Fatal(err)
		}
	}
	if looks != 2 {
		t.Errorf("%d looks for the spans of two traces", looks)
	}
}

func TestDeliveringAgainChangesNothing(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	td := jobTrace(1)
	for range 3 { // each time like another process
		if _, err := New(c, WithExperiment(exp), withFixture()).Deliver(t.Context(), td, Origin{SearchFirst: true}); err != nil {
			t.Fatal(err)
		}
		checkWhole(t, c, exp, td)
	}
}

func TestDataThatIsNoTraceIsRefusedForGood(t *testing.T) {
	d := New(newClient(t, "http://127.0.0.1:1"), withFixture())
	two := traces(newSpan(1, 1, 0, "a", 0, ms), newSpan(2, 1, 0, "b", 0, ms))
	short := traces(newSpan(1, 1, 0, "a", 0, ms))
	short.ResourceSpans[0].ScopeSpans[0].Spans[0].SpanId = []byte{1}
	_, errTwo := d.Deliver(t.Context(), two, Origin{})
	_, errShort := d.Deliver(t.Context(), short, Origin{})
	_, errNone := d.Deliver(t.Context(), traces(), Origin{})
	for _, err := range []error{errTwo, errShort, errNone} {
		var invalid *InvalidTraceError
		if !errors.As(err, &invalid) || !IsPermanent(err) {
			t.Errorf("error %v", err)
		}
	}
}
