package draft

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/rule"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// sheet holds what a run has so far, within MLflow's bounds. The first value of a
// param or tag stays; metrics collect points; a file of a taken name gets another.
type sheet struct {
	limits rule.Limits
	notes  *notes.Notes

	params, tags shelf
	metrics      map[string][]Metric
	seen         map[Metric]bool // the points of all of them
	metricNames  names
	points       int // metrics that were bounded, standard ones apart
	files        map[string][]byte
	fileNames    names
	fileTried    map[string]int // the number that was tried last for a path that is taken

	overflow map[string]any // for attributes.json
	further  []any          // metrics beyond the bound, for metrics.json
}

// shelf holds params or tags.
type shelf struct {
	what        string // "param" or "tag", for notes
	most, chars int    // bounds: entries, and characters of one
	values      map[string]string
	names       names
}

// newSheet makes an empty sheet, whose maps are made when something comes in: many runs
// have no params or files.
func newSheet(limits rule.Limits, n *notes.Notes) sheet {
	return sheet{
		limits: limits, notes: n,
		params: shelf{what: "param", most: limits.Params, chars: limits.ParamChars},
		tags:   shelf{what: "tag", most: limits.Tags, chars: limits.TagChars},
	}
}

// names maps what was asked for to the key it got, and remembers taken keys.
type names struct {
	given map[string]string
	taken map[string]bool
	last  map[string]int // the number that was tried last for a key that is taken
}

// has reports whether a key was given out for the name.
func (n *names) has(name string) bool {
	_, ok := n.given[name]
	return ok
}

// key gives the key of a name, or the path of a file's name, as MLflow takes it. Two
// names that would get the same one are kept apart by a number.
func (n *names) key(name string, path bool) string {
	if k, ok := n.given[name]; ok {
		return k
	}
	if n.given == nil {
		n.given, n.taken, n.last = map[string]string{}, map[string]bool{}, map[string]int{}
	}
	clean := naming.Key
	if path {
		clean = naming.Path
	}
	k := n.free(clean(name), path)
	n.given[name], n.taken[k] = k, true
	return k
}

// free gives a key that is not taken: the one asked for, or that with a number. Where many
// names get one key, each search goes on where the last one ended.
func (n *names) free(asked string, path bool) string {
	k := asked
	for i := max(2, n.last[asked]+1); n.taken[k]; i++ {
		k, n.last[asked] = naming.Numbered(asked, i, path), i
	}
	return k
}

// param sets a param unless there is one of that name.
func (s *sheet) param(name string, v any) { s.put(&s.params, name, v) }

// tag sets a tag unless there is one of that name.
func (s *sheet) tag(name string, v any) { s.put(&s.tags, name, v) }

// put sets an entry of a shelf unless it is there already. A value that says
// nothing is none. What is too much goes to attributes.json, what is too long to a
// file of its own.
func (s *sheet) put(to *shelf, name string, v any) {
	text := otlp.ValidText(value.Text(v))
	if name == "" || text == "" || to.names.has(name) {
		return
	}
	if reserved(name) {
		s.notes.Add("%s %q is set by the delivery and was left out", to.what, name)
		return
	}
	if len(to.values) >= to.most {
		s.spill(name, v)
		s.notes.Add("more than %d %ss: the rest is in attributes.json", to.most, to.what)
		return
	}
	key := to.names.key(name, false)
	if key != name {
		s.notes.Add("%s %q is named %q, as MLflow takes no other characters", to.what, name, key)
	}
	if to.values == nil {
		to.values = map[string]string{}
	}
	to.values[key] = s.shortened(to, key, text)
}

// shortened keeps a value within a shelf's bound. The whole value goes to a file,
// which a mark at the end names.
func (s *sheet) shortened(to *shelf, key, text string) string {
	short, cut := value.Cut(text, to.chars)
	if !cut {
		return text
	}
	path := "values/" + naming.Path(key) + ".txt"
	if string(s.files[path]) != text {
		path = s.file(path, []byte(text))
	}
	mark := fmt.Sprintf("… (shortened, whole value in artifact %s)", path)
	short, _ = value.Cut(short, max(0, to.chars-len([]rune(mark))))
	s.notes.Add("%s %q is shortened, its whole value is in artifact %s", to.what, key, path)
	return short + mark
}

