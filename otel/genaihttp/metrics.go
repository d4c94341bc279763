package genaihttp

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/technoshare/commentator/otel/genai"
)

// instruments are the metrics of the conventions: under the names of the pinned revision, those that followed, or both.
type instruments struct {
	duration     metric.Float64Histogram // of all operations; of embeddings alone under the newer names
	tokens       metric.Int64Histogram
	toFirst      []metric.Float64Histogram // chunk
	perChunk     []metric.Float64Histogram
	old, latest  bool
	inference    metric.Float64Histogram
	inputTokens  metric.Int64Histogram
	outputTokens metric.Int64Histogram
	counters     []counter

	mu    sync.Mutex
	known map[seriesKey]*series
}

type counter struct {
	metric.Int64Counter
	of func(c *call) int64
}

// secondBuckets, chunkBuckets and tokenBuckets are the boundaries that the conventions recommend.
func secondBuckets() []float64 {
	return []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
}

func chunkBuckets() []float64 {
	return []float64{0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
}

func tokenBuckets() []float64 {
	return []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
}

func newInstruments(c config) *instruments {
	m := c.meters.Meter(scopeName, metric.WithSchemaURL(genai.SchemaURL))
	seconds := func(name, description string, buckets []float64) metric.Float64Histogram {
		h, err := m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
			metric.WithExplicitBucketBoundaries(buckets...))
		if err != nil {
			return noop.Float64Histogram{}
		}
		return h
	}
	tokens := func(name, description string) metric.Int64Histogram {
		h, err := m.Int64Histogram(name, metric.WithUnit("{token}"), metric.WithDescription(description),
			metric.WithExplicitBucketBoundaries(tokenBuckets()...))
		if err != nil {
			return noop.Int64Histogram{}
		}
		return h
	}
	const (
		durationText = "GenAI operation duration."
		firstText    = "Time to receive the first chunk, measured from when the client issues the generation request to when the " +
			"first chunk is received in the response stream."
		nextText = "Time per output chunk, recorded for each chunk received after the first one, measured as the time elapsed " +
			"from the end of the previous chunk to the end of the current chunk."
	)
	i := &instruments{old: c.oldMetrics, latest: c.newMetrics, known: map[seriesKey]*series{}}
	i.duration = seconds("gen_ai.client.operation.duration", durationText, secondBuckets())
	if i.old {
		i.tokens = tokens("gen_ai.client.token.usage", "Number of input and output tokens used.")
		i.toFirst = append(i.toFirst, seconds("gen_ai.client.operation.time_to_first_chunk", firstText, secondBuckets()))
		i.perChunk = append(i.perChunk, seconds("gen_ai.client.operation.time_per_output_chunk", nextText, chunkBuckets()))
	}
	if !i.latest {
		return i
	}
	i.toFirst = append(i.toFirst, seconds("gen_ai.client.inference.time_to_first_chunk", firstText, secondBuckets()))
	i.perChunk = append(i.perChunk, seconds("gen_ai.client.inference.time_per_output_chunk", nextText, chunkBuckets()))
	i.inference = seconds("gen_ai.client.inference.duration", "GenAI inference duration.", secondBuckets())
	i.inputTokens = tokens("gen_ai.client.inference.operation.input_tokens", "Number of input tokens of an inference.")
	i.outputTokens = tokens("gen_ai.client.inference.operation.output_tokens", "Number of output tokens of an inference.")
	for _, k := range []struct {
		name string
		of   func(c *call) int64
	}{
		{"input_tokens", func(c *call) int64 { return c.answer.Usage.Input }},
		{"output_tokens", func(c *call) int64 { return c.answer.Usage.Output }},
		{"cache_read.input_tokens", func(c *call) int64 { return c.answer.Usage.Cached }},
		{"cache_write.input_tokens", func(c *call) int64 { return c.answer.Usage.CacheWrite }},
		{"reasoning.output_tokens", func(c *call) int64 { return c.answer.Usage.Reasoning }},
	} {
		n, err := m.Int64Counter("gen_ai.client.inference.usage."+k.name, metric.WithUnit("{token}"),
			metric.WithDescription("Number of tokens used: "+k.name+"."))
		if err == nil {
			i.counters = append(i.counters, counter{n, k.of})
		}
	}
	return i
}

// enabled reports whether somebody collects metrics.
func (i *instruments) enabled(ctx context.Context) bool { return i.duration.Enabled(ctx) }

func (i *instruments) firstChunk(c *call, took time.Duration) {
	if !c.metered {
		return
	}
	for _, h := range i.toFirst {
		h.Record(c.ctx, took.Seconds(), i.seriesOf(c).same...)
	}
}

func (i *instruments) nextChunk(c *call, took time.Duration) {
	if !c.metered {
		return
	}
	for _, h := range i.perChunk {
		h.Record(c.ctx, took.Seconds(), c.series.same...) // which the first chunk has found
	}
}

// finished records a call that ended; errorType is "" for one that went well. It is called once, after all else.
func (i *instruments) finished(c *call, took time.Duration, errorType string) {
	if !c.metered {
		return
	}
	c.series = nil // the model that answers may be known by now
	s := i.seriesOf(c)
	whole := s.same
	if errorType != "" {
		whole = []metric.RecordOption{metric.WithAttributes(append(s.attributes(), genai.ErrorTypeKey.String(errorType))...)}
	}
	inference := c.route.Operation != genai.OperationEmbeddings
	if i.old || !inference {
		i.duration.Record(c.ctx, took.Seconds(), whole...)
	}
	if i.latest && inference {
		i.inference.Record(c.ctx, took.Seconds(), whole...)
	}
	u := c.answer.Usage
	if !u.Known {
		return
	}
	if i.old {
		i.tokens.Record(c.ctx, u.Input, s.input...)
		if inference {
			i.tokens.Record(c.ctx, u.Output, s.output...)
		}
	}
	if i.latest && inference {
		i.inputTokens.Record(c.ctx, u.Input, s.same...)
		i.outputTokens.Record(c.ctx, u.Output, s.same...)
		for _, n := range i.counters {
			if v := n.of(c); v > 0 {
				n.Add(c.ctx, v, s.add...)
			}
		}
	}
}
