package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// maxCheckpoint bounds a checkpoint, in bytes of JSON. The largest is evidence: the text of a
// page or of a PDF.
const maxCheckpoint = 16 << 20

// Load reads what a stage of a job saved, and reports whether there was anything. Together
// with Save it implements job.Checkpoints. After an error, into may hold a part of the value.
func (q *Queue) Load(ctx context.Context, jobID, stage string, into any) (bool, error) {
	var value string
	found, err := database.One(ctx, q.db, `SELECT value FROM commentator_checkpoints WHERE job_id = $1 AND stage = $2`,
		[]any{jobID, stage}, &value)
	if err != nil {
		return false, fmt.Errorf("load the checkpoint: %w", err)
	}
	if !found {
		return false, nil
	}
	if err := json.Unmarshal([]byte(value), into); err != nil {
		return false, fmt.Errorf("decode the checkpoint: %w", err)
	}
	return true, nil
}

// paid adds what an analysis has cost to what its link has.
func (q *Queue) paid(ctx context.Context, t database.Tx, jobID string, a *job.Analysis) error {
	var channel string
	found, err := database.One(ctx, t, `SELECT channel FROM commentator_links WHERE id = $1`, []any{jobID}, &channel)
	if err != nil || !found {
		return err
	}
	return q.set.Paid(ctx, t, jobID, channel, a)
}

// Save stores what a stage of a job got. When it returns, the value is on disk; it stays until
// the job ends. It does not ask who owns the link: a worker that was taken for dead may save
// too, which does no harm, since a stage's result is as good as another attempt's. What an analysis
// has cost is kept in the same transaction, see [Channels].
func (q *Queue) Save(ctx context.Context, jobID, stage string, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode the checkpoint: %w", err)
	}
	if len(encoded) > maxCheckpoint {
		return fmt.Errorf("save the checkpoint: %d bytes are more than the %d it may have", len(encoded), maxCheckpoint)
	}
	now, err := q.db.Now(ctx, q.db)
	if err != nil {
		return fmt.Errorf("save the checkpoint: %w", err)
	}
	insert := func(to database.Querier) error {
		_, err := to.Exec(ctx, `INSERT INTO commentator_checkpoints (job_id, stage, value, saved_ms) VALUES ($1, $2, $3, $4)
			ON CONFLICT (job_id, stage) DO UPDATE SET value = excluded.value, saved_ms = excluded.saved_ms`,
			jobID, stage, string(encoded), database.Millis(now))
		return err
	}
	if a, ok := value.(*job.Analysis); ok {
		err = q.db.InTx(ctx, func(t database.Tx) error { return errors.Join(insert(t), q.paid(ctx, t, jobID, a)) })
	} else {
		err = insert(q.db)
	}
	if err != nil {
		return fmt.Errorf("save the checkpoint: %w", err)
	}
	return nil
}
