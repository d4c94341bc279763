package genaihttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
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
		return &failure{kind: errorType(err), text: cut(err.Error(), maxMessage)}
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
		f.text += ": " + cut(c.masked("error.message", a.ErrorMessage), maxMessage)
	}
	return f
}

// errorType names an error by a word of which there are few.
func errorType(err error) string {
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "context.Canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "io.ErrUnexpectedEOF"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection_refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection_reset"
	case errors.As(err, &network) && network.Timeout():
		return "timeout"
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return "dns"
	}
	return fmt.Sprintf("%T", err)
}

// masked returns a text as the mask wants it recorded.
func (t *transport) masked(key attribute.Key, text string) (out string) {
	if t.mask == nil || text == "" {
		return text
	}
	defer func() {
		if recover() != nil {
			out = ""
		}
	}()
	return t.mask(key, text)
}

// cut returns the first n bytes of a text, of whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
