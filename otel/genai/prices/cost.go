package prices

import (
	"slices"
	"time"
)

// Call is what is known of one call of a model; empty fields are not known.
type Call struct {
	Provider    string // gen_ai.provider.name, or what an older instrumentation says for it
	Server      string // host of the server that was asked
	Answered    string // the model that answered
	Asked       string // the model that was asked for
	ServiceTier string // of the answer, where the vendor has several
	// Time is when the call began: where a price changed, the day of it, in UTC, says which one counts. It is the call's own and
	// never the present, so that a call that is looked at later costs the same. Without one, a model whose price changed has no cost.
	Time  time.Time
	Usage Usage
}

// Usage is the tokens of one call. Parts that are more than their whole, and numbers below zero, are taken as the nearest
// that can be.
type Usage struct {
	Input       int64 // with what was read from the provider's cache and written to it
	CachedInput int64 // of Input: read from the cache
	CacheWrite  int64 // of Input: written to it
	Output      int64 // with reasoning
	Reasoning   int64 // of Output
}

// Cost is what a call costs by list, in US dollars.
type Cost struct {
	Input, Output float64
	// Source says whose prices they are, and as of which day: "openai 2026-11-20"; of one's own file its source, else its name.
	// Of a price that changed it says since when it holds: "google 2026-11-20 (from 2026-12-01)".
	Source string
}

// Total is the cost of input and output.
func (c Cost) Total() float64 { return c.Input + c.Output }

// Cost returns what a call costs, and whether that is known.
func (t *Table) Cost(c Call) (Cost, bool) {
	switch fold(c.ServiceTier) {
	case "", "auto", "default", "standard", "standard_only", "on_demand":
	default:
		return Cost{}, false
	}
	on := day(c.Time)
	e, ok := t.find(c, on)
	if !ok {
		return Cost{}, false
	}
	p, ok := e.on(on)
	if !ok {
		return Cost{}, false
	}
	input, output := p.of(c.Usage)
	source := e.source
	if p.from != "" {
		source += " (from " + p.from + ")"
	}
	return Cost{Input: input, Output: output, Source: source}, true
}

// day returns the day of a time as prices have it, "" where there is none. Days of four digits sort as their texts do.
func day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.DateOnly)
}

// on returns the price that holds on a day. Before the first there is none, and on an unknown day only one that never changed.
func (e entry) on(day string) (price, bool) {
	if day == "" && len(e.prices) > 1 {
		return price{}, false
	}
	for _, p := range slices.Backward(e.prices) {
		if p.from <= day {
			return p, true
		}
	}
	return price{}, false
}

// of multiplies.
func (p price) of(u Usage) (input, output float64) {
	in, out := max(u.Input, 0), max(u.Output, 0)
	cached := min(max(u.CachedInput, 0), in)
	written := min(max(u.CacheWrite, 0), in-cached)
	reasoning := min(max(u.Reasoning, 0), out)
	for _, t := range p.above {
		if in > t.tokens {
			p = p.within(t)
		}
	}
	const million = 1e6
	input = float64(in-cached-written)*p.input + float64(cached)*or(p.cachedInput, p.input) + float64(written)*or(p.cacheWrite, p.input)
	output = float64(out-reasoning)*p.output + float64(reasoning)*or(p.reasoning, p.output)
	return input / million, output / million
}

// within returns the prices of a tier.
func (p price) within(t tier) price {
	p.input, p.output = or(t.input, p.input), or(t.output, p.output)
	for _, part := range []struct {
		own  **float64
		tier *float64
	}{{&p.cachedInput, t.cachedInput}, {&p.cacheWrite, t.cacheWrite}, {&p.reasoning, t.reasoning}} {
		if part.tier != nil {
			*part.own = part.tier
		}
	}
	return p
}

func (p price) equal(q price) bool {
	return p.input == q.input && p.output == q.output && same(p.cachedInput, q.cachedInput) && same(p.cacheWrite, q.cacheWrite) &&
		same(p.reasoning, q.reasoning) && slices.EqualFunc(p.above, q.above, func(a, b tier) bool {
		return a.tokens == b.tokens && same(a.input, b.input) && same(a.output, b.output) && same(a.cachedInput, b.cachedInput) &&
			same(a.cacheWrite, b.cacheWrite) && same(a.reasoning, b.reasoning)
	})
}

func same(a, b *float64) bool { return a == b || a != nil && b != nil && *a == *b }

func or(given *float64, fallback float64) float64 {
	if given != nil {
		return *given
	}
	return fallback
}
