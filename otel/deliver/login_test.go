package deliver

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestWhatALoginAnsweredIsNotDelivered: whichever call a proxy answers in the server's
// place, the trace is not called delivered, and all of it is there once the proxy lets
// through again.
func TestWhatALoginAnsweredIsNotDelivered(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture(), fast(), WithoutExperimentSetup())
	if _, err := d.Deliver(t.Context(), smallTrace(7000), Origin{}); err != nil {
		t.Fatal(err)
	}
	answers := map[string]mlflowtest.Fault{
		"a login":    {Status: 200, Body: "<html><title>Sign in</title>", Header: map[string]string{"Content-Type": "text/html"}},
		"nothing":    {Status: 204},
		"other JSON": {Status: 200, Body: `{"error":"login_required"}`, Header: map[string]string{"Content-Type": "application/json"}},
	}
	n := uint64(7000)
	for name, fault := range answers {
		if testing.Short() && name != "a login" {
			continue
		}
		for _, call := range []string{"runs/create", "runs/log-batch", "runs/update", "traces/link-to-run", "mlflow/traces", "mlflow-artifacts"} {
			if call == "mlflow-artifacts" && fault.Status == http.StatusNoContent {
				continue // MLflow itself answers an upload with nothing
			}
			n++
			td := smallTrace(n)
			p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
				if strings.HasSuffix(r.Path, call) || call == "mlflow-artifacts" && r.Method == http.MethodPut {
					return fault
				}
				return mlflowtest.Fault{}
			})
			_, err := d.Deliver(t.Context(), td, Origin{})
			var foreign *mlflow.NotMLflowError
			if !errors.As(err, &foreign) || IsPermanent(err) || !IsPartial(err) && !IsOutage(err) {
				t.Errorf("%s for %s: permanent %v, %v", name, call, IsPermanent(err), err)
			}
			p.SetFault(nil)
			if _, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true}); err != nil {
				t.Fatalf("%s for %s: afterwards: %v", name, call, err)
			}
			checkSmall(t, c, exp, td, name+" for "+call)
		}
	}
}

// TestSpansThatSomethingElseTookAreStoredAnotherWay: what answers /v1/traces, as OTLP does,
// is not the server behind all else.
func TestSpansThatSomethingElseTookAreStoredAnotherWay(t *testing.T) {
	n := uint64(7900)
	for name, fault := range map[string]mlflowtest.Fault{
		"a login":          {Status: 200, Body: "<html><title>Sign in</title>", Header: map[string]string{"Content-Type": "text/html"}},
		"nothing":          {Status: 200},
		"another receiver": {Status: 200, Header: map[string]string{"Content-Type": "application/x-protobuf"}},
	} {
		p := mlflowtest.NewProxy(t, server.URI(t), "", false)
		c := newClient(t, p.URL)
		exp := mlflowtest.Experiment(t)
		d := New(c, WithExperiment(exp), withFixture(), WithoutExperimentSetup())
		p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
			if r.Path == "v1/traces" {
				return fault
			}
			return mlflowtest.Fault{}
		})
		n++
		td := smallTrace(n)
		r, err := d.Deliver(t.Context(), td, Origin{})
		if err != nil || r.Incomplete() != "" {
			t.Errorf("%s: %v, missing %s", name, err, r.Incomplete())
			continue
		}
		if file, err := c.HasTraceFile(t.Context(), mlflow.TraceID(r.TraceID)); err != nil || !file {
			t.Errorf("%s: the trace is in a file: %v, %v", name, file, err)
		}
	}
}
