package database

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// A database of each earlier version, with rows in it, is brought up to date and keeps what it had.
func TestEarlierVersionsAreUpgraded(t *testing.T) {
	ctx := context.Background()
	for version := 1; version < len(migrations); version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "q.sqlite")
			e, err := openSQLite(ctx, file)
			if err != nil {
				t.Fatal(err)
			}
			exec := func(query string, args ...any) {
				t.Helper()
				if _, err := e.Exec(ctx, query, args...); err != nil {
					t.Fatal(err)
				}
			}
			exec(`CREATE TABLE commentator_schema (version INTEGER PRIMARY KEY)`)
			for i := range version {
				for statement := range strings.SplitSeq(migrations[i], ";") {
					exec(statement)
				}
				exec(`INSERT INTO commentator_schema (version) VALUES ($1)`, i+1)
			}
			exec(`INSERT INTO commentator_links (id, team, channel, message_ts, thread_ts, user_id, url, canonical, domain, position, revision,
				source, origin, state, cuts, began, attempt, river_id, created_ms, available_ms)
				VALUES ('a', 'T', 'C', '1.1', '', 'U', 'u', 'c', 'd', 0, 0, 'message', '', 'queued', 5, 1, 0, 7, 1, 1)`)
			if version < 3 {
				exec(`INSERT INTO commentator_feedback (job_id, user_id, name, value, given_ms) VALUES ('a', 'U', 'helpful', 'false', 1)`)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}

			db, err := Open(ctx, file, Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			var state string
			var river, cuts, suspect, priority int
			found, err := One(ctx, db, `SELECT state, river_id, cuts, suspect, priority FROM commentator_links WHERE id = 'a'`, nil,
				&state, &river, &cuts, &suspect, &priority)
			wantCuts := 5
			if version < 2 {
				wantCuts = 0 // they began anew
			}
			if err != nil || !found || state != "queued" || river != 7 || cuts != wantCuts || suspect != 0 || priority != 2 {
				t.Errorf("found %v, %v: %s, job %d, %d cuts, suspect %d, priority %d", found, err, state, river, cuts, suspect, priority)
			}
			var emoji, value string
			found, err = One(ctx, db, `SELECT emoji, value FROM commentator_reactions WHERE job_id = 'a' AND user_id = 'U' AND removed = 0`, nil,
				&emoji, &value)
			if found != (version < 3) || err != nil || found && (emoji != "-1" || value != "false") {
				t.Errorf("reaction found %v, %v: %s, %s", found, err, emoji, value)
			}
			var now int
			if _, err := One(ctx, db, `SELECT max(version) FROM commentator_schema`, nil, &now); err != nil || now != len(migrations) {
				t.Errorf("version %d, %v", now, err)
			}
		})
	}
}
