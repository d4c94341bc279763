package genaihttp

import (
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
)

const (
	// DefaultMaxContent is how many bytes of text an attribute of content has at most.
	DefaultMaxContent = genai.DefaultMaxContent
	// DefaultIdleTimeout is how long an answer may go unread before its span ends.
	DefaultIdleTimeout = 10 * time.Minute
)

// OptInVariable chooses the names of metrics, in every instrumentation that follows the conventions. Of its
// values, separated by commas, gen_ai_latest_experimental stands for the names after the pinned revision, and
// gen_ai_latest_experimental/dup for both.
const OptInVariable = "OTEL_SEMCONV_STABILITY_OPT_IN"

// Mask is given each text of content before it is recorded: see [genai.Mask]. The text is a message's, or the JSON of
// a tool's arguments, result or parameters, or a provider's error message (for the status, with the key error.message).
type Mask = genai.Mask

type config struct {
	tracers     trace.TracerProvider
	meters      metric.MeterProvider
	content     bool
	mask        Mask
	maxContent  int
	idle        time.Duration
	streamUsage bool
	oldMetrics  bool
	newMetrics  bool
}

// Option adjusts a transport.
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

// WithContent records messages, system instructions, tool definitions, calls and results, or keeps them out,
// whatever the environment says: see [genai.CaptureVariable].
func WithContent(on bool) Option {
	return optionFunc(func(c config) config { c.content = on; return c })
}

// WithMask changes content before it is recorded. Media inside of messages are never recorded, only referred to.
func WithMask(m Mask) Option {
	return optionFunc(func(c config) config { c.mask = m; return c })
}

// WithMaxContent bounds the text of each attribute of content, in bytes. Of messages with more, the longest
// texts are cut. Less than 1 means [DefaultMaxContent].
func WithMaxContent(bytes int) Option {
	return optionFunc(func(c config) config { c.maxContent = bytes; return c })
}

// WithIdleTimeout ends the span of an answer that nobody reads or closes for d. Its bytes pass all the same.
// Less than 1 means [DefaultIdleTimeout].
func WithIdleTimeout(d time.Duration) Option {
	return optionFunc(func(c config) config { c.idle = d; return c })
}

// WithStreamUsage asks OpenAI's Chat Completions and Completions for the usage of a stream, which they tell only when asked:
// a request that streams and has no stream_options gets {"include_usage": true}. This changes the request's bytes,
// and the caller sees one more chunk, without choices; so it is off unless this option is given. A request
// whose body cannot be read twice (no GetBody), or has more than 1 MiB, stays as it is.
func WithStreamUsage() Option {
	return optionFunc(func(c config) config { c.streamUsage = true; return c })
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
	if c.maxContent < 1 {
		c.maxContent = DefaultMaxContent
	}
	if c.idle < 1 {
		c.idle = DefaultIdleTimeout
	}
	c.oldMetrics, c.newMetrics = metricNames(os.Getenv(OptInVariable))
	return c
}

// metricNames reads OptInVariable.
func metricNames(value string) (old, latest bool) {
	old = true
	for word := range strings.SplitSeq(value, ",") {
		switch strings.TrimSpace(word) {
		case "gen_ai_latest_experimental/dup":
			return true, true
		case "gen_ai_latest_experimental":
			old, latest = false, true
		}
	}
	return old, latest
}
