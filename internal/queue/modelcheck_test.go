package queue

import (
	"context"
	"fmt"

	"pgregory.net/rapid"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// check compares the queue with the model.
func (m *model) check(t *rapid.T) {
	for _, l := range m.links {
		err := m.db.InTx(context.Background(), func(tx database.Tx) error {
			row, err := lockLink(context.Background(), tx, l.ID)
			if err != nil || row == nil {
				return fmt.Errorf("link %s: %v, %w", l.ID, row, err)
			}
			owner := ""
			if l.holder != nil {
				owner = l.holder.members.ID()
			}
			const form = "%s, %d attempts, %d failures, suspect %v, lone %v, %d of %d cuts, owner %q"
			got := fmt.Sprintf(form, row.State, row.Attempt, row.Failures, row.suspect, row.lone, row.cuts, row.loneCuts, row.owner)
			want := fmt.Sprintf(form, l.state, l.attempts, l.failures, l.suspect, l.lone, l.cuts, l.loneCuts, owner)
			if l.state != job.LinkCancelled && got != want {
				return fmt.Errorf("the queue has %s; want %s", got, want)
			}
			if row.State != l.state || row.owner != owner {
				return fmt.Errorf("the queue has %s; want %s", got, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		if l.state.Final() {
			want = 1
		}
		if l.ends != want {
			t.Fatalf("link %s is %s and ended %d times", l.ID, l.state, l.ends)
		}
	}
}
