package count

import (
	"strings"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// noReason stands for an error that came without a word.
const noReason = "error"

// reason says what went wrong on a failed span: in its own words, else in those of
// the first failed span below that has any. Spans below must have been looked at.
func (c *Tally) reason(s *tree.Span) string {
	if text := strings.TrimSpace(otlp.ValidText(s.PB.GetStatus().GetMessage())); text != "" {
		return text
	}
	for _, e := range s.PB.GetEvents() {
		if e.GetName() != "exception" {
			continue
		}
		a := value.Attributes(e.GetAttributes())
		class, message := value.Word(a["exception.type"]), withoutTrace(value.Word(a["exception.message"]))
		if class != "" && message != "" {
			return class + ": " + message
		}
		if class+message != "" {
			return class + message
		}
	}
	if s.Facts.ErrorText != "" {
		return s.Facts.ErrorText
	}
	for _, k := range s.Kids {
		if why := c.Of(k).Reason; k.Failed && !k.Facts.Noise && why != noReason {
			return why
		}
	}
	if v, ok := s.Attribute("error.type"); ok {
		return value.Word(v)
	}
	return noReason
}

// withoutTrace cuts off the stack trace that some programs put behind their message
// (LangSmith).
func withoutTrace(message string) string {
	if head, _, ok := strings.Cut(message, "Traceback (most recent call last)"); ok && strings.TrimSpace(head) != "" {
		return strings.TrimSpace(head)
	}
	return message
}
