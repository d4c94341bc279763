//go:build unix

package queue

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/sandbox"
)

// BenchmarkFlood reports what a link costs in a queue of 10,000 of one channel: to take it in, to
// begin and end it, and the same while all of them wait for a peer that is away.
func BenchmarkFlood(b *testing.B) {
	const links = 10_000
	ctx := context.Background()
	for b.Loop() {
		db, err := database.Open(ctx, filepath.Join(b.TempDir(), "q.sqlite"), database.Config{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := db.Exec(ctx, `PRAGMA synchronous = OFF`); err != nil { // its time is the disk's
			b.Fatal(err)
		}
		p := newProcess(b, db, Defaults())
		report := func(what string, began time.Duration, n int) {
			b.ReportMetric(float64((sandbox.UsedCPU()-began).Microseconds())/float64(n), "µs-cpu/"+what)
		}
		began := sandbox.UsedCPU()
		for i := range links - 1 {
			submitTo(b, p.Queue, "FLOOD", fmt.Sprint("https://x/", i), job.FromMessage)
		}
		report("accept", began, links-1)
		const served = 200
		began = sandbox.UsedCPU()
		for range served {
			serveTurn(b, p, anyTurn(b, p))
		}
		report("serve", began, served)
		began = sandbox.UsedCPU()
		for i := range served {
			submitTo(b, p.Queue, "QUIET", fmt.Sprint("https://y/", i), job.FromMessage)
			if a := serveTurn(b, p, anyTurn(b, p)); i == 1 && a.Channel != "QUIET" {
				b.Errorf("the quiet channel waits behind %s", a.URL)
			}
		}
		report("serve-another", began, served)

		if _, err := db.Exec(ctx, `UPDATE commentator_links SET state = 'waiting', peer = 'Slack', available_ms = $1 WHERE state = 'queued'`,
			database.Millis(time.Now().Add(time.Hour))); err != nil {
			b.Fatal(err)
		}
		if _, err := db.Exec(ctx, `INSERT INTO commentator_peers (peer, failures, next_ms) VALUES ('Slack', 3, $1)`,
			database.Millis(time.Now().Add(time.Hour))); err != nil {
			b.Fatal(err)
		}
		river := anyTurn(b, p)
		began = sandbox.UsedCPU()
		for range served {
			if _, d, _, err := p.beginTurn(ctx, river); err != nil || d != later {
				b.Fatalf("decision %d, %v", d, err)
			}
		}
		report("wait", began, served)
		began = sandbox.UsedCPU()
		if err := db.InTx(ctx, func(t database.Tx) error { return p.reached(ctx, t, []string{job.PeerSlack}, time.Now()) }); err != nil {
			b.Fatal(err)
		}
		report("back", began, 1)
		began = sandbox.UsedCPU()
		for range served {
			serveTurn(b, p, anyTurn(b, p))
		}
		report("serve-due", began, served)
		_ = db.Close()
	}
}

// anyTurn is some turn, found without a search.
func anyTurn(b *testing.B, p *process) (river int64) {
	b.Helper()
	for _, where := range []string{`state = 'queued' AND suspect = 0`, `state = 'waiting'`} {
		found, err := database.One(b.Context(), p.db, `SELECT river_id FROM commentator_links WHERE `+where+` LIMIT 1`, nil, &river)
		if err != nil {
			b.Fatal(err)
		}
		if found {
			return river
		}
	}
	b.Fatal("no turn is left")
	return 0
}
