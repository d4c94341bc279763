package database

import (
	"context"
	"fmt"
	"strings"
)

// migrations are the versions of our own tables, applied in order; a released one is never
// changed. Both databases understand them: times are Unix milliseconds, JSON is text. A
// statement ends with a semicolon, by which migrate takes a version apart: none may stand
// within one. Columns without a default are always written; an empty text or 0 stands for what
// is not known yet, so that no column is ever NULL.
var migrations = []string{`
CREATE TABLE commentator_links (
	id TEXT PRIMARY KEY,
	team TEXT NOT NULL, channel TEXT NOT NULL, message_ts TEXT NOT NULL, thread_ts TEXT NOT NULL,
	user_id TEXT NOT NULL, url TEXT NOT NULL, canonical TEXT NOT NULL, domain TEXT NOT NULL,
	position INTEGER NOT NULL, revision INTEGER NOT NULL, source TEXT NOT NULL, origin TEXT NOT NULL,
	state TEXT NOT NULL, outcome TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
	attempt INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
	began INTEGER NOT NULL DEFAULT 0, cuts INTEGER NOT NULL DEFAULT 0,
	owner TEXT NOT NULL DEFAULT '', trace_id TEXT NOT NULL DEFAULT '', river_id BIGINT NOT NULL DEFAULT 0,
	created_ms BIGINT NOT NULL, available_ms BIGINT NOT NULL,
	started_ms BIGINT NOT NULL DEFAULT 0, ended_ms BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX commentator_links_message ON commentator_links (channel, message_ts);
CREATE INDEX commentator_links_state ON commentator_links (state, available_ms);
CREATE INDEX commentator_links_ended ON commentator_links (ended_ms);

CREATE TABLE commentator_inbox (
	key TEXT PRIMARY KEY,
	event TEXT NOT NULL,
	kind TEXT NOT NULL,
	received_ms BIGINT NOT NULL
);
CREATE INDEX commentator_inbox_received ON commentator_inbox (received_ms);

CREATE TABLE commentator_unreadable (
	event TEXT PRIMARY KEY, reason TEXT NOT NULL, payload TEXT NOT NULL, received_ms BIGINT NOT NULL
);

CREATE TABLE commentator_checkpoints (
	job_id TEXT NOT NULL, stage TEXT NOT NULL, value TEXT NOT NULL, saved_ms BIGINT NOT NULL,
	PRIMARY KEY (job_id, stage)
);

CREATE TABLE commentator_deliveries (
	key TEXT PRIMARY KEY,
	job_id TEXT NOT NULL, part INTEGER NOT NULL,
	state TEXT NOT NULL, channel TEXT NOT NULL, thread_ts TEXT NOT NULL,
	ts TEXT NOT NULL DEFAULT '', permalink TEXT NOT NULL DEFAULT '', updated_ms BIGINT NOT NULL
);
CREATE INDEX commentator_deliveries_job ON commentator_deliveries (job_id, part);
CREATE INDEX commentator_deliveries_ts ON commentator_deliveries (channel, ts);
CREATE INDEX commentator_deliveries_thread ON commentator_deliveries (channel, thread_ts);

CREATE TABLE commentator_seen (
	channel TEXT NOT NULL, canonical TEXT NOT NULL,
	job_id TEXT NOT NULL, user_id TEXT NOT NULL, message_ts TEXT NOT NULL, seen_ms BIGINT NOT NULL,
	PRIMARY KEY (channel, canonical)
);

CREATE TABLE commentator_mutes (
	scope TEXT NOT NULL, value TEXT NOT NULL, user_id TEXT NOT NULL, since_ms BIGINT NOT NULL,
	PRIMARY KEY (scope, value)
);

CREATE TABLE commentator_feedback (
	job_id TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, given_ms BIGINT NOT NULL,
	PRIMARY KEY (job_id, user_id, name)
);

CREATE TABLE commentator_instances (
	id TEXT PRIMARY KEY, started_ms BIGINT NOT NULL, beat_ms BIGINT NOT NULL
);

CREATE TABLE commentator_marks (
	name TEXT PRIMARY KEY, value TEXT NOT NULL, owner TEXT NOT NULL DEFAULT '', until_ms BIGINT NOT NULL DEFAULT 0
)`,
	// Version 2: the order in which links are begun, links that are suspected of crashes, and
	// peers that are away. Before, cuts counted crashes whoever else ran; that says nothing of a
	// link, so it begins anew.
	`
ALTER TABLE commentator_links ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE commentator_links ADD COLUMN priority INTEGER NOT NULL DEFAULT 2;
ALTER TABLE commentator_links ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0;
ALTER TABLE commentator_links ADD COLUMN lone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE commentator_links ADD COLUMN lone_cuts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE commentator_links ADD COLUMN peer TEXT NOT NULL DEFAULT '';
ALTER TABLE commentator_links ADD COLUMN away_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE commentator_links ADD COLUMN failed_ms BIGINT NOT NULL DEFAULT 0;
UPDATE commentator_links SET cuts = 0 WHERE cuts > 0;
CREATE INDEX commentator_links_turn ON commentator_links (state, suspect, turn, priority, id);
CREATE INDEX commentator_links_channel ON commentator_links (channel, state, priority, turn);
CREATE INDEX commentator_links_river ON commentator_links (river_id);

CREATE TABLE commentator_peers (
	peer TEXT PRIMARY KEY,
	failures INTEGER NOT NULL DEFAULT 0, next_ms BIGINT NOT NULL DEFAULT 0, up_ms BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE commentator_locks (name TEXT PRIMARY KEY);
INSERT INTO commentator_locks (name) VALUES ('turn')`,
	// Version 3: reactions instead of the verdicts that they came to, since a verdict that is taken
	// back leaves an earlier one of the same person standing; questions, and the evidence that
	// answers them.
	`
CREATE TABLE commentator_reactions (
	job_id TEXT NOT NULL, user_id TEXT NOT NULL, emoji TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
	version TEXT NOT NULL, removed INTEGER NOT NULL, given_ms BIGINT NOT NULL,
	PRIMARY KEY (job_id, user_id, emoji)
);
INSERT INTO commentator_reactions (job_id, user_id, emoji, name, value, version, removed, given_ms)
	SELECT job_id, user_id, CASE value WHEN 'true' THEN '+1' ELSE '-1' END, name, value, '', 0, given_ms FROM commentator_feedback;
DROP TABLE commentator_feedback;
ALTER TABLE commentator_links ADD COLUMN question TEXT NOT NULL DEFAULT '';
ALTER TABLE commentator_links ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE commentator_links ADD COLUMN session_ts TEXT NOT NULL DEFAULT '';
CREATE TABLE commentator_evidence (job_id TEXT PRIMARY KEY, value TEXT NOT NULL, kept_ms BIGINT NOT NULL);
CREATE INDEX commentator_evidence_kept ON commentator_evidence (kept_ms);
CREATE INDEX commentator_links_thread ON commentator_links (channel, thread_ts)`,
	// Version 4: what is set for a channel, what its models cost, what is kept of comments for
	// digests, and the sharings of a link in other channels.
	`
CREATE TABLE commentator_channel_settings (
	channel TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
	user_id TEXT NOT NULL, version TEXT NOT NULL, changed_ms BIGINT NOT NULL,
	PRIMARY KEY (channel, name)
);
CREATE TABLE commentator_costs (
	job_id TEXT NOT NULL, month TEXT NOT NULL, channel TEXT NOT NULL,
	usd_micros BIGINT NOT NULL, priced INTEGER NOT NULL, unpriced INTEGER NOT NULL, paid_ms BIGINT NOT NULL,
	PRIMARY KEY (job_id, month)
);
CREATE INDEX commentator_costs_month ON commentator_costs (month, channel);
CREATE INDEX commentator_costs_paid ON commentator_costs (paid_ms);
CREATE TABLE commentator_comments (
	job_id TEXT PRIMARY KEY, channel TEXT NOT NULL, title TEXT NOT NULL, tldr TEXT NOT NULL, answered_ms BIGINT NOT NULL
);
CREATE INDEX commentator_comments_channel ON commentator_comments (channel, answered_ms);
CREATE INDEX commentator_comments_answered ON commentator_comments (answered_ms);
CREATE INDEX commentator_seen_canonical ON commentator_seen (canonical, seen_ms)`,
	// Version 5: why people judged as they did.
	`
CREATE TABLE commentator_reasons (
	job_id TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL, why TEXT NOT NULL, better TEXT NOT NULL,
	version TEXT NOT NULL, given_ms BIGINT NOT NULL,
	PRIMARY KEY (job_id, user_id, name)
);
CREATE INDEX commentator_reasons_given ON commentator_reasons (given_ms)`,
}

