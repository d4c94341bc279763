package runs

import (
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// content writes what the run's spans carried: one file a kind of content,
// with an entry a span in the order they ran.
//
//	input.json, output.json  of the run's own span
//	messages.json            model calls, own and folded
//	tool_calls.json          tool calls
//	documents.json           retrieved documents
//	spans.json               folded spans with all their other attributes
//	events.json              span events that are no content and no exception
//	exception.txt            what failed, with the stack
func (d *draft) content() {
	var calls, tools, documents []any
	var spans []any
	for _, n := range append([]*node{d.node}, d.folded...) {
		own := n == d.node
		written := map[string]bool{}
		switch f := n.f; {
		case f.kind.model() && (own || n.same == nil):
			if e := n.modelCall(written); e != nil {
				calls = append(calls, e)
			}
		case f.kind == kindTool:
			if e := n.toolCall(written); e != nil {
				tools = append(tools, e)
			}
		}
		if f := n.f; f.documents.set() {
			written[f.documents.key] = true
			documents = append(documents, n.entry(map[string]any{"query": f.input.v, "documents": f.documents.v}))
		}
		if own {
			d.ownContent(written)
			continue
		}
		spans = append(spans, n.foldedEntry(written))
	}
	for _, f := range []struct {
		path string
		list []any
	}{{"messages.json", calls}, {"tool_calls.json", tools}, {"documents.json", documents}, {"spans.json", spans}} {
		if len(f.list) > 0 {
			d.file(f.path, prettyJSON(f.list))
		}
	}
	d.events()
}

// ownContent writes the content of the run's span that no list holds.
func (d *draft) ownContent(written map[string]bool) {
	f := d.node.f
	for _, c := range []struct {
		path string
		v    value
	}{
		{"input.json", f.input}, {"output.json", f.output}, {"system.json", f.system}, {"tools.json", f.tools},
		{"tool_arguments.json", f.toolArgs}, {"tool_result.json", f.toolResult},
	} {
		if c.v.set() && !written[c.v.key] {
			d.file(c.path, prettyJSON(c.v.v))
		}
	}
}

func (n *node) entry(fields map[string]any) map[string]any {
	e := map[string]any{"span_id": n.id, "name": mend(n.pb.GetName())}
	for k, v := range fields {
		if !empty(v) {
			e[k] = v
		}
	}
	if n.failed {
		e["error"] = n.reason
	}
	return e
}

func (n *node) modelCall(written map[string]bool) any {
	f := n.f
	if !f.input.set() && !f.output.set() && !f.system.set() {
		return nil
	}
	model, answered := f.models()
	e := n.entry(map[string]any{
		"model": model, "response_model": answered, "provider": f.provider, "finish_reason": f.finish,
		"input": f.input.v, "output": f.output.v, "system": f.system.v, "tools": f.tools.v,
	})
	if f.usage.known() {
		e["usage"] = map[string]any{"input_tokens": f.usage.input, "output_tokens": f.usage.output}
	}
	for _, v := range []value{f.input, f.output, f.system, f.tools} {
		written[v.key] = true
	}
	return e
}

func (n *node) toolCall(written map[string]bool) any {
	f := n.f
	args, result := f.toolArgs, f.toolResult
	if !args.set() {
		args = f.input
	}
	if !result.set() {
		result = f.output
	}
	if !args.set() && !result.set() {
		return nil
	}
	written[args.key], written[result.key] = true, true
	return n.entry(map[string]any{"tool": toolName(n), "id": f.toolCallID, "arguments": args.v, "result": result.v})
}

// foldedEntry describes a folded span with all that no other file holds.
func (n *node) foldedEntry(written map[string]bool) any {
	attrs := map[string]any{}
	for _, a := range n.f.attrs {
		if a.what != mSteer && !a.ignored && !written[a.key] {
			attrs[a.key] = a.value
		}
	}
	e := n.entry(map[string]any{
		"parent_span_id": n.parentID, "type": string(n.spanType()), "scope": n.scope, "attributes": attrs,
		"start_time": stamp(unix(n.start)), "events": eventList(n.pb.GetEvents(), true),
	})
	e["duration_seconds"] = n.endTime().Sub(unix(n.start)).Seconds()
	e["status"] = string(n.status())
	if n.same != nil {
		e["duplicate_of"] = n.same.id
	}
	return e
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000Z07:00") }

// eventList gives events as JSON; those whose content stands elsewhere are
// left out.
func eventList(events []*tracepb.Span_Event, exceptions bool) []any {
	var out []any
	for _, e := range sortedEvents(events) {
		switch name := e.GetName(); {
		case name == mlflowattr.MetricEventName, name == evaluationEvent, isContentEvent(name):
			continue
		case name == "exception" && !exceptions:
			continue
		case strings.HasPrefix(name, "mlflow.chunk.item."):
			continue // pieces of a streamed answer, whole in the output
		default:
			out = append(out, map[string]any{
				"name": mend(name), "time": stamp(unix(e.GetTimeUnixNano())), "attributes": attributesOf(e.GetAttributes()),
			})
		}
	}
	return out
}

// isContentEvent says whether readEvents makes messages of such events.
func isContentEvent(name string) bool {
	return name == "gen_ai.choice" || strings.HasPrefix(name, "gen_ai.") && strings.HasSuffix(name, ".message")
}

func (d *draft) events() {
	if list := eventList(d.node.pb.GetEvents(), false); len(list) > 0 {
		d.file("events.json", prettyJSON(list))
	}
	var sb strings.Builder
	for _, e := range sortedEvents(d.node.pb.GetEvents()) {
		if e.GetName() != "exception" {
			continue
		}
		a := attributesOf(e.GetAttributes())
		for _, key := range []string{"exception.type", "exception.message", "exception.stacktrace"} {
			if s := word(a[key]); s != "" {
				sb.WriteString(s + "\n")
			}
		}
		sb.WriteString("\n")
	}
	if s := strings.TrimSpace(sb.String()); s != "" {
		d.file("exception.txt", []byte(s+"\n"))
	}
}

// collect copies the artifacts of nested runs to the parent, in a folder named
// after each.
func (d *draft) collect(nested []*draft) {
	taken := map[string]bool{}
	for _, k := range nested {
		dir := folder(k.title)
		for i := 2; taken[dir]; i++ {
			dir = numbered(folder(k.title), i, false)
		}
		taken[dir] = true
		for _, path := range sortedKeys(k.files) {
			d.file(dir+"/"+path, k.files[path])
		}
	}
}
