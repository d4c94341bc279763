package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

// record puts a key into the inbox, under the id of the event it came with, and reports
// whether it is new. The insert itself is the question whether the key is new: a look before
// it would leave room for another listener between the two.
func record(ctx context.Context, t database.Tx, key, event, kind string, now time.Time) (isNew bool, err error) {
	n, err := t.Exec(ctx, `INSERT INTO commentator_inbox (key, event, kind, received_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key) DO NOTHING`, key, event, kind, database.Millis(now))
	return n > 0, err
}

// maxUnreadable is how many bytes of an unreadable event are stored. Slack's own payloads are
// mostly shorter; the beginning is what tells a person what came.
const maxUnreadable = 64 << 10

// SaveUnreadable stores an event that could not be understood, for a person to look at. It is
// no error to store it again. The payload is cut by bytes, so what is stored need not be whole
// JSON.
func (q *Queue) SaveUnreadable(ctx context.Context, id, reason string, payload []byte) error {
	if len(payload) > maxUnreadable {
		payload = payload[:maxUnreadable]
	}
	now, err := q.db.Now(ctx, q.db)
	if err != nil {
		return fmt.Errorf("store an unreadable event: %w", err)
	}
	_, err = q.db.Exec(ctx, `INSERT INTO commentator_unreadable (event, reason, payload, received_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (event) DO NOTHING`, id, q.cfg.redacted(reason), database.Text(payload), database.Millis(now))
	if err != nil {
		return fmt.Errorf("store an unreadable event: %w", err)
	}
	return nil
}
