package runprocessor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/technoshare/commentator/otel/spool"
)

const (
	scopeName     = "github.com/technoshare/commentator/otel/runprocessor"
	componentType = "mlflow_run_span_processor"
)

// What the processor reports on itself. All are read when metrics are collected;
// recording spans costs nothing for them. The first two are those of the
// semantic conventions (otel.sdk.*, v1.43.0), with otel.component.name and
// otel.component.type on them.
//
//	name                                kind     unit     attributes
//	otel.sdk.processor.span.processed   counter  {span}   error.type if dropped (below); none: on disk
//	otel.sdk.processor.span.queue.size  updown   {span}   ended, not on disk yet
//	mlflow.processor.span.open          updown   {span}   started, not ended
//	mlflow.processor.span.late          counter  {span}   started after their trace was complete
//	mlflow.processor.span.unfinished    counter  {span}   written before they ended
//	mlflow.processor.trace.open         updown   {trace}  with spans in memory
//	mlflow.processor.trace.completed    counter  {trace}
//	mlflow.processor.trace.given_up     counter  {trace}  by age, memory or shutdown
//	mlflow.processor.part.cut           counter  {part}   reason: size, memory
//	mlflow.processor.memory             updown   By       estimate for spans in memory
//	mlflow.processor.start.lost         counter  {span}   roots whose start was not told
//	mlflow.outbox.parts                 updown   {part}   state: pending, dead, bad
//	mlflow.outbox.size                  updown   By       pending parts on disk
//	mlflow.outbox.age                   gauge    s        of the oldest pending trace
//	mlflow.outbox.stored                counter  {part}
//	mlflow.outbox.removed               counter  {part}   delivered, or dropped on request
//	mlflow.outbox.refused               counter  {part}   reason: outbox_full, no_space, error
//	mlflow.outbox.buried                counter  {part}   moved to dead/
//	mlflow.outbox.damaged               counter  {part}   moved to bad/
//	mlflow.delivery.traces              counter  {trace}  outcome: delivered, retried (attempts), buried
//	mlflow.delivery.refused_spans       counter  {span}   refused by the server, their traces otherwise delivered
//	mlflow.delivery.server_down         gauge    1        1 while the server does not answer
//
// error.type: queue_full (the disk cannot keep up), outbox_full, no_space,
// already_shutdown, start_not_seen, error.
func (p *Processor) observe(mp metric.MeterProvider) error {
	m := &meters{meter: mp.Meter(scopeName)}
	name := componentType + "/0"
	if p.spool != nil {
		name = componentType + "/" + p.spool.InstanceID()
	}
	component := []attribute.KeyValue{
		attribute.String("otel.component.type", componentType),
		attribute.String("otel.component.name", name),
	}
	errorType := func(s string) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(append(component[:2:2], attribute.String("error.type", s))...))
	}
	with := func(k, v string) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(attribute.String(k, v)))
	}
	fine := metric.WithAttributeSet(attribute.NewSet(component...))

	processed := m.counter("otel.sdk.processor.span.processed", "{span}", "The number of spans for which the processing has finished, either successful or failed.")
	queue := m.level("otel.sdk.processor.span.queue.size", "{span}", "The number of spans in the queue of a given instance of an SDK span processor.")
	spansOpen := m.level("mlflow.processor.span.open", "{span}", "Spans that started and have not ended.")
	late := m.counter("mlflow.processor.span.late", "{span}", "Spans that started after their trace was complete.")
	unfinished := m.counter("mlflow.processor.span.unfinished", "{span}", "Spans written before they ended.")
	tracesOpen := m.level("mlflow.processor.trace.open", "{trace}", "Traces with spans in memory.")
	completed := m.counter("mlflow.processor.trace.completed", "{trace}", "Traces that were complete.")
	givenUp := m.counter("mlflow.processor.trace.given_up", "{trace}", "Traces written with open spans, for their age, for memory or at shutdown.")
	cut := m.counter("mlflow.processor.part.cut", "{part}", "Parts cut off a trace that was not complete.")
	memory := m.level("mlflow.processor.memory", "By", "Estimated memory of spans not on disk.")
	startsLost := m.counter("mlflow.processor.start.lost", "{span}", "Local roots whose start was not told.")
	m.readTree = func(o metric.Observer) {
		s := p.tree.snapshot()
		o.ObserveInt64(processed, int64(s.stored), fine)
		o.ObserveInt64(processed, int64(s.droppedQueue), errorType("queue_full"))
		o.ObserveInt64(processed, int64(s.droppedOutbox), errorType("outbox_full"))
		o.ObserveInt64(processed, int64(s.droppedNoSpace), errorType("no_space"))
		o.ObserveInt64(processed, int64(s.droppedOther), errorType("error"))
		o.ObserveInt64(processed, int64(s.afterShutdown), errorType("already_shutdown"))
		o.ObserveInt64(processed, int64(s.unknown), errorType("start_not_seen"))
		o.ObserveInt64(queue, s.heldSpans+s.queuedSpans, fine)
		o.ObserveInt64(spansOpen, s.openSpans)
		o.ObserveInt64(late, int64(s.late))
		o.ObserveInt64(unfinished, int64(s.unfinished))
		o.ObserveInt64(tracesOpen, int64(s.live))
		o.ObserveInt64(completed, int64(s.traces))
		o.ObserveInt64(givenUp, int64(s.swept))
		o.ObserveInt64(cut, int64(s.cutsSize), with("reason", "size"))
		o.ObserveInt64(cut, int64(s.cutsMemory), with("reason", "memory"))
		o.ObserveInt64(memory, s.bytes)
		o.ObserveInt64(startsLost, int64(s.startsForgotten))
	}

	parts := m.level("mlflow.outbox.parts", "{part}", "Parts of traces in the outbox.")
	size := m.level("mlflow.outbox.size", "By", "Bytes of pending parts on disk.")
	age := m.gauge("mlflow.outbox.age", "s", "Age of the oldest pending trace.")
	stored := m.counter("mlflow.outbox.stored", "{part}", "Parts stored.")
	removed := m.counter("mlflow.outbox.removed", "{part}", "Parts removed, after delivery or on request.")
	refused := m.counter("mlflow.outbox.refused", "{part}", "Parts the outbox refused.")
	buried := m.counter("mlflow.outbox.buried", "{part}", "Parts refused for good by the server.")
	damaged := m.counter("mlflow.outbox.damaged", "{part}", "Unreadable files set aside.")
	m.readOutbox = func(o metric.Observer) {
		if p.spool == nil {
			return
		}
		s := p.spool.Stats()
		o.ObserveInt64(parts, int64(s.Pending), with("state", "pending"))
		o.ObserveInt64(parts, int64(s.Dead), with("state", "dead"))
		o.ObserveInt64(parts, int64(s.Bad), with("state", "bad"))
		o.ObserveInt64(size, s.Bytes)
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
		o.ObserveInt64(buried, int64(s.DeadLettered))
		o.ObserveInt64(damaged, int64(s.Corrupt))
	}
	outcomes := m.counter("mlflow.delivery.traces", "{trace}", "Traces delivered to MLflow, attempts that will be repeated, traces refused for good.")
	poison := m.counter("mlflow.delivery.refused_spans", "{span}", "Spans refused by the server, their traces otherwise delivered.")
	down := m.gauge("mlflow.delivery.server_down", "1", "1 while the server does not answer.")
	m.readDelivery = func(o metric.Observer) {
		if p.delivery == nil {
			return
		}
		s := p.delivery.Stats()
		o.ObserveInt64(outcomes, int64(s.Delivered), with("outcome", "delivered"))
		o.ObserveInt64(outcomes, int64(s.Retried), with("outcome", "retried"))
		o.ObserveInt64(outcomes, int64(s.DeadLettered), with("outcome", "buried"))
		o.ObserveInt64(poison, int64(s.Poison))
		value := 0.0
		if s.ServerDown {
			value = 1
		}
		o.ObserveFloat64(down, value)
	}
	return m.register(p)
}

