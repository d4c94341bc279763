package dialect

import (
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
)

// inferKind decides for a span that does not name its kind, by what it holds and
// by the first word of its name, which the GenAI conventions make the operation.
func (f *Facts) inferKind(name string) kind.Kind {
	n := strings.ToLower(name)
	first, _, _ := strings.Cut(n, " ")
	switch {
	case f.vector:
		return kind.Embedding
	case first == "execute_tool" || strings.HasPrefix(n, "tools/call"):
		return kind.Tool
	case first == "invoke_agent" || first == "create_agent":
		return kind.Agent
	case f.ToolName != "" && (f.ToolArgs.Set() || f.ToolResult.Set() || f.ToolCallID != "") && !f.Usage.Known():
		return kind.Tool
	case f.Documents.Set():
		return kind.Retriever
	case first == "embeddings" && f.Model != "":
		return kind.Embedding
	case f.Usage.Known() && (f.Model != "" || f.Answering != ""):
		if strings.Contains(naming.Snake(f.Model+" "+name), "embed") && f.Usage.Output == 0 {
			return kind.Embedding
		}
		if f.Agent != "" && f.ResponseID == "" {
			return kind.Agent
		}
		return kind.LLM
	case f.ResponseID != "" && f.Model != "":
		return kind.LLM
	case f.Model != "" && f.Provider != "" && f.Agent == "" && f.HasMessages():
		return kind.LLM
	case first == "chat" && f.Model != "":
		return kind.Chat
	}
	return kind.Unknown
}
