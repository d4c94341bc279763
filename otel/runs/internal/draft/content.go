package draft

import (
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// written names the attributes of a span whose values a file holds already.
type written map[string]bool

// addContent writes what the run's spans carried: one file a kind of content, with
// an entry a span in the order they ran.
//
//	input.json, output.json  of the run's own span
//	prompt_variables.json    what was filled into its prompt's template
//	messages.json            model calls, own and folded
//	tool_calls.json          tool calls
//	documents.json           retrieved documents
//	spans.json               folded spans with all their other attributes
//	events.json              span events that are no content and no exception
//	exception.txt            what failed, with the stack
func (d *Draft) addContent() {
	var calls, tools, documents, spans []any
	for s := range d.run.Spans() {
		own, f, k := s == d.run.Span, s.Facts, d.Tally.Of(s).Kind
		w := written{}
		switch {
		case k.Model() && (own || !d.isDuplicate(s)):
			if e := d.modelCall(s, w); e != nil {
				calls = append(calls, e)
			}
		case k == kind.Tool:
			if e := d.toolCall(s, w); e != nil {
				tools = append(tools, e)
			}
		}
		if f.Documents.Set() {
			w[f.Documents.Key] = true
			documents = append(documents, d.entry(s, map[string]any{"query": f.Input.Read(), "documents": f.Documents.Read()}))
		}
		if own {
			d.addOwnContent(w)
			continue
		}
		spans = append(spans, d.foldedSpan(s, w))
	}
	for _, f := range []struct {
		path string
		list []any
	}{{"messages.json", calls}, {"tool_calls.json", tools}, {"documents.json", documents}, {"spans.json", spans}} {
		if len(f.list) > 0 {
			d.jsonFile(f.path, f.list)
		}
	}
	d.addEvents()
}

// addOwnContent writes the content of the run's span that no list holds.
func (d *Draft) addOwnContent(w written) {
	f := d.run.Span.Facts
	for _, c := range []struct {
		path    string
		content dialect.Content
	}{
		{"input.json", f.Input}, {"output.json", f.Output}, {"system.json", f.System}, {"tools.json", f.Tools},
		{"tool_arguments.json", f.ToolArgs}, {"tool_result.json", f.ToolResult},
	} {
		if c.content.Set() && !w[c.content.Key] {
			d.jsonFile(c.path, c.content.Read())
		}
	}
	if len(f.PromptVariables) > 0 {
		d.jsonFile("prompt_variables.json", f.PromptVariables)
	}
}

// entry is what a list says of a span: which it was, the fields that hold something,
// and why it failed.
func (d *Draft) entry(s *tree.Span, fields map[string]any) map[string]any {
	e := map[string]any{"span_id": s.ID.String(), "name": s.Name()}
	for k, v := range fields {
		if !value.Empty(v) {
			e[k] = v
		}
	}
	if s.Failed {
		e["error"] = d.Tally.Of(s).Reason
	}
	return e
}

// modelCall is the entry of a model call, or nil when it has no content.
func (d *Draft) modelCall(s *tree.Span, w written) any {
	f := s.Facts
	if !f.Input.Set() && !f.Output.Set() && !f.System.Set() {
		return nil
	}
	model, answering := f.Models()
	e := d.entry(s, map[string]any{
		"model": model, "response_model": answering, "provider": f.Provider, "finish_reason": f.FinishReason,
		"input": f.Input.Read(), "output": f.Output.Read(), "system": f.System.Read(), "tools": f.Tools.Read(),
	})
	if f.Usage.Known() {
		e["usage"] = map[string]any{"input_tokens": f.Usage.Input, "output_tokens": f.Usage.Output}
	}
	for _, c := range []dialect.Content{f.Input, f.Output, f.System, f.Tools} {
		w[c.Key] = true
	}
	return e
}

// toolCall is the entry of a tool call, or nil when it has no content.
func (d *Draft) toolCall(s *tree.Span, w written) any {
	f := s.Facts
	args, result := f.ToolArgs, f.ToolResult
	if !args.Set() {
		args = f.Input
	}
	if !result.Set() {
		result = f.Output
	}
	if !args.Set() && !result.Set() {
		return nil
	}
	w[args.Key], w[result.Key] = true, true
	return d.entry(s, map[string]any{"tool": s.Tool(), "id": f.ToolCallID, "arguments": args.Read(), "result": result.Read()})
}

// foldedSpan describes a folded span with all that no other file holds.
func (d *Draft) foldedSpan(s *tree.Span, w written) any {
	attrs := map[string]any{}
	for _, a := range s.Facts.Attrs {
		if a.Means != dialect.Steering && !a.Ignored && !w[a.Key] {
			attrs[a.Key] = a.Value
		}
	}
	start := tree.Time(s.Start)
	fields := map[string]any{
		"type": string(d.Tally.Type(s)), "scope": s.Scope, "attributes": attrs,
		"start_time": start.Format(tree.TimeLayout), "events": tree.EventList(s.PB.GetEvents(), true),
	}
	if s.Above.IsValid() {
		fields["parent_span_id"] = s.Above.String()
	}
	e := d.entry(s, fields)
	e["duration_seconds"] = d.Tally.End(s).Sub(start).Seconds()
	e["status"] = status(s)
	if other := d.Tally.Of(s).DuplicateOf; other != nil {
		e["duplicate_of"] = other.ID.String()
	}
	return e
}

// addEvents writes the events of the run's span, exceptions as text.
func (d *Draft) addEvents() {
	events := d.run.Span.PB.GetEvents()
	if list := tree.EventList(events, false); len(list) > 0 {
		d.jsonFile("events.json", list)
	}
	var sb strings.Builder
	for _, e := range dialect.SortedEvents(events) {
		if e.GetName() != "exception" {
			continue
		}
		a := value.Attributes(e.GetAttributes())
		for _, key := range []string{"exception.type", "exception.message", "exception.stacktrace"} {
			if s := value.Word(a[key]); s != "" {
				sb.WriteString(s + "\n")
			}
		}
		sb.WriteString("\n")
	}
	if s := strings.TrimSpace(sb.String()); s != "" {
		d.file("exception.txt", []byte(s+"\n"))
	}
}
