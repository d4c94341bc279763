package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// atCall makes the nth request fail.
func atCall(n int, f mlflowtest.Fault) func(mlflowtest.Request) mlflowtest.Fault {
	return func(r mlflowtest.Request) mlflowtest.Fault {
		if r.N == n {
			return f
		}
		return mlflowtest.Fault{}
	}
}

// TestADeliveryCutAtEveryCallIsCompletedOnce is the heart of it: whatever call
// fails, before or after the server processed it, and whether this process goes
// on or another one, the server ends with exactly one tree and one trace.
func TestADeliveryCutAtEveryCallIsCompletedOnce(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	opts := []Option{WithExperiment(exp), withFixture(), fast()}
	warm := New(c, opts...)
	n := uint64(1000) // no other test left anything of these on the server
	if _, err := warm.Deliver(t.Context(), smallTrace(n), Origin{}); err != nil {
		t.Fatal(err)
	}
	p.Reset()
	n++
	whole, err := warm.Deliver(t.Context(), smallTrace(n), Origin{})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []struct {
		name    string
		fault   mlflowtest.Fault
		restart bool
	}{
		{"unanswered, same process", mlflowtest.Fault{CutAfter: true}, false},
		{"unanswered, next process", mlflowtest.Fault{CutAfter: true}, true},
		{"not processed, same process", mlflowtest.Fault{CutBefore: true}, false},
	} {
		// After a failure the experiment and the server are looked at again first.
		for k := 1; k <= whole.Calls+maxLooks; k++ {
			n++
			td := smallTrace(n)
			p.Reset()
			p.SetFault(atCall(k, kind.fault))
			_, err := warm.Deliver(t.Context(), td, Origin{})
			met := p.Requests()
			if err == nil && (len(met) < k || met[k-1].Method == http.MethodGet) {
				continue // it was not reached, or HTTP itself asked again
			}
			if err == nil || IsPermanent(err) {
				t.Fatalf("%s, call %d: error %v", kind.name, k, err)
			}
			p.SetFault(nil)
			next, origin := warm, Origin{}
			if kind.restart {
				next, origin = New(c, opts...), Origin{SearchFirst: true}
			}
			if _, err := next.Deliver(t.Context(), td, origin); err != nil {
				t.Fatalf("%s, call %d: second attempt: %v", kind.name, k, err)
			}
			checkSmall(t, c, exp, td, fmt.Sprintf("%s, call %d", kind.name, k))
		}
	}
}

// maxLooks is how many requests a delivery makes to see whether the server, and the
// experiment on it, are the same as before: the experiment, version, store, spans.
const maxLooks = 4

// checkSmall checks what repeated attempts could get wrong, in few calls.
func checkSmall(t *testing.T, c *mlflow.Client, exp string, td *tracepb.TracesData, what string) {
	t.Helper()
	want := fixtureProject(td, newConfig(nil).rules)[0]
	got := readBack(t, c, exp, fixtureID(td))
	if got.active != len(want.Runs) || len(got.runs) != len(want.Runs) || len(got.traces) != 1 {
		t.Fatalf("%s: %d runs of %d spans and %d traces, want %d runs and 1 trace", what, got.active, len(got.runs), len(got.traces),
			len(want.Runs))
	}
	root := got.runs[want.Runs[0].SpanID.String()]
	for _, w := range want.Runs {
		g := got.runs[w.SpanID.String()]
		tags := mlflow.TagMap(g.Data.Tags)
		if g.Info.Status != "FINISHED" || len(g.Data.Metrics) != len(w.Metrics) || len(g.Data.Params) != len(w.Params) ||
			w.ParentSpanID.IsValid() && tags[tagParent] != root.Info.RunID || tags["outcome"] != w.Tags["outcome"] {
			t.Errorf("%s: run %s is %+v", what, w.Name, g)
		}
	}
	tr := got.traces[0]
	if tr.State != "OK" || tr.Metadata["mlflow.sourceRun"] != root.Info.RunID || len(tr.Assessments) != 1 || len(root.Outputs.Models) != 1 {
		t.Errorf("%s: trace %+v", what, tr)
	}
}

