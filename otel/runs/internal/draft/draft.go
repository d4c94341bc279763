package draft

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/choose"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/summary"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Draft is a run in the making.
type Draft struct {
	sheet
	Input
	run   *choose.Run
	above *Draft // the draft of the run it is nested in
	title string
}

// fill asks all who have something to say about the run. Of each name the first
// word stays, so that the order is the precedence: what delivery finds runs by, the
// rules, the span's own mlflow.run attributes, those of folded spans, the standard
// metrics, and last the defaults.
func (d *Draft) fill() {
	s := d.run.Span
	d.title = d.name()
	d.tag(mlflowattr.TraceIDTag, d.Tree.ID.String())
	d.tag(mlflowattr.SpanIDTag, s.ID.String())
	d.fillByRule()
	for member := range d.run.Spans() {
		d.fillBySpan(member)
	}
	if s.Failed {
		d.tag("error", d.Tally.Of(s).Reason)
	}
	d.addStandardMetrics()
	if d.run.Rule != nil && d.run.Rule.NoDefaults {
		return
	}
	d.addLosses()
	d.addSettings()
	d.addAttributes()
	d.addContent()
	if d.title != s.Name() {
		d.tag("span_name", s.PB.GetName())
	}
}

// name of the run: by rule, by the span, else as package summary titles the span.
func (d *Draft) name() string {
	s := d.run.Span
	if d.run.Rule != nil && d.run.Rule.Name != "" {
		if name := d.expand(d.run.Rule.Name); name != "" {
			return name
		}
	}
	if v, ok := s.Attribute(string(mlflowattr.RunNameKey)); ok {
		if name := strings.TrimSpace(value.Word(v)); name != "" {
			name, _ = value.Cut(name, naming.MaxKey)
			return name
		}
	}
	return summary.Title(s, d.Tally)
}

// expand replaces {attribute.key}, and {attribute.key:8} by its first 8 characters, in a rule's
// name. An attribute that the span lacks leaves "unknown" and a note.
func (d *Draft) expand(pattern string) string {
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
		if word := d.word(key); word != "" {
			sb.WriteString(word)
		} else {
			sb.WriteString("unknown")
			d.notes.Add("run name %q: span %q has no attribute %q", d.run.Rule.Name, d.run.Span.PB.GetName(), key)
		}
		pattern = after
	}
	name, _ := value.Cut(strings.TrimSpace(sb.String()), naming.MaxKey)
	return name
}

// word is what stands for one pair of braces; "" when the span lacks the attribute. One whose own
// name ends like a length is found by the whole of it.
func (d *Draft) word(key string) string {
	v, found := d.lookup(key)
	most := math.MaxInt
	if colon := strings.LastIndexByte(key, ':'); !found && colon >= 0 {
		if n, err := strconv.ParseUint(key[colon+1:], 10, 16); err == nil {
			most = int(n)
			v, found = d.lookup(key[:colon])
		}
	}
	if !found {
		return ""
	}
	word := []rune(strings.TrimSpace(value.Word(v)))
	return strings.TrimSpace(string(word[:min(len(word), most)]))
}

// lookup finds an attribute for a rule: on the span, on its resource, or on the
// spans folded into the run. trace.id, span.id and span.name always exist.
func (d *Draft) lookup(key string) (any, bool) {
	s := d.run.Span
	switch key {
	case "trace.id":
		return d.Tree.ID.String(), true
	case "span.id":
		return s.ID.String(), true
	case "span.name":
		return s.Name(), true
	}
	if v, ok := s.Attribute(key); ok {
		return v, true
	}
	if v, ok := s.Resource[key]; ok {
		return v, true
	}
	for _, folded := range d.run.Folded {
		if v, ok := folded.Attribute(key); ok && !d.isDuplicate(folded) {
			return v, true
		}
	}
	return nil, false
}

// addLosses says what the run's spans lost before they came here, under the names that
// OpenTelemetry has for it outside OTLP (specification, trace/sdk_exporters/non-otlp).
func (d *Draft) addLosses() {
	var l tree.Losses
	for s := range d.run.Spans() {
		l.Add(s.Losses)
	}
	for _, c := range []struct {
		name string
		n    int
	}{
		{"otel.dropped_attributes_count", l.Attributes}, {"otel.dropped_events_count", l.Events}, {"otel.dropped_links_count", l.Links},
	} {
		if c.n > 0 {
			d.tag(c.name, strconv.Itoa(c.n))
		}
	}
	if len(l.Cut) > 0 {
		slices.Sort(l.Cut)
		d.tag("otel.cut_attributes", strings.Join(slices.Compact(l.Cut), ", "))
	}
}

// isDuplicate reports whether another span describes the same call and counts.
func (d *Draft) isDuplicate(s *tree.Span) bool { return d.Tally.Of(s).DuplicateOf != nil }
