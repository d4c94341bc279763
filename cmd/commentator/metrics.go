package main

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/internal/prompts/webhook"
	"github.com/technoshare/commentator/internal/sandbox"
)

// workerMetrics are the worker's metrics, read by Prometheus at /metrics.
//
//	commentator.queue.links        {link}  links by state: queued, running, waiting
//	commentator.queue.capacity     {link}  links that may be unfinished at once
//	commentator.queue.oldest       s       how long the oldest link has waited
//	commentator.queue.rejected     {link}  links refused because the queue was full
//	commentator.links.ended        {link}  links that ended, by outcome
//	commentator.children.started   {process}  processes started to read pages
//	commentator.children.died      {process}  of those, the ones that gave no answer, by cause
//	commentator.prompt.registry.read.timestamp  s  when MLflow's prompt registry was read last, Unix time
//	commentator.ready                      1 while /readyz answers that all is well
//	commentator.prompt.version             version of the prompt in use, by alias
//	commentator.prompt.refused             1 while the version that an alias leads to can't be used
//	commentator.prompt.registry.away       1 while MLflow's registry could not be asked the last time
//	commentator.prompt.webhook.deliveries  {delivery}  deliveries of MLflow's webhook, by outcome: accepted, refused
//	commentator.http.connections.ended     {connection}  HTTP connections ended as the slowest of too many
//	commentator.job.duration       s       attempts at a link, by outcome
//	commentator.analysis.duration  s       analyses, by analyst and outcome
//	commentator.model.calls        {call}  calls of the model, by gen_ai.request.model
//	commentator.model.tokens       {token} by gen_ai.request.model and gen_ai.token.type: input, output
//	commentator.model.cost         {USD}   price of the calls, by gen_ai.request.model, where it is known
//
// Those of the run processor stand in the documentation of package runprocessor.
type workerMetrics struct {
	registry *prometheus.Registry
	provider *sdkmetric.MeterProvider
}

// queueStatus says how the queue stands. It is asked with every scrape.
type queueStatus interface {
	Status(ctx context.Context) (job.QueueStatus, error)
}

// newWorkerMetrics makes a registry of its own, so that the metrics that
// libraries put into the global one do not appear.
func newWorkerMetrics(q queueStatus) (*workerMetrics, error) {
	registry := prometheus.NewRegistry()
	reader, err := otelprom.New(otelprom.WithRegisterer(registry))
	if err != nil {
		return nil, fmt.Errorf("set up metrics: %w", err)
	}
	m := &workerMetrics{registry: registry, provider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))}
	if err := m.observe(q); err != nil {
		return nil, fmt.Errorf("set up metrics: %w", err)
	}
	return m, nil
}

// observe registers the instruments. All are read from the queue's database at
// the moment of a scrape, rather than counted here: with several workers each
// then shows the same, and a restart loses nothing.
func (m *workerMetrics) observe(q queueStatus) error {
	meter := m.provider.Meter(scope)
	links, err := meter.Int64ObservableGauge("commentator.queue.links",
		metric.WithUnit("{link}"), metric.WithDescription("Links that are not finished"))
	if err != nil {
		return err
	}
	capacity, err := meter.Int64ObservableGauge("commentator.queue.capacity",
		metric.WithUnit("{link}"), metric.WithDescription("Links that may be unfinished at once; more are refused"))
	if err != nil {
		return err
	}
	oldest, err := meter.Float64ObservableGauge("commentator.queue.oldest",
		metric.WithUnit("s"), metric.WithDescription("How long the oldest link has waited"))
	if err != nil {
		return err
	}
	rejected, err := meter.Int64ObservableCounter("commentator.queue.rejected",
		metric.WithUnit("{link}"), metric.WithDescription("Links refused because the queue was full"))
	if err != nil {
		return err
	}
	ended, err := meter.Int64ObservableGauge("commentator.links.ended",
		metric.WithUnit("{link}"), metric.WithDescription("Links that ended, as far as they are kept"))
	if err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		st, err := q.Status(ctx)
		if err != nil {
			return err
		}
		for state, n := range map[string]int{"queued": st.Queued, "running": st.Running, "waiting": st.Waiting} {
			o.ObserveInt64(links, int64(n), metric.WithAttributes(attribute.String("state", state)))
		}
		// A gauge, since old links are cleared away and the number falls.
		for outcome, n := range st.Ended {
			o.ObserveInt64(ended, int64(n), metric.WithAttributes(attribute.String("outcome", outcome)))
		}
		o.ObserveInt64(capacity, int64(st.Depth))
		o.ObserveFloat64(oldest, st.Oldest.Seconds())
		o.ObserveInt64(rejected, st.Rejected)
		return nil
	}, links, capacity, oldest, rejected, ended)
	return err
}

