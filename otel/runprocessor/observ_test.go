package runprocessor

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// collect returns every point as name{attributes} without those of the component.
func collect(t *testing.T, reader metric.Reader) map[string]float64 {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	key := func(name string, set attribute.Set) string {
		rest, _ := set.Filter(func(kv attribute.KeyValue) bool { return !strings.HasPrefix(string(kv.Key), "otel.component") })
		return name + "{" + rest.Encoded(attribute.DefaultEncoder()) + "}"
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					out[key(m.Name, p.Attributes)] = float64(p.Value)
				}
			case metricdata.Gauge[float64]:
				for _, p := range d.DataPoints {
					out[key(m.Name, p.Attributes)] = p.Value
				}
			default:
				t.Errorf("%s is a %T", m.Name, d)
			}
		}
	}
	return out
}

func TestMetricsTellWhatHappened(t *testing.T) {
	hermetic(t)
	reader := metric.NewManualReader()
	p := mustNew(t, WithoutDelivery(), WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))))
	b := setup(t)
	b.provider.RegisterSpanProcessor(p)
	ctx, root := b.start(t.Context(), "root")
	_, child := b.start(ctx, "child")
	child.End()
	got := collect(t, reader)
	for name, want := range map[string]float64{
		"otel.sdk.processor.span.queue.size{}": 1, "mlflow.processor.span.open{}": 1, "mlflow.processor.trace.open{}": 1,
		"otel.sdk.processor.span.processed{}": 0, "mlflow.outbox.parts{state=pending}": 0, "mlflow.outbox.age{}": 0,
	} {
		if got[name] != want {
			t.Errorf("open trace: %s = %v, want %v", name, got[name], want)
		}
	}
	root.End()
	if err := p.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got = collect(t, reader)
	for name, want := range map[string]float64{
		"otel.sdk.processor.span.queue.size{}": 0, "mlflow.processor.span.open{}": 0, "mlflow.processor.trace.open{}": 0,
		"otel.sdk.processor.span.processed{}": 2, "mlflow.processor.trace.completed{}": 1, "mlflow.processor.memory{}": 0,
		"mlflow.outbox.parts{state=pending}": 1, "mlflow.outbox.stored{}": 1,
	} {
		if v, there := got[name]; !there || v != want {
			t.Errorf("stored trace: %s = %v, want %v", name, v, want)
		}
	}
	if got["mlflow.outbox.age{}"] <= 0 || got["mlflow.outbox.size{}"] <= 0 {
		t.Errorf("age %v, size %v", got["mlflow.outbox.age{}"], got["mlflow.outbox.size{}"])
	}
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := collect(t, reader); len(left) != 0 {
		t.Errorf("still observed after Shutdown: %v", left)
	}
}

// TestEveryMetricIsDocumented holds the table in doc.go against the code.
func TestEveryMetricIsDocumented(t *testing.T) {
	hermetic(t)
	server := newTracking(t)
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	reader := metric.NewManualReader()
	mustNew(t, WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))))
	var observed []string
	for name := range collect(t, reader) {
		observed = append(observed, name[:strings.Index(name, "{")])
	}
	slices.Sort(observed)
	observed = slices.Compact(observed)
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile(`(?m)^//\t([a-z_.]+\.[a-z_.]+) `).FindAllSubmatch(source, -1) {
		documented = append(documented, string(m[1]))
	}
	slices.Sort(documented)
	if !slices.Equal(observed, documented) {
		t.Errorf("observed\n%v\ndocumented\n%v", observed, documented)
	}
}
