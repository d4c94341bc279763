package diskspace

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAFullDiskIsWaitedForAndOthersAreNot(t *testing.T) {
	full, other := fmt.Errorf("write: %w", syscall.ENOSPC), errors.New("other")
	for name, c := range map[string]struct {
		results []error // of one try after another; the last one's go on
		want    error
		lines   int
	}{
		"there is space":          {[]error{nil}, nil, 0},
		"another error":           {[]error{other}, other, 0},
		"for an hour":             {repeat(full, 700), nil, 2},
		"another error after":     {[]error{full, full, other}, other, 1},
		"the share of the user":   {[]error{syscall.EDQUOT, nil}, nil, 2},
		"until the context's end": {nil, full, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
				defer cancel()
				core, logs := observer.New(zap.DebugLevel)
				tries := 0
				err := Await(ctx, zap.New(core), "open", func() error {
					tries++
					switch {
					case c.results == nil:
						return full
					case tries <= len(c.results):
						return c.results[tries-1]
					}
					return nil
				})
				if !errors.Is(err, c.want) || c.want == nil && err != nil || logs.Len() != c.lines {
					t.Errorf("%v after %d tries, log %v", err, tries, logs.All())
				}
			})
		})
	}
}

func repeat(err error, n int) (out []error) {
	for range n {
		out = append(out, err)
	}
	return out
}
