package draft

import (
	"math"
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
)

// addStandardMetrics adds the metrics that every run has, summed over the run's
// whole subtree, nested runs included, so that a parent shows the whole job. What
// there is none of has no metric.
func (d *Draft) addStandardMetrics() {
	s := d.run.Span
	sum := d.Tally.Of(s).Total
	end := d.Tally.End(s)
	d.standardMetric("latency_seconds", d.Tally.Seconds(s), end)
	for _, m := range []struct {
		name  string
		value float64
		known bool
	}{
		{"input_tokens", float64(sum.Usage.Input), sum.UsageKnown && sum.Usage.Split()},
		{"output_tokens", float64(sum.Usage.Output), sum.UsageKnown && sum.Usage.Split()},
		{"total_tokens", float64(sum.Usage.Total), sum.UsageKnown},
		{"cached_input_tokens", float64(sum.Usage.Cached), sum.Usage.Cached > 0},
		{"cache_creation_input_tokens", float64(sum.Usage.Written), sum.Usage.Written > 0},
		{"reasoning_tokens", float64(sum.Usage.Reasoning), sum.Usage.Reasoning > 0},
		{"llm_call_count", float64(sum.Calls), sum.Calls > 0},
		{"tool_call_count", float64(sum.ToolCalls), sum.ToolCalls > 0},
		{"embedding_call_count", float64(sum.EmbeddingCalls), sum.EmbeddingCalls > 0},
		{"embedding_tokens", float64(sum.EmbeddingTokens), sum.EmbeddingTokens > 0},
		{"error_count", float64(sum.Errors), sum.Errors > 0},
		{"total_cost_usd", dollars(sum.Cost), sum.CostKnown},
	} {
		if m.known {
			d.standardMetric(m.name, m.value, end)
		}
	}
	if len(sum.Lists) > 0 { // not the program's own word, or not all of it
		d.tag("cost_source", count.Listing(sum.Lists))
	}
}

// addSections adds to a parent run what MLflow groups by the part before the slash:
// one latency a stage, tokens and cost. Stages are the nested runs, by their tag
// stage or their span's name.
func (d *Draft) addSections(nested []*Draft) {
	end := d.Tally.End(d.run.Span)
	spent := map[string]float64{}
	var stages []string
	for _, k := range nested {
		stage := k.tags.values["stage"]
		if stage == "" {
			stage = naming.Stable(k.run.Span.PB.GetName())
		}
		stage = strings.ReplaceAll(stage, "/", "_")
		if _, seen := spent[stage]; !seen {
			stages = append(stages, stage)
		}
		spent[stage] += d.Tally.Seconds(k.run.Span)
	}
	for _, stage := range stages {
		d.standardMetric("latency/"+stage, math.Round(spent[stage]*1e9)/1e9, end) // whole nanoseconds, as the times that it sums
	}
	sum := d.Tally.Of(d.run.Span).Total
	if sum.Errors == 0 {
		d.standardMetric("error_count", 0, end) // a job that went well says so
	}
	if sum.UsageKnown && sum.Usage.Split() {
		d.standardMetric("tokens/input", float64(sum.Usage.Input), end)
		d.standardMetric("tokens/output", float64(sum.Usage.Output), end)
	}
	if sum.CostKnown {
		d.standardMetric("cost/total_usd", dollars(sum.Cost), end)
	}
}

// dollars leaves the digits that a price has: a sum of such fractions is 0.000039500000000000005
// where people add up 0.0000395. A millionth of a token's millionth counts in no bill.
func dollars(usd float64) float64 { return math.Round(usd*1e12) / 1e12 }
