package mlflowexporter

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A team's experiment that is closed must not hold up the others.
func TestAClosedExperimentHoldsUpNoOther(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	mlflow, url := fake(t)
	var closed atomic.Bool
	var refused atomic.Int64
	mlflow.Fault = func(r *http.Request) (int, string) {
		if closed.Load() && strings.Contains(r.URL.RawQuery, "experiment_name=shop") {
			refused.Add(1)
			return 403, `{"error_code":"PERMISSION_DENIED","message":"Permission denied"}`
		}
		return 0, ""
	}
	closed.Store(true)
	c := quick(t, url, "experiment: {name: others, from_attribute: service.name}")
	c.RetryConfig.InitialInterval, c.RetryConfig.MaxInterval = 2*time.Second, 2*time.Second
	exp, _ := begin(t, c, nil)
	const each = 200
	for i := range each {
		for k, service := range []string{"shop", "search"} {
			if err := exp.ConsumeTraces(t.Context(), request(2*i+k, service, chat(1, 0))); err != nil {
				t.Fatal(err)
			}
		}
	}
	count := func(odd int) (n int) {
		for i := range each {
			n += len(mlflow.Runs(traceHex(2*i + odd)))
		}
		return n
	}
	eventually(t, "all traces of the other experiment", func() bool { return count(1) == each })
	if n := count(0); n != 0 || refused.Load() == 0 || refused.Load() > 40 {
		t.Errorf("%d traces of the closed experiment delivered, %d calls for it", n, refused.Load())
	}
	closed.Store(false)
	eventually(t, "all traces of the one that was closed", func() bool { return count(0) == each })
}
