package mlflowexporter

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
)

// direct is a started exporter whose table tells when all is delivered.
type direct struct {
	*mlflowExporter
	client       *mlflow.Client
	experimentID string
}

func newDirect(t *testing.T, uri string) *direct {
	t.Helper()
	experiment := mlflowtest.Experiment(t)
	e, err := newExporter(quick(t, uri, "experiment: {name: "+experiment+"}\nnon_genai_traces: project"), settings(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.CloseIdle()
		if err := e.shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	x, err := c.ExperimentByName(t.Context(), experiment)
	if err != nil {
		t.Fatal(err)
	}
	return &direct{mlflowExporter: e, client: c, experimentID: x.ID}
}

// deliver stores spans and waits until MLflow has them.
func (d *direct) deliver(t *testing.T, td ptrace.Traces) {
	t.Helper()
	if err := d.push(t.Context(), td); err != nil {
		t.Fatal(err)
	}
	within(t, 2*time.Minute, "the delivery", func() bool { return d.table.Undelivered() == 0 })
	if s := d.table.Stats(time.Now()); s.Refused+s.Incomplete > 0 {
		t.Fatalf("not all was taken: %+v", s)
	}
}

// olderReleases calls test with servers of releases that treat spans in ways of their
// own.
func olderReleases(t *testing.T, test func(t *testing.T, uri string)) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	for name, s := range map[string]*mlflowtest.Server{"3.8.1": release3_8, "3.12.0": release3_12} {
		t.Run(name, func(t *testing.T) { test(t, s.URI(t)) })
	}
}

// MLflow's own SDK writes the trace's id into an attribute, in quotes, by which these
// releases file the spans.
func TestSpansOfMLflowsOwnSDKStayInOneTrace(t *testing.T) {
	olderReleases(t, func(t *testing.T, uri string) {
		name := filepath.Join(captured, "traces", "mlflow-tracing-otlp.001.pb")
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		td, err := runs.ReadOTLP(runs.File{Name: name, Body: b})
		if err != nil {
			t.Fatal(err)
		}
		if b, err = proto.Marshal(td); err != nil {
			t.Fatal(err)
		}
		p, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b)
		if err != nil {
			t.Fatal(err)
		}
		spans := map[string]int{}
		salt := byte(time.Now().UnixNano()) | 1
		for _, rs := range p.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					id := s.TraceID()
					id[0] ^= salt
					s.SetTraceID(id)
					spans[id.String()]++
				}
			}
		}
		d := newDirect(t, uri)
		d.deliver(t, p)
		found, err := d.client.SearchTraces(t.Context(), d.experimentID, "", 100)
		if err != nil || len(found) != len(spans) || len(spans) == 0 {
			t.Errorf("%d traces in the experiment, want %d (%v)", len(found), len(spans), err)
		}
		for id, n := range spans {
			if got := mlflowtest.Spans(t, uri, id); len(got) != n {
				t.Errorf("trace %s has %d spans, want %d", id, len(got), n)
			}
		}
	})
}

func TestTokensAreRightAfterLateAndRepeatedSpans(t *testing.T) {
	olderReleases(t, func(t *testing.T, uri string) {
		d := newDirect(t, uri)
		n := int(time.Now().UnixNano() % 1e9) // a server that tests share holds a trace id once
		for _, step := range []struct {
			name  string
			spans []spanSpec
			input float64
		}{
			{"a trace", []spanSpec{root(1), chat(2, 1)}, 10},
			{"a late span", []spanSpec{chat(3, 1)}, 20},
			{"all of it again", []spanSpec{root(1), chat(2, 1), chat(3, 1)}, 20},
		} {
			d.deliver(t, request(n, "shop", step.spans...))
			info, err := d.client.GetTraceInfo(t.Context(), "tr-"+traceHex(n))
			if err != nil {
				t.Fatal(err)
			}
			var usage map[string]float64
			if err := json.Unmarshal([]byte(info.Metadata["mlflow.trace.tokenUsage"]), &usage); err != nil || usage["input_tokens"] != step.input {
				t.Errorf("after %s: tokens %v, want %v in (%v)", step.name, usage, step.input, err)
			}
		}
	})
}
