package dialect

import (
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// maxLabel bounds a text that names something (a model, a session), in bytes: what
// is longer was put under the wrong name.
const maxLabel = 1000

// take learns what one attribute says. It is called in the order of the table,
// and what is known already stays.
func (f *Facts) take(a *Attr, rank int) {
	if rank < rankGuessed && !isGeneral(a.Key) || a.Means == ToolCallID && rank == rankGuessed {
		f.signs |= 1 << a.Means
	}
	if dst := f.place(a.Means); dst != nil {
		w := label(a.Value)
		if a.Means == ToolName && strings.HasPrefix(w, "(") { // "(merged tools)" names none
			f.notTool = true
			return
		}
		if *dst == "" && len(w) <= maxLabel {
			*dst = w
		}
		return
	}
	if dst := f.content(a.Means); dst != nil {
		dst.offer(a.Key, rank, a.Value)
		return
	}
	switch a.Means {
	case SpanKind, Operation, TypedObject:
		f.takeKind(a, rank)
	case InputTokens, OutputTokens, TotalTokens, CachedTokens, CacheWriteTokens, ReasoningTokens, UncachedTokens:
		if n, ok := value.Count(a.Value); ok {
			f.Usage.set(a.Means, n)
			if a.Means == InputTokens && f.usageKey == "" && n > 0 {
				f.usageKey = a.Key
			}
		}
	case UsageObject:
		if obj, ok := parsed(a.Value).(map[string]any); ok {
			f.Usage.read(obj)
		}
	case UsageDetails:
		if obj, ok := parsed(a.Value).(map[string]any); ok {
			f.Usage.readDetails(obj, None)
		}
	case Cost:
		if n, ok := value.Cost(a.Value); ok && f.Cost == nil {
			f.Cost = &n
		}
	case CostShare:
		if n, ok := value.Cost(a.Value); ok {
			f.addCostShare(a.Key, n)
		}
	case CostObject:
		f.readCosts(value.Structured(a.Value))
	case Param:
		if f.counted && a.Param != "model" {
			return
		}
		if _, taken := f.Params[a.Param]; !taken && a.Param != "" && !(isNumber(a.Param) && label(a.Value) == "") {
			f.Params[a.Param] = a.Value
		}
	case PromptVariable:
		if f.PromptVariables == nil {
			f.PromptVariables = map[string]any{}
		}
		f.PromptVariables[strings.TrimPrefix(strings.TrimPrefix(a.Key, "gen_ai.prompt."), "variable.")] = a.Value
	case ParamObject:
		f.readParams(f.fields(a.Value))
	case Vector:
		f.vector = true
	case None:
		// Each message of a web server's protocol is a span of its own there.
		f.Noise = f.Noise || a.Key == "asgi.event.type"
		if a.Key == "litellm.model_group" {
			f.modelGroup = label(a.Value)
		}
	}
}

// place gives the text that attributes of a meaning name, or nil.
func (f *Facts) place(m Meaning) *string {
	switch m {
	case Model:
		return &f.Model
	case AnsweringModel:
		return &f.Answering
	case Provider:
		return &f.Provider
	case AgentName:
		return &f.Agent
	case TraceName:
		return &f.TraceName
	case ResponseID:
		return &f.ResponseID
	case FinishReason:
		return &f.FinishReason
	case Session:
		return &f.Session
	case User:
		return &f.User
	case ToolName:
		return &f.ToolName
	case ToolCallID:
		return &f.ToolCallID
	case ErrorText:
		return &f.ErrorText
	}
	return nil
}

// content gives the content that attributes of a meaning hold, or nil.
func (f *Facts) content(m Meaning) *Content {
	switch m {
	case Input, InputPayload:
		return &f.Input
	case Output, OutputPayload:
		return &f.Output
	case System:
		return &f.System
	case Tools:
		return &f.Tools
	case Documents:
		return &f.Documents
	case ToolArguments:
		return &f.ToolArgs
	case ToolResult:
		return &f.ToolResult
	}
	return nil
}

// takeKind reads a kind. The best-ranked name stays, but a named kind beats a mere
// step of a chain, as frameworks wrap their telling spans in those.
func (f *Facts) takeKind(a *Attr, rank int) {
	switch a.Means {
	case SpanKind:
		if rank >= rankGuessed {
			f.hint = kind.OfUnlisted(value.Word(a.Value))
			return
		}
		if k := kind.Of(value.Word(a.Value)); k != kind.Unknown && (f.Kind == kind.Unknown || f.Kind == kind.Chain || searches(k, f.Kind)) {
			f.Kind, f.KindGiven = k, true
		}
	case Operation:
		if w := label(a.Value); f.Kind == kind.Unknown && w != "" {
			f.Kind, f.KindGiven = kind.Of(w), true
			if f.Kind == kind.Unknown {
				f.Kind = kind.Chain
			}
		}
	case TypedObject:
		if obj, ok := value.Structured(a.Value).(map[string]any); ok && f.Kind == kind.Unknown {
			f.Kind = kind.Of(value.Word(obj["type"]))
			f.KindGiven = f.Kind != kind.Unknown
		}
	}
}

// searches reports whether a kind is a search and the other the embedding of what is
// searched for, which a search does on its way.
func searches(k, other kind.Kind) bool {
	return other == kind.Embedding && (k == kind.Retriever || k == kind.Reranker)
}
