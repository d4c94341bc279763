package membership

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"

	"github.com/technoshare/commentator/internal/database"
)

// lockFile shows life by holding the lock of a file named after the member. The
// lock belongs to the open file, so it ends with the process.
type lockFile struct {
	db  *database.DB
	dir string

	mu   sync.Mutex // guards held
	held *flock.Flock
}

// name is the file of a member. Ids are hexadecimal and need no escaping.
func (s *lockFile) name(id string) string { return filepath.Join(s.dir, id) }

// join takes the lock before it writes the row: a row without a lock would be a dead member.
func (s *lockFile) join(ctx context.Context, id string) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	l := flock.New(s.name(id), flock.SetFlag(os.O_CREATE|os.O_RDWR))
	switch ok, err := l.TryLock(); {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("worker %s runs already", id)
	}
	s.mu.Lock()
	s.held = l
	s.mu.Unlock()
	// The time is for people who look: nothing follows from it.
	_, err := s.db.Exec(ctx, `INSERT INTO commentator_instances (id, started_ms, beat_ms) VALUES ($1, $2, $2)`,
		id, database.Millis(s.db.Estimate()))
	if err != nil {
		s.leave(id)
	}
	return err
}

// beat has nothing to write: the lock is the sign of life.
func (s *lockFile) beat(context.Context, string) (bool, error) { return false, nil }

// alive reports whether a process holds the lock of the member. A lock that this call gets for
// a moment is given back at once. Nobody else wants it: its member is dead, and its id is not
// used again.
func (s *lockFile) alive(_ context.Context, _ database.Querier, id string) (bool, error) {
	if id == "" {
		return false, nil
	}
	l := flock.New(s.name(id), flock.SetFlag(os.O_RDWR)) // it is not created
	free, err := l.TryLock()
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	return !free, l.Close()
}

// remove need not ask again: a lock once free is never taken again.
func (s *lockFile) remove(ctx context.Context, t database.Tx, id string) (bool, error) {
	n, err := t.Exec(ctx, `DELETE FROM commentator_instances WHERE id = $1`, id)
	return n > 0, err
}

// leave deletes the file before it gives the lock free, in this order: nobody can
// take the lock of a file that is about to go.
func (s *lockFile) leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		return
	}
	_ = os.Remove(s.name(id))
	_ = s.held.Close()
	s.held = nil
}

// cleanUp removes the file of a dead member; one that stays harms nobody.
func (s *lockFile) cleanUp(id string) { _ = os.Remove(s.name(id)) }
