package genai

import (
	"os"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// CaptureVariable switches the recording of content in every instrumentation
// that follows the conventions.
const CaptureVariable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

type config struct {
	content bool
	name    string // instead of the conventional one
	start   []trace.SpanStartOption
}

// Option adjusts one operation.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

// WithContent records prompts, answers, documents and arguments, or keeps them
// out, whatever the environment says.
func WithContent(on bool) Option {
	return optionFunc(func(c config) config { c.content = on; return c })
}

// WithSpanName replaces the name that the conventions give the span.
func WithSpanName(name string) Option {
	return optionFunc(func(c config) config { c.name = name; return c })
}

// WithAttributes adds attributes to the span at its start.
func WithAttributes(kv ...attribute.KeyValue) Option {
	return WithSpanOptions(trace.WithAttributes(kv...))
}

// WithSpanOptions starts the span with further options, such as links or
// trace.WithNewRoot.
func WithSpanOptions(opts ...trace.SpanStartOption) Option {
	return optionFunc(func(c config) config {
		c.start = append(c.start[:len(c.start):len(c.start)], opts...)
		return c
	})
}

func newConfig(opts []Option) config {
	c := config{content: ContentFromEnv(os.Getenv)}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}

// ContentFromEnv reads CaptureVariable: true, SPAN_ONLY and SPAN_AND_EVENT
// mean that spans carry content; anything else, that they do not.
func ContentFromEnv(getenv func(string) string) bool {
	switch strings.ToUpper(strings.TrimSpace(getenv(CaptureVariable))) {
	case "TRUE", "1", "SPAN_ONLY", "SPAN_AND_EVENT":
		return true
	}
	return false
}
