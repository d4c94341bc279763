package genaimcp

import (
	"os"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
)

type config struct {
	tracers       trace.TracerProvider
	meters        metric.MeterProvider
	propagator    propagation.TextMapPropagator
	content       bool
	mask          genai.Mask
	maxContent    int
	notifications bool
}

// Option adjusts the middleware.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

// WithTracerProvider takes spans from p instead of from the global provider.
func WithTracerProvider(p trace.TracerProvider) Option {
	return optionFunc(func(c config) config { c.tracers = p; return c })
}

// WithMeterProvider takes metrics from p instead of from the global provider.
func WithMeterProvider(p metric.MeterProvider) Option {
	return optionFunc(func(c config) config { c.meters = p; return c })
}

// WithPropagator puts the trace into requests by p instead of by the global propagator.
func WithPropagator(p propagation.TextMapPropagator) Option {
	return optionFunc(func(c config) config { c.propagator = p; return c })
}

// WithContent records arguments, results and what errors say, or keeps them out, whatever the environment says: see
// [genai.CaptureVariable].
func WithContent(on bool) Option {
	return optionFunc(func(c config) config { c.content = on; return c })
}

// WithMask changes content before it is recorded.
func WithMask(m genai.Mask) Option {
	return optionFunc(func(c config) config { c.mask = m; return c })
}

// WithMaxContent bounds each attribute of content, in bytes. Less than 1 means [genai.DefaultMaxContent].
func WithMaxContent(bytes int) Option {
	return optionFunc(func(c config) config { c.maxContent = bytes; return c })
}

// WithNotifications records notifications too, which are many and quick.
func WithNotifications() Option {
	return optionFunc(func(c config) config { c.notifications = true; return c })
}

func newConfig(opts []Option) config {
	c := config{content: genai.ContentFromEnv(os.Getenv)}
	for _, o := range opts {
		c = o.apply(c)
	}
	if c.tracers == nil {
		c.tracers = otel.GetTracerProvider()
	}
	if c.meters == nil {
		c.meters = otel.GetMeterProvider()
	}
	if c.propagator == nil {
		c.propagator = otel.GetTextMapPropagator()
	}
	return c
}
