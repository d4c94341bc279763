package deliver

import (
	"testing"

	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestAJobRunAgainUnderItsOwnIDsHasOneTree: the first process died after its
// trace was delivered, or while its run was live; the second says so.
func TestAJobRunAgainUnderItsOwnIDsHasOneTree(t *testing.T) {
	for name, before := range map[string]func(*Deliverer) error{
		"delivered": func(d *Deliverer) error { _, err := d.Deliver(t.Context(), smallTrace(1), Origin{}); return err },
		"live":      func(d *Deliverer) error { d.Started(t.Context(), begun(1)); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, server.URI(t))
			exp := mlflowtest.Experiment(t)
			if err := before(New(c, WithExperiment(exp), withFixture())); err != nil {
				t.Fatal(err)
			}
			td := smallTrace(1)
			root := td.ResourceSpans[0].ScopeSpans[0].Spans
			for _, s := range root {
				if len(s.GetParentSpanId()) == 0 {
					s.Attributes = append(s.Attributes, kv(string(mlflowattr.ResumedKey), true))
				}
			}
			second := New(c, WithExperiment(exp), withFixture())
			second.Started(t.Context(), Start{TraceID: traceIDNumber(1), Data: td})
			if _, err := second.Deliver(t.Context(), td, Origin{}); err != nil {
				t.Fatal(err)
			}
			if got, s := status(t, c, exp, td); got.active != 2 || s != "FINISHED" {
				t.Errorf("%d runs, status %q", got.active, s)
			}
		})
	}
}
