package runprocessor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

const (
	scopeName     = "github.com/technoshare/commentator/otel/runprocessor"
	componentType = "mlflow_run_span_processor"
)

// observe registers the metrics that the package documentation lists. All are
// read when metrics are collected; recording spans costs nothing for them.
func (p *SpanProcessor) observe(mp metric.MeterProvider) error {
	m := &meters{meter: mp.Meter(scopeName)}
	reads := []func(metric.Observer){p.observeSpans(m), p.observeTraces(m), p.observeOutbox(m), p.observeDelivery(m)}
	if m.errs != nil {
		return fmt.Errorf("create instruments: %w", m.errs)
	}
	r, err := m.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, read := range reads {
			read(o)
		}
		return nil
	}, m.all...)
	if err != nil {
		return fmt.Errorf("register instruments: %w", err)
	}
	p.unobserve = r.Unregister
	return nil
}

// observeSpans has the two metrics of the semantic conventions for SDKs
// (otel.sdk.processor.*, v1.43.0), whose points name the component.
func (p *SpanProcessor) observeSpans(m *meters) func(metric.Observer) {
	name := componentType + "/0"
	if p.outbox != nil {
		name = componentType + "/" + p.outbox.InstanceID()
	}
	component := []attribute.KeyValue{
		attribute.String("otel.component.type", componentType),
		attribute.String("otel.component.name", name),
	}
	stored := metric.WithAttributeSet(attribute.NewSet(component...))
	dropped := func(reason string) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(append(component[:2:2], attribute.String("error.type", reason))...))
	}
	processed := m.counter("otel.sdk.processor.span.processed", "{span}",
		"The number of spans for which the processing has finished, either successful or failed.")
	queue := m.level("otel.sdk.processor.span.queue.size", "{span}",
		"The number of spans in the queue of a given instance of an SDK span processor.")
	return func(o metric.Observer) {
		s := p.tree.snapshot()
		o.ObserveInt64(processed, int64(s.stored), stored)
		o.ObserveInt64(processed, int64(s.droppedQueue), dropped("queue_full"))
		o.ObserveInt64(processed, int64(s.droppedOutbox), dropped("outbox_full"))
		o.ObserveInt64(processed, int64(s.droppedNoSpace), dropped("no_space"))
		o.ObserveInt64(processed, int64(s.droppedOther), dropped("error"))
		o.ObserveInt64(processed, int64(s.afterShutdown), dropped("already_shutdown"))
		o.ObserveInt64(processed, int64(s.unknown), dropped("start_not_seen"))
		o.ObserveInt64(queue, s.heldSpans+s.queuedSpans, stored)
	}
}

func (p *SpanProcessor) observeTraces(m *meters) func(metric.Observer) {
	spansOpen := m.level("mlflow.processor.span.open", "{span}", "Spans that started and have not ended.")
	late := m.counter("mlflow.processor.span.late", "{span}", "Spans that started after their trace was complete.")
	unfinished := m.counter("mlflow.processor.span.unfinished", "{span}", "Spans written before they ended.")
	records := m.counter("mlflow.processor.log_record.processed", "{record}", "Log records of GenAI, on disk with their trace or dropped.")
	tracesOpen := m.level("mlflow.processor.trace.open", "{trace}", "Traces with spans in memory.")
	completed := m.counter("mlflow.processor.trace.completed", "{trace}", "Traces that were complete.")
	givenUp := m.counter("mlflow.processor.trace.given_up", "{trace}",
		"Traces written with open spans, for their age, for memory or at shutdown.")
	cut := m.counter("mlflow.processor.part.cut", "{part}", "Parts cut off a trace that was not complete.")
	memory := m.level("mlflow.processor.memory", "By", "Estimated memory of spans not on disk.")
	startsLost := m.counter("mlflow.processor.start.lost", "{span}", "Local roots whose start was not told.")
	return func(o metric.Observer) {
		s := p.tree.snapshot()
		o.ObserveInt64(spansOpen, s.openSpans)
		o.ObserveInt64(late, int64(s.late))
		o.ObserveInt64(unfinished, int64(s.unfinished))
		o.ObserveInt64(records, int64(s.recordsStored))
		o.ObserveInt64(records, int64(s.recordsLost), with("error.type", "not_stored"))
		o.ObserveInt64(records, int64(s.recordsStray), with("error.type", "trace_not_tracked"))
		o.ObserveInt64(tracesOpen, int64(s.live))
		o.ObserveInt64(completed, int64(s.traces))
		o.ObserveInt64(givenUp, int64(s.swept))
		o.ObserveInt64(cut, int64(s.cutsSize), with("reason", "size"))
		o.ObserveInt64(cut, int64(s.cutsMemory), with("reason", "memory"))
		o.ObserveInt64(memory, s.bytes)
		o.ObserveInt64(startsLost, int64(s.startsForgotten))
	}
}

