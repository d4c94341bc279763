package genaimetrics

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/technoshare/commentator/collector/internal/listprices"
)

// Config is what a user writes below connectors::genai_metrics.
type Config struct {
	// Wait is how long the spans of a trace wait for one another before they are counted.
	Wait time.Duration `mapstructure:"wait"`
	// Remember is how long a trace is remembered after its last span, so that what comes late does not count again.
	Remember time.Duration `mapstructure:"remember"`
	// MaxSpans bounds the spans that are remembered. Beyond, the traces of which nothing came for longest are counted and forgotten.
	MaxSpans int `mapstructure:"max_spans"`

	// FlushInterval is how often metrics are handed on.
	FlushInterval time.Duration `mapstructure:"flush_interval"`
	// Temporality of the metrics: cumulative or delta.
	Temporality Temporality `mapstructure:"temporality"`
	// MaxSeries bounds the series of each metric, MaxValues the values of each attribute. Measurements beyond lose attributes, and
	// have otel.metric.overflow instead.
	MaxSeries int `mapstructure:"max_series"`
	MaxValues int `mapstructure:"max_values"`
	// ExpireAfter is how long a series is kept of which nothing comes. One that the next in the pipeline has not taken is kept longer.
	ExpireAfter time.Duration `mapstructure:"expire_after"`

	// Prices are what model calls cost whose cost no span says.
	Prices listprices.Config `mapstructure:"prices"`
}

// Temporality says what points of metrics are sums of.
type Temporality string

// Cumulative points are sums since the series began, Delta points since the last flush.
const (
	Cumulative Temporality = "cumulative"
	Delta      Temporality = "delta"
)

func createDefaultConfig() component.Config {
	return &Config{
		Wait: 5 * time.Second, Remember: 10 * time.Minute, MaxSpans: 50_000,
		FlushInterval: 15 * time.Second, Temporality: Cumulative, MaxSeries: 2000, MaxValues: 200, ExpireAfter: 24 * time.Hour,
		Prices: listprices.Default(),
	}
}

// Validate checks the section.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		key   string
		value int64
	}{
		{"wait", int64(c.Wait)}, {"remember", int64(c.Remember)}, {"max_spans", int64(c.MaxSpans)}, {"flush_interval", int64(c.FlushInterval)},
		{"max_series", int64(c.MaxSeries)}, {"max_values", int64(c.MaxValues)}, {"expire_after", int64(c.ExpireAfter)},
	} {
		if f.value <= 0 {
			errs = append(errs, fmt.Errorf("%s: must be more than zero", f.key))
		}
	}
	if c.Temporality != Cumulative && c.Temporality != Delta {
		errs = append(errs, fmt.Errorf("temporality: %q is neither cumulative nor delta", c.Temporality))
	}
	return errors.Join(errs...)
}
