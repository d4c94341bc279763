package pipeline

import (
	"context"
	"fmt"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// resume fills into with what an earlier attempt left, and reports whether it
// did. A checkpoint that can't be read is as good as none: the stage is done
// again.
func (p *Pipeline) resume(ctx context.Context, j job.Job, stage string, into any) bool {
	if p.Checkpoints == nil {
		return false
	}
	found, err := p.Checkpoints.Load(ctx, j.ID, stage, into)
	return found && err == nil
}

// checkpoint keeps a stage's result. That it can't is a passing fault of the
// database: the next attempt tries again.
func (p *Pipeline) checkpoint(ctx context.Context, j job.Job, stage string, value any) error {
	if p.Checkpoints == nil {
		return nil
	}
	if err := p.Checkpoints.Save(ctx, j.ID, stage, value); err != nil {
		return retry.Passing(fmt.Errorf("keep the %s of job %s: %w", stage, j.ID, err))
	}
	return nil
}
