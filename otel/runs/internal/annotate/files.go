package annotate

import (
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/technoshare/commentator/otel/runs/internal/media"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// showFiles lets MLflow's page show the messages of the GenAI conventions that hold files.
// It reads a list of messages as a conversation only when all parts are text or tool
// calls (seen in 3.12 to 3.18), and shows a reference within text: so a part that is a
// reference becomes that. All other parts, and messages without files, stay as they are.
func showFiles(attrs []*commonpb.KeyValue) {
	for _, kv := range attrs {
		switch kv.GetKey() {
		case "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions":
		default:
			continue
		}
		v, cut := value.Parsed(value.Decode(kv.GetValue()))
		list, ok := v.([]any)
		if !ok || cut {
			continue
		}
		changed := showParts(list)
		for _, m := range list {
			if m, ok := m.(map[string]any); ok {
				parts, _ := m["parts"].([]any)
				changed = showParts(parts) || changed
			}
		}
		if changed {
			kv.Value = textValue(compact(list))
		}
	}
}

// showParts makes text of the parts that hold a reference, and reports whether there were
// any.
func showParts(parts []any) (changed bool) {
	for i, p := range parts {
		part, ok := p.(map[string]any)
		if !ok || value.Word(part["type"]) == "text" || strings.HasPrefix(value.Word(part["type"]), "tool") {
			continue
		}
		for _, k := range []string{"content", "uri", "data"} {
			ref, _ := part[k].(string)
			if !strings.HasPrefix(ref, media.ReferenceScheme) {
				continue
			}
			parts[i] = map[string]any{"type": "text", "content": media.Picture(value.Word(part["mime_type"]), ref)}
			changed = true
			break
		}
	}
	return changed
}
