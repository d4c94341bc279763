package deliver

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// isLook reports whether a request only asks what the server can do.
func isLook(r mlflowtest.Request) bool {
	return r.Path == "version" || r.Path == "api/3.0/mlflow/server-info" || r.Path == "v1/traces" && len(r.Body) < 50
}

// calls counts requests by what they do, without those that look at the server.
func calls(p *mlflowtest.Proxy) map[string]int {
	n := map[string]int{}
	for _, r := range p.Requests() {
		if isLook(r) {
			continue
		}
		switch {
		case r.Method == "PUT":
			n["artifact"]++
		case strings.HasPrefix(r.Path, "v1/"):
			n["spans"]++
		default:
			n[r.Path[strings.LastIndex(r.Path, "mlflow/")+len("mlflow/"):]]++
		}
	}
	return n
}

func TestSwitches(t *testing.T) {
	tests := []struct {
		name              string
		tracking, tracing bool
		want              map[string]int
	}{
		{"both", true, true, map[string]int{"experiments/get-by-name": 1, "experiments/create": 1, "runs/create": 2,
			"logged-models/search": 1, "logged-models": 1, "runs/outputs": 1, "runs/log-batch": 2, "artifact": 1, "spans": 1,
			"traces": 1, "traces/ID": 1, "traces/link-to-run": 1, "runs/update": 2}},
		{"runs only", true, false, map[string]int{"experiments/get-by-name": 1, "experiments/create": 1, "runs/create": 2,
			"logged-models/search": 1, "logged-models": 1, "runs/outputs": 1, "runs/log-batch": 2, "artifact": 1, "runs/update": 2}},
		{"traces only", false, true, map[string]int{"experiments/get-by-name": 1, "experiments/create": 1, "spans": 1, "traces": 1, "traces/ID": 1}},
		{"nothing", false, false, map[string]int{}},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mlflowtest.NewProxy(t, server.URI(t), "", false)
			d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture(), WithoutExperimentSetup(),
				WithTracking(tt.tracking), WithTracing(tt.tracing))
			r, err := d.Deliver(t.Context(), smallTrace(uint64(i+1)), Origin{})
			if err != nil {
				t.Fatal(err)
			}
			got := calls(p)
			for k, n := range got {
				switch {
				case strings.HasPrefix(k, "logged-models/m-"): // the logged model's own id
					delete(got, k)
				case strings.HasPrefix(k, "traces/tr-"): // whether spans arrive, looked at once
					delete(got, k)
					got["traces/ID"] = n
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("calls %v\nwant  %v", got, tt.want)
			}
			if (r.ParentRunID != "") != tt.tracking || (r.TraceURL != "") != tt.tracing {
				t.Errorf("result %+v", r)
			}
		})
	}
}

func TestUnsampledSpansBecomeRunsAndNoTrace(t *testing.T) {
	unsampled := func(n uint64) *tracepb.TracesData {
		td := smallTrace(n)
		for _, s := range td.ResourceSpans[0].ScopeSpans[0].Spans {
			s.Flags = 0x100
		}
		return td
	}
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture())
	r, err := d.Deliver(t.Context(), unsampled(1), Origin{SampledFlag: true})
	if err != nil {
		t.Fatal(err)
	}
	if n := calls(p); n["spans"]+n["traces"]+n["traces/link-to-run"] != 0 || len(r.Runs) != 2 || r.TraceURL != "" {
		t.Errorf("calls %v, result %+v", n, r)
	}
	// Senders whose flags say nothing are believed to have sampled.
	p.Reset()
	if _, err := d.Deliver(t.Context(), unsampled(2), Origin{}); err != nil || calls(p)["spans"] != 1 {
		t.Errorf("calls %v, %v", calls(p), err)
	}
}

func TestDeliveryThroughTLSAPrefixAndAPassword(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "/team/mlflow", true)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-other-backend=its-key")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	uri := strings.Replace(p.URL, "://", "://ann:s3cret@", 1)
	c := newClient(t, uri, mlflow.WithInsecureTLS(true))
	exp := mlflowtest.Experiment(t)
	td := jobTrace(1)
	r, err := New(c, WithExperiment(exp), withFixture(), WithUIURL("https://mlflow.example/")).Deliver(t.Context(), td, Origin{})
	if err != nil {
		t.Fatal(err)
	}
	checkWhole(t, c, exp, td)
	if !strings.HasPrefix(r.RunURL, "https://mlflow.example/#/experiments/") || strings.Contains(fmt.Sprint(r), "s3cret") {
		t.Errorf("result %+v", r)
	}
	for _, req := range p.Requests() {
		if user, password, _ := (&requestWithAuth{req}).basic(); user != "ann" || password != "s3cret" {
			t.Errorf("%s %s without credentials", req.Method, req.Path)
		}
		if req.Header.Get("X-Other-Backend") != "" {
			t.Errorf("%s %s carries the key of another backend", req.Method, req.Path)
		}
	}
}