// observeChildren registers the counts of the processes that read pages, which are this process's own.
func (m *workerMetrics) observeChildren(count func() sandbox.Stats) error {
	meter := m.provider.Meter(scope)
	started, err := meter.Int64ObservableCounter("commentator.children.started",
		metric.WithUnit("{process}"), metric.WithDescription("Processes started to read pages"))
	if err != nil {
		return err
	}
	died, err := meter.Int64ObservableCounter("commentator.children.died",
		metric.WithUnit("{process}"), metric.WithDescription("Processes that ended without an answer, or could not be started"))
	if err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := count()
		o.ObserveInt64(started, s.Started)
		for cause, n := range s.Died {
			o.ObserveInt64(died, n, metric.WithAttributes(attribute.String("cause", string(cause))))
		}
		return nil
	}, started, died)
	return err
}

// followedPrompt says how the versions of the prompt stand. It is asked with every scrape.
type followedPrompt interface {
	Status() (all []registry.Status, away string)
	LastRead() time.Time
}

// observePrompts registers which versions of the prompt are in use, and whether what the registry has is
// refused or not known.
func (m *workerMetrics) observePrompts(followed followedPrompt) error {
	meter := m.provider.Meter(scope)
	version, err := meter.Int64ObservableGauge("commentator.prompt.version",
		metric.WithDescription("Version of the prompt in use by alias; 0 while there is none"))
	if err != nil {
		return err
	}
	refused, err := meter.Int64ObservableGauge("commentator.prompt.refused",
		metric.WithDescription("1 while the version that the registry has for an alias can't be used, so that the last good one is"))
	if err != nil {
		return err
	}
	away, err := meter.Int64ObservableGauge("commentator.prompt.registry.away",
		metric.WithDescription("1 while MLflow's prompt registry could not be asked the last time"))
	if err != nil {
		return err
	}
	read, err := meter.Float64ObservableGauge("commentator.prompt.registry.read.timestamp", metric.WithUnit("s"),
		metric.WithDescription("When MLflow's prompt registry was read last, Unix time; missing while it never was"))
	if err != nil {
		return err
	}
	flag := func(text string) int64 {
		if text == "" {
			return 0
		}
		return 1
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		all, reason := followed.Status()
		for _, s := range all {
			by := metric.WithAttributes(attribute.String("prompt", s.Ref.String()))
			o.ObserveInt64(version, int64(s.Version), by)
			o.ObserveInt64(refused, flag(s.Fault), by)
		}
		o.ObserveInt64(away, flag(reason))
		if at := followed.LastRead(); !at.IsZero() {
			o.ObserveFloat64(read, float64(at.UnixMilli())/1000)
		}
		return nil
	}, version, refused, away, read)
	return err
}

// observeWebhook registers how many deliveries of MLflow's webhook were taken and refused.
func (m *workerMetrics) observeWebhook(counts func() webhook.Counts) error {
	meter := m.provider.Meter(scope)
	_, err := meter.Int64ObservableCounter("commentator.prompt.webhook.deliveries", metric.WithUnit("{delivery}"),
		metric.WithDescription("Deliveries of MLflow's webhook; the refused ones are not signed with our secret, or are old"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			c := counts()
			o.Observe(c.Accepted, metric.WithAttributes(attribute.String("outcome", "accepted")))
			o.Observe(c.Refused, metric.WithAttributes(attribute.String("outcome", "refused")))
			return nil
		}))
	return err
}

// observeConnections registers how many connections were ended so that others are served.
func (m *workerMetrics) observeConnections(ended func() int64) error {
	_, err := m.provider.Meter(scope).Int64ObservableCounter("commentator.http.connections.ended", metric.WithUnit("{connection}"),
		metric.WithDescription("HTTP connections that were ended, as the slowest of too many, so that others are served"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error { o.Observe(ended()); return nil }))
	return err
}

// observeReady registers whether the worker does its work, as ready says.
func (m *workerMetrics) observeReady(ready func(context.Context) bool) error {
	meter := m.provider.Meter(scope)
	_, err := meter.Int64ObservableGauge("commentator.ready", metric.WithDescription("1 while /readyz answers that all is well"),
		metric.WithInt64Callback(func(ctx context.Context, o metric.Int64Observer) error {
			value := int64(0)
			if ready(ctx) {
				value = 1
			}
			o.Observe(value)
			return nil
		}))
	return err
}

// close ends the provider. Nothing is exported at the end, as Prometheus comes
// and asks.
func (m *workerMetrics) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return m.provider.Shutdown(ctx)
}
