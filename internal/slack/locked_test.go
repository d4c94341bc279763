package slack_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

func TestALockedDatabaseDelaysButLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t, withSlack(fakeslack.WithAckTimeout(3*time.Second)))
	w.listen()
	w.work()
	first := w.say("https://a.example/0")
	w.awaitReplies(first.TS, "success on https://a.example/0")
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "q.sqlite")+"?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := w.say("https://a.example/1")
	w.await("the event is refused", func(*fakeslack.Server) bool { return w.bot.NotStored() > 0 })
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	w.awaitReplies(p.TS, "success on https://a.example/1")
	if r := w.bot.Readiness(t.Context()); r.NotStored == 0 || r.Database != nil {
		t.Errorf("readiness %+v", r)
	}
}
