package genaimetrics

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/technoshare/commentator/otel/runs/usage"
)

// key is what series are told apart by. Empty values are no attributes.
type key struct {
	values   [attributes]string
	overflow bool
}

// Attributes of series.
const (
	operation = iota
	provider
	requestModel
	responseModel
	service
	agent
	errorType
	tokenType  // of two values, and so is
	costSource // which need no bound
	attributes // how many there are
)

// series is one series of a metric. Of a sum only the sum counts.
type series struct {
	start, last time.Time
	count       uint64
	sum         float64
	buckets     []uint64 // one more than there are bounds

	stage stage
	sent  *series // what a flush handed on, with delta temporality
}

// stage is what of a series was handed on.
type stage int

const (
	fresh stage = iota // nothing
	begun              // its zero
	withValues
)

// instrument is one metric.
type instrument struct {
	name, unit, description string
	bounds                  []float64 // of a histogram; nil: a sum
	series                  map[key]*series
}

// registry is all series. It has no lock.
type registry struct {
	maxSeries, maxValues int
	expireAfter          time.Duration

	duration, firstChunk, tokens, cost *instrument
	seen                               [tokenType]map[string]bool
	overflowed                         int // points that lost attributes, since somebody asked
}

func newRegistry(cfg *Config) *registry {
	r := &registry{maxSeries: cfg.MaxSeries, maxValues: cfg.MaxValues, expireAfter: cfg.ExpireAfter}
	// Bounds and texts are those of the conventions.
	seconds := []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	tokens := []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
	r.duration = &instrument{name: "gen_ai.client.operation.duration", unit: "s", description: "GenAI operation duration.", bounds: seconds}
	r.firstChunk = &instrument{
		name: "gen_ai.client.operation.time_to_first_chunk", unit: "s", bounds: seconds,
		description: "Time to receive the first chunk of a streamed answer.",
	}
	r.tokens = &instrument{
		name: "gen_ai.client.token.usage", unit: "{token}", description: "Number of input and output tokens used.", bounds: tokens,
	}
	r.cost = &instrument{name: "gen_ai.usage.cost", unit: "USD", description: "What the calls of models cost."}
	for _, m := range r.metrics() {
		m.series = map[key]*series{}
	}
	for i := range r.seen {
		r.seen[i] = map[string]bool{}
	}
	return r
}

func (r *registry) metrics() []*instrument {
	return []*instrument{r.duration, r.firstChunk, r.tokens, r.cost}
}

// size is the number of series.
func (r *registry) size() (n int) {
	for _, m := range r.metrics() {
		n += len(m.series)
	}
	return n
}

// record takes a call in. It reports whether the call used tokens at a cost that nobody knows.
func (r *registry) record(c *usage.Call, now time.Time) (unpriced bool) {
	var k key
	k.values = [attributes]string{
		operation: c.Operation, provider: wellKnown(c.Provider), requestModel: c.Asked, responseModel: c.Answered,
		service: c.Service, agent: c.Agent,
	}
	with := func(attribute int, value string) key {
		out := k
		out.values[attribute] = value
		return out
	}
	if c.IsCall {
		r.add(r.duration, with(errorType, c.ErrorType), c.Duration.Seconds(), now)
	}
	if c.FirstChunk > 0 {
		r.add(r.firstChunk, k, c.FirstChunk.Seconds(), now)
	}
	if c.UsageKnown {
		r.add(r.tokens, with(tokenType, "input"), float64(c.Input), now)
		if c.HasOutput {
			r.add(r.tokens, with(tokenType, "output"), float64(c.Output), now)
		}
	}
	if c.CostKnown {
		source := "span"
		if c.Listed {
			source = "list_price"
		}
		r.add(r.cost, with(costSource, source), c.Cost, now)
	}
	return c.UsageKnown && !c.CostKnown
}

func (r *registry) add(m *instrument, k key, value float64, now time.Time) {
	s := m.series[k]
	if s == nil {
		k = r.bounded(k)
		s = m.series[k]
	}
	if s == nil && len(m.series) >= r.maxSeries-1 { // the last one is for the rest
		k = key{overflow: true}
		s = m.series[k]
	}
	if s == nil {
		s = &series{start: now}
		if m.bounds != nil {
			s.buckets = make([]uint64, len(m.bounds)+1)
		}
		m.series[k] = s
	}
	if k.overflow {
		r.overflowed++
	}
	s.last = now
	s.count++
	s.sum += value
	if m.bounds != nil {
		at := 0
		for at < len(m.bounds) && value > m.bounds[at] {
			at++
		}
		s.buckets[at]++
	}
}

// maxValueBytes bounds a value of an attribute.
const maxValueBytes = 200

// bounded shortens values, and leaves out those beyond the bound of their attribute.
func (r *registry) bounded(k key) key {
	for i, v := range k.values[:tokenType] {
		if v = shortened(v); v != "" && !r.seen[i][v] {
			if len(r.seen[i]) >= r.maxValues {
				v, k.overflow = "", true
			} else {
				r.seen[i][v] = true
			}
		}
		k.values[i] = v
	}
	return k
}

func shortened(v string) string {
	v = strings.ToValidUTF8(v, "\uFFFD")
	if len(v) <= maxValueBytes {
		return v
	}
	end := maxValueBytes
	for !utf8.RuneStart(v[end]) {
		end--
	}
	return v[:end]
}

// expire forgets series of which nothing came for long since their values were handed on, and the values of attributes that only they had.
func (r *registry) expire(now time.Time) {
	gone := false
	for _, m := range r.metrics() {
		for k, s := range m.series {
			if s.stage == withValues && now.Sub(s.last) >= r.expireAfter {
				delete(m.series, k)
				gone = true
			}
		}
	}
	if !gone {
		return
	}
	for i := range r.seen {
		clear(r.seen[i])
	}
	for _, m := range r.metrics() {
		for k := range m.series {
			for i, v := range k.values[:tokenType] {
				if v != "" {
					r.seen[i][v] = true
				}
			}
		}
	}
}
