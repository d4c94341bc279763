package deliver

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// BenchmarkDeliver delivers jobs of 5 runs, 6 spans and 4 artifacts to a real
// server, so many at once, and reports jobs/s. MLFLOWTEST_URI names a server to
// compare with other clients on it; else it starts one with the workers that
// `mlflow server` starts by default.
func BenchmarkDeliver(b *testing.B) {
	s := mlflowtest.New(mlflowtest.WithWorkers(4))
	uri := s.URI(b)
	b.Cleanup(s.Stop)
	for _, atOnce := range []int{1, 2, 3, 4} {
		b.Run(fmt.Sprintf("concurrency=%d", atOnce), func(b *testing.B) {
			d := New(newClient(b, uri), WithExperiment(mlflowtest.Experiment(b)), withFixture())
			n := uint64(time.Now().UnixNano()) //nolint:gosec // an id
			for range 4 {                      // cold workers take seconds for their first request
				n++
				if _, err := d.Deliver(b.Context(), benchTrace(n), Origin{}); err != nil {
					b.Fatal(err)
				}
			}
			var next, requests atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			start := time.Now()
			for range atOnce {
				wg.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						r, err := d.Deliver(b.Context(), benchTrace(n+uint64(i)), Origin{}) //nolint:gosec // an id
						if err != nil {
							b.Error(err)
							return
						}
						requests.Add(int64(r.Calls))
					}
				})
			}
			wg.Wait()
			took := time.Since(start)
			b.ReportMetric(float64(b.N)/took.Seconds(), "jobs/s")
			b.ReportMetric(float64(requests.Load())/float64(b.N), "requests/job")
		})
	}
}

// benchTrace has the sizes of a real job: evidence of 6 kB, a prompt of 8 kB.
func benchTrace(n uint64) *tracepb.TracesData {
	td := jobTrace(n)
	for _, s := range td.ResourceSpans[0].ScopeSpans[0].Spans {
		switch s.Name {
		case "retrieval.fetch_evidence":
			s.Attributes = append(s.Attributes, kv("mlflow.spanOutputs", `[{"page_content":"`+strings.Repeat("text ", 1200)+`"}]`))
		case "analysis.run":
			s.Attributes = append(s.Attributes, kv("mlflow.spanInputs", `{"messages":[{"role":"user","content":"`+strings.Repeat("y", 8000)+`"}]}`))
		}
	}
	return td
}
