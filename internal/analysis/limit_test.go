package analysis

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// gated is an analyst whose calls last until release is closed.
type gated struct {
	mu      sync.Mutex
	inside  int
	entered int
	release chan struct{}
}

func (g *gated) Analyze(context.Context, *job.Evidence) (*job.Analysis, error) {
	g.mu.Lock()
	g.inside++
	g.entered++
	g.mu.Unlock()
	<-g.release
	g.mu.Lock()
	g.inside--
	g.mu.Unlock()
	return new(job.Analysis), nil
}

func (*gated) Describe() job.AnalystSettings { return job.AnalystSettings{Analyst: "gated"} }

func (g *gated) counts() (inside, entered int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside, g.entered
}

func TestLimitLetsSoManyAnalysesRunAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &gated{release: make(chan struct{})}
		limited := Limit(inner, 2)
		var calls sync.WaitGroup
		for range 5 {
			calls.Go(func() {
				if _, err := limited.Analyze(t.Context(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // all are in the analyst, or wait for a place
		if inside, entered := inner.counts(); inside != 2 || entered != 2 {
			t.Errorf("%d at once, %d so far; want 2", inside, entered)
		}
		close(inner.release)
		calls.Wait()
		if inside, entered := inner.counts(); inside != 0 || entered != 5 {
			t.Errorf("%d left, %d in all; want 0 and 5", inside, entered)
		}
		if got := limited.Describe().Analyst; got != "gated" {
			t.Errorf("describes %q", got)
		}
	})
}

func TestLimitGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &gated{release: make(chan struct{})}
		limited := Limit(inner, 1)
		var calls sync.WaitGroup
		calls.Go(func() { _, _ = limited.Analyze(t.Context(), nil) })
		synctest.Wait() // it has the only place

		ctx, cancel := context.WithCancel(t.Context())
		calls.Go(func() {
			out, err := limited.Analyze(ctx, nil)
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "wait for a free model call") || out == nil {
				t.Errorf("%v, %v", out, err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		if _, entered := inner.counts(); entered != 1 {
			t.Errorf("%d calls entered the analyst; the second was cancelled before its turn", entered)
		}
		close(inner.release)
		calls.Wait()
	})
}

// What waited for a place was not tried: it is put off, not failed.
func TestWhoGetsNoPlaceIsPutOff(t *testing.T) {
	for name, wait := range map[string]time.Duration{"for as long as anybody waits": 10 * SlotWait, "until its deadline": SlotWait / 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inner := &gated{release: make(chan struct{})}
				limited := Limit(inner, 1)
				var calls sync.WaitGroup
				calls.Go(func() { _, _ = limited.Analyze(t.Context(), nil) })
				synctest.Wait() // it has the only place
				ctx, cancel := context.WithTimeout(t.Context(), wait)
				defer cancel()
				began := time.Now()
				_, err := limited.Analyze(ctx, nil)
				if !retry.IsTurn(err) || !retry.Retryable(err) || time.Since(began) != min(wait, SlotWait) {
					t.Errorf("after %s: %v", time.Since(began), err)
				}
				close(inner.release)
				calls.Wait()
			})
		})
	}
}

func TestOutagesAreToldFromFaultsOfTheRequest(t *testing.T) {
	away := []Kind{KindRateLimited, KindServer, KindUnreachable, KindTimeout}
	for _, k := range []Kind{KindNoEvidence, KindAuth, KindForbidden, KindModelNotFound, KindRateLimited, KindQuota, KindContextLength,
		KindBadRequest, KindServer, KindUnreachable, KindTimeout, KindCanceled, KindNotAPI, KindEmpty, KindNoChoice, KindTruncated,
		KindFiltered, KindRefusal, KindInvalidJSON, KindSchema} {
		if got, want := retry.Waits(&Error{Kind: k}), slices.Contains(away, k); got != want {
			t.Errorf("%s: waits %v, want %v", k, got, want)
		}
	}
}
