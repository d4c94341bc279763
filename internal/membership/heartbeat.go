package membership

import (
	"context"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

// heartbeat shows life by the time in the member's row. All times are those of
// the database, so that the clocks of the members need not agree.
type heartbeat struct {
	db        *database.DB
	deadAfter time.Duration
}

// pgNow is the time of the database.
const pgNow = database.PostgresMillis

func (s *heartbeat) join(ctx context.Context, id string) error {
	_, err := s.db.Exec(ctx, `INSERT INTO commentator_instances (id, started_ms, beat_ms) VALUES ($1, `+pgNow+`, `+pgNow+`)`, id)
	return err
}

// beat touches the member's row; that there is none means that a survivor has removed it.
func (s *heartbeat) beat(ctx context.Context, id string) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE commentator_instances SET beat_ms = `+pgNow+` WHERE id = $1`, id)
	return err == nil && n == 0, err
}

// alive reports whether the last heartbeat is young enough; a member without a row is dead.
func (s *heartbeat) alive(ctx context.Context, q database.Querier, id string) (bool, error) {
	return database.One(ctx, q, `SELECT 1 FROM commentator_instances WHERE id = $1 AND beat_ms > `+pgNow+` - $2`,
		[]any{id, s.deadAfter.Milliseconds()}, new(int))
}

// remove asks again, so that a late heartbeat is not overlooked.
func (s *heartbeat) remove(ctx context.Context, t database.Tx, id string) (bool, error) {
	n, err := t.Exec(ctx, `DELETE FROM commentator_instances WHERE id = $1 AND beat_ms <= `+pgNow+` - $2`, id, s.deadAfter.Milliseconds())
	return n > 0, err
}

// The two below have nothing to do: the row is all that there is.
func (s *heartbeat) leave(string)   {}
func (s *heartbeat) cleanUp(string) {}
