package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// preferences are what is set for the job's channel. That they can't be read is a passing fault of the
// database: without them a model might be paid that must not be.
func (p *Pipeline) preferences(ctx context.Context, j job.Job) (job.Preferences, error) {
	if p.Channels == nil {
		return job.Preferences{}, nil
	}
	prefs, err := p.Channels.Preferences(ctx, j.Channel)
	if err != nil {
		return prefs, retry.Passing(fmt.Errorf("read what is set for channel %s: %w", j.Channel, err))
	}
	if p.Extracts == nil {
		prefs.Over = nil // nothing is paid
	}
	return prefs, nil
}

// analysis asks the model, for a comment or an answer, or picks sentences of the page where the budget
// is spent.
func (p *Pipeline) analysis(ctx context.Context, j job.Job, ev *job.Evidence, over *job.OverBudget) (*job.Analysis, error) {
	switch {
	case over != nil && j.Question != "":
		return new(job.Analysis), fmt.Errorf("the budget of this channel, $%.2f a month, is spent, so that no model is asked: "+
			"ask again next month, or have an admin raise it in App Home", over.BudgetUSD)
	case over != nil:
		return p.Extracts.Analyze(ctx, ev)
	case j.Question != "":
		return p.answer(ctx, j, ev)
	}
	return p.Analyst.Analyze(ctx, ev)
}

// keepWithin bounds the record of what a failed analysis has cost.
const keepWithin = 5 * time.Second

// failed keeps what an analysis has cost that came to nothing. It is not worth failing for.
func (p *Pipeline) failed(ctx context.Context, j job.Job, out *job.Analysis) {
	if p.Channels == nil || out == nil || out.Calls == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer cancel()
	_ = p.Channels.Failed(ctx, j.ID, j.Channel, out) // the trace has it too
}
