package runs

import (
	"math"
	"strings"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// fill gives a run its name, params, metrics, tags and artifacts. The order is
// the precedence: rules, the span's own mlflow.run attributes, those of folded
// spans, standard metrics, and last the defaults.
func (d *draft) fill() (name string) {
	name = d.name()
	d.tag(mlflowattr.TraceIDTag, d.tree.id) // first, as delivery finds runs by them
	d.tag(mlflowattr.SpanIDTag, d.node.id)
	d.byRule()
	d.steer(d.node)
	for _, n := range d.folded {
		d.steer(n)
	}
	if d.node.failed {
		d.tag("error", d.node.reason)
	}
	d.standards()
	if d.node.rule == nil || !d.node.rule.NoDefaults {
		d.settings()
		d.own()
		d.content()
		if name != mend(d.node.pb.GetName()) {
			d.tag("span_name", d.node.pb.GetName())
		}
	}
	return name
}

// name of the run: by rule, by the span, else the span's name without ids.
func (d *draft) name() string {
	n := d.node
	if n.rule != nil && n.rule.Name != "" {
		if s := d.expand(n.rule.Name); s != "" {
			return s
		}
	}
	if v, ok := n.attribute(string(mlflowattr.RunNameKey)); ok {
		if s := strings.TrimSpace(word(v)); s != "" {
			s, _ = cutRunes(s, maxKey)
			return s
		}
	}
	return stableName(n.pb.GetName())
}

// expand replaces {attribute.key} in a rule's name. An attribute that the span
// lacks leaves "unknown" and a note.
func (d *draft) expand(pattern string) string {
	var sb strings.Builder
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		sb.WriteString(before)
		if !ok {
			break
		}
		key, after, ok := strings.Cut(rest, "}")
		if !ok {
			sb.WriteString("{" + rest)
			break
		}
		if v, found := d.lookup(key); found && strings.TrimSpace(word(v)) != "" {
			sb.WriteString(strings.TrimSpace(word(v)))
		} else {
			sb.WriteString("unknown")
			d.note("run name %q: span %q has no attribute %q", d.node.rule.Name, d.node.pb.GetName(), key)
		}
		pattern = after
	}
	s, _ := cutRunes(strings.TrimSpace(sb.String()), maxKey)
	return s
}

// lookup finds an attribute for a rule: on the span, on its resource, or on
// the spans folded into the run. trace.id, span.id and span.name always exist.
func (d *draft) lookup(key string) (any, bool) {
	switch key {
	case "trace.id":
		return d.tree.id, true
	case "span.id":
		return d.node.id, true
	case "span.name":
		return mend(d.node.pb.GetName()), true
	}
	if v, ok := d.node.attribute(key); ok {
		return v, true
	}
	if v, ok := d.node.resource[key]; ok {
		return v, true
	}
	for _, n := range d.folded {
		if v, ok := n.attribute(key); ok && n.same == nil {
			return v, true
		}
	}
	return nil, false
}

func (d *draft) byRule() {
	r := d.node.rule
	if r == nil {
		return
	}
	for _, k := range sortedKeys(r.Params) {
		if v, ok := d.lookup(r.Params[k]); ok {
			d.param(k, word(v))
		}
	}
	for _, k := range sortedKeys(r.Tags) {
		if v, ok := d.lookup(r.Tags[k]); ok {
			d.tag(k, word(v))
		}
	}
	for _, k := range sortedKeys(r.Set) {
		d.tag(k, r.Set[k])
	}
	for _, k := range sortedKeys(r.Metrics) {
		if v, ok := d.lookup(r.Metrics[k]); ok {
			d.measure(k, v, d.node)
		}
	}
	for _, k := range sortedKeys(r.Artifacts) {
		if v, ok := d.lookup(r.Artifacts[k]); ok {
			d.steered(k, v)
		}
	}
}

// measure adds a metric of any value: numbers, bools as 0 and 1, and what is
// no number at all as a tag.
func (d *draft) measure(name string, v any, n *node) {
	if b, ok := v.(bool); ok {
		v = int64(0)
		if b {
			v = int64(1)
		}
	}
	f, ok := number(v)
	if !ok {
		if yes, isBool := boolean(v); isBool {
			f = map[bool]float64{true: 1}[yes]
		} else {
			d.note("metric %q of span %q is no number and kept as a tag", name, n.pb.GetName())
			d.tag(name, word(v))
			return
		}
	}
	d.metric(name, f, n.endTime(), 0)
}

