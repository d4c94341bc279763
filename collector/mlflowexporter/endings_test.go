package mlflowexporter

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
)

// beginOwn starts an exporter whose table the test looks at.
func beginOwn(t *testing.T, c *Config) *mlflowExporter {
	t.Helper()
	e, err := newExporter(c, settings(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

// TestADroppedTraceIsNotShownAsRunningForEver: retry_on_failure drops a trace that was
// shown before its root came, while MLflow is away.
func TestADroppedTraceIsNotShownAsRunningForEver(t *testing.T) {
	mlflow, url := fake(t)
	away := outage(mlflow)
	c := quick(t, url, fmt.Sprintf(openSettings, "1h", true))
	c.RetryConfig.MaxElapsedTime = 10 * time.Millisecond
	e := beginOwn(t, c)
	consumeAll(t, e.push, request(1, "agent", chat(3, 1)))
	eventually(t, "a step below its program", func() bool { return shape(mlflow, 1) == "agent RUNNING? > [chat m FINISHED?]" })
	away.Store(true)
	consumeAll(t, e.push, request(1, "agent", root(1)))
	eventually(t, "the drop", func() bool { return e.table.Stats(time.Now()).Traces == 0 })
	away.Store(false)
	eventually(t, "the end of its runs", func() bool { return shape(mlflow, 1) == "agent KILLED? > [chat m FINISHED?]" })
}

// TestATraceThatCannotBeShownIsStillWhole: what fails while the root is missing loses
// nothing.
func TestATraceThatCannotBeShownIsStillWhole(t *testing.T) {
	mlflow, url := fake(t)
	var refused atomic.Bool
	away := outage(mlflow)
	answer := mlflow.Fault
	mlflow.Fault = func(r *http.Request) (int, string) {
		status, body := answer(r)
		refused.Store(refused.Load() || status != 0)
		return status, body
	}
	c := quick(t, url, fmt.Sprintf(openSettings, "1h", true))
	c.RetryConfig.Enabled = false
	e := beginOwn(t, c)
	away.Store(true)
	refused.Store(false)
	consumeAll(t, e.push, request(1, "agent", chat(3, 1)))
	eventually(t, "a refusal, and that it waits", func() bool { return refused.Load() && e.table.Stats(time.Now()).Open == 1 })
	away.Store(false)
	consumeAll(t, e.push, request(1, "agent", root(1)))
	eventually(t, "the whole", func() bool { return shape(mlflow, 1) == "job FINISHED > [chat m FINISHED]" })
}
