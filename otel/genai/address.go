package genai

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// withoutAddressKeys hides, in what an error says, the user and the query of addresses that
// net/http put there: Gemini's key stands in the query.
func withoutAddressKeys(err error) error {
	text := err.Error()
	var at *url.Error
	for next := err; errors.As(next, &at); next = at.Err {
		if bare := bareAddress(at.URL); bare != at.URL {
			quoted := strconv.Quote(at.URL)
			text = strings.NewReplacer(at.URL, bare, quoted[1:len(quoted)-1], bare).Replace(text)
		}
	}
	if text == err.Error() {
		return err
	}
	return &bareError{text, err}
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

// bareError says less than the error that it is.
type bareError struct {
	text string
	err  error
}

func (e *bareError) Error() string { return e.text }
func (e *bareError) Unwrap() error { return e.err }
