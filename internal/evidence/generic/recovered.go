package generic

import "fmt"

// recovered runs f, which parses hostile input, so that a panic in it is an error. How long f may
// take and how much memory is for the process to bound, see package isolate.
func recovered[T any](f func() (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			var zero T
			value, err = zero, fmt.Errorf("parser failed: %v", p)
		}
	}()
	return f()
}
