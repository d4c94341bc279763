package runs

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// draft is a run in the making. It keeps MLflow's rules about keys, lengths
// and numbers; what does not fit goes to an artifact and a note, so that
// nothing is dropped. What is set first stays.
type draft struct {
	node  *node
	tree  *tree
	title string

	params, tags shelf
	metrics      map[string][]Metric
	metricNames  names
	files        map[string][]byte
	fileNames    names
	overflow     map[string]any // for attributes.json
	points       int            // metrics so far, standard ones apart
	further      []any          // metrics beyond the bound, for metrics.json

	folded []*node
}

// shelf holds params or tags.
type shelf struct {
	values map[string]string
	names  names
}

// names maps what was asked for to the key it got, and remembers taken keys.
type names struct {
	given map[string]string
	taken map[string]bool
}

// key cleans a name and keeps two names apart that clean to the same key.
func (n *names) key(name string, path bool) string {
	if k, ok := n.given[name]; ok {
		return k
	}
	if n.given == nil {
		n.given, n.taken = map[string]string{}, map[string]bool{}
	}
	clean := cleanKey(name)
	if path {
		clean = cleanPath(name)
	}
	k := clean
	for i := 2; n.taken[k]; i++ {
		k = numbered(clean, i, path)
	}
	n.given[name], n.taken[k] = k, true
	return k
}

func (d *draft) note(format string, args ...any) { d.tree.notes.add(format, args...) }

// cutMark ends a value that was shortened.
const cutMark = "… (shortened, whole value in artifact %s)"

func (d *draft) param(name string, v any) {
	l := d.tree.rules.limits()
	d.put(&d.params, "param", name, v, l.Params, l.ParamChars)
}

func (d *draft) tag(name string, v any) {
	l := d.tree.rules.limits()
	d.put(&d.tags, "tag", name, v, l.Tags, l.TagChars)
}

func (d *draft) put(s *shelf, sort, name string, v any, most, chars int) {
	value := mend(text(v))
	if name == "" || value == "" {
		return
	}
	if _, have := s.names.given[name]; have {
		return
	}
	if reservedTag(name) {
		d.note("%s %q is set by the delivery and was left out", sort, name)
		return
	}
	if len(s.values) >= most {
		d.spill(name, v)
		d.note("more than %d %ss: the rest is in attributes.json", most, sort)
		return
	}
	key := s.names.key(name, false)
	if key != name {
		d.note("%s %q is named %q, as MLflow takes no other characters", sort, name, key)
	}
	if s.values == nil {
		s.values = map[string]string{}
	}
	if short, cut := cutRunes(value, chars); cut {
		path := "values/" + cleanPath(key) + ".txt"
		if string(d.files[path]) != value {
			path = d.file(path, []byte(value))
		}
		mark := strings.Replace(cutMark, "%s", path, 1)
		short, _ = cutRunes(short, max(0, chars-len([]rune(mark))))
		d.note("%s %q is shortened, its whole value is in artifact %s", sort, key, path)
		value = short + mark
	}
	s.values[key] = value
}

// reservedTag tells keys that link runs, which only delivery may write.
func reservedTag(name string) bool {
	switch name {
	case "mlflow.parentRunId", "mlflow.rootRunId", "mlflow.runName":
		return true
	}
	return false
}

// spill keeps an attribute that found no better place.
func (d *draft) spill(name string, v any) {
	if d.overflow == nil {
		d.overflow = map[string]any{}
	}
	d.overflow[name] = v
}

// metric adds a point, within the run's bound. What MLflow or JSON cannot hold as a number becomes a
// tag of the same name.
func (d *draft) metric(name string, v float64, at time.Time, step int64) {
	if name == "" {
		return
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		d.tag(name, formatFloat(v))
		d.note("metric %q is %s and kept as a tag", name, formatFloat(v))
		return
	}
	if most := d.tree.rules.limits().Metrics; d.points >= most {
		d.further = append(d.further, map[string]any{"key": name, "value": v, "time": stamp(at), "step": step})
		d.note("more than %d metrics: the rest is in metrics.json", most)
		return
	}
	d.points++
	d.measured(name, v, at, step)
}