func TestALongTraceGoesInPiecesRootLast(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	td := smallTrace(1)
	ss := td.ResourceSpans[0].ScopeSpans[0]
	for i := range 2500 {
		s := newSpan(1, 9, 1, "step", 0, ms)
		s.SpanId = []byte{2, 0, 0, 0, 0, 0, byte(i >> 8), byte(i)}
		ss.Spans = append(ss.Spans, s)
	}
	exp := mlflowtest.Experiment(t)
	if _, err := New(c, WithExperiment(exp), withFixture()).Deliver(t.Context(), td, Origin{}); err != nil {
		t.Fatal(err)
	}
	var sizes []int
	last := ""
	for _, r := range p.Requests() {
		if r.Path != "v1/traces" || isLook(r) {
			continue
		}
		var req coltracepb.ExportTraceServiceRequest
		if err := proto.Unmarshal(r.Body, &req); err != nil {
			t.Fatal(err)
		}
		spans := req.ResourceSpans[0].ScopeSpans[0].Spans
		sizes = append(sizes, len(spans))
		last = spans[len(spans)-1].Name
	}
	if fmt.Sprint(sizes) != "[1000 1000 502]" || last != "pipeline.process_job" {
		t.Errorf("requests of %v spans, the last one %s", sizes, last)
	}
	checkSmall(t, c, exp, td, "long trace")
}

func TestBigSpansAreSpreadOverRequests(t *testing.T) {
	var all []span
	for i := range 5 {
		all = append(all, span{span: newSpan(1, byte(i), 0, strings.Repeat("x", 3<<20), 0, ms)})
	}
	var sizes []int
	for _, part := range requests(all) {
		sizes = append(sizes, len(part))
	}
	if fmt.Sprint(sizes) != "[2 2 1]" {
		t.Errorf("parts of %v spans of 3 MiB", sizes)
	}
}

func TestALatePartAddsSpansAndOnlyItsOwnTreesOfRuns(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture())
	td := smallTrace(1)
	if _, err := d.Deliver(t.Context(), td, Origin{}); err != nil {
		t.Fatal(err)
	}
	p.Reset()
	child := newSpan(1, 7, 1, "late child", 0, ms, kv("run", "late"))
	r, err := d.Deliver(t.Context(), traces(child), Origin{Late: true})
	n := calls(p)
	if err != nil || len(r.Runs) != 0 || n["spans"] != 1 || n["runs/create"]+n["traces"] != 0 {
		t.Errorf("runs %v, calls %v, %v", r.Runs, n, err)
	}
	remote := newSpan(1, 8, 1, "next call from outside", 0, ms, kv("run", "second"))
	remote.Flags |= 0x300
	r, err = d.Deliver(t.Context(), traces(remote), Origin{Late: true})
	if err != nil || len(r.Runs) != 1 || calls(p)["traces"] != 0 {
		t.Errorf("runs %v, calls %v, %v", r.Runs, calls(p), err)
	}
	got := readBack(t, c, exp, r.TraceID)
	if got.active != 3 || len(got.traces) != 1 || got.traces[0].Metadata["mlflow.sourceRun"] != got.runs["aa00000000000001"].Info.RunID {
		t.Errorf("%d runs, traces %+v", got.active, got.traces)
	}
}

// TestARootThatComesLateBringsTheTracesInfo: what came before it was left by an attempt
// that was cut, without a run; whatever the server knows of the trace is not ours.
func TestARootThatComesLateBringsTheTracesInfo(t *testing.T) {
	for name, before := range map[string]*tracepb.TracesData{
		"after spans without a run": traces(newSpan(1, 3, 2, "chat m", 20*ms, 30*ms)),
		"after a stage":             traces(newSpan(1, 2, 1, "retrieval.fetch_evidence", 10*ms, 400*ms, kv("run", "retrieval"))),
		"after nothing":             nil,
	} {
		t.Run(name, func(t *testing.T) {
			c, exp := newClient(t, server.URI(t)), mlflowtest.Experiment(t)
			d := New(c, WithExperiment(exp), withFixture())
			td := smallTrace(rand.Uint64())
			if before != nil {
				id := fixtureID(td)
				for _, s := range otlp.Spans(before) {
					s.TraceId = id[:]
				}
				if _, err := d.Deliver(t.Context(), before, Origin{}); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				r, err := d.Deliver(t.Context(), td, Origin{Late: true})
				if err != nil {
					t.Fatal(err)
				}
				got := readBack(t, c, exp, r.TraceID)
				if len(got.traces) != 1 || got.traces[0].Metadata["mlflow.sourceRun"] != r.ParentRunID || r.ParentRunID == "" {
					t.Errorf("run %s, traces %+v", r.ParentRunID, got.traces)
				}
			}
		})
	}
}

func TestPartsWithoutASpanThatEndedLeaveNoTrace(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	open := newSpan(1, 1, 0, "pipeline.process_job", 0, 0, kv("run", "job_1"))
	open.EndTimeUnixNano = 0
	r, err := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture()).Deliver(t.Context(), traces(open), Origin{})
	if err != nil || len(r.Runs) != 1 || calls(p)["spans"] != 0 || calls(p)["runs/update"] != 0 {
		t.Errorf("result %+v, calls %v, %v", r, calls(p), err)
	}
}
