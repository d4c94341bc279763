package deliver

import (
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

func TestWhatIsGivenUpIsAtWorkNoMore(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture())
	if err := d.GiveUp(t.Context(), traceIDNumber(7), "gone"); err != nil {
		t.Fatalf("of a trace that is not there: %v", err)
	}
	d.Started(t.Context(), begun(1))
	td := smallTrace(1)
	if _, s := status(t, c, exp, td); s != "RUNNING" {
		t.Fatalf("status %q", s)
	}
	info := mlflow.TraceInfo{TraceID: mlflow.TraceID(fixtureID(td)), State: "IN_PROGRESS", RequestTime: "2026-01-02T03:04:05.000000Z"}
	e, err := c.ExperimentByName(t.Context(), exp)
	if err != nil {
		t.Fatal(err)
	}
	info.Location = mlflow.InExperiment(e.ID)
	if err := c.PutTraceInfo(t.Context(), info); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.GiveUp(t.Context(), fixtureID(td), "gone"); err != nil {
			t.Fatal(err)
		}
		if _, s := status(t, c, exp, td); s != "KILLED" {
			t.Errorf("status %q", s)
		}
		if got, err := c.GetTraceInfo(t.Context(), info.TraceID); err != nil || got.State != "ERROR" {
			t.Errorf("trace %+v, %v", got, err)
		}
	}
}