// meters collects instruments and the first error, for one callback.
type meters struct {
	meter metric.Meter
	all   []metric.Observable
	errs  error

	readTree, readOutbox, readDelivery func(metric.Observer)
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

func (m *meters) register(p *Processor) error {
	if m.errs != nil {
		return fmt.Errorf("create instruments: %w", m.errs)
	}
	r, err := m.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		m.readTree(o)
		m.readOutbox(o)
		m.readDelivery(o)
		return nil
	}, m.all...)
	if err != nil {
		return fmt.Errorf("register instruments: %w", err)
	}
	p.unobserve = r.Unregister
	return nil
}

// snapshot is what observe reads of the tree.
type snapshot struct {
	counts
	live                              int
	openSpans, heldSpans, queuedSpans int64
	bytes                             int64
}

func (tr *tree) snapshot() snapshot {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return snapshot{
		counts: tr.counts, live: tr.live.n,
		openSpans: tr.openSpans, heldSpans: tr.heldSpans, queuedSpans: tr.queuedSpans,
		bytes: tr.held() + tr.queuedBytes,
	}
}

// countOutcome is called under mu.
func (tr *tree) countOutcome(h handover, err error) {
	c := &tr.counts
	n := h.count()
	switch {
	case err == nil:
		c.stored += n
		c.unfinished += uint64(len(h.unfinished))
	case errors.Is(err, ErrQueueFull):
		c.droppedQueue += n
	case spool.IsFull(err):
		c.droppedOutbox += n
	case spool.IsNoSpace(err):
		c.droppedNoSpace += n
	default:
		c.droppedOther += n
		c.lastError = err
	}
}

// tellDrops logs the first drop of each kind. The outbox tells of its own
// refusals.
func (p *Processor) tellDrops() {
	s := p.tree.snapshot()
	tell := func(kind, message string, n uint64, args ...any) {
		if n > 0 && !p.told[kind] {
			p.told[kind] = true
			p.logger.Error(message+"; further ones are only counted", append([]any{"spans", n}, args...)...)
		}
	}
	tell("queue", "spans dropped: the outbox cannot keep up", s.droppedQueue)
	tell("other", "spans dropped: they cannot be stored", s.droppedOther, "error", s.lastError)
}
