package draft

import (
	"cmp"
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/summary"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// maxTagText is the longest list or object that is shown as a tag, in bytes of JSON;
// longer ones are artifacts.
const maxTagText = 250

// addAttributes puts the span's own attributes to their places: what the dialects
// know under its standard name first, then each attribute by what it means, and for
// a parent run its resource.
func (d *Draft) addAttributes() {
	s, f := d.run.Span, d.run.Span.Facts
	d.shownTag("span_type", string(d.Tally.Type(s)))
	session, user := f.Session, f.User
	if d.above == nil { // the first run is found by what its trace is found by
		session, user = cmp.Or(session, summary.Session(s)), cmp.Or(user, summary.User(s))
	}
	for _, known := range []struct {
		means    dialect.Meaning
		name     string
		whatever string
	}{
		{dialect.Session, "session.id", session},
		{dialect.User, "user.id", user},
		{dialect.AgentName, "agent_name", f.Agent},
		{dialect.ToolName, "tool_name", f.ToolName},
		{dialect.ToolCallID, "tool_call_id", f.ToolCallID},
		{dialect.FinishReason, "finish_reason", f.FinishReason},
		{dialect.ResponseID, "response_id", f.ResponseID},
	} {
		if !f.Hides(known.means) {
			d.shownTag(known.name, known.whatever)
		}
	}
	if other := d.Tally.Of(s).DuplicateOf; other != nil {
		d.shownTag("duplicate_of", other.ID.String())
	}
	for i := range f.Attrs {
		if a := &f.Attrs[i]; !a.Ignored {
			d.place(a)
		}
	}
	if s.Parent == nil {
		d.addResource()
	}
}

// shownTag sets a tag that the rules may leave out.
func (d *Draft) shownTag(name, text string) {
	if !d.Rules.Ignores(name) {
		d.tag(name, text)
	}
}

// addResource says which program it was, and keeps the whole resource as a file.
func (d *Draft) addResource() {
	resource := d.run.Span.Resource
	for _, key := range []string{"service.name", "service.version", "deployment.environment.name", "deployment.environment"} {
		if v, ok := resource[key]; ok {
			d.shownTag(key, value.Word(v))
		}
	}
	if len(resource) > 0 {
		d.jsonFile("resource.json", resource)
	}
}

// place puts one attribute where its meaning belongs. What another place of the run
// says already is left out; what is known but not shown goes to attributes.json.
func (d *Draft) place(a *dialect.Attr) {
	f := d.run.Span.Facts
	switch a.Means {
	case dialect.None, dialect.TraceName:
		d.placeByType(a.Key, a.Value)
	case dialect.Cost, dialect.CostShare, dialect.CostObject, dialect.InputTokens, dialect.OutputTokens, dialect.TotalTokens,
		dialect.CachedTokens, dialect.CacheWriteTokens, dialect.ReasoningTokens, dialect.UsageObject:
		if !d.Tally.Of(d.run.Span).Own.UsageKnown { // a sum over other spans: kept, not shown
			d.spill(a.Key, a.Value)
		}
	case dialect.Rollup:
		d.spill(a.Key, a.Value)
	case dialect.SpanKind, dialect.Operation:
		if kind.Of(value.Word(a.Value)) == kind.Unknown {
			d.placeByType(a.Key, a.Value)
		}
	case dialect.Model, dialect.AnsweringModel, dialect.Provider, dialect.AgentName, dialect.ResponseID, dialect.FinishReason,
		dialect.Session, dialect.User, dialect.ToolName, dialect.ToolCallID, dialect.ErrorText, dialect.Param:
		if !f.Holds(a) {
			d.spill(a.Key, a.Value) // said otherwise by a better-ranked name
		}
	case dialect.Input, dialect.Output:
		if a.ByLastWord && f.Input.Key != a.Key && f.Output.Key != a.Key {
			d.placeByType(a.Key, a.Value)
			return
		}
		d.placeContent(a)
	case dialect.InputPayload, dialect.OutputPayload, dialect.System, dialect.Tools, dialect.Documents, dialect.ToolArguments,
		dialect.ToolResult:
		d.placeContent(a)
	case dialect.Vector:
		d.jsonFile("embeddings.json", a.Value)
	case dialect.ParamObject:
		d.spill(a.Key, value.Structured(a.Value))
	}
}

// placeContent keeps content that addContent does not write, since an attribute of a
// better rank has the same meaning.
func (d *Draft) placeContent(a *dialect.Attr) {
	for _, c := range d.run.Span.Facts.Contents() {
		if c.Key == a.Key {
			return
		}
	}
	d.spill(a.Key, value.Structured(a.Value))
}

// placeByType places an attribute that the table does not know, by its type alone.
func (d *Draft) placeByType(key string, v any) {
	end := d.Tally.End(d.run.Span)
	switch x := v.(type) {
	case int64:
		if !isLabel(key) {
			d.metricOnce(key, float64(x), end)
			return
		}
	case float64:
		if !isLabel(key) {
			d.metricOnce(key, x, end)
			return
		}
	}
	switch x := value.Structured(v).(type) {
	case []any, map[string]any:
		text, ok := joinedWords(x)
		if !ok {
			text = string(value.CompactJSON(x))
		}
		if len(text) > maxTagText {
			d.jsonFile("values/"+naming.Path(key)+".json", x)
			return
		}
		d.tag(key, text)
	case []byte:
		d.file("values/"+naming.Path(key)+".bin", x)
	default:
		d.tag(key, value.Word(v))
	}
}

// joinedWords joins a list of short words, if v is one.
func joinedWords(v any) (string, bool) {
	list, ok := v.([]any)
	if !ok {
		return "", false
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		s, ok := e.(string)
		if !ok || strings.Contains(s, ", ") {
			return "", false
		}
		out = append(out, s)
	}
	return strings.Join(out, ", "), len(out) > 0
}

// isLabel reports whether a number under that key names something, as a port does, and
// measures nothing.
func isLabel(key string) bool {
	w := naming.Words(key)
	if len(w) == 0 {
		return true
	}
	switch w[0] {
	case "thread", "process", "code", "net", "network", "server", "client", "host":
		return true
	}
	switch w[len(w)-1] {
	case "id", "port", "pid", "lineno", "code", "version", "year", "timestamp", "seed", "index":
		return true
	}
	return false
}
