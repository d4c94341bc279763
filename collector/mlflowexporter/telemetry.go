package mlflowexporter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
)

const scopeName = "github.com/technoshare/commentator/collector/mlflowexporter"

// telemetry is what the exporter tells about itself; README.md lists it.
type telemetry struct {
	skipped   metric.Int64Counter
	mended    metric.Int64Counter
	rejected  metric.Int64Counter
	delivered metric.Int64Counter
	failed    metric.Int64Counter
	refused   metric.Int64Counter
	dropped   metric.Int64Counter
	calls     metric.Int64Counter
	duration  metric.Float64Histogram
	delay     metric.Float64Histogram

	self         metric.MeasurementOption
	registration metric.Registration
}

func newTelemetry(set component.TelemetrySettings, id component.ID, table *assembly.Table) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	t := &telemetry{self: metric.WithAttributeSet(attribute.NewSet(attribute.String("exporter", id.String())))}
	var errs []error
	counter := func(name, unit, what string) metric.Int64Counter {
		c, err := meter.Int64Counter("otelcol_exporter_mlflow_"+name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		return c
	}
	gauge := func(name, unit, what string) metric.Int64ObservableGauge {
		g, err := meter.Int64ObservableGauge("otelcol_exporter_mlflow_"+name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		return g
	}
	histogram := func(name, what string) metric.Float64Histogram {
		h, err := meter.Float64Histogram("otelcol_exporter_mlflow_"+name, metric.WithUnit("s"), metric.WithDescription(what),
			metric.WithExplicitBucketBoundaries(.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800))
		errs = append(errs, err)
		return h
	}
	t.skipped = counter("skipped_spans", "{span}", "Spans left out on purpose; reason is projected or non_genai.")
	t.mended = counter("mended_spans", "{span}", "Spans that came without ids or times and got some.")
	t.rejected = counter("rejected_spans", "{span}", "Spans not taken, which their sender keeps; reason is full or storage.")
	t.delivered = counter("delivered_traces", "{trace}", "Traces brought to MLflow; kind is first, again or piece.")
	t.failed = counter("delivery_failures", "{attempt}", "Attempts that failed and will be repeated.")
	t.refused = counter("refused_traces", "{trace}", "Times that MLflow refused a trace or spans of it; they are kept and tried again.")
	t.dropped = counter("dropped_traces", "{trace}", "Traces lost; reason is max_refused, retry_exhausted or damaged.")
	t.calls = counter("calls", "{call}", "Requests sent to MLflow.")
	t.duration = histogram("delivery_duration", "Time of one attempt to deliver a trace.")
	t.delay = histogram("delivery_delay", "Time from a trace's first span to its delivery.")
	traces := gauge("stored_traces", "{trace}", "Traces stored, by state: assembling, backlog, refused, delivered (kept for late spans).")
	spans := gauge("stored_spans", "{span}", "Spans stored.")
	bytes := gauge("stored_bytes", "By", "Compressed bytes stored.")
	oldest := gauge("oldest_age", "s", "Age of the oldest trace that is not delivered.")
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("make metrics: %w", err)
	}
	var err error
	t.registration, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := table.Stats(time.Now())
		for state, n := range map[string]int{"assembling": s.Assembling, "backlog": s.Backlog, "refused": s.Refused, "delivered": s.Kept} {
			o.ObserveInt64(traces, int64(n), t.self, metric.WithAttributes(attribute.String("state", state)))
		}
		o.ObserveInt64(spans, int64(s.Spans), t.self)
		o.ObserveInt64(bytes, s.Bytes, t.self)
		age := time.Duration(0)
		if !s.Oldest.IsZero() {
			age = time.Since(s.Oldest)
		}
		o.ObserveInt64(oldest, int64(age.Seconds()), t.self)
		return nil
	}, traces, spans, bytes, oldest)
	if err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return t, nil
}

func (t *telemetry) add(c metric.Int64Counter, n int, key, value string) {
	if n == 0 {
		return
	}
	if key == "" {
		c.Add(context.Background(), int64(n), t.self)
		return
	}
	c.Add(context.Background(), int64(n), t.self, metric.WithAttributes(attribute.String(key, value)))
}

func (t *telemetry) close() error {
	if err := t.registration.Unregister(); err != nil {
		return fmt.Errorf("unregister metrics: %w", err)
	}
	return nil
}
