package queue

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/technoshare/commentator/internal/database"
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

// Save stores what a stage of a job got. When it returns, the value is on disk; it stays until
// the job ends. It does not ask who owns the link: a worker that was taken for dead may save
// too, which does no harm, since a stage's result is as good as another attempt's.
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
	_, err = q.db.Exec(ctx, `INSERT INTO commentator_checkpoints (job_id, stage, value, saved_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (job_id, stage) DO UPDATE SET value = excluded.value, saved_ms = excluded.saved_ms`,
		jobID, stage, string(encoded), database.Millis(now))
	if err != nil {
		return fmt.Errorf("save the checkpoint: %w", err)
	}
	return nil
}
