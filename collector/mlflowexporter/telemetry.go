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
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/metadata"
	"github.com/technoshare/commentator/otel/deliver"
)

// Values of the attributes kind and reason.
type (
	deliveredKind  string
	droppedReason  string
	givenUpReason  string
	rejectedReason string
	skippedReason  string
)

const (
	deliveredFirst deliveredKind = "first"
	deliveredAgain deliveredKind = "again" // whole once more: spans came late
	deliveredPiece deliveredKind = "piece" // too large, or too late, to be held whole

	deliveredRunning deliveredKind = "running" // before its root came

	givenUpSilent    givenUpReason = "max_open"
	givenUpDisplaced givenUpReason = "limits"
	givenUpTooLarge  givenUpReason = "trace_size"
	givenUpClosing   givenUpReason = "shutdown"

	droppedDamaged    droppedReason = "damaged"
	droppedExhausted  droppedReason = "retry_exhausted"
	droppedMaxRefused droppedReason = "max_refused"

	rejectedFull    rejectedReason = "full"
	rejectedStorage rejectedReason = "storage"

	skippedNonGenAI  skippedReason = "non_genai"
	skippedProjected skippedReason = "projected"
)

// telemetry records what the exporter does. The instruments are those of
// metadata.yaml; here each gets its attributes, with the exporter's id always
// among them.
type telemetry struct {
	*metadata.TelemetryBuilder
	exporter metric.MeasurementOption
}

func newTelemetry(set component.TelemetrySettings, id component.ID, table *assembly.Table) (*telemetry, error) {
	builder, err := metadata.NewTelemetryBuilder(set)
	if err != nil {
		return nil, fmt.Errorf("make metrics: %w", err)
	}
	t := &telemetry{
		TelemetryBuilder: builder,
		exporter:         metric.WithAttributeSet(attribute.NewSet(attribute.String("exporter", id.String()))),
	}
	t.begin()
	if err := t.observe(table); err != nil {
		t.close()
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return t, nil
}

// observe lets metrics be read from the table whenever they are collected.
func (t *telemetry) observe(table *assembly.Table) error {
	return errors.Join(
		t.RegisterExporterMlflowStoredTracesCallback(func(_ context.Context, o metric.Int64Observer) error {
			s := table.Stats(time.Now())
			for state, n := range map[string]int{
				"assembling": s.Assembling, "backlog": s.Backlog, "refused": s.Refused, "incomplete": s.Incomplete, "delivered": s.Kept,
				"open": s.Open,
			} {
				o.Observe(int64(n), t.exporter, metric.WithAttributes(attribute.String("state", state)))
			}
			return nil
		}),
		t.RegisterExporterMlflowStoredSpansCallback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(table.Stats(time.Now()).Spans), t.exporter)
			return nil
		}),
		t.RegisterExporterMlflowStoredBytesCallback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(table.Stats(time.Now()).Bytes, t.exporter)
			return nil
		}),
		t.RegisterExporterMlflowStoredBytesCapacityCallback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(table.Stats(time.Now()).MaxBytes, t.exporter)
			return nil
		}),
		t.RegisterExporterMlflowOldestAgeCallback(func(_ context.Context, o metric.Int64Observer) error {
			age := time.Duration(0)
			if oldest := table.Stats(time.Now()).Oldest; !oldest.IsZero() {
				age = time.Since(oldest)
			}
			o.Observe(int64(age.Seconds()), t.exporter)
			return nil
		}),
	)
}

