package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// The evidence of a link outlasts its job for a while, so that questions about it can be answered.

const (
	// evidenceRetention is how long evidence is kept.
	evidenceRetention = 30 * 24 * time.Hour
	// maxEvidence bounds how much is kept: of so many links, the newest; keptSize, how large the
	// evidence of one may be, in characters of JSON.
	maxEvidence = 500
	keptSize    = 1 << 20
	// stageEvidence is the checkpoint of the pipeline that holds it.
	stageEvidence = "evidence"
)

// keepEvidence takes over the evidence of a link that was done, before its checkpoints go. A
// question has that of the links that it is about.
func keepEvidence(ctx context.Context, t database.Tx, l job.Link, state job.LinkState, now time.Time) error {
	if state != job.LinkDone || l.Question != "" {
		return nil
	}
	_, err := t.Exec(ctx, `INSERT INTO commentator_evidence (job_id, value, kept_ms)
		SELECT job_id, value, $2 FROM commentator_checkpoints WHERE job_id = $1 AND stage = '`+stageEvidence+`' AND length(value) <= $3
		ON CONFLICT (job_id) DO UPDATE SET value = excluded.value, kept_ms = excluded.kept_ms`, l.ID, database.Millis(now), keptSize)
	return err
}

// forgetEvidence drops the evidence of a link that was withdrawn: its message is gone.
func forgetEvidence(ctx context.Context, t database.Tx, id string) error {
	_, err := t.Exec(ctx, `DELETE FROM commentator_evidence WHERE job_id = $1`, id)
	return err
}

// KeptEvidence is what is kept of each of the links, in their order, as far as it is. It implements
// job.KeptEvidence.
func (q *Queue) KeptEvidence(ctx context.Context, ids []string) ([]*job.Evidence, error) {
	var out []*job.Evidence
	for _, id := range ids {
		var value string
		found, err := database.One(ctx, q.db, `SELECT value FROM commentator_evidence WHERE job_id = $1`, []any{id}, &value)
		if err != nil {
			return nil, fmt.Errorf("read kept evidence: %w", err)
		}
		ev := new(job.Evidence)
		// What can't be read any more is as good as gone.
		if found && json.Unmarshal([]byte(value), ev) == nil {
			out = append(out, ev)
		}
	}
	return out, nil
}

// InThread lists the links that were shared in a thread or above it, each in its last revision and in
// their order, without those that were withdrawn. Questions are none.
func (q *Queue) InThread(ctx context.Context, channel, thread string) ([]job.Link, error) {
	all, err := q.links(ctx, `channel = $1 AND (message_ts = $2 OR thread_ts = $2) AND question = ''
		ORDER BY message_ts, position, canonical, revision DESC`, channel, thread)
	if err != nil {
		return nil, err
	}
	var out []job.Link
	seen := map[string]bool{}
	for _, l := range all {
		key := l.MessageTS + "\x00" + l.Canonical
		if !seen[key] && l.State != job.LinkCancelled {
			out = append(out, l)
		}
		seen[key] = true
	}
	return out, nil
}
