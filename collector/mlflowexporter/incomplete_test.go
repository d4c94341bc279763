package mlflowexporter

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/trace"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/metadatatest"
	"github.com/technoshare/commentator/otel/deliver"
)

func TestSourceKeepsIncompleteTracesOnlyAsFarAsThereIsRoom(t *testing.T) {
	now := time.Now()
	s := newStore(t, func(c *Config) { c.Limits.MaxRefused = 2 })
	logged, logs := observer.New(zap.WarnLevel)
	s.log = zap.New(logged)
	missing := deliver.Result{Missing: []deliver.Missing{{Part: deliver.PartArtifacts, Count: 3, Reason: "no artifact store"}}}
	record := func(n byte, o deliver.Outcome) {
		t.Helper()
		s.put(t, trace.TraceID{n}, now, nil)
		w, _ := s.Take(now.Add(time.Second))
		if w == nil || w.TraceID() != (trace.TraceID{n}) {
			t.Fatalf("handed out %v", w)
		}
		if err := w.Record(o); err != nil {
			t.Fatal(err)
		}
	}
	for n := byte(1); n <= 3; n++ {
		record(n, deliver.Outcome{Kind: deliver.Delivered, Result: missing})
	}
	if st := s.table.Stats(now); st.Incomplete != 2 || st.Traces != 2 || s.table.Undelivered() != 0 || s.Pending(trace.TraceID{3}) {
		t.Errorf("%+v with a bound of 2, %d open", st, s.table.Undelivered())
	}
	if logs.Len() != 1 || logs.All()[0].ContextMap()["reason"] != "no artifact store" {
		t.Errorf("logged %v, want one line for the part", logs.All())
	}
	record(4, deliver.Outcome{Kind: deliver.DeadLettered, Err: errors.New("as told")})
	if st := s.table.Stats(now); st.Incomplete != 1 || st.Refused != 1 {
		t.Errorf("%+v: a refused trace must displace a delivered one", st)
	}
	if w, _ := s.Take(now.Add(time.Minute)); w != nil {
		t.Fatalf("%s is tried again although the server is the same", w.TraceID())
	}
	if n := s.table.Reopen(now); n != 1 {
		t.Errorf("%d traces reopened", n)
	}
	w, _ := s.Take(now.Add(time.Minute))
	if w == nil || w.TraceID() != (trace.TraceID{3}) || !w.Origin().SearchFirst {
		t.Fatalf("handed out %v", w)
	}
	if err := w.Record(deliver.Outcome{Kind: deliver.Delivered}); err != nil {
		t.Fatal(err)
	}
	if st := s.table.Stats(now); st.Kept != 1 || st.Incomplete != 0 {
		t.Errorf("%+v after all of it was taken", st)
	}
	if parts, marks := s.stored(t); parts != 2 || marks != 1 {
		t.Errorf("%d parts and %d marks are stored", parts, marks)
	}
}

// A server without any way for traces gets runs, and the trace too once it can take
// one: nothing is held up, nothing counts as lost, and nobody asks again meanwhile.
func TestWhatTheServerDoesNotTakeIsDeliveredWhenItDoes(t *testing.T) {
	mlflow, url := fake(t)
	var server atomic.Value // its version, "" while it restarts
	server.Store("2.10.0")
	var met atomic.Int64
	mlflow.Fault = func(r *http.Request) (int, string) {
		version := server.Load().(string)
		spans := strings.HasSuffix(r.URL.Path, "/v1/traces") || strings.Contains(r.URL.Path, "/mlflow/traces")
		switch {
		case version == "":
			met.Add(1)
			return http.StatusServiceUnavailable, ""
		case strings.HasSuffix(r.URL.Path, "/version"):
			return http.StatusOK, version
		case version == "2.10.0" && spans:
			return http.StatusNotFound, "<html><title>404 Not Found</title></html>"
		}
		return 0, ""
	}
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	c := quick(t, url, "delivery: {artifacts: false}") // else a server without traces gets them as artifacts
	c.Delivery.RefusedInterval = 20 * time.Millisecond
	exp, err := NewFactory().CreateTraces(t.Context(), metadatatest.NewSettings(tel), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := exp.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	send := func(n int) {
		t.Helper()
		if err := exp.ConsumeTraces(t.Context(), request(n, "shop", root(1), chat(2, 1))); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 {
		send(n)
	}
	eventually(t, "all runs, ended", func() bool {
		_, unfinished := mlflow.Doubled()
		return len(mlflow.Traces()) == 3 && len(unfinished) == 0
	})
	server.Store("")
	send(3)
	eventually(t, "the restart to be noticed", func() bool { return met.Load() > 0 })
	server.Store("3.17.2")
	eventually(t, "the traces", func() bool { n, _ := mlflow.Spans(); return n == 8 })
	if err := exp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	// The fourth may have come before the new server was noticed.
	if got := counts(t, tel, "incomplete_traces"); len(got) != 1 || got["part=trace"] < 3 || got["part=trace"] > 4 {
		t.Errorf("%v were incomplete, want each trace once", got)
	}
}

// What has to wait of one trace, whose runs are complete, holds up no other one.
func TestATraceThatHasToWaitHoldsUpNoOther(t *testing.T) {
	mlflow, url := fake(t)
	var broken atomic.Bool
	broken.Store(true)
	mlflow.Received = func(in *coltracepb.ExportTraceServiceRequest) int {
		if poison(&broken, "bad")(in) != http.StatusOK {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	}
	exp, _ := begin(t, quick(t, url, "experiment: {name: others, from_attribute: service.name}"), nil)
	for n := range 20 {
		call := chat(2, 1)
		if n == 0 {
			call.name = "bad"
		}
		if err := exp.ConsumeTraces(t.Context(), request(n, "shop", root(1), call)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all other traces, and all runs", func() bool {
		spans, _ := mlflow.Spans()
		_, unfinished := mlflow.Doubled()
		return spans == 38 && len(mlflow.Traces()) == 20 && len(unfinished) == 0
	})
	broken.Store(false)
	eventually(t, "the trace that waited", func() bool { return mlflow.HasSpan(traceHex(0), spanHex(2)) })
}