func TestDoubledRunsOfAnUnansweredCreateAreDeleted(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	td := smallTrace(1)
	for range 3 { // deliveries that know nothing of each other
		if _, err := New(c, WithExperiment(exp), withFixture()).Deliver(t.Context(), td, Origin{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := readBack(t, c, exp, traceIDNumber(1)); got.active != 6 {
		t.Fatalf("%d runs to begin with, want 6", got.active)
	}
	if _, err := New(c, WithExperiment(exp), withFixture()).Deliver(t.Context(), td, Origin{SearchFirst: true}); err != nil {
		t.Fatal(err)
	}
	checkSmall(t, c, exp, td, "after the search")
}

func TestARunItsUserDeletedDoesNotComeBack(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	td := smallTrace(1)
	d := New(c, WithExperiment(exp), withFixture())
	r, err := d.Deliver(t.Context(), td, Origin{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range r.Runs {
		if err := c.DeleteRun(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	r, err = d.Deliver(t.Context(), td, Origin{SearchFirst: true})
	if err != nil || len(r.Runs) != 0 {
		t.Fatalf("%d runs, %v", len(r.Runs), err)
	}
	if got := readBack(t, c, exp, r.TraceID); got.active != 0 {
		t.Errorf("%d runs are back", got.active)
	}
}

func TestNothingIsCreatedWhenTheSearchFailed(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture(), fast())
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if strings.HasSuffix(r.Path, "runs/search") {
			return mlflowtest.Fault{Status: 503}
		}
		return mlflowtest.Fault{}
	})
	_, err := d.Deliver(t.Context(), smallTrace(1), Origin{SearchFirst: true})
	if !mlflow.IsRetryable(err) {
		t.Errorf("error %v", err)
	}
	for _, r := range p.Requests() {
		if strings.HasSuffix(r.Path, "runs/create") {
			t.Error("a run was created")
		}
	}
}

// lateTransport loses the answers to runs/create while it is on, as a timeout does:
// the server has processed the request, and the caller has no answer.
type lateTransport struct {
	next *http.Transport
	on   atomic.Bool
}

func (l *lateTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err != nil || !l.on.Load() || !strings.HasSuffix(r.URL.Path, "runs/create") {
		return resp, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return nil, context.DeadlineExceeded
}

func TestErrorsSayWhetherAndWhenToComeBack(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	late := &lateTransport{next: http.DefaultTransport.(*http.Transport).Clone()}
	c := newClient(t, p.URL, mlflow.WithTransport(late))
	defer late.next.CloseIdleConnections()
	exp := mlflowtest.Experiment(t)
	if _, err := New(newClient(t, p.URL), WithExperiment(exp), withFixture()).Deliver(t.Context(), smallTrace(1), Origin{}); err != nil {
		t.Fatal(err)
	}
	create := func(f mlflowtest.Fault) func(mlflowtest.Request) mlflowtest.Fault {
		return func(r mlflowtest.Request) mlflowtest.Fault {
			if strings.HasSuffix(r.Path, "runs/create") {
				return f
			}
			return mlflowtest.Fault{}
		}
	}
	tests := []struct {
		name      string
		fault     mlflowtest.Fault
		permanent bool
		wait      time.Duration
		text      string
	}{
		{"503 with Retry-After", mlflowtest.Fault{Status: 503, Header: map[string]string{"Retry-After": "7"}}, false, 7 * time.Second, "503"},
		{"429 with Retry-After", mlflowtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "3"}}, false, 3 * time.Second, "429"},
		{"500", mlflowtest.Fault{Status: 500}, false, 0, "500"},
		{"401", mlflowtest.Fault{Status: 401}, false, 0, "MLFLOW_TRACKING_TOKEN"},
		{"403", mlflowtest.Fault{Status: 403}, false, 0, "may not"},
		{"400", mlflowtest.Fault{Status: 400, Body: `{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}`}, true, 0,
			"INVALID_PARAMETER_VALUE"},
		{"connection lost", mlflowtest.Fault{CutAfter: true}, false, time.Second, "may have been processed"},
		{"no answer in time", mlflowtest.Fault{}, false, time.Second, "may have been processed"},
		{"gateway timeout", mlflowtest.Fault{Status: 504}, false, time.Second, "may have been processed"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.SetFault(create(tt.fault))
			defer p.SetFault(nil)
			late.on.Store(tt.name == "no answer in time")
			_, err := New(c, WithExperiment(exp), withFixture(), WithoutExperimentSetup()).Deliver(t.Context(), smallTrace(uint64(10+i)), Origin{})
			if err == nil || IsPermanent(err) != tt.permanent || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("permanent %v, error %v", IsPermanent(err), err)
			}
			if got := RetryAfter(err); got < tt.wait || tt.wait == 0 && got > 0 {
				t.Errorf("wait %v, want %v", got, tt.wait)
			}
		})
	}
}

// refusing answers 422 to requests that hold a span of the name "poison", as
// MLflow does to a malformed span.
func refusing(r mlflowtest.Request) mlflowtest.Fault {
	if r.Path != "v1/traces" {
		return mlflowtest.Fault{}
	}
	var req coltracepb.ExportTraceServiceRequest
	if err := proto.Unmarshal(r.Body, &req); err != nil {
		return mlflowtest.Fault{Status: http.StatusBadRequest}
	}
	for _, rs := range req.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				if strings.HasPrefix(s.Name, "poison") {
					return mlflowtest.Fault{Status: http.StatusUnprocessableEntity, Body: `{"detail":"Cannot convert span"}`}
				}
			}
		}
	}
	return mlflowtest.Fault{}
}

