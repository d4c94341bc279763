package mlflowmatrix

import (
	"fmt"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runprocessor"
)

// deliveryTime bounds one delivery. What takes longer is not delivered, on a busy
// machine too.
const deliveryTime = 45 * time.Second

// viaLibrary records a job in this process and delivers it. The second delivery is
// that of another process, to which the same spans were shown.
func viaLibrary(t *testing.T, s *site, experiment string, withTokens bool) delivered {
	t.Helper()
	settings := mlflow.Config{URI: s.uri, ExperimentName: experiment, EnableTracking: true, EnableTracing: true}
	folder := t.TempDir()
	first, err := runprocessor.New(t.Context(), runprocessor.WithConfig(settings), runprocessor.WithSpoolDir(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	other, err := runprocessor.New(t.Context(), runprocessor.WithConfig(settings), runprocessor.WithSpoolDir(folder),
		runprocessor.WithoutDelivery())
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(first), sdktrace.WithSpanProcessor(other))
	d := delivered{want: emit(t.Context(), provider.Tracer("matrix"), withTokens)}
	d.faults = drained(t, first)
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Errorf("shut down: %v", err)
	}
	d.again = func() []string {
		again, err := runprocessor.New(t.Context(), runprocessor.WithConfig(settings), runprocessor.WithSpoolDir(folder))
		if err != nil {
			t.Fatal(err)
		}
		faults := drained(t, again)
		if err := again.Shutdown(t.Context()); err != nil {
			t.Errorf("shut down: %v", err)
		}
		return faults
	}
	return d
}

// drained waits until a processor's outbox is empty, and says what stays in it.
func drained(t *testing.T, p *runprocessor.SpanProcessor) []string {
	t.Helper()
	if err := p.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(deliveryTime)
	for {
		st := p.Spool().Stats()
		if st.Dead > 0 || st.Bad > 0 || time.Now().After(deadline) {
			return []string{fmt.Sprintf("the outbox has %d waiting, %d refused and %d damaged", st.Pending, st.Dead, st.Bad)}
		}
		if st.Pending == 0 {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}
