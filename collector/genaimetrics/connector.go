package genaimetrics

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/genaimetrics/internal/metadata"
	"github.com/technoshare/commentator/otel/runs/usage"
)

// genaiMetrics is safe for concurrent use.
type genaiMetrics struct {
	cfg  *Config
	next consumer.Metrics
	log  *zap.Logger

	telemetry *metadata.TelemetryBuilder
	self      attribute.Set // of its own metrics

	mu       sync.Mutex
	window   *window
	registry *registry

	overflow, forgotten sync.Once // of their lines in the log
	failing             bool      // of the goroutine that flushes

	stop context.CancelFunc // nil before Start
	done chan struct{}
}

func newConnector(cfg *Config, set connector.Settings, next consumer.Metrics) (*genaiMetrics, error) {
	table, err := cfg.Prices.Table()
	if err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make instruments: %w", err)
	}
	return &genaiMetrics{
		cfg: cfg, next: next, log: set.Logger, telemetry: telemetry, self: attribute.NewSet(attribute.String("connector", set.ID.String())),
		window: newWindow(cfg, table), registry: newRegistry(cfg),
	}, nil
}

// Capabilities says that spans are only read.
func (c *genaiMetrics) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// Start begins to count and to flush.
func (c *genaiMetrics) Start(ctx context.Context, _ component.Host) error {
	observe := func(value func() int) metric.Int64Callback {
		return func(_ context.Context, o metric.Int64Observer) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			o.Observe(int64(value()), metric.WithAttributeSet(c.self))
			return nil
		}
	}
	if err := c.telemetry.RegisterConnectorGenaiMetricsHeldSpansCallback(observe(func() int { return c.window.spans })); err != nil {
		return fmt.Errorf("observe spans: %w", err)
	}
	if err := c.telemetry.RegisterConnectorGenaiMetricsSeriesCallback(observe(func() int { return c.registry.size() })); err != nil {
		return fmt.Errorf("observe series: %w", err)
	}
	// They are there from the start, so that Prometheus sees the first of what they count as an increase.
	for _, counter := range []metric.Int64Counter{
		c.telemetry.ConnectorGenaiMetricsDuplicateSpans, c.telemetry.ConnectorGenaiMetricsFailedFlushes,
		c.telemetry.ConnectorGenaiMetricsForgottenTraces, c.telemetry.ConnectorGenaiMetricsOverflowedPoints,
		c.telemetry.ConnectorGenaiMetricsUnpricedCalls,
	} {
		counter.Add(ctx, 0, metric.WithAttributeSet(c.self))
	}
	background, stop := context.WithCancel(context.Background())
	c.stop, c.done = stop, make(chan struct{})
	go func() {
		defer close(c.done)
		c.run(background)
	}()
	return nil
}

// Shutdown counts what waits, and flushes.
func (c *genaiMetrics) Shutdown(ctx context.Context) error {
	defer c.telemetry.Shutdown()
	if c.stop == nil {
		return nil
	}
	c.stop()
	<-c.done
	c.take(ctx, func() []usage.Call { return c.window.countAll() })
	return c.flush(ctx, true)
}

// ConsumeTraces takes spans in. It refuses nothing.
func (c *genaiMetrics) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	spans := usage.Read(viewOf(td))
	var duplicates, forgotten int
	c.take(ctx, func() (calls []usage.Call) {
		duplicates, forgotten, calls = c.window.add(spans, time.Now())
		return calls
	})
	if duplicates > 0 {
		c.telemetry.ConnectorGenaiMetricsDuplicateSpans.Add(ctx, int64(duplicates), metric.WithAttributeSet(c.self))
	}
	if forgotten > 0 {
		c.telemetry.ConnectorGenaiMetricsForgottenTraces.Add(ctx, int64(forgotten), metric.WithAttributeSet(c.self))
		c.forgotten.Do(func() {
			c.log.Warn("No room for more spans: traces are forgotten before their time, and what comes of them later may count again. "+
				"Raise max_spans, or remember for a shorter time.", zap.Int("max_spans", c.cfg.MaxSpans))
		})
	}
	return nil
}

// take records the calls that count returns; both under the lock.
func (c *genaiMetrics) take(ctx context.Context, count func() []usage.Call) {
	now := time.Now()
	unpriced := 0
	c.mu.Lock()
	calls := count()
	for i := range calls {
		if c.registry.record(&calls[i], now) {
			unpriced++
		}
	}
	overflowed := c.registry.overflowed
	c.registry.overflowed = 0
	c.mu.Unlock()
	if unpriced > 0 {
		c.telemetry.ConnectorGenaiMetricsUnpricedCalls.Add(ctx, int64(unpriced), metric.WithAttributeSet(c.self))
	}
	if overflowed > 0 {
		c.telemetry.ConnectorGenaiMetricsOverflowedPoints.Add(ctx, int64(overflowed), metric.WithAttributeSet(c.self))
		c.overflow.Do(func() {
			c.log.Warn("Too many series: measurements lose attributes and have otel.metric.overflow instead. Look for an attribute with a "+
				"value for each request, or raise max_series and max_values.",
				zap.Int("max_series", c.cfg.MaxSeries), zap.Int("max_values", c.cfg.MaxValues))
		})
	}
}

// run counts what has waited, forgets what is old and flushes, until the context ends.
func (c *genaiMetrics) run(ctx context.Context) {
	const step = 5 // times within the shorter of the two intervals
	tick := time.NewTicker(max(min(c.cfg.Wait, c.cfg.FlushInterval)/step, time.Millisecond))
	defer tick.Stop()
	flushed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			c.take(ctx, func() []usage.Call {
				c.window.expire(now)
				return c.window.count(now)
			})
			if now.Sub(flushed) < c.cfg.FlushInterval {
				continue
			}
			flushed = now
			if err := c.flush(ctx, false); err != nil && ctx.Err() == nil {
				c.telemetry.ConnectorGenaiMetricsFailedFlushes.Add(ctx, 1, metric.WithAttributeSet(c.self))
				if !c.failing {
					c.log.Warn("Metrics were not taken; they are part of the next flush.", zap.Error(err))
				}
				c.failing = true
			} else {
				c.failing = false
			}
		}
	}
}

// flush hands the metrics on, and forgets series of which nothing came for long: not before they were handed on.
func (c *genaiMetrics) flush(ctx context.Context, last bool) error {
	now := time.Now()
	c.mu.Lock()
	md, handedOn := c.registry.snapshot(c.cfg.Temporality == Delta, last, now)
	c.mu.Unlock()
	if md.DataPointCount() > 0 {
		if err := c.next.ConsumeMetrics(ctx, md); err != nil {
			return fmt.Errorf("hand metrics on: %w", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	handedOn()
	c.registry.expire(now)
	return nil
}
