package queue

import (
	"context"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/channels"
	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/membership"
	"github.com/technoshare/commentator/internal/people"
)

// patience is how long tests wait for what must come about. It only bounds how
// late a failure is seen.
const patience = time.Minute

// openDatabase opens a database of its own for a test.
func openDatabase(t *testing.T, url string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, database.Config{Connections: 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// process is what one process has of a queue.
type process struct {
	*Queue
	members *membership.Members
}

// newProcess makes a member of the queue that does not run.
func newProcess(t testing.TB, db *database.DB, cfg Config) *process {
	t.Helper()
	m := membership.New(db, membership.Config{DeadAfter: time.Hour})
	q, err := New(t.Context(), db, m, people.New(db), channels.New(db, job.ChannelSettings{}), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Leave(false) })
	return &process{q, m}
}

// restart is the process after a crash: what it was is dead and has left all it
// held, its row too, and another is in its place.
func (p *process) restart(t *testing.T) *process {
	t.Helper()
	p.members.Leave(true)
	// Nobody waits an hour for a heartbeat; a file's lock is gone at once.
	if _, err := p.db.Exec(t.Context(), `UPDATE commentator_instances SET beat_ms = 0 WHERE id = $1`, p.members.ID()); err != nil {
		t.Fatal(err)
	}
	m := membership.New(p.db, membership.Config{DeadAfter: time.Hour})
	if err := m.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Leave(false) })
	return &process{&Queue{db: p.db, members: m, mutes: p.mutes, river: p.river, cfg: p.cfg}, m}
}

// submit accepts one link that somebody asked for, in a message of its own.
func submit(t testing.TB, q *Queue, url string) job.Link {
	t.Helper()
	a, err := q.Accept(context.Background(), job.Submission{Keys: []string{"message/" + url}, Links: []job.NewLink{{Link: job.Link{
		Team: "T1", Channel: "C1", MessageTS: url, URL: url, Canonical: url, Source: job.FromMention,
	}}}})
	if err != nil || len(a.Links) != 1 || a.Links[0].Admission != job.Admitted {
		t.Fatalf("submit %s: %+v, %v", url, a, err)
	}
	return a.Links[0].Link
}

// begin begins a link, whichever is next.
func (q *Queue) begin(ctx context.Context, id string) (a job.Attempt, d decision, err error) {
	err = q.db.InTx(ctx, func(t database.Tx) (err error) {
		if err = lockTurns(ctx, t); err == nil {
			a, d, err = q.take(ctx, t, id, time.Now())
		}
		return err
	})
	return a, d, err
}
