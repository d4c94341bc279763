package pipeline

import "errors"

// errorType is the low-cardinality error.type of a failed stage, which its
// error may name by a method ErrorType anywhere in its chain.
func errorType(err error) string {
	var typed interface{ ErrorType() string }
	if errors.As(err, &typed) {
		return typed.ErrorType()
	}
	return "_OTHER" // the conventions' word for any other error
}