// isCurrent reports whether our tables are at the version of this program. An error counts as no:
// the table may not be there yet, and what else it is comes again when the schema is changed.
func isCurrent(ctx context.Context, q Querier) bool {
	var version int
	found, err := One(ctx, q, `SELECT coalesce(max(version), 0) FROM commentator_schema`, nil, &version)
	return found && err == nil && version == len(migrations)
}

// migrate brings our tables to the newest version. The caller holds the lock of
// [engine].ChangeSchema. It runs in one transaction: both databases undo a half-done version,
// tables included. A version that is newer than this program's is an error, as an older
// program could not keep what it does not know.
func migrate(ctx context.Context, q Querier) error {
	if _, err := q.Exec(ctx, `CREATE TABLE IF NOT EXISTS commentator_schema (version INTEGER PRIMARY KEY)`); err != nil {
		return fmt.Errorf("create the schema table: %w", err)
	}
	var version int
	if _, err := One(ctx, q, `SELECT coalesce(max(version), 0) FROM commentator_schema`, nil, &version); err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if version > len(migrations) {
		return fmt.Errorf("the database has schema version %d, this program knows %d: run the newer program", version, len(migrations))
	}
	for i := version; i < len(migrations); i++ {
		for statement := range strings.SplitSeq(migrations[i], ";") {
			if _, err := q.Exec(ctx, statement); err != nil {
				return fmt.Errorf("migrate the database to version %d: %w", i+1, err)
			}
		}
		if _, err := q.Exec(ctx, `INSERT INTO commentator_schema (version) VALUES ($1)`, i+1); err != nil {
			return fmt.Errorf("note schema version %d: %w", i+1, err)
		}
	}
	return nil
}
