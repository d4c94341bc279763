package wire

import "github.com/technoshare/commentator/otel/genaihttp/internal/scan"

// Ends are how the choices of an answer ended, up to Most of them: their numbers are what a server says.
type Ends struct {
	Most    int
	reasons map[int]string // by choice
	choices int            // that began
}

// Add takes what a chunk says of a choice, and reports whether it is one that is remembered. The answer is whole once all that
// began have a reason, a text.
func (e *Ends) Add(index int64, reason scan.Value, a *Answer) bool {
	if index < 0 || index >= int64(e.Most) {
		return false
	}
	e.choices = max(e.choices, int(index)+1)
	if reason.Kind() == '"' {
		if e.reasons == nil {
			e.reasons = map[int]string{}
		}
		e.reasons[int(index)] = Short(reason)
		a.Whole = len(e.reasons) >= e.choices
	}
	return true
}

// Tell writes the reasons into an answer, in the order of choices, and gives them by choice.
func (e *Ends) Tell(a *Answer) map[int]string {
	for i := range e.choices {
		if reason, ok := e.reasons[i]; ok {
			a.FinishReasons = append(a.FinishReasons, reason)
		}
	}
	return e.reasons
}