// begin gives counters their points before anything is counted: Prometheus takes the first
// value of a series that it sees for what was there before, and not for an increase.
func (t *telemetry) begin() {
	for _, c := range []metric.Int64Counter{
		t.ExporterMlflowCalls, t.ExporterMlflowDeliveryFailures, t.ExporterMlflowMendedSpans, t.ExporterMlflowCutSpans,
		t.ExporterMlflowRefusedTraces,
	} {
		t.count(c, 0)
	}
	for _, k := range []deliveredKind{deliveredFirst, deliveredAgain, deliveredPiece, deliveredRunning} {
		t.count(t.ExporterMlflowDeliveredTraces, 0, attribute.String("kind", string(k)))
	}
	for _, p := range []deliver.Part{deliver.PartTrace, deliver.PartRunData, deliver.PartArtifacts} {
		t.count(t.ExporterMlflowIncompleteTraces, 0, attribute.String("part", string(p)))
	}
	for _, r := range []droppedReason{droppedDamaged, droppedExhausted, droppedMaxRefused} {
		t.count(t.ExporterMlflowDroppedTraces, 0, reason(r))
	}
	for _, r := range []givenUpReason{givenUpSilent, givenUpDisplaced, givenUpTooLarge, givenUpClosing} {
		t.count(t.ExporterMlflowGivenUpTraces, 0, reason(r))
	}
	for _, r := range []rejectedReason{rejectedFull, rejectedStorage} {
		t.count(t.ExporterMlflowRejectedSpans, 0, reason(r))
		t.count(t.ExporterMlflowRejectedLogRecords, 0, reason(r))
	}
	for _, r := range []skippedReason{skippedNonGenAI, skippedProjected} {
		t.count(t.ExporterMlflowSkippedSpans, 0, reason(r))
		t.count(t.ExporterMlflowSkippedLogRecords, 0, reason(r))
	}
}

// count adds to a counter.
func (t *telemetry) count(c metric.Int64Counter, n int, attributes ...attribute.KeyValue) {
	c.Add(context.Background(), int64(n), t.exporter, metric.WithAttributes(attributes...))
}

func reason[R ~string](r R) attribute.KeyValue { return attribute.String("reason", string(r)) }

func (t *telemetry) called(n int)        { t.count(t.ExporterMlflowCalls, n) }
func (t *telemetry) failedAttempt()      { t.count(t.ExporterMlflowDeliveryFailures, 1) }
func (t *telemetry) repairedSpans(n int) { t.count(t.ExporterMlflowMendedSpans, n) }
func (t *telemetry) cutSpans(n int)      { t.count(t.ExporterMlflowCutSpans, n) }
func (t *telemetry) refusedTrace()       { t.count(t.ExporterMlflowRefusedTraces, 1) }

func (t *telemetry) incompleteTrace(p deliver.Part) {
	t.count(t.ExporterMlflowIncompleteTraces, 1, attribute.String("part", string(p)))
}

func (t *telemetry) droppedTrace(r droppedReason) {
	t.count(t.ExporterMlflowDroppedTraces, 1, reason(r))
}

func (t *telemetry) givenUpTrace(r givenUpReason) {
	t.count(t.ExporterMlflowGivenUpTraces, 1, reason(r))
}

func (t *telemetry) rejectedSpans(n int, r rejectedReason) {
	t.count(t.ExporterMlflowRejectedSpans, n, reason(r))
}

func (t *telemetry) skippedSpans(n int, r skippedReason) {
	t.count(t.ExporterMlflowSkippedSpans, n, reason(r))
}

func (t *telemetry) rejectedRecords(n int, r rejectedReason) {
	t.count(t.ExporterMlflowRejectedLogRecords, n, reason(r))
}

func (t *telemetry) skippedRecords(n int, r skippedReason) {
	t.count(t.ExporterMlflowSkippedLogRecords, n, reason(r))
}

// deliveredTrace counts a delivery; took is the time of the attempt, and delay that
// since the trace's first span, which says nothing of one that is still running.
func (t *telemetry) deliveredTrace(kind deliveredKind, took, delay time.Duration) {
	t.count(t.ExporterMlflowDeliveredTraces, 1, attribute.String("kind", string(kind)))
	t.ExporterMlflowDeliveryDuration.Record(context.Background(), took.Seconds(), t.exporter)
	if kind != deliveredRunning {
		t.ExporterMlflowDeliveryDelay.Record(context.Background(), delay.Seconds(), t.exporter)
	}
}

// close ends the callbacks.
func (t *telemetry) close() { t.Shutdown() }
