package genai

import (
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// withoutAddressKeys hides, in what an error says, the user and the query of addresses that
// net/http put there: Gemini's key stands in the query.
func withoutAddressKeys(err error) string {
	text := err.Error()
	for at := range addressed(err) {
		if bare := bareAddress(at.URL); bare != at.URL {
			quoted := strconv.Quote(at.URL)
			text = strings.NewReplacer(at.URL, bare, quoted[1:len(quoted)-1], bare).Replace(text)
		}
	}
	return text
}

// addressed has all errors with an address of which an error is made.
func addressed(err error) iter.Seq[*url.Error] {
	return func(yield func(*url.Error) bool) {
		var walk func(error) bool
		walk = func(err error) bool {
			if at, ok := err.(*url.Error); ok && !yield(at) { //nolint:errorlint // each of the tree, one by one
				return false
			}
			switch e := err.(type) { //nolint:errorlint // likewise
			case interface{ Unwrap() error }:
				return walk(e.Unwrap())
			case interface{ Unwrap() []error }:
				for _, each := range e.Unwrap() {
					if !walk(each) {
						return false
					}
				}
			}
			return true
		}
		walk(err)
	}
}

// recordError adds the exception event. Its type is that of the error which was shortened to what is said.
func recordError(span trace.Span, err error, said string) {
	original := err
	if e, ok := err.(interface{ Original() error }); ok && e.Original() != nil { // this one, not what it wraps
		original = e.Original()
	} else if said == err.Error() {
		span.RecordError(err)
		return
	}
	span.AddEvent("exception", trace.WithAttributes(
		attribute.String("exception.type", fmt.Sprintf("%T", original)), attribute.String("exception.message", said)))
}

// bareAddress leaves out of an address what may be a secret.
func bareAddress(address string) string {
	bare, _, cut := strings.Cut(address, "?")
	if scheme, rest, ok := strings.Cut(bare, "://"); ok {
		host, path, _ := strings.Cut(rest, "/")
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			bare = scheme + "://" + host[at+1:] + "/" + path
		}
	}
	if cut {
		bare += "?…"
	}
	return bare
}
