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
	eventually(t, "the delivery", func() bool { _, err := tel.GetMetric("otelcol_exporter_mlflow_delivered_traces"); return err == nil })
	with := func(more ...attribute.KeyValue) attribute.Set {
		return attribute.NewSet(append(more, attribute.String("exporter", "mlflow"))...)
	}
	eventually(t, "both that need nothing more", func() bool {
		m, err := tel.GetMetric("otelcol_exporter_mlflow_skipped_spans")
		return err == nil && len(m.Data.(metricdata.Sum[int64]).DataPoints) == 2
	})
	metadatatest.AssertEqualExporterMlflowDeliveredTraces(t, tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: with(attribute.String("kind", "first"))},
	}, metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualExporterMlflowSkippedSpans(t, tel, []metricdata.DataPoint[int64]{
		{Value: 2, Attributes: with(attribute.String("reason", "projected"))},
		{Value: 1, Attributes: with(attribute.String("reason", "non_genai"))},
	}, metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualExporterMlflowStoredSpans(t, tel, []metricdata.DataPoint[int64]{
		{Value: 3, Attributes: with()}, // kept for late spans
	}, metricdatatest.IgnoreTimestamp())
	if err := exp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := tel.GetMetric("otelcol_exporter_mlflow_stored_spans"); err == nil {
		t.Error("a stopped exporter is still asked for its metrics")
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