func (p *SpanProcessor) observeOutbox(m *meters) func(metric.Observer) {
	parts := m.level("mlflow.outbox.parts", "{part}", "Parts of traces in the outbox.")
	size := m.level("mlflow.outbox.size", "By", "Bytes of pending parts on disk.")
	capacity := m.level("mlflow.outbox.capacity", "By", "Bytes that pending parts may take on disk.")
	age := m.gauge("mlflow.outbox.age", "s", "Age of the oldest pending trace.")
	stored := m.counter("mlflow.outbox.stored", "{part}", "Parts stored.")
	removed := m.counter("mlflow.outbox.removed", "{part}", "Parts removed, after delivery or on request.")
	refused := m.counter("mlflow.outbox.refused", "{part}", "Parts the outbox refused.")
	dead := m.counter("mlflow.outbox.buried", "{part}", "Parts refused for good by the server.")
	damaged := m.counter("mlflow.outbox.damaged", "{part}", "Unreadable files set aside.")
	return func(o metric.Observer) {
		if p.outbox == nil {
			return
		}
		s := p.outbox.Stats()
		o.ObserveInt64(parts, int64(s.Pending-s.Elsewhere), with("state", "pending"))
		o.ObserveInt64(parts, int64(s.Elsewhere), with("state", "elsewhere"))
		o.ObserveInt64(parts, int64(s.Dead), with("state", "dead"))
		o.ObserveInt64(parts, int64(s.Bad), with("state", "bad"))
		o.ObserveInt64(size, s.Bytes)
		o.ObserveInt64(capacity, s.MaxBytes)
		seconds := 0.0
		if !s.Oldest.IsZero() {
			seconds = max(time.Since(s.Oldest).Seconds(), 0)
		}
		o.ObserveFloat64(age, seconds)
		o.ObserveInt64(stored, int64(s.Stored))
		o.ObserveInt64(removed, int64(s.Removed))
		o.ObserveInt64(refused, int64(s.RejectedFull), with("reason", "outbox_full"))
		o.ObserveInt64(refused, int64(s.RejectedNoSpace), with("reason", "no_space"))
		o.ObserveInt64(refused, int64(s.RejectedOther), with("reason", "error"))
		o.ObserveInt64(dead, int64(s.DeadLettered))
		o.ObserveInt64(damaged, int64(s.Corrupt))
	}
}

func (p *SpanProcessor) observeDelivery(m *meters) func(metric.Observer) {
	outcomes := m.counter("mlflow.delivery.traces", "{trace}",
		"Traces delivered to MLflow, attempts that will be repeated, traces refused for good.")
	refused := m.counter("mlflow.delivery.refused_spans", "{span}", "Spans refused by the server, their traces otherwise delivered.")
	incomplete := m.counter("mlflow.delivery.incomplete", "{trace}", "Traces delivered but for a part that the server does not take.")
	down := m.gauge("mlflow.delivery.server_down", "1", "1 while the server does not answer.")
	return func(o metric.Observer) {
		if p.outbound == nil {
			return
		}
		s := p.outbound.queue.Stats()
		o.ObserveInt64(outcomes, int64(s.Delivered), with("outcome", "delivered"))
		o.ObserveInt64(outcomes, int64(s.Retried), with("outcome", "retried"))
		o.ObserveInt64(outcomes, int64(s.DeadLettered), with("outcome", "buried"))
		o.ObserveInt64(refused, int64(s.Poison))
		if p.outbound.incomplete != nil {
			counted := p.outbound.incomplete.counts()
			for _, part := range parts {
				o.ObserveInt64(incomplete, int64(counted[part]), with("part", partName(part)))
			}
		}
		value := 0.0
		if s.ServerDown {
			value = 1
		}
		o.ObserveFloat64(down, value)
	}
}

func with(k, v string) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String(k, v)))
}

// meters collects instruments and errors, for one callback.
type meters struct {
	meter metric.Meter
	all   []metric.Observable
	errs  error
}

func (m *meters) counter(name, unit, description string) metric.Int64ObservableCounter {
	i, err := m.meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.all, m.errs = append(m.all, i), errors.Join(m.errs, err)
	return i
}

func (m *meters) level(name, unit, description string) metric.Int64ObservableUpDownCounter {
	i, err := m.meter.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.all, m.errs = append(m.all, i), errors.Join(m.errs, err)
	return i
}

func (m *meters) gauge(name, unit, description string) metric.Float64ObservableGauge {
	i, err := m.meter.Float64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.all, m.errs = append(m.all, i), errors.Join(m.errs, err)
	return i
}
