package genaimetrics

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/technoshare/commentator/collector/genaimetrics/internal/metadatatest"
)

// Without its zero a series whose first values are its last ones, as errors often are, has no rate and no increase in Prometheus.
func TestASeriesBeginsAtZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, nop(), nil)
		var want, got []string
		flush := func(tokensOf ...float64) {
			time.Sleep(15 * time.Second)
			want = append(want, fmt.Sprint(tokensOf))
		}
		call := func(id int, model string) { s.send(t, request(t, spec{trace: id, id: 1, attrs: chat(model, 3, 1)})) }
		s.sink.mu.Lock()
		s.sink.refuses = 1
		s.sink.mu.Unlock()
		call(1, "a")
		time.Sleep(16 * time.Second) // the flush that is refused
		flush(0)
		call(2, "b")
		flush(3, 0)
		call(3, "c")
		time.Sleep(time.Second)
		want = append(want, fmt.Sprint([]float64{3, 3, 3})) // the end waits for nothing
		for _, md := range s.end(t) {
			var sums []float64
			points(md, tokens, func(attrs pcommon.Map, _ uint64, sum float64) {
				if kind, _ := attrs.Get("gen_ai.token.type"); kind.Str() == "input" {
					sums = append(sums, sum)
				}
			})
			got = append(got, fmt.Sprint(sums))
			points(md, duration, func(_ pcommon.Map, calls uint64, seconds float64) {
				if float64(calls)/2 != seconds {
					t.Errorf("%d calls took %g s", calls, seconds)
				}
			})
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestItsOwnCountersBeginAtZero(t *testing.T) {
	tel := componenttest.NewTelemetry()
	set := connectortest.NewNopSettings(component.MustNewType("genai_metrics"))
	set.TelemetrySettings = tel.NewTelemetrySettings()
	s := begin(t, set, nil)
	zero := []metricdata.DataPoint[int64]{{Attributes: attribute.NewSet(attribute.String("connector", set.ID.String()))}}
	for _, equal := range []func(*testing.T, *componenttest.Telemetry, []metricdata.DataPoint[int64], ...metricdatatest.Option){
		metadatatest.AssertEqualConnectorGenaiMetricsDuplicateSpans, metadatatest.AssertEqualConnectorGenaiMetricsFailedFlushes,
		metadatatest.AssertEqualConnectorGenaiMetricsForgottenTraces, metadatatest.AssertEqualConnectorGenaiMetricsOverflowedPoints,
		metadatatest.AssertEqualConnectorGenaiMetricsUnpricedCalls,
	} {
		equal(t, tel, zero, metricdatatest.IgnoreTimestamp())
	}
	s.end(t)
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}
