package dialect

import (
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Content is what went in or out, of the best-ranked attribute that has any.
type Content struct {
	Key  string // the attribute it was found under
	raw  any
	rank int
}

// Read gives the content, JSON texts as what they say. That is done anew each time: only
// a few of the spans of a trace become runs, and what all of them say would take more memory
// than the rest of them.
func (c Content) Read() any {
	if !c.Set() {
		return nil
	}
	return value.Structured(c.raw)
}

// Set reports whether there is any content.
func (c Content) Set() bool { return c.Key != "" }

// known reports whether the content stood under a name of the table.
func (c Content) known() bool { return c.Set() && c.rank < len(rows) }

// offer takes val unless it is empty or a better-ranked attribute came before.
func (c *Content) offer(key string, rank int, val any) {
	if value.Empty(val) || c.Set() && c.rank <= rank {
		return
	}
	*c = Content{Key: key, raw: val, rank: rank}
}

// isAnswer reports whether the attribute may hold a provider's answer as JSON.
func (a *Attr) isAnswer() bool {
	return a.Means == Output || a.Means == InputPayload || a.Means == OutputPayload
}

// searchCall finds in a model call's JSON what its attributes leave out: usage,
// the id of the answer, and the settings of the request.
func (f *Facts) searchCall() {
	if !f.Usage.Known() {
		f.findOwnCounts()
	}
	if !f.Usage.Known() {
		f.searchUsage(isUsage)
	} else {
		f.compareAnswer()
		f.countLikeAISDK()
	}
	if f.ResponseID == "" {
		f.ResponseID = f.searchAnswerID()
	}
	if in := f.fields(f.Input.raw); in != nil { // a whole request body
		f.readParams(in)
		if f.Model == "" {
			f.Model = value.Word(in["model"])
		}
	}
}

// fields gives the fields of an object, or of one as JSON text; nil for anything else. Where only numbers and names are
// wanted, those are fields of a text that may name a model.
func (f *Facts) fields(v any) map[string]any {
	switch x := v.(type) {
	case map[string]any:
		return x
	case string:
		if f.counted {
			return value.Fields(x, namesAModel)
		}
		if strings.HasPrefix(strings.TrimSpace(x), "{") {
			obj, _ := value.Structured(x).(map[string]any)
			return obj
		}
	}
	return nil
}

// namesAModel reports whether a field of a request or of its settings names the model.
func namesAModel(name string) bool {
	if len(name) > len("model_name") {
		return false
	}
	name = naming.Snake(name)
	return name == "model" || name == "model_name"
}

// HoldsInput reports whether the attribute is shown and holds an input under a name
// that says so, even if another attribute is the span's best input.
func (a *Attr) HoldsInput() bool { return a.Means == Input && !a.Ignored && !a.ByLastWord }

// finishReason finds in the messages of an answer why each ended, where nothing else says
// so. The conventions have deprecated it there in favour of
// gen_ai.response.finish_reasons.
func finishReason(answer any) string {
	messages, _ := answer.([]any)
	reasons := make([]any, 0, min(len(messages), maxSearchList))
	for _, m := range messages[:min(len(messages), maxSearchList)] {
		if fields, ok := m.(map[string]any); ok {
			reasons = append(reasons, value.Word(fields["finish_reason"]))
		}
	}
	if w := label(reasons); len(w) <= maxLabel {
		return w
	}
	return ""
}
