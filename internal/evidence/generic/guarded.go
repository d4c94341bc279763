package generic

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errDeadline is a parser that did not finish in time.
var errDeadline = errors.New("parser deadline exceeded")

// guarded runs f, which parses hostile input and cannot be stopped, so that a panic in it is
// an error and its slowness is bounded for the caller. A parser past its deadline runs on
// until it ends; its inputs are bounded, so it does. f must therefore write nothing that the
// caller goes on using: what it makes is its result. The channel has room for it, so a late
// goroutine ends without a reader.
func guarded[T any](ctx context.Context, limit time.Duration, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var res result
		defer func() {
			if p := recover(); p != nil {
				res.err = fmt.Errorf("parser failed: %v", p)
			}
			done <- res
		}()
		res.value, res.err = f()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var zero T
	select {
	case res := <-done:
		return res.value, res.err
	case <-timer.C:
		return zero, errDeadline
	case <-ctx.Done():
		return zero, ctx.Err()
	}
}