// steered adds an artifact that someone named. An empty one is left out: no
// gate failures, no gate_failures.txt.
func (d *draft) steered(path string, v any) {
	if empty(v) {
		return
	}
	if d.fileNames.given[path] != "" {
		return
	}
	if s, ok := v.(string); ok && strings.HasSuffix(strings.ToLower(path), ".json") {
		if obj := structured(s); !isText(obj) {
			d.file(path, []byte(s))
			return
		}
	}
	d.fileOf(path, v)
}

func isText(v any) bool { _, ok := v.(string); return ok }

// steer reads the mlflow.run vocabulary of one span, and its metric and
// evaluation events.
func (d *draft) steer(n *node) {
	for _, kv := range n.steering() {
		switch key := kv.key; {
		case strings.HasPrefix(key, mlflowattr.TagPrefix):
			d.tag(key[len(mlflowattr.TagPrefix):], word(kv.value))
		case strings.HasPrefix(key, mlflowattr.ParamPrefix):
			d.param(key[len(mlflowattr.ParamPrefix):], word(kv.value))
		case strings.HasPrefix(key, mlflowattr.MetricPrefix):
			d.measure(key[len(mlflowattr.MetricPrefix):], kv.value, n)
		case strings.HasPrefix(key, mlflowattr.ArtifactPrefix):
			d.steered(key[len(mlflowattr.ArtifactPrefix):], kv.value)
		}
	}
	for _, e := range sortedEvents(n.pb.GetEvents()) {
		switch e.GetName() {
		case mlflowattr.MetricEventName:
			d.point(n, attributesOf(e.GetAttributes()), unix(e.GetTimeUnixNano()))
		case evaluationEvent:
			a := attributesOf(e.GetAttributes())
			if v, ok := number(a["gen_ai.evaluation.score.value"]); ok {
				d.metric(word(a["gen_ai.evaluation.name"]), v, n.endTime(), 0)
			}
		}
	}
}

// standards adds the metrics that every run has, summed over the run's whole
// subtree, nested runs included, so that a parent shows the whole job.
func (d *draft) standards() {
	n, sum := d.node, d.node.total
	end := n.endTime()
	seconds := end.Sub(unix(n.start)).Seconds()
	d.standard("latency_seconds", math.Max(0, seconds))
	add := func(name string, v float64, when bool) {
		if when {
			d.standard(name, v)
		}
	}
	split := sum.usage.input+sum.usage.output > 0 // some agents tell only a total
	add("input_tokens", float64(sum.usage.input), sum.usageKnown && split)
	add("output_tokens", float64(sum.usage.output), sum.usageKnown && split)
	add("total_tokens", float64(sum.usage.total), sum.usageKnown)
	add("cached_input_tokens", float64(sum.usage.cached), sum.usage.cached > 0)
	add("cache_creation_input_tokens", float64(sum.usage.written), sum.usage.written > 0)
	add("reasoning_tokens", float64(sum.usage.reasoning), sum.usage.reasoning > 0)
	add("llm_call_count", float64(sum.calls), sum.calls > 0)
	add("tool_call_count", float64(sum.tools), sum.tools > 0)
	add("embedding_call_count", float64(sum.embeddings), sum.embeddings > 0)
	add("embedding_tokens", float64(sum.embedded), sum.embedded > 0)
	add("error_count", float64(sum.errors), sum.errors > 0)
	add("total_cost_usd", sum.cost, sum.hasCost)
}

// sections adds to a parent run what MLflow groups by the part before the
// slash: one latency a stage, tokens and cost.
func (d *draft) sections(nested []*draft) {
	spent := map[string]float64{}
	var stages []string
	for _, k := range nested {
		stage := k.tags.values["stage"]
		if stage == "" {
			stage = stableName(k.node.pb.GetName())
		}
		stage = strings.ReplaceAll(stage, "/", "_")
		if _, seen := spent[stage]; !seen {
			stages = append(stages, stage)
		}
		spent[stage] += math.Max(0, k.node.endTime().Sub(unix(k.node.start)).Seconds())
	}
	for _, stage := range stages {
		d.standard("latency/"+stage, spent[stage])
	}
	if d.node.total.errors == 0 {
		d.standard("error_count", 0) // a job that went well says so
	}
	if sum := d.node.total; sum.usageKnown && sum.usage.input+sum.usage.output > 0 {
		d.standard("tokens/input", float64(sum.usage.input))
		d.standard("tokens/output", float64(sum.usage.output))
	}
	if sum := d.node.total; sum.hasCost {
		d.standard("cost/total_usd", sum.cost)
	}
}
