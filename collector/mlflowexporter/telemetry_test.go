package mlflowexporter

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/metadatatest"
)

func TestMetricsCarryTheExporterAndTheReason(t *testing.T) {
	_, url := fake(t)
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	set := metadatatest.NewSettings(tel)
	exp, err := NewFactory().CreateTraces(t.Context(), set, quick(t, url, ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := exp.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	projected := request(2, "worker", root(1), chat(2, 1))
	_ = projected.ResourceSpans().At(0).Resource().Attributes().FromRaw(map[string]any{"mlflow.projected": true})
	for _, err := range []error{
		exp.ConsumeTraces(t.Context(), request(1, "shop", root(1), chat(2, 1))),
		exp.ConsumeTraces(t.Context(), projected),
		exp.ConsumeTraces(t.Context(), request(3, "web", root(1))), // no GenAI
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]map[string]int64{
		"delivered_traces": {"kind=first": 1}, "skipped_spans": {"reason=projected": 2, "reason=non_genai": 1},
	} {
		eventually(t, name, func() bool { return maps.Equal(counts(t, tel, name), want) })
	}
	metadatatest.AssertEqualExporterMlflowStoredSpans(t, tel, []metricdata.DataPoint[int64]{
		{Value: 3, Attributes: attribute.NewSet(attribute.String("exporter", "mlflow"))}, // kept for late spans
	}, metricdatatest.IgnoreTimestamp())
	if err := exp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := tel.GetMetric("otelcol_exporter_mlflow_stored_spans"); err == nil {
		t.Error("a stopped exporter is still asked for its metrics")
	}
}

// counts are the points of a counter that are not zero, by the attribute that tells them apart.
func counts(t *testing.T, tel *componenttest.Telemetry, name string) map[string]int64 {
	t.Helper()
	m, err := tel.GetMetric("otelcol_exporter_mlflow_" + name)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		if p.Value != 0 {
			out[tellsApart(t, p.Attributes)] = p.Value
		}
	}
	return out
}

// tellsApart is what an exporter's point has beside the exporter.
func tellsApart(t *testing.T, attrs attribute.Set) string {
	t.Helper()
	exporter, rest := attrs.Filter(func(kv attribute.KeyValue) bool { return kv.Key == "exporter" })
	if exporter.Encoded(attribute.DefaultEncoder()) != "exporter=mlflow" || len(rest) > 1 {
		t.Errorf("a point has %v and %v", exporter, rest)
	}
	more := attribute.NewSet(rest...)
	return more.Encoded(attribute.DefaultEncoder())
}

// Prometheus takes the first value of a series that it sees for what was there before, and not for an increase: the first trace that is
// dropped would raise no alarm.
func TestItsCountersBeginAtZero(t *testing.T) {
	_, url := fake(t)
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	exp, err := NewFactory().CreateTraces(t.Context(), metadatatest.NewSettings(tel), quick(t, url, ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := exp.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	why := func(reasons string) []string { return strings.Fields(reasons) }
	for name, want := range map[string][]string{
		"calls": {""}, "cut_spans": {""}, "delivery_failures": {""}, "mended_spans": {""}, "refused_traces": {""},
		"delivered_traces":     why("kind=again kind=first kind=piece kind=running"),
		"dropped_traces":       why("reason=damaged reason=max_refused reason=retry_exhausted"),
		"given_up_traces":      why("reason=limits reason=max_open reason=shutdown reason=trace_size"),
		"incomplete_traces":    {"part=artifacts", "part=run data", "part=trace"},
		"rejected_log_records": why("reason=full reason=storage"),
		"rejected_spans":       why("reason=full reason=storage"),
		"skipped_log_records":  why("reason=non_genai reason=projected"),
		"skipped_spans":        why("reason=non_genai reason=projected"),
	} {
		m, err := tel.GetMetric("otelcol_exporter_mlflow_" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		var got []string
		for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
			got = append(got, tellsApart(t, p.Attributes))
			if p.Value != 0 && name != "calls" {
				t.Errorf("%s begins with %+v", name, p)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if err := exp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestREADMEListsTheMetrics holds the table for operators against metadata.yaml.
func TestREADMEListsTheMetrics(t *testing.T) {
	var doc struct {
		Telemetry struct {
			Metrics map[string]any `yaml:"metrics"`
		} `yaml:"telemetry"`
	}
	text, err := os.ReadFile("metadata.yaml")
	if err == nil {
		err = yaml.Unmarshal(text, &doc)
	}
	if err != nil || len(doc.Telemetry.Metrics) == 0 {
		t.Fatal("no metrics in metadata.yaml", err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Telemetry.Metrics)) {
		if short := strings.TrimPrefix(name, "exporter_mlflow_"); !strings.Contains(string(readme), "`"+short+"`") {
			t.Errorf("README.md does not mention %s", short)
		}
	}
}
