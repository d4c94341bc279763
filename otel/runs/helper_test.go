package runs

import (
	"encoding/hex"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Hand-made traces.
type (
	span  = tracetest.Span
	event = tracetest.Event
	m     = map[string]any
)

func traceOf(spans ...span) *tracepb.TracesData { return tracetest.Trace(spans...) }

func project(td *tracepb.TracesData, rules Rules) []Projection { return Read(td, rules).Project() }

func one(t testing.TB, td *tracepb.TracesData, rules Rules) Projection {
	t.Helper()
	ps := project(td, rules)
	if len(ps) != 1 {
		t.Fatalf("got %d projections, want 1", len(ps))
	}
	return ps[0]
}

func run(t testing.TB, p Projection, name string) Run {
	t.Helper()
	for _, r := range p.Runs {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no run %q in %v", name, runNames(p))
	return Run{}
}

func runNames(p Projection) []string {
	var out []string
	for _, r := range p.Runs {
		out = append(out, r.Name)
	}
	return out
}

func metrics(r Run) map[string]float64 {
	out := map[string]float64{}
	for _, m := range r.Metrics {
		out[m.Key] = m.Value
	}
	return out
}

func artifact(r Run, path string) string {
	for _, a := range r.Artifacts {
		if a.Path == path {
			return string(a.Body)
		}
	}
	return ""
}

func wantMetrics(t *testing.T, r Run, want map[string]float64) {
	t.Helper()
	got := metrics(r)
	for _, k := range value.SortedKeys(want) {
		v, ok := got[k]
		switch {
		case want[k] < 0 && ok:
			t.Errorf("run %q: metric %s = %v, want none", r.Name, k, v)
		case want[k] >= 0 && v != want[k]:
			t.Errorf("run %q: metric %s = %v, want %v", r.Name, k, v, want[k])
		}
	}
}

func spanIDOf(name string) string { return tracetest.SpanID(name).String() }

func hexOf(id []byte) string { return hex.EncodeToString(id) }

func spanIDBytes(name string) []byte { return tracetest.Bytes(name, 8) }
