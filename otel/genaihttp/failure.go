package genaihttp

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/internal/content"
)

// errPanic is that of the base.
var errPanic = errors.New("the round tripper below panicked")

// minKey is the length in bytes from which a value of an address may be a key wherever it stands.
const minKey = 8

// notKeys are parameters whose values are no secrets, and words that errors use.
var notKeys = []string{"alt", "api-version"}

// withoutKeys hides, in what somebody says of a request, what may be a secret in its address: Gemini takes its key in the
// query, and a base with a client or tries of its own quotes the address.
func withoutKeys(text string, u *url.URL) string {
	if u.User == nil && u.RawQuery == "" {
		return text
	}
	if u.RawQuery != "" {
		text = strings.ReplaceAll(text, "?"+u.RawQuery, "?…")
	}
	var keys []string
	if u.User != nil {
		text = strings.ReplaceAll(text, u.User.String()+"@", "…@")
		password, ok := u.User.Password()
		if !ok { // some take a token for the user
			password = u.User.Username()
		}
		keys = append(keys, password)
	}
	for name, values := range u.Query() {
		if slices.Contains(notKeys, name) {
			continue
		}
		for _, v := range values {
			keys = append(keys, url.QueryEscape(v), v)
		}
	}
	// The longest first: of one that begins with another its rest would stay.
	slices.SortFunc(keys, func(a, b string) int { return len(b) - len(a) })
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
	err  error // what it was made of, if that was an error
}

func (f *failure) Error() string { return f.text }

// Original gives what the failure was made of, for its type alone: its text may show a key.
func (f *failure) Original() error { return f.err }

// failure tells how the call failed, if it did: by the provider's word, its status, or what the transport said. What a
// provider says in sentences may quote the request, and is content.
func (c *call) failure(err error) *failure {
	a := &c.answer
	if err != nil {
		kind := genai.ErrorType(err)
		if errors.Is(err, errPanic) {
			kind = "panic"
		}
		return &failure{kind: kind, text: content.Cut(withoutKeys(err.Error(), c.url), maxMessage), err: err}
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
