package analysis

import (
	"context"
	"fmt"

	"github.com/technoshare/commentator/internal/job"
)

// Limit lets at most n analyses of a run at once; others wait, until their
// context ends. n below 1 counts as 1. The worker uses it because it does more
// jobs at once than a model server takes; waiting here keeps them out of the
// server's rate limit.
func Limit(a job.Analyst, n int) job.Analyst {
	return &limitedAnalyst{Analyst: a, slots: make(chan struct{}, max(n, 1))}
}

type limitedAnalyst struct {
	job.Analyst
	slots chan struct{}
}

func (l *limitedAnalyst) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
		return l.Analyst.Analyze(ctx, ev)
	case <-ctx.Done():
		return new(job.Analysis), fmt.Errorf("wait for a free model call: %w", ctx.Err())
	}
}
