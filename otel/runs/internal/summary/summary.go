// Package summary says what a trace is about as a whole: its name, whose session it
// belongs to, what was asked and what was answered. MLflow's lists of traces and
// sessions show that.
package summary

import (
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/chat"
	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Root returns the span that stands for the trace: the first local root that is one
// by its own word, else the first there is.
func Root(t *tree.Tree) *tree.Span {
	for _, r := range t.Roots {
		if r.Begins() {
			return r
		}
	}
	return t.Roots[0]
}

// Name returns what the program calls the trace, else the name that Title gives its
// root.
func Name(root *tree.Span, tally *count.Tally) string {
	if root.Facts.TraceName != "" {
		s, _ := value.Cut(root.Facts.TraceName, naming.MaxKey)
		return s
	}
	return Title(root, tally)
}

// Session returns the first session that root or a span below names, else the one that
// its process says it serves (session.id of a resource, as coding agents set it), as
// SessionID spells it.
func Session(root *tree.Span) string {
	if id := SessionID(first(root, func(s *tree.Span) string { return s.Facts.Session })); id != "" {
		return id
	}
	id, _ := root.Resource["session.id"].(string)
	return SessionID(strings.TrimSpace(id))
}

// User returns the first user that root or a span below names.
func User(root *tree.Span) string {
	return first(root, func(s *tree.Span) string { return s.Facts.User })
}

// SessionID spells a session so that MLflow takes and shows it: without slashes,
// which its page does not escape, so that the link ends nowhere, and with at most
// 250 characters, as it refuses the whole span otherwise.
func SessionID(s string) string {
	s, _ = value.Cut(strings.ReplaceAll(s, "/", ":"), naming.MaxKey)
	return s
}

// first returns the first text, not empty, that root or a span below gives.
func first(root *tree.Span, get func(*tree.Span) string) string {
	found := ""
	root.Walk(func(s *tree.Span) {
		if found == "" {
			found = get(s)
		}
	})
	return found
}

// Conversation returns what was asked and what was answered, as plain text: of the
// root, else of the first span that has an input, and of the last model call for
// the output.
func Conversation(root *tree.Span, tally *count.Tally) (asked, answered string) {
	return visible(question(root, tally)), visible(answer(root, tally))
}

// question looks for what was asked, the most telling places first.
func question(root *tree.Span, tally *count.Tally) string {
	f := root.Facts
	if s := asked(root); s != "" {
		return s
	}
	if tally.Of(root).Kind == kind.Tool {
		if s := value.Text(f.ToolArgs.Read()); s != "" {
			return s
		}
	}
	if f.Input.Set() && !holdsNothing(f.Input.Read()) {
		if s := chat.Raw(f.Input.Read()); s != "" {
			return s
		}
	}
	apart := judges(root, tally)
	return first(root, func(s *tree.Span) string {
		if tally.Of(s).Kind == kind.Embedding || !s.Facts.HasMessages() || apart[s] {
			return ""
		}
		return asked(s)
	})
}

// answer looks for what was answered, the most telling places first.
func answer(root *tree.Span, tally *count.Tally) string {
	f := root.Facts
	if s := chat.Answer(f.Output.Read()); s != "" {
		return s
	}
	if tally.Of(root).Kind == kind.Tool {
		if s := value.Text(f.ToolResult.Read()); s != "" {
			return s
		}
	}
	calls := callsOf(root, tally)
	if s := lastAnswer(root, tally, calls); s != "" {
		return s
	}
	if s := chat.ToolCalls(f.Output.Read()); s != "" {
		return s
	}
	if f.Output.Set() && !holdsNothing(f.Output.Read()) {
		if s := chat.Raw(f.Output.Read()); s != "" {
			return s
		}
	}
	if why := tally.Of(root).Reason; why != "" {
		return why // so that a session shows bubbles for failures too
	}
	return last(root, calls, chat.ToolCalls)
}

// lastAnswer is the answer of the model call that ended last, else, where the calls have
// no text of their own, of the last step around them that has.
func lastAnswer(root *tree.Span, tally *count.Tally, calls func(*tree.Span) bool) string {
	if text := last(root, calls, chat.Answer); text != "" {
		return text
	}
	return last(root, func(s *tree.Span) bool {
		switch tally.Of(s).Kind {
		case kind.Unknown, kind.Chain, kind.Agent:
			return s.Facts.OutputListed()
		}
		return false
	}, chat.Answer)
}

// callsOf picks the model calls that have an output.
func callsOf(root *tree.Span, tally *count.Tally) func(*tree.Span) bool {
	apart := judges(root, tally)
	return func(s *tree.Span) bool { return tally.Of(s).Kind.Model() && s.Facts.Output.Set() && !apart[s] }
}

// judges finds the spans that are work on a conversation and no part of it: below root,
// evaluators, guardrails and what happens in them.
func judges(root *tree.Span, tally *count.Tally) map[*tree.Span]bool {
	found := map[*tree.Span]bool{}
	root.Walk(func(s *tree.Span) {
		k := tally.Of(s).Kind
		if s != root && (found[s.Parent] || k == kind.Evaluator || k == kind.Guardrail) {
			found[s] = true
		}
	})
	return found
}

// last reads the output of the span that ended last among those asked for, and of which
// there is something to read.
func last(root *tree.Span, among func(*tree.Span) bool, read func(output any) string) (text string) {
	var last *tree.Span
	root.Walk(func(s *tree.Span) {
		if !among(s) || last != nil && s.End < last.End {
			return
		}
		if a := read(s.Facts.Output.Read()); a != "" {
			last, text = s, a
		}
	})
	return text
}

// asked is the question of a span: of its best input, else of any other.
func asked(s *tree.Span) string {
	if q := chat.Question(s.Facts.Input.Read()); q != "" {
		return q
	}
	for i := range s.Facts.Attrs {
		if a := &s.Facts.Attrs[i]; a.HoldsInput() {
			if q := chat.Question(a.Value); q != "" {
				return q
			}
		}
	}
	return ""
}

// visible drops what OpenInference writes in place of hidden content.
func visible(s string) string {
	if s == "__REDACTED__" {
		return ""
	}
	return s
}

// holdsNothing reports whether a value holds nothing, like {"args":[],"kwargs":{}}.
func holdsNothing(v any) bool {
	switch x := v.(type) {
	case map[string]any:
		for _, e := range x {
			if !holdsNothing(e) {
				return false
			}
		}
		return true
	case []any:
		for _, e := range x {
			if !holdsNothing(e) {
				return false
			}
		}
		return true
	}
	return value.Empty(v)
}
