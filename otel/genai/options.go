package genai

import (
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// CaptureVariable switches the recording of content in every instrumentation
// that follows the conventions.
const CaptureVariable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

type config struct {
	content recorder
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
	return optionFunc(func(c config) config { c.content.on = on; return c })
}

// WithMask changes content before it is recorded.
func WithMask(m Mask) Option {
	return optionFunc(func(c config) config { c.content.mask = m; return c })
}

// WithMaxContent bounds the text of each attribute of content, in bytes. Of messages with more, the longest are
// cut; of tools, those that fit are whole; of other JSON, the beginning is kept. Less than 1 means [DefaultMaxContent].
func WithMaxContent(bytes int) Option {
	return optionFunc(func(c config) config {
		if c.content.max = bytes; bytes < 1 {
			c.content.max = DefaultMaxContent
		}
		return c
	})
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
	c := config{content: recorder{on: ContentFromEnv(os.Getenv), max: DefaultMaxContent}}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}

// ContentFromEnv reads CaptureVariable as [ParseContent] does. A value that says nothing
// keeps content out.
func ContentFromEnv(getenv func(string) string) bool {
	on, err := ParseContent(getenv(CaptureVariable))
	return on && err == nil
}

// ParseContent reads a value of CaptureVariable, in any case: whether spans carry
// content. SPAN_ONLY and SPAN_AND_EVENT say that they do; NO_CONTENT, EVENT_ONLY and
// nothing at all, that they do not. Here true and false still mean SPAN_ONLY and NO_CONTENT;
// the instrumentations of today (opentelemetry-util-genai 1.3b0) take both for NO_CONTENT.
// Any other value is an error that names these.
func ParseContent(value string) (bool, error) {
	switch strings.ToUpper(strings.TrimSpace(value)) {
	case "SPAN_ONLY", "SPAN_AND_EVENT", "TRUE", "1":
		return true, nil
	case "NO_CONTENT", "EVENT_ONLY", "FALSE", "0", "":
		return false, nil
	}
	return false, fmt.Errorf("%s is %q: use NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT (true means SPAN_ONLY, false NO_CONTENT)",
		CaptureVariable, value)
}
