package mlflow

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// An element of three bytes of an answer may have a thousand in memory, so that the bytes of an answer
// do not bound what becomes of it.

const (
	// maxListed bounds the elements of one list: as many as MLflow gives on a page of anything. Folders of artifacts have no
	// pages, and what lists them is small.
	maxListed = 50_000
	// maxValues bounds the values of an answer. The largest answers have half as many, of ten bytes each.
	maxValues = 3 << 20
)

// list is a list of an answer whose elements are large in memory.
type list[T any] []T

// UnmarshalJSON reads the elements one after another, up to [maxListed].
func (l *list[T]) UnmarshalJSON(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	switch begin, err := dec.Token(); {
	case err != nil || begin == nil: // null leaves it as it is, as of all types
		return err
	case begin != json.Delim('['):
		return fmt.Errorf("%v in the place of a list", begin)
	}
	*l = list[T]{}
	for dec.More() {
		if len(*l) == maxListed {
			return fmt.Errorf("a list of more than %d", maxListed)
		}
		var v T
		if err := dec.Decode(&v); err != nil {
			return err
		}
		*l = append(*l, v)
	}
	return nil
}

// countValues returns how many values an answer has, give or take one for each object and list.
func countValues(text []byte) (n int) {
	inside, escaped := false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = inside
		case c == '"':
			inside = !inside
		case c == ',' && !inside:
			n++
		}
	}
	return n
}
