package deliver

import (
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

func TestATraceThatIsWithdrawnIsGoneAndMayComeBack(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture())
	td := smallTrace(1)
	id := fixtureID(td)
	if _, err := d.Withdraw(t.Context(), id); err != nil {
		t.Fatalf("of a trace that is not there: %v", err)
	}
	for range 2 {
		if _, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true}); err != nil {
			t.Fatal(err)
		}
		if got, _ := status(t, c, exp, td); got.active != 2 {
			t.Fatalf("%d runs after the delivery, want 2", got.active)
		}
		for range 2 {
			if _, err := d.Withdraw(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := status(t, c, exp, td); got.active != 0 {
			t.Errorf("%d runs are left", got.active)
		}
		if _, err := c.GetTraceInfo(t.Context(), mlflow.TraceID(id)); !mlflow.IsNotFound(err) {
			t.Errorf("the trace is still there: %v", err)
		}
	}
}
