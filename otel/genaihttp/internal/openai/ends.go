package openai

import (
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// ends are how a stream's choices ended.
type ends struct {
	reasons map[int]string // by choice
	choices int            // that began, of the first maxChoices
}

// maxChoices bounds the choices of an answer that are told apart, as many as can be asked for to one prompt: their numbers are what a
// server says.
const maxChoices = 128

// add takes what a chunk says of a choice, and reports whether it is one that is remembered.
func (e *ends) add(index int64, reason scan.Value, a *wire.Answer) bool {
	if index < 0 || index >= maxChoices {
		return false
	}
	e.choices = max(e.choices, int(index)+1)
	if reason.Kind() == '"' {
		if e.reasons == nil {
			e.reasons = map[int]string{}
		}
		e.reasons[int(index)] = wire.Short(reason)
		a.Whole = len(e.reasons) >= e.choices
	}
	return true
}

// list appends the reasons, in the order of choices.
func (e *ends) list(to []string) []string {
	for i := range e.choices {
		if reason, ok := e.reasons[i]; ok {
			to = append(to, reason)
		}
	}
	return to
}
