package draft

import (
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// fillByRule takes what the run's rule names.
func (d *Draft) fillByRule() {
	r := d.run.Rule
	if r == nil {
		return
	}
	each := func(fields map[string]string, set func(name string, v any)) {
		for _, name := range value.SortedKeys(fields) {
			if v, ok := d.lookup(fields[name]); ok {
				set(name, v)
			}
		}
	}
	each(r.Params, func(name string, v any) { d.param(name, value.Word(v)) })
	each(r.Tags, func(name string, v any) { d.tag(name, value.Word(v)) })
	for _, name := range value.SortedKeys(r.Set) {
		d.tag(name, r.Set[name])
	}
	each(r.Metrics, func(name string, v any) { d.namedMetric(name, v, d.run.Span) })
	each(r.Artifacts, d.namedArtifact)
}

// namedMetric adds a metric of any value: numbers, bools as 0 and 1, and what is no
// number at all as a tag.
func (d *Draft) namedMetric(name string, v any, s *tree.Span) {
	n, ok := number(v)
	if !ok {
		d.notes.Add("metric %q of span %q is no number and kept as a tag", name, s.PB.GetName())
		d.tag(name, value.Word(v))
		return
	}
	d.metric(name, n, d.Tally.End(s), 0)
}

// number reads a number or a bool.
func number(v any) (float64, bool) {
	if n, ok := value.Number(v); ok {
		return n, true
	}
	yes, ok := value.Bool(v)
	if yes {
		return 1, ok
	}
	return 0, ok
}

// namedArtifact adds an artifact that someone named. An empty one is left out: no
// gate failures, no gate_failures.txt. Text, JSON or not, and bytes are written as
// they are.
func (d *Draft) namedArtifact(path string, v any) {
	if value.Empty(v) || d.hasFile(path) {
		return
	}
	switch x := v.(type) {
	case string:
		d.file(path, []byte(otlp.ValidText(x)))
	case []byte:
		d.file(path, x)
	default:
		d.jsonFile(path, v)
	}
}

// fillBySpan takes what one span says about its run: its mlflow.run attributes, and
// its metric and evaluation events.
func (d *Draft) fillBySpan(s *tree.Span) {
	words := steering(s)
	for _, key := range value.SortedKeys(words) {
		v := words[key]
		switch {
		case strings.HasPrefix(key, mlflowattr.TagPrefix):
			d.tag(key[len(mlflowattr.TagPrefix):], value.Word(v))
		case strings.HasPrefix(key, mlflowattr.ParamPrefix):
			d.param(key[len(mlflowattr.ParamPrefix):], value.Word(v))
		case strings.HasPrefix(key, mlflowattr.MetricPrefix):
			d.namedMetric(key[len(mlflowattr.MetricPrefix):], v, s)
		case strings.HasPrefix(key, mlflowattr.ArtifactPrefix):
			d.namedArtifact(key[len(mlflowattr.ArtifactPrefix):], v)
		}
	}
	for _, e := range dialect.SortedEvents(s.PB.GetEvents()) {
		switch e.GetName() {
		case mlflowattr.MetricEventName:
			d.addEventPoint(s, value.Attributes(e.GetAttributes()), tree.Time(e.GetTimeUnixNano()))
		case dialect.EvaluationEvent:
			a := value.Attributes(e.GetAttributes())
			if v, ok := value.Number(a["gen_ai.evaluation.score.value"]); ok {
				d.metric(value.Word(a["gen_ai.evaluation.name"]), v, d.Tally.End(s), 0)
			}
		}
	}
}

// steering gives the mlflow.run.* attributes of a span under their whole names, also
// those that reading puts together because of a numeric part.
func steering(s *tree.Span) map[string]any {
	var words map[string]any
	for _, kv := range s.PB.GetAttributes() {
		if key := otlp.ValidText(kv.GetKey()); strings.HasPrefix(key, string(mlflowattr.RunKey)+".") {
			if words == nil {
				words = map[string]any{}
			}
			words[key] = value.Decode(kv.GetValue())
		}
	}
	return words
}

// maxStep bounds the step of a metric, either way: float64, which carries it in some
// languages, is exact up to there.
const maxStep = 1e15

// addEventPoint adds one point of a series, as an mlflow.metric event has it.
func (d *Draft) addEventPoint(s *tree.Span, a map[string]any, at time.Time) {
	key := strings.TrimSpace(value.Word(a[string(mlflowattr.MetricEventKeyKey)]))
	v, ok := value.Number(a[string(mlflowattr.MetricEventValueKey)])
	if key == "" || !ok {
		d.notes.Add("event %s of span %q needs a key and a numeric value", mlflowattr.MetricEventName, s.PB.GetName())
		return
	}
	step, _ := value.Number(a[string(mlflowattr.MetricEventStepKey)])
	d.metric(key, v, at, int64(max(-maxStep, min(maxStep, step))))
}
