package runprocessor

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

func told(server *tracking, experiment string) Option {
	return WithConfig(mlflow.Config{
		URI: strings.Replace(server.URL, "http://", "http://user:hunter2@", 1), ExperimentName: experiment, EnableTracking: true, EnableTracing: true,
	})
}

// TestTheNextStartDeliversWhereATraceWasMadeFor: the name goes with the trace, the address in any spelling.
func TestTheNextStartDeliversWhereATraceWasMadeFor(t *testing.T) {
	hermetic(t)
	server := newTracking(t)
	server.down.Store(true)
	first := mustNew(t, told(server, "former"))
	oneSpan(t, first)
	if err := first.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := spool.List(first.Spool().Dir()); err != nil || len(left) != 1 ||
		left[0].Destination != (spool.Destination{Server: server.URL, Experiment: "former"}) {
		t.Fatalf("%+v, %v", left, err)
	}
	server.down.Store(false)
	second := mustNew(t, told(server, "present"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := second.Wait(ctx, oneSpan(t, second)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is delivered", func() bool { return second.Spool().Stats().Pending == 0 })
	for _, experiment := range []string{"former", "present"} {
		if !server.asked("experiment_name=" + experiment) {
			t.Errorf("experiment %s was not asked for", experiment)
		}
	}
}

func TestWhatWasMadeForAnotherServerIsLeftAndSaidOnce(t *testing.T) {
	hermetic(t)
	former, present := newTracking(t), newTracking(t)
	former.down.Store(true)
	first := mustNew(t, told(former, "e"))
	id := oneSpan(t, first)
	if err := first.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	second := mustNew(t, told(present, "e"), WithLogger(slog.New(slog.NewTextHandler(&said, nil))))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := second.Wait(ctx, oneSpan(t, second)); err != nil {
		t.Fatal(err)
	}
	if st := second.Spool().Stats(); st.Pending != 1 || st.Elsewhere != 1 || st.Untried != 0 {
		t.Errorf("%+v", st)
	}
	if err := second.Shutdown(ctx); err != nil { // which does not wait for it
		t.Fatal(err)
	}
	if text := said.String(); strings.Count(text, "another server") != 1 || !strings.Contains(text, former.URL) || strings.Contains(text, "hunter2") ||
		strings.Contains(text, "the next start delivers them") {
		t.Errorf("said %q", text)
	}
	if present.sent(id.String()) {
		t.Error("the other server has it")
	}
	former.down.Store(false)
	third := mustNew(t, told(former, "e"))
	if _, err := third.Wait(ctx, id); err != nil {
		t.Fatal(err)
	}
}

// TestWithoutDeliveryNoDestinationIsKept: whoever delivers it knows where.
func TestWithoutDeliveryNoDestinationIsKept(t *testing.T) {
	hermetic(t)
	server := newTracking(t)
	p := mustNew(t, told(server, "e"), WithoutDelivery())
	id := oneSpan(t, p)
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := spool.List(p.Spool().Dir()); err != nil || len(left) != 1 || !left[0].Destination.IsZero() {
		t.Fatalf("%+v, %v", left, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := mustNew(t, told(server, "e")).Wait(ctx, id); err != nil {
		t.Fatal(err)
	}
}

func TestDestination(t *testing.T) {
	for name, c := range map[string]struct {
		m    mlflow.Config
		want spool.Destination
	}{
		"nothing": {mlflow.Config{URI: mlflow.DefaultURI}, spool.Destination{Server: mlflow.DefaultURI, Experiment: mlflow.DefaultExperiment}},
		"all": {
			mlflow.Config{URI: "https://u:p@mlflow.example.com/x/", ExperimentName: "e", ExperimentID: "7", Workspace: "w", ParentRunID: "r"},
			spool.Destination{Server: "https://mlflow.example.com/x", Workspace: "w", Experiment: "e", ExperimentID: "7", ParentRunID: "r"},
		},
		"an id": {mlflow.Config{URI: mlflow.DefaultURI, ExperimentID: "7"}, spool.Destination{Server: mlflow.DefaultURI, ExperimentID: "7"}},
	} {
		if got, err := Destination(c.m); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := Destination(mlflow.Config{URI: "sqlite:///x.db"}); err == nil {
		t.Error("a database is no destination")
	}
}
