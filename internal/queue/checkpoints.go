package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// maxCheckpoint bounds a checkpoint, in bytes of JSON. The largest is evidence: the text of a
// page or of a PDF.
const maxCheckpoint = 16 << 20

// checkpointPatience is how long the database is waited for, as one broken connection would
// otherwise have a job pay again for what it has, or had, already.
const checkpointPatience = time.Minute

// checkpointPause is the wait between two tries: a lost connection is the usual reason.
var checkpointPause = retry.Backoff{First: 100 * time.Millisecond, Longest: 5 * time.Second, Factor: 2}

// insist does something again while the database is away, up to checkpointPatience or until ctx
// ends. It returns the error of the last try.
func insist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, checkpointPatience)
	defer cancel()
	for failures := 0; ; failures++ {
		err := do(ctx)
		if err == nil || !database.IsUnavailable(database.Unavailable(err)) || retry.Sleep(ctx, checkpointPause.Wait(failures)) != nil {
			return err
		}
	}
}

// Load reads what a stage of a job saved, and reports whether there was anything. Together
// with Save it implements job.Checkpoints. A database that is away is waited for, for a minute at
// most. After an error, into may hold a part of the value.
func (q *Queue) Load(ctx context.Context, jobID, stage string, into any) (found bool, err error) {
	var value string
	err = insist(ctx, func(ctx context.Context) error {
		found, err = database.One(ctx, q.db, `SELECT value FROM commentator_checkpoints WHERE job_id = $1 AND stage = $2`,
			[]any{jobID, stage}, &value)
		return err
	})
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
// has cost is kept in the same transaction, see [Channels]. A database that is away is waited for, for
// a minute at most.
func (q *Queue) Save(ctx context.Context, jobID, stage string, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode the checkpoint: %w", err)
	}
	if len(encoded) > maxCheckpoint {
		return fmt.Errorf("save the checkpoint: %d bytes are more than the %d it may have", len(encoded), maxCheckpoint)
	}
	if err := insist(ctx, func(ctx context.Context) error { return q.save(ctx, jobID, stage, value, string(encoded)) }); err != nil {
		return fmt.Errorf("save the checkpoint: %w", err)
	}
	return nil
}

func (q *Queue) save(ctx context.Context, jobID, stage string, value any, encoded string) error {
	now, err := q.db.Now(ctx, q.db)
	if err != nil {
		return err
	}
	insert := func(to database.Querier) (changed bool, err error) {
		n, err := to.Exec(ctx, `INSERT INTO commentator_checkpoints (job_id, stage, value, saved_ms) VALUES ($1, $2, $3, $4)
			ON CONFLICT (job_id, stage) DO UPDATE SET value = excluded.value, saved_ms = excluded.saved_ms
			WHERE commentator_checkpoints.value <> excluded.value`, jobID, stage, encoded, database.Millis(now))
		return n > 0, err
	}
	a, ok := value.(*job.Analysis)
	if !ok {
		_, err := insert(q.db)
		return err
	}
	return q.db.InTx(ctx, func(t database.Tx) error {
		changed, err := insert(t)
		if err != nil || !changed { // the answer to an earlier try was lost: what it cost is kept too
			return err
		}
		return q.paid(ctx, t, jobID, a)
	})
}
