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

// pin is the checkpoint of a job's prompt. Prompt is nil where it is the analyst's own.
type pin struct {
	Prompt *job.Prompt `json:"prompt"`
}

// pinned is the prompt that an earlier attempt has chosen: a job keeps its prompt, whatever the
// registry's alias leads to meanwhile. It may be nil though one was chosen: the analyst's own.
func (p *Pipeline) pinned(ctx context.Context, j job.Job) (used *job.Prompt, found bool) {
	var kept pin
	found = p.resume(ctx, j, "prompt", &kept)
	return kept.Prompt, found
}

// pin chooses the prompt of a job, and keeps it for later attempts before it is used. Questions have one
// of the analyst's own.
func (p *Pipeline) pin(ctx context.Context, j job.Job, alias string) (*job.Prompt, error) {
	if p.Prompts == nil || j.Question != "" {
		return nil, nil
	}
	chosen := pin{p.Prompts.Prompt(j.ID, alias)}
	return chosen.Prompt, p.checkpoint(ctx, j, "prompt", chosen)
}
