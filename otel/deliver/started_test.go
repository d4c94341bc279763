package deliver

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
)

type requestWithAuth struct{ mlflowtest.Request }

func (r *requestWithAuth) basic() (string, string, bool) {
	return (&http.Request{Header: r.Header}).BasicAuth()
}

// begun is the start of a job: its root, open.
func begun(n uint64) Start {
	root := newSpan(n, 1, 0, "pipeline.process_job", 0, 0, kv("run", "job"), kv("t.job_id", "j"), kv("t.outcome", "not yet"))
	root.EndTimeUnixNano = 0
	return Start{TraceID: traceIDNumber(n), Data: traces(root)}
}

func status(t *testing.T, c *mlflow.Client, exp string, td *tracepb.TracesData) (onServer, string) {
	t.Helper()
	got := readBack(t, c, exp, fixtureID(td))
	return got, got.runs["aa00000000000001"].Info.Status
}

func TestALongJobIsSeenWhileItRuns(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture())
	td := smallTrace(1)
	for range 2 { // told twice
		d.Started(t.Context(), begun(1))
	}
	got, s := status(t, c, exp, td)
	if got.active != 1 || s != "RUNNING" {
		t.Fatalf("%d runs, status %q", got.active, s)
	}
	root := got.runs["aa00000000000001"]
	if tags := mlflow.TagMap(root.Data.Tags); tags["job_id"] != "j" || tags["outcome"] != "" {
		t.Errorf("tags of a job under way: %v", tags)
	}
	r, err := d.Deliver(t.Context(), td, Origin{})
	if err != nil || r.ParentRunID != root.Info.RunID {
		t.Fatalf("parent %s, was %s, %v", r.ParentRunID, root.Info.RunID, err)
	}
	checkWhole2(t, c, exp, td)
	d.Started(t.Context(), begun(1)) // too late
	if got, s := status(t, c, exp, td); got.active != 2 || s != "FINISHED" {
		t.Errorf("%d runs, status %q", got.active, s)
	}
}

// checkWhole2 is checkSmall, and the name given at the end.
func checkWhole2(t *testing.T, c *mlflow.Client, exp string, td *tracepb.TracesData) {
	t.Helper()
	checkSmall(t, c, exp, td, "live")
	if got, _ := status(t, c, exp, td); got.runs["aa00000000000001"].Info.Name != "job_1" {
		t.Errorf("name %s", got.runs["aa00000000000001"].Info.Name)
	}
}

func TestAnUnansweredStartIsFoundByTheDelivery(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture(), fast())
	if _, err := d.Deliver(t.Context(), smallTrace(9), Origin{}); err != nil {
		t.Fatal(err)
	}
	p.Reset()
	p.SetFault(atCall(1, mlflowtest.Fault{CutAfter: true}))
	d.Started(t.Context(), begun(1))
	p.SetFault(nil)
	if _, err := d.Deliver(t.Context(), smallTrace(1), Origin{}); err != nil {
		t.Fatal(err)
	}
	checkSmall(t, c, exp, smallTrace(1), "after an unanswered start")
}

func TestRunsOfADeadProcessAreKilled(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	dead := New(c, WithExperiment(exp), withFixture(), WithInstanceID("box-1"))
	for n := uint64(1); n <= 3; n++ {
		dead.Started(t.Context(), begun(n))
	}
	New(c, WithExperiment(exp), withFixture(), WithInstanceID("box-2")).Started(t.Context(), begun(4))
	next := New(c, WithExperiment(exp), withFixture(), WithInstanceID("box-1"))
	next.Started(t.Context(), begun(3)) // has begun again here, another run
	inSpool := traceIDNumber(2)
	n, err := next.prepare(t.Context(), func(id trace.TraceID) bool { return id == inSpool })
	if err != nil || n != 1 {
		t.Fatalf("%d killed, %v", n, err)
	}
	for n, want := range map[uint64]string{1: "KILLED", 2: "RUNNING", 4: "RUNNING"} {
		if _, s := status(t, c, exp, smallTrace(n)); s != want {
			t.Errorf("job %d is %s, want %s", n, s, want)
		}
	}
	// The one that waits in the spool gets its own end.
	if _, err := next.Deliver(t.Context(), smallTrace(2), Origin{SearchFirst: true}); err != nil {
		t.Fatal(err)
	}
	checkSmall(t, c, exp, smallTrace(2), "delivered after a crash")
}

