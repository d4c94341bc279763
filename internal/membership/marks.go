package membership

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

// Mark reads a value kept under a name; empty when there is none.
func (m *Members) Mark(ctx context.Context, name string) (string, error) {
	var v string
	if _, err := database.One(ctx, m.db, `SELECT value FROM commentator_marks WHERE name = $1`, []any{name}, &v); err != nil {
		return "", fmt.Errorf("read mark %s: %w", name, err)
	}
	return v, nil
}

// RaiseMark sets a value if it is greater, as text, than the one there. The values are
// timestamps of Slack, which are of one length until the year 2286 and so sort as text. That a
// mark never falls lets several listeners write it in any order.
func (m *Members) RaiseMark(ctx context.Context, name, value string) error {
	return m.RaiseMarkIn(ctx, m.db, name, value)
}

// RaiseMarkIn is [Members.RaiseMark] as a part of q. The queue calls it in the transaction
// that stores an event: what is marked as heard is stored.
func (m *Members) RaiseMarkIn(ctx context.Context, q database.Querier, name, value string) error {
	_, err := q.Exec(ctx, `INSERT INTO commentator_marks (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE commentator_marks.value < excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("raise mark %s: %w", name, err)
	}
	return nil
}

// Now is the time on the database's clock, as far as it is believed: see [database.DB.SafeNow].
func (m *Members) Now(ctx context.Context) (time.Time, error) { return m.db.SafeNow(ctx, m.db) }

// Lease takes a name for this member for a while, unless another has it, and reports whether
// it did. It is renewed by taking it again. The lease of a member that dies ends when its work
// is taken over. The time is the database's, so that the clocks of the members need not agree; a
// lease that ends later than d from now was taken while that clock was ahead, and does not
// count, so all who take a name must take it for the same time. A clock that jumps may let a
// lease overlap another: it saves double work and must not be what something's correctness
// rests on.
func (m *Members) Lease(ctx context.Context, name string, d time.Duration) (bool, error) {
	now, err := m.db.Now(ctx, m.db)
	if err != nil {
		return false, fmt.Errorf("lease %s: %w", name, err)
	}
	until := database.Millis(now.Add(d))
	n, err := m.db.Exec(ctx, `INSERT INTO commentator_marks (name, value, owner, until_ms) VALUES ($1, '', $2, $3)
		ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until_ms = excluded.until_ms
		WHERE commentator_marks.owner = $2 OR commentator_marks.until_ms < $4 OR commentator_marks.until_ms > $5`,
		name, m.ID(), until, database.Millis(now), database.Millis(now.Add(d+leaseSlack)))
	if err != nil {
		return false, fmt.Errorf("lease %s: %w", name, err)
	}
	return n == 1, nil
}

// leaseSlack is how much later than its length a lease may end without being one of a clock that was
// ahead.
const leaseSlack = time.Minute

// Release gives a lease back. It does nothing if another member has it by now.
func (m *Members) Release(ctx context.Context, name string) error {
	_, err := m.db.Exec(ctx, `UPDATE commentator_marks SET until_ms = 0 WHERE name = $1 AND owner = $2`, name, m.ID())
	if err != nil {
		return fmt.Errorf("release %s: %w", name, err)
	}
	return nil
}