func TestRefusedSpansAreFoundAndTheOthersDelivered(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	td := smallTrace(1)
	ss := td.ResourceSpans[0].ScopeSpans[0]
	for i := byte(10); i < 50; i++ {
		name := "good"
		if i == 20 || i == 21 || i == 44 {
			name = "poison"
		}
		ss.Spans = append(ss.Spans, newSpan(1, i, 1, name, 0, ms))
	}
	p.SetFault(refusing)
	r, err := New(c, WithExperiment(exp), withFixture()).Deliver(t.Context(), td, Origin{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []byte
	for _, s := range r.Poison {
		ids = append(ids, s.SpanId[7])
	}
	if fmt.Sprint(ids) != "[20 21 44]" || !strings.Contains(r.PoisonReason, "Cannot convert span") {
		t.Errorf("poison %v, %s", ids, r.PoisonReason)
	}
	checkSmall(t, c, exp, td, "beside poison")
	if r.Calls > 60 {
		t.Errorf("%d calls to find 3 of 42 spans", r.Calls)
	}
}

func TestATraceThatIsAllPoisonCostsABoundedNumberOfCalls(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	td := traces()
	for i := range 1500 {
		s := newSpan(1, byte(i), 0, "poison", 0, ms)
		s.SpanId = []byte{1, 0, 0, 0, 0, 0, byte(i >> 8), byte(i)}
		td.ResourceSpans[0].ScopeSpans[0].Spans = append(td.ResourceSpans[0].ScopeSpans[0].Spans, s)
	}
	p.SetFault(refusing)
	d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture(), WithTracking(false), WithoutExperimentSetup())
	r, err := d.Deliver(t.Context(), td, Origin{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Poison) != 1500 || r.Calls > maxBisect+210 {
		t.Errorf("%d refused in %d calls", len(r.Poison), r.Calls)
	}
}

func TestArtifactsOutOfReachKeepNothingElseBack(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if r.Method == "PUT" {
			return mlflowtest.Fault{Status: 400, Body: `{"error_code":"INVALID_PARAMETER_VALUE","message":"no such store"}`}
		}
		return mlflowtest.Fault{}
	})
	td := smallTrace(1)
	r, err := New(c, WithExperiment(exp), withFixture()).Deliver(t.Context(), td, Origin{})
	if err != nil || len(r.Missing) != 1 || r.Missing[0].Part != PartArtifacts || r.Missing[0].Count != 1 ||
		!strings.Contains(r.Incomplete(), "no such store") {
		t.Errorf("error %v, missing %v", err, r.Missing)
	}
	checkSmall(t, c, exp, td, "without artifacts")
}

func TestAnExperimentDeletedMeanwhileIsTold(t *testing.T) {
	uri := server.URI(t)
	c := newClient(t, uri)
	d := New(c, WithExperiment(mlflowtest.Experiment(t)), withFixture())
	r, err := d.Deliver(t.Context(), smallTrace(1), Origin{})
	if err != nil {
		t.Fatal(err)
	}
	post := func(call string) {
		resp, err := http.Post(uri+"/api/2.0/mlflow/experiments/"+call, "application/json",
			strings.NewReader(`{"experiment_id":"`+r.ExperimentID+`"}`))
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		resp.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	}
	post("delete")
	_, err = d.Deliver(t.Context(), smallTrace(2), Origin{})
	var deleted *mlflow.DeletedExperimentError
	if !errors.As(err, &deleted) || IsPermanent(err) {
		t.Fatalf("error %v", err)
	}
	post("restore")
	if _, err := d.Deliver(t.Context(), smallTrace(2), Origin{}); err != nil {
		t.Errorf("after restoring: %v", err)
	}
}