// TestARunThatAnotherProcessEndsAtThisMomentKeepsItsEnd: between the look at a run of a dead
// process and its end another process, which ran the job again, delivers it.
func TestARunThatAnotherProcessEndsAtThisMomentKeepsItsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		failed bool
		opts   []Option
		want   string
	}{
		"finished":        {want: "FINISHED"},
		"failed":          {failed: true, want: "FAILED"},
		"without a trace": {opts: []Option{WithTracing(false)}, want: "FINISHED"},
	} {
		t.Run(name, func(t *testing.T) {
			exp, direct := mlflowtest.Experiment(t), newClient(t, server.URI(t))
			p := mlflowtest.NewProxy(t, server.URI(t), "", false)
			n := rand.Uint64()
			New(direct, WithExperiment(exp), withFixture(), WithInstanceID("box-1")).Started(t.Context(), begun(n))
			td := smallTrace(n)
			if c.failed {
				root := td.ResourceSpans[0].ScopeSpans[0].Spans[1]
				root.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "no luck"}
				root.Attributes = append(root.Attributes, kv("t.error", "no luck"))
			}
			other := New(direct, append(c.opts, WithExperiment(exp), withFixture(), WithInstanceID("box-2"))...)
			p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
				if strings.HasSuffix(r.Path, "runs/update") && strings.Contains(string(r.Body), "KILLED") {
					if _, err := other.Deliver(t.Context(), td, Origin{SearchFirst: true}); err != nil {
						t.Error(err)
					}
				}
				return mlflowtest.Fault{}
			})
			next := New(newClient(t, p.URL), WithExperiment(exp), withFixture(), WithInstanceID("box-1"))
			if n, err := next.prepare(t.Context(), func(trace.TraceID) bool { return false }); n != 1 || err != nil {
				t.Fatalf("%d ended, %v", n, err)
			}
			got, state := status(t, direct, exp, td)
			if state != c.want {
				t.Errorf("the run is %s, want %s", state, c.want)
			}
			root := got.runs["aa00000000000001"].Info
			if took := root.EndTime - root.StartTime; len(c.opts) == 0 && took != 2610 {
				t.Errorf("it took %d ms", took)
			}
		})
	}
}

// TestANestedRunThatAnotherProcessEndsAtThisMomentKeepsItsEnd: of a dead process's delivery, which another one
// goes on with.
func TestANestedRunThatAnotherProcessEndsAtThisMomentKeepsItsEnd(t *testing.T) {
	exp, direct := mlflowtest.Experiment(t), newClient(t, server.URI(t))
	e, _, err := direct.EnsureExperiment(t.Context(), exp, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := rand.Uint64()
	left := func(name, span string, tags map[string]string) string {
		t.Helper()
		tags["otel.trace_id"], tags["otel.span_id"], tags[tagInstance] = traceIDNumber(n).String(), span, "box-1"
		r, err := direct.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: e.ID, Name: name, Start: jobStart, Tags: tagList(tags)})
		if err != nil {
			t.Fatal(err)
		}
		return r.Info.RunID
	}
	root := left("job", "aa00000000000001", map[string]string{})
	nested := left("retrieval", "aa00000000000002", map[string]string{tagParent: root})
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	other := New(direct, WithExperiment(exp), withFixture(), WithInstanceID("box-2"))
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if body := string(r.Body); strings.HasSuffix(r.Path, "runs/update") && strings.Contains(body, "KILLED") && strings.Contains(body, nested) {
			if _, err := other.Deliver(t.Context(), smallTrace(n), Origin{SearchFirst: true}); err != nil {
				t.Error(err)
			}
		}
		return mlflowtest.Fault{}
	})
	next := New(newClient(t, p.URL), WithExperiment(exp), withFixture(), WithInstanceID("box-1"))
	if _, err := next.prepare(t.Context(), func(trace.TraceID) bool { return false }); err != nil {
		t.Fatal(err)
	}
	for what, id := range map[string]string{"root": root, "nested run": nested} {
		r, err := direct.GetRun(t.Context(), id)
		if err != nil || r.Info.Status != "FINISHED" || r.Info.EndTime > jobStart.Add(2610*ms).UnixMilli() {
			t.Errorf("the %s is %s at %d, %v", what, r.Info.Status, r.Info.EndTime, err)
		}
	}
	// One that is about to be ended is not touched.
	third := left("other", "aa00000000000003", map[string]string{})
	below := left("below", "aa00000000000004", map[string]string{tagParent: third})
	if err := direct.LogBatch(t.Context(), third, mlflow.Batch{Tags: []mlflow.Tag{{Key: tagNote, Value: "**success**"}}}); err != nil {
		t.Fatal(err)
	}
	if err := next.kill(t.Context(), below, jobStart); err != nil {
		t.Fatal(err)
	}
	if r, err := direct.GetRun(t.Context(), below); err != nil || r.Info.Status != "RUNNING" {
		t.Errorf("%s, %v", r.Info.Status, err)
	}
}