// measured adds a point whatever the bound.
func (d *draft) measured(name string, v float64, at time.Time, step int64) {
	key := d.metricNames.key(name, false)
	if key != name {
		d.note("metric %q is named %q, as MLflow takes no other characters", name, key)
	}
	if d.metrics == nil {
		d.metrics = map[string][]Metric{}
	}
	m := Metric{Key: key, Value: v, Time: at, Step: step}
	if !slices.Contains(d.metrics[key], m) {
		d.metrics[key] = append(d.metrics[key], m)
	}
}

// standard adds a metric unless the run has one of that name already. There
// are few of them, so that they need no bound and never miss out.
func (d *draft) standard(name string, v float64) {
	if _, have := d.metricNames.given[name]; !have {
		d.measured(name, v, d.node.endTime(), 0)
	}
}

// file adds an artifact and gives the path it got.
func (d *draft) file(path string, body []byte) string {
	name := path
	for i := 2; d.fileNames.given[name] != ""; i++ {
		name = numbered(path, i, true)
	}
	most := d.tree.rules.limits().ArtifactBytes
	if len(body) > most {
		d.note("artifact %q of %d bytes is cut at %d", path, len(body), most)
		mark := "\n… (cut here, the whole value is in the trace)\n"
		body = append([]byte(strings.ToValidUTF8(string(body[:max(0, most-len(mark))]), "")), mark...)
		name += ".cut.txt"
	}
	key := d.fileNames.key(name, true)
	if d.files == nil {
		d.files = map[string][]byte{}
	}
	d.files[key] = body
	return key
}

// fileOf adds an artifact of a value: text as it is, anything else as JSON.
func (d *draft) fileOf(path string, v any) {
	if s, ok := v.(string); ok {
		d.file(path, []byte(mend(s)))
		return
	}
	if b, ok := v.([]byte); ok {
		d.file(path, b)
		return
	}
	d.file(path, prettyJSON(v))
}

// seal writes what found no other place.
func (d *draft) seal() {
	if len(d.overflow) > 0 {
		d.file("attributes.json", prettyJSON(d.overflow))
		d.overflow = nil
	}
	if len(d.further) > 0 {
		d.file("metrics.json", prettyJSON(d.further))
		d.further = nil
	}
}

// finish makes the run of the draft.
func (d *draft) finish(parent string) Run {
	d.seal()
	r := Run{
		SpanID: d.node.id, ParentSpanID: parent, Status: d.node.status(),
		Start: unix(d.node.start), End: d.node.endTime(),
		Params: d.params.values, Tags: d.tags.values,
	}
	if r.Params == nil {
		r.Params = map[string]string{}
	}
	if r.Tags == nil {
		r.Tags = map[string]string{}
	}
	for _, key := range sortedKeys(d.metrics) {
		points := d.metrics[key]
		slices.SortStableFunc(points, func(a, b Metric) int {
			return cmp.Or(cmp.Compare(a.Step, b.Step), a.Time.Compare(b.Time), cmp.Compare(a.Value, b.Value))
		})
		r.Metrics = append(r.Metrics, points...)
	}
	for _, path := range sortedKeys(d.files) {
		r.Artifacts = append(r.Artifacts, Artifact{Path: path, Body: d.files[path]})
	}
	return r
}

func unix(ns uint64) time.Time {
	if ns > math.MaxInt64 {
		ns = math.MaxInt64
	}
	return time.Unix(0, int64(ns)).UTC()
}

// endTime is the end of the span. A span that never ended ends with the last
// thing known to have happened in it.
func (n *node) endTime() time.Time {
	if n.unfinished {
		return unix(n.last)
	}
	return unix(n.end)
}

func (n *node) status() Status {
	switch {
	case n.unfinished:
		return Killed
	case n.failed:
		return Failed
	}
	return Finished
}
