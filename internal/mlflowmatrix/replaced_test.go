package mlflowmatrix

import (
	"maps"
	"slices"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runprocessor"
)

// TestAServerIsReplacedWhileTracesAreOnTheirWay upgrades a server under a program
// that delivers, then puts an older one with a database of its own in its place. Each
// trace must be whole in one of the two databases, and in one only.
func TestAServerIsReplacedWhileTracesAreOnTheirWay(t *testing.T) {
	if testing.Short() {
		t.Skip("starts MLflow servers")
	}
	const traces, older = 200, "3.8.1"
	server := mlflowtest.New(mlflowtest.WithVersion("3.12.0"))
	t.Cleanup(server.Stop)
	experiment := mlflowtest.Experiment(t)
	s := newSite(server.URI(t))
	p, err := runprocessor.New(t.Context(), runprocessor.WithSpoolDir(t.TempDir()),
		runprocessor.WithConfig(mlflow.Config{URI: s.uri, ExperimentName: experiment, EnableTracking: true, EnableTracing: true}))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	want := map[string]expectation{}
	for i := range traces {
		e := emit(t.Context(), provider.Tracer("matrix"), i%2 == 0)
		want[e.traceID] = e
	}
	if err := p.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	down := func(to int) {
		t.Helper()
		for deadline := time.Now().Add(5 * time.Minute); p.Spool().Stats().Pending > to; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d traces wait, not %d", p.Spool().Stats().Pending, to)
			}
		}
	}
	down(traces * 2 / 3)
	server.Restart(t, mlflowtest.WithVersion(mlflowtest.DefaultVersion))
	down(traces / 3)
	server.Restart(t, mlflowtest.WithVersion(older), mlflowtest.WithBackendStore("sqlite:///older.db"))
	down(0)
	if st := p.Spool().Stats(); st.Dead > 0 || st.Bad > 0 {
		t.Errorf("the outbox has %d refused and %d damaged traces", st.Dead, st.Bad)
	}
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Errorf("shut down: %v", err)
	}

	second := s.whole(t, experiment, want)
	server.Restart(t, mlflowtest.WithVersion(mlflowtest.DefaultVersion), mlflowtest.WithBackendStore(""))
	first := s.whole(t, experiment, want)
	for id := range want {
		switch {
		case !first[id] && !second[id]:
			t.Errorf("trace %s is lost", id)
		case first[id] && second[id]:
			t.Errorf("trace %s is there twice", id)
		}
	}
	t.Logf("%d traces in the first database, %d in the second", len(first), len(second))
	if len(first) < traces/3 || len(second) == 0 {
		t.Error("the servers were not replaced while traces were on their way")
	}
}

// whole tells which traces a server has with all runs and spans. What was cut in the
// middle by the change of databases does not count; anything twice is an error.
func (s *site) whole(t *testing.T, experiment string, want map[string]expectation) map[string]bool {
	t.Helper()
	id := s.experiment(t, experiment)
	if id == "" {
		t.Fatal("there is no experiment ", experiment)
	}
	ended := map[string][]string{} // the names of ended runs, by trace
	for _, r := range s.search(t, id) {
		if r.status == "FINISHED" {
			trace := r.tags["otel.trace_id"]
			ended[trace] = append(ended[trace], r.name)
		}
	}
	listed, ok := s.tracesOf(t, id, "")
	if !ok {
		t.Fatal("the Traces tab cannot be read")
	}
	out := map[string]bool{}
	for trace, e := range want {
		names := slices.Sorted(slices.Values(ended[trace]))
		if len(slices.Compact(slices.Clone(names))) < len(names) {
			t.Errorf("trace %s has runs twice: %q", trace, names)
		}
		i := slices.IndexFunc(listed, func(info shownTrace) bool { return info.is(trace) })
		if i < 0 || !slices.Equal(names, slices.Sorted(maps.Keys(e.runs))) {
			continue
		}
		spans, fault := s.spans(t, listed[i])
		if fault != "" {
			t.Errorf("trace %s: %s", trace, fault)
		}
		for _, fault := range tokens(listed[i], e, &properties{}) {
			t.Errorf("trace %s: %s", trace, fault)
		}
		if slices.Equal(spans, e.spans) {
			out[trace] = true
		}
	}
	return out
}
