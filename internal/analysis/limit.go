package analysis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// SlotWait is the longest wait for a place that [Limit] gives. The deadline of the stage has to
// leave room for it.
const SlotWait = 2 * time.Minute

// errNoSlot says that others held all places for SlotWait.
var errNoSlot = fmt.Errorf("none came free within %s", SlotWait)

// Limit lets at most n analyses of a run at once; others wait. n below 1 counts as 1. The worker
// uses it because it does more jobs at once than a model server takes; waiting here keeps them
// out of the server's rate limit. Who waited SlotWait, or until the deadline of its context, gets
// an error that is a retry.Turn: the analysis was not tried, so the job can be put off. Places
// are given in the order in which they were asked for.
func Limit(a job.Analyst, n int) *Limited {
	return &Limited{Analyst: a, slots: make(chan struct{}, max(n, 1))}
}

// Limited is an analyst with places, see [Limit]. Questions take the same places.
type Limited struct {
	job.Analyst
	slots chan struct{}
}

var _ job.Answerer = (*Limited)(nil)

// Analyze takes a place for the analysis.
func (l *Limited) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	return l.within(ctx, func() (*job.Analysis, error) { return l.Analyst.Analyze(ctx, ev) })
}

// Answer takes a place for the answer. The analyst that is limited must be a job.Answerer.
func (l *Limited) Answer(ctx context.Context, ev *job.Evidence, question string) (*job.Analysis, error) {
	return l.within(ctx, func() (*job.Analysis, error) { return job.Answer(ctx, l.Analyst, ev, question) })
}

// within does what takes a place once there is one.
func (l *Limited) within(ctx context.Context, do func() (*job.Analysis, error)) (*job.Analysis, error) {
	limit := time.NewTimer(SlotWait)
	defer limit.Stop()
	cause := errNoSlot
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
		return do()
	case <-limit.C:
	case <-ctx.Done():
		cause = ctx.Err()
	}
	err := fmt.Errorf("wait for a free model call: %w", cause)
	if !errors.Is(cause, context.Canceled) {
		err = retry.Turn(err, 0)
	}
	return new(job.Analysis), err
}
