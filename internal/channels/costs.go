package channels

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// micros are US dollars as they are stored: millionths, since sums of floats depend on their order.
const micros = 1_000_000

// Paid adds what an analysis cost to what its job did, as a part of q. One that asked no model costs
// nothing. The caller calls it once for each analysis: in the transaction that keeps its result, so
// that a crash leaves both or neither.
func (s *Store) Paid(ctx context.Context, q database.Querier, jobID, channel string, a *job.Analysis) error {
	if a.Offline() || a.Calls == 0 {
		return nil
	}
	now, err := s.db.SafeNow(ctx, q)
	if err != nil {
		return fmt.Errorf("keep the cost of job %s: %w", jobID, err)
	}
	var usd int64
	priced, unpriced := 0, 1
	if a.CostUSD != nil {
		usd, priced, unpriced = int64(math.Round(*a.CostUSD*micros)), 1, 0
	}
	_, err = q.Exec(ctx, `INSERT INTO commentator_costs (job_id, month, channel, usd_micros, priced, unpriced, paid_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (job_id, month) DO UPDATE SET usd_micros = commentator_costs.usd_micros + excluded.usd_micros,
			priced = commentator_costs.priced + excluded.priced, unpriced = commentator_costs.unpriced + excluded.unpriced,
			paid_ms = excluded.paid_ms`,
		jobID, job.Month(now), channel, usd, priced, unpriced, database.Millis(now))
	if err != nil {
		return fmt.Errorf("keep the cost of job %s: %w", jobID, err)
	}
	return nil
}

// Failed implements [job.ChannelPreferences].
func (s *Store) Failed(ctx context.Context, jobID, channel string, a *job.Analysis) error {
	return s.Paid(ctx, s.db, jobID, channel, a)
}

// Spent is what the models cost in this calendar month, by channel; that of all channels where none
// is named.
func (s *Store) Spent(ctx context.Context, channel string) (month string, spent map[string]job.Spend, err error) {
	now, err := s.db.SafeNow(ctx, s.db)
	if err != nil {
		return "", nil, fmt.Errorf("add up costs: %w", err)
	}
	month, spent = job.Month(now), map[string]job.Spend{}
	err = database.Each(ctx, s.db, `SELECT channel, CAST(sum(usd_micros) AS BIGINT), sum(priced), sum(unpriced) FROM commentator_costs
		WHERE month = $1 AND (channel = $2 OR $2 = '') GROUP BY channel`, []any{month, channel}, func(r database.Rows) error {
		var id string
		var usd, priced, unpriced int64
		err := r.Scan(&id, &usd, &priced, &unpriced)
		spent[id] = job.Spend{USD: float64(usd) / micros, Priced: int(priced), Unpriced: int(unpriced)}
		return err
	})
	if err != nil {
		return "", nil, fmt.Errorf("add up costs: %w", err)
	}
	return month, spent, nil
}

// Preferences implements [job.ChannelPreferences]. Analyses that are under way while the budget is
// reached are not counted yet, so that it may be passed by what these cost.
func (s *Store) Preferences(ctx context.Context, channel string) (job.Preferences, error) {
	set, err := s.Settings(ctx, channel)
	if err != nil {
		return job.Preferences{}, err
	}
	out := job.Preferences{Language: set.Language, PromptAlias: set.Prompt}
	if set.BudgetUSD <= 0 {
		return out, nil
	}
	month, spent, err := s.Spent(ctx, channel)
	if err != nil {
		return out, err
	}
	if spent[channel].USD >= set.BudgetUSD {
		out.Over = &job.OverBudget{Month: month, BudgetUSD: set.BudgetUSD}
	}
	return out, nil
}

// Prune deletes costs from before a time, as far as bounds let it. Settings stay until they are
// changed. It returns how many rows went.
func (s *Store) Prune(ctx context.Context, before time.Time, bounds database.Bounds) (int64, error) {
	before, err := bounds.Cutoff(ctx, s.db, "commentator_costs", "paid_ms", before)
	if err != nil {
		return 0, fmt.Errorf("prune costs: %w", err)
	}
	n, err := database.DeleteInBatches(ctx, s.db, `DELETE FROM commentator_costs
		WHERE job_id IN (SELECT job_id FROM commentator_costs WHERE paid_ms <= $1 LIMIT $2)`, before)
	if err != nil {
		return n, fmt.Errorf("prune costs: %w", err)
	}
	return n, nil
}

// Redate corrects what was written while the clock was ahead, see [database.Redate].
func (s *Store) Redate(ctx context.Context, now time.Time) error {
	if err := database.Redate(ctx, s.db, now, "commentator_costs", "paid_ms"); err != nil {
		return err
	}
	return database.Redate(ctx, s.db, now, "commentator_channel_settings", "changed_ms")
}
