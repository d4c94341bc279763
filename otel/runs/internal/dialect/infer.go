package dialect

import (
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
)

// inferKind decides for a span that does not name its kind, by what it holds and
// by the first word of its name, which the GenAI conventions make the operation. One
// sign is not enough: programs of all sorts have tools, models, responses and tokens.
// A name of the table that GenAI programs alone use is worth two of those that only
// look like it.
func (f *Facts) inferKind(name string) kind.Kind {
	n := strings.ToLower(name)
	first, _, _ := strings.Cut(n, " ")
	switch {
	case f.vector:
		return kind.Embedding
	case first == "execute_tool", first == "tools/call":
		return kind.Tool
	case first == "invoke_agent" || first == "create_agent":
		return kind.Agent
	case f.isToolCall():
		return kind.Tool
	case f.shows(Documents) && f.Documents.Set():
		return kind.Retriever
	case first == "embeddings" && f.shows(Model):
		return kind.Embedding
	case f.Usage.Known() && f.Model+f.Answering != "" && (f.CountsUsage() || f.hint.Model()):
		if (f.hint == kind.Embedding || strings.Contains(naming.Snake(f.Model+" "+name), "embed")) && f.Usage.Output == 0 {
			return kind.Embedding
		}
		if f.Agent != "" && f.ResponseID == "" {
			return kind.Agent
		}
		return kind.LLM
	case f.ResponseID != "" && f.Model != "" && (f.Provider != "" || f.shows(Model) && f.shows(ResponseID)):
		return kind.LLM
	case f.Model != "" && f.Provider != "" && f.Agent == "" && f.HasMessages():
		return kind.LLM
	case first == "chat" && f.shows(Model):
		return kind.Chat
	case f.Agent == "" && f.Usage.Input > 0 && f.Usage.Output > 0 && f.shows(InputTokens) && f.shows(OutputTokens):
		f.Anonymous = true
		return kind.LLM
	}
	return f.hinted(name)
}

// isToolCall reports whether the span has a tool's name and something of its call, one
// of the two under a name that only GenAI programs use. The tool's name and the id of a
// call go together in GenAI programs alone (tool_name and call_id of Codex).
func (f *Facts) isToolCall() bool {
	if f.ToolName == "" || f.Usage.Known() {
		return false
	}
	call := f.ToolArgs.Set() || f.ToolResult.Set() || f.ToolCallID != ""
	return f.shows(ToolCallID) || call && f.shows(ToolName, ToolArguments, ToolResult) || f.callID() != ""
}

// callID returns the id of a call that does not say of what.
func (f *Facts) callID() string {
	for _, a := range f.Attrs {
		if a.clues&clueCallID != 0 {
			return label(a.Value)
		}
	}
	return ""
}

// hinted gives the kind that an attribute nobody listed names, if the span has
// something else that goes with it.
func (f *Facts) hinted(name string) kind.Kind {
	backed := false
	switch f.hint {
	case kind.LLM, kind.Chat:
		backed = f.Model+f.Answering != "" || f.CountsUsage() || f.Usage.hasInput && f.Usage.hasOutput
	case kind.Embedding, kind.Reranker:
		backed = f.Model != ""
	case kind.Agent:
		backed = f.shows(AgentName)
	case kind.Retriever:
		backed = f.Documents.Set()
	case kind.Tool: // claude_code.tool with a tool_name; a build names its tools too, but not its spans so
		words := naming.Words(name)
		backed = f.ToolName != "" && len(words) > 1 && words[len(words)-1] == "tool"
	}
	if backed {
		return f.hint
	}
	return kind.Unknown
}
