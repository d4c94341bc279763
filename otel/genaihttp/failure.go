package genaihttp

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/internal/content"
)

// errPanic is that of the base.
var errPanic = errors.New("the round tripper below panicked")

// minKey is the length in bytes from which a value of an address may be a key.
const minKey = 8

// withoutKeys hides, in what somebody says of a request, what may be a secret in its address: Gemini takes its key in the
// query, and a base with a client or tries of its own quotes the address.
func withoutKeys(text string, u *url.URL) string {
	if u.User == nil && u.RawQuery == "" {
		return text
	}
	keys := []string{u.RawQuery}
	if password, ok := u.User.Password(); ok {
		keys = append(keys, u.User.String(), password)
	}
	for _, values := range u.Query() {
		for _, v := range values {
			keys = append(keys, url.QueryEscape(v), v)
		}
	}
	for _, key := range keys {
		if len(key) >= minKey {
			text = strings.ReplaceAll(text, key, "…")
		}
	}
	return text
}

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
		kind := genai.ErrorType(err)
		if errors.Is(err, errPanic) {
			kind = "panic"
		}
		return &failure{kind: kind, text: content.Cut(withoutKeys(err.Error(), c.url), maxMessage)}
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