func TestALiveRunWhoseRootNeverEndedIsKilled(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture(), WithInstanceID("box-1"))
	d.Started(t.Context(), begun(1))
	orphan := traces(newSpan(1, 2, 1, "retrieval.fetch_evidence", 0, ms, kv("run", "retrieval")))
	if _, err := d.Deliver(t.Context(), orphan, Origin{}); err != nil {
		t.Fatal(err)
	}
	if got, s := status(t, c, exp, orphan); s != "KILLED" || got.active != 2 {
		t.Errorf("root is %s of %d runs", s, got.active)
	}
}

func TestStoppingFinishesTheCallUnderWay(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture())
	if _, err := d.Deliver(t.Context(), smallTrace(9), Origin{}); err != nil {
		t.Fatal(err)
	}
	p.Reset()
	ctx, cancel := context.WithCancel(t.Context())
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if r.N == 2 {
			cancel()
		}
		return mlflowtest.Fault{}
	})
	_, err := d.Deliver(ctx, smallTrace(1), Origin{})
	if !IsStopped(err) || IsPermanent(err) || RetryAfter(err) != 0 {
		t.Fatalf("error %v", err)
	}
	if n := len(p.Requests()); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
	if _, err := d.Deliver(t.Context(), smallTrace(1), Origin{}); err != nil {
		t.Fatal(err)
	}
	checkSmall(t, c, exp, smallTrace(1), "after stopping")
}

func TestRunsOfAnotherServiceInTheSameTraceAreLeftAlone(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	caller := New(c, WithExperiment(exp), withFixture(), WithInstanceID("caller"))
	caller.Started(t.Context(), begun(1))
	remote := newSpan(1, 8, 1, "handle", 0, ms, kv("run", "handle"))
	remote.Flags |= 0x300
	callee := New(c, WithExperiment(exp), withFixture(), WithInstanceID("callee"))
	for range 2 {
		if _, err := callee.Deliver(t.Context(), traces(remote), Origin{SearchFirst: true}); err != nil {
			t.Fatal(err)
		}
	}
	if got, s := status(t, c, exp, smallTrace(1)); s != "RUNNING" || got.active != 2 {
		t.Errorf("the caller's run is %s, of %d", s, got.active)
	}
}

// TestAStartThatMeetsAFaultCostsNothing: it ended the program.
func TestAStartThatMeetsAFaultCostsNothing(t *testing.T) {
	d := New(newClient(t, "http://127.0.0.1:1"), optionFunc(func(c config) config {
		c.read = func(*tracepb.TracesData, runs.Rules) reading { panic("read") }
		return c
	}))
	d.Started(t.Context(), begun(1))
}