// reserved reports whether a key links runs, so that only delivery may write it.
func reserved(name string) bool {
	switch name {
	case "mlflow.parentRunId", "mlflow.rootRunId", "mlflow.runName":
		return true
	}
	return false
}

// spill keeps an attribute that found no better place, for attributes.json.
func (s *sheet) spill(name string, v any) {
	if s.overflow == nil {
		s.overflow = map[string]any{}
	}
	s.overflow[name] = v
}

// metric adds a point, within the run's bound. What MLflow or JSON cannot hold as a
// number becomes a tag of the same name.
func (s *sheet) metric(name string, v float64, at time.Time, step int64) {
	if name == "" {
		return
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		s.tag(name, value.FormatFloat(v))
		s.notes.Add("metric %q is %s and kept as a tag", name, value.FormatFloat(v))
		return
	}
	if s.points >= s.limits.Metrics {
		s.further = append(s.further, map[string]any{"key": name, "value": v, "time": at.Format(tree.TimeLayout), "step": step})
		s.notes.Add("more than %d metrics: the rest is in metrics.json", s.limits.Metrics)
		return
	}
	s.points++
	s.addPoint(name, v, at, step)
}

// metricOnce adds a point unless the run has a metric of that name already.
func (s *sheet) metricOnce(name string, v float64, at time.Time) {
	if !s.metricNames.has(name) {
		s.metric(name, v, at, 0)
	}
}

// standardMetric is metricOnce without the bound: there are few standard metrics,
// and they must never miss out.
func (s *sheet) standardMetric(name string, v float64, at time.Time) {
	if !s.metricNames.has(name) {
		s.addPoint(name, v, at, 0)
	}
}

// addPoint adds a point whatever the bound, unless the very same is there.
func (s *sheet) addPoint(name string, v float64, at time.Time, step int64) {
	key := s.metricNames.key(name, false)
	if key != name {
		s.notes.Add("metric %q is named %q, as MLflow takes no other characters", name, key)
	}
	if s.metrics == nil {
		s.metrics, s.seen = map[string][]Metric{}, map[Metric]bool{}
	}
	m := Metric{Key: key, Value: v, Time: at, Step: step}
	if !s.seen[m] {
		s.seen[m] = true
		s.metrics[key] = append(s.metrics[key], m)
	}
}

// hasFile reports whether a file was added under that path.
func (s *sheet) hasFile(path string) bool { return s.fileNames.has(path) }

// file adds an artifact and gives the path it got: another one when the path is
// taken, and one that says so when the file had to be cut.
func (s *sheet) file(path string, body []byte) string {
	name := path
	for i := max(2, s.fileTried[path]+1); s.hasFile(name); i++ {
		if s.fileTried == nil {
			s.fileTried = map[string]int{}
		}
		name, s.fileTried[path] = naming.Numbered(path, i, true), i
	}
	if most := s.limits.ArtifactBytes; len(body) > most {
		s.notes.Add("artifact %q of %d bytes is cut at %d", path, len(body), most)
		mark := "\n… (cut here, the whole value is in the trace)\n"
		body = append([]byte(strings.ToValidUTF8(string(body[:max(0, most-len(mark))]), "")), mark...)
		name += ".cut.txt"
	}
	key := s.fileNames.key(name, true)
	if s.files == nil {
		s.files = map[string][]byte{}
	}
	s.files[key] = body
	return key
}

// jsonFile adds an artifact of a value as JSON for people to read.
func (s *sheet) jsonFile(path string, v any) { s.file(path, value.PrettyJSON(v)) }

// writeOverflow writes what found no other place. It may be called again when more
// came in.
func (s *sheet) writeOverflow() {
	if len(s.overflow) > 0 {
		s.jsonFile("attributes.json", s.overflow)
		s.overflow = nil
	}
	if len(s.further) > 0 {
		s.jsonFile("metrics.json", s.further)
		s.further = nil
	}
}
