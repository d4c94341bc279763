package otlp

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// DecodeText reads a text that is one JSON value, with nothing but blanks behind it, and reports whether it is one.
// Numbers keep their spelling, as [json.Number].
func DecodeText(text string, into any) bool {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if dec.Decode(into) != nil {
		return false
	}
	_, err := dec.Token()
	return errors.Is(err, io.EOF) // More takes a bracket for an end
}
