package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// Run gives each row of a dataset to a task and judges what comes out. It is one evaluation
// run in MLflow, and each row a trace of it. Rows begin in the order of the dataset, four at
// once; see [RunWith] for more.
//
// A row whose task fails is in the report, and the others go on. An error says that not all
// rows ran: the dataset could not be read, ctx ended, or the budget was spent ([IsBudget]).
// The report then holds what did run.
func Run[In, Exp, Out any](
	ctx context.Context, d Dataset[In, Exp], task func(context.Context, In) (Out, error), scorers ...Scorer[In, Exp, Out],
) (Report, error) {
	return RunWith(ctx, nil, d, task, scorers...)
}

// RunWith is Run with options.
func RunWith[In, Exp, Out any](
	ctx context.Context, opts []Option, d Dataset[In, Exp], task func(context.Context, In) (Out, error), scorers ...Scorer[In, Exp, Out],
) (Report, error) {
	r, err := run(ctx, newConfig(opts), d, work[In, Exp, Out]{task: task, scorers: scorers})
	if err != nil {
		err = fmt.Errorf("run evaluation of %s: %w", cmp.Or(d.Name, "a dataset"), err)
	}
	return r, err
}

func run[In, Exp, Out any](ctx context.Context, c config, d Dataset[In, Exp], w work[In, Exp, Out]) (Report, error) {
	if d.Rows == nil || w.task == nil {
		return Report{}, errors.New("it needs a dataset with rows and a task")
	}
	if err := checkScorers(w.scorers); err != nil {
		return Report{}, err
	}
	names := make([]string, len(w.scorers))
	for i, s := range w.scorers {
		names[i] = s.Name + "\x00" + s.Model
	}
	var err error
	if w.Session, err = open(ctx, c, d.Name, d.ID, names); err != nil {
		return Report{}, err
	}
	expected, err := w.readRows(ctx, d)
	return w.close(ctx, expected, err)
}

// work is what is done with each row.
type work[In, Exp, Out any] struct {
	*Session
	task    func(context.Context, In) (Out, error)
	scorers []Scorer[In, Exp, Out]
}

// readRows begins all rows as soon as there is room for one, and counts those that it may not
// begin any more.
func (w work[In, Exp, Out]) readRows(ctx context.Context, d Dataset[In, Exp]) (expected int, err error) {
	for row, rowErr := range d.Rows {
		if rowErr != nil {
			return expected, rowErr
		}
		c, rowErr := contentOf(row)
		if rowErr != nil {
			return expected, rowErr
		}
		first, rowErr := w.enter(c)
		if rowErr != nil {
			return expected, rowErr
		}
		for trial := 1; trial <= w.trials; trial++ {
			expected++
			if err == nil {
				err = w.wait(ctx)
			}
			switch {
			case err == nil:
			case IsBudget(err): // it is counted only
				continue
			default:
				return expected, err
			}
			go func() {
				defer w.leave()
				w.runRow(ctx, first+trial-1, row, c, trial)
			}()
		}
	}
	return expected, err
}

// RunRow gives a row to a task and judges what comes out, once there is room for it. An
// error says that it did not run; that of the task is in the result.
func RunRow[In, Exp, Out any](
	ctx context.Context, s *Session, row Row[In, Exp], task func(context.Context, In) (Out, error), scorers ...Scorer[In, Exp, Out],
) (RowResult, error) {
	w := work[In, Exp, Out]{s, task, scorers}
	out, err := w.one(ctx, row)
	if err != nil {
		err = fmt.Errorf("run row %q: %w", row.ID, err)
	}
	return out, err
}

func (w work[In, Exp, Out]) one(ctx context.Context, row Row[In, Exp]) (RowResult, error) {
	if err := checkScorers(w.scorers); err != nil {
		return RowResult{}, err
	}
	c, err := contentOf(row)
	if err != nil {
		return RowResult{}, err
	}
	place, err := w.enter(c)
	if err != nil {
		return RowResult{}, err
	}
	if err := w.wait(ctx); err != nil {
		return RowResult{}, err
	}
	defer w.leave()
	w.runRow(ctx, place, row, c, 1)
	return w.result(place)
}
