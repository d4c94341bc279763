package summary

import (
	"slices"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Title returns a span's name without ids. A root that is an HTTP request (POST /), the
// server's or that of a caller in the same trace, says how the program was reached and not
// what it did: it is named after the GenAI work inside, the outermost agent or workflow,
// else the first model call.
func Title(s *tree.Span, tally *count.Tally) string {
	if s.Parent == nil && isRequest(s) && tally.Of(s).Kind == kind.Unknown {
		if inside := operation(s, tally); inside != "" {
			return naming.Stable(inside)
		}
	}
	if s.PB.GetName() == "" {
		return naming.Stable(standIn(s, tally))
	}
	return naming.Stable(s.PB.GetName())
}

// isRequest reports whether a span is a request that an HTTP server answers, or that of
// a caller in the same trace.
func isRequest(s *tree.Span) bool {
	return isHTTPServer(s) || isHTTP(s) && slices.ContainsFunc(s.Kids, isHTTPServer)
}

// standIn names a span that stands for one which has not come: after its program, else
// after the GenAI work inside.
func standIn(s *tree.Span, tally *count.Tally) string {
	if service, _ := s.Resource["service.name"].(string); service != "" && !strings.HasPrefix(service, "unknown_service") {
		return service
	}
	if inside := operation(s, tally); inside != "" {
		return inside
	}
	return "unnamed"
}

// isHTTPServer reports whether a span is a request that an HTTP server answers. Some
// frameworks leave the kind of the span at its default.
func isHTTPServer(s *tree.Span) bool {
	switch s.PB.GetKind() {
	case tracepb.Span_SPAN_KIND_CLIENT, tracepb.Span_SPAN_KIND_PRODUCER, tracepb.Span_SPAN_KIND_CONSUMER:
		return false
	case tracepb.Span_SPAN_KIND_SERVER:
		if _, ok := s.Attribute("http.url"); ok { // Micrometer's other names say nothing of HTTP
			return true
		}
	}
	return isHTTP(s)
}

// isHTTP reports whether a span is one end of an HTTP request.
func isHTTP(s *tree.Span) bool {
	for _, a := range s.Facts.Attrs {
		switch a.Key {
		case "http.request.method", "http.method", "http.route", "http.target":
			return true
		}
	}
	return false
}

// operation names the GenAI work below a span. An agent or a workflow has a name of its
// own; the span of a model call is named by operation and model.
func operation(root *tree.Span, tally *count.Tally) string {
	outermost, step, call := "", "", ""
	level := root.Kids
	for len(level) > 0 && outermost == "" {
		var next []*tree.Span
		for _, s := range level {
			switch k := tally.Of(s).Kind; {
			case k == kind.Agent, isWorkflow(s):
				if outermost == "" {
					outermost = ownName(s)
				}
			case k == kind.Chain && s.Facts.KindGiven && step == "" && tally.Of(s).Total.Calls > 0:
				step = called(s)
			case k.Model() && call == "":
				call = called(s)
			}
			next = append(next, s.Kids...)
		}
		level = next
	}
	for _, name := range []string{outermost, step, call} {
		if name != "" {
			return name
		}
	}
	return ""
}

// called is what the program calls a step, else its span's name.
func called(s *tree.Span) string {
	if s.Facts.TraceName != "" {
		return s.Facts.TraceName
	}
	return s.Name()
}

// workflowNames are the attributes that name a workflow.
func workflowNames() []string { return []string{"gen_ai.workflow.name", "traceloop.workflow.name"} }

// isWorkflow reports whether a span says that it is a whole workflow.
func isWorkflow(s *tree.Span) bool {
	for _, key := range []string{"gen_ai.operation.name", "traceloop.span.kind", "openinference.span.kind"} {
		if v, ok := s.Attribute(key); ok && strings.Contains(strings.ToLower(value.Word(v)), "workflow") {
			return true
		}
	}
	return false
}

// ownName is the name that the program gave its agent or workflow, else that of its span.
func ownName(s *tree.Span) string {
	if s.Facts.Agent != "" {
		return s.Facts.Agent
	}
	for _, key := range workflowNames() {
		if v, ok := s.Attribute(key); ok && strings.TrimSpace(value.Word(v)) != "" {
			return strings.TrimSpace(value.Word(v))
		}
	}
	return called(s)
}
