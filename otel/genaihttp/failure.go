package genaihttp

import (
	"strconv"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/internal/content"
)

// maxMessage bounds an error message, in bytes.
const maxMessage = 1 << 10

// failure is what a span says of a call that failed.
type failure struct {
	kind string // error.type
	text string
}

func (f *failure) Error() string { return f.text }

// failure tells how the call failed, if it did: by the provider's word, its status, or what the transport said. What a
// provider says in sentences may quote the request, and is content.
func (c *call) failure(err error) *failure {
	a := &c.answer
	if err != nil {
		return &failure{kind: genai.ErrorType(err), text: content.Cut(err.Error(), maxMessage)}
	}
	if c.status < 400 && a.ErrorType == "" && a.ErrorMessage == "" {
		return nil
	}
	f := &failure{kind: a.ErrorType}
	if c.status >= 400 {
		f.text = "HTTP status " + strconv.Itoa(c.status)
		if f.kind == "" {
			f.kind = strconv.Itoa(c.status)
		} else {
			f.text += ", " + f.kind
		}
	}
	if f.kind == "" {
		f.kind = "_OTHER"
	}
	if f.text == "" {
		f.text = "the answer says " + f.kind
	}
	if c.content && a.ErrorMessage != "" {
		f.text += ": " + content.Cut(c.mask.Apply("error.message", a.ErrorMessage), maxMessage)
	}
	return f
}
