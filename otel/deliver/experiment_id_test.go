package deliver

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

func TestAnExperimentIDMustExist(t *testing.T) {
	c := newClient(t, server.URI(t))
	e, _, err := c.EnsureExperiment(t.Context(), mlflowtest.Experiment(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := New(c, WithExperimentID(e.ID), WithExperiment(e.Name), withFixture())
	r, err := d.Deliver(t.Context(), smallTrace(41), Origin{})
	if err != nil || r.ExperimentID != e.ID {
		t.Errorf("delivered into %s, want %s: %v", r.ExperimentID, e.ID, err)
	}
	d = New(c, WithExperimentID("99999999"), withFixture())
	if _, err := d.Deliver(t.Context(), smallTrace(41), Origin{}); !IsPermanent(err) || !strings.Contains(err.Error(), "MLFLOW_EXPERIMENT_ID") {
		t.Errorf("an unknown id: permanent %v: %v", IsPermanent(err), err)
	}
}
