package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// Slack does not promise the order of events, nor do two listeners beside each other. What the
// newest event has said of a message and of its links is remembered in the inbox, for as long as
// that is kept: the key names the message or the link, event is the version, and kind says what
// became of it. A deletion is the last version of all.

// Kinds of what is remembered.
const (
	kindDeleted = "version: deleted"
	kindRemoved = "version: removed"
	kindAdded   = "version: added"
)

// versionKey names a message, or one of its links, in the inbox. Links are named by a hash, as an
// address may be too long for the index of a server.
func versionKey(channel, messageTS, canonical string) string {
	key := "version/" + channel + "/" + messageTS
	if canonical == "" {
		return key
	}
	sum := sha256.Sum256([]byte(canonical))
	return key + "/" + hex.EncodeToString(sum[:16])
}

// note remembers what an event says of its message, unless a newer one has said something. That a
// message holds links needs no note: nothing but an edit contradicts it.
func note(ctx context.Context, t database.Tx, v job.Versions, links []job.NewLink, now time.Time) error {
	set := func(canonical, kind string) error {
		_, err := t.Exec(ctx, `INSERT INTO commentator_inbox (key, event, kind, received_ms) VALUES ($1, $2, $3, $4)
			ON CONFLICT (key) DO UPDATE SET event = excluded.event, kind = excluded.kind, received_ms = excluded.received_ms
			WHERE excluded.event > commentator_inbox.event`,
			versionKey(v.Channel, v.MessageTS, canonical), v.Version, kind, database.Millis(now))
		return err
	}
	if v.Deleted {
		return set("", kindDeleted)
	}
	for _, c := range v.Removed {
		if err := set(c, kindRemoved); err != nil {
			return err
		}
	}
	if v.Version == "" || v.Version == v.MessageTS {
		return nil
	}
	for _, l := range links {
		if err := set(l.Canonical, kindAdded); err != nil {
			return err
		}
	}
	return nil
}

// outdated reports whether a newer event has taken the link out of its message, or the message
// away. The zero Versions are never outdated.
func outdated(ctx context.Context, t database.Tx, v job.Versions, canonical string) (bool, error) {
	if v.MessageTS == "" {
		return false, nil
	}
	return database.One(ctx, t, `SELECT 1 FROM commentator_inbox WHERE key = $1 AND kind = '`+kindDeleted+`'
		OR key = $2 AND kind = '`+kindRemoved+`' AND event > $3 LIMIT 1`,
		[]any{versionKey(v.Channel, v.MessageTS, ""), versionKey(v.Channel, v.MessageTS, canonical), v.Version}, new(int))
}

// messageDeleted reports whether a message is known to be gone. It is asked when a link is begun:
// a deletion that was stored at the same moment as its message, by another process, may not have
// seen the link.
func (q *Queue) messageDeleted(ctx context.Context, t database.Tx, channel, messageTS string) (bool, error) {
	return database.One(ctx, t, `SELECT 1 FROM commentator_inbox WHERE key = $1 AND kind = '`+kindDeleted+`'`,
		[]any{versionKey(channel, messageTS, "")}, new(int))
}

// withdraw cancels a link that does not run.
func (q *Queue) withdraw(ctx context.Context, t database.Tx, l *linkRow, really bool, now time.Time) error {
	if !really {
		return nil
	}
	if _, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'cancelled', outcome = 'cancelled', owner = '', suspect = 0, lone = 0,
		ended_ms = $2 WHERE id = $1`, l.ID, database.Millis(now)); err != nil {
		return err
	}
	return unsee(ctx, t, l.Link)
}

// BroughtBack reports whether a later version of a message than the given one has put a link into
// it: an edit that took it out is then outdated.
func (q *Queue) BroughtBack(ctx context.Context, channel, messageTS, canonical, version string) (bool, error) {
	found, err := database.One(ctx, q.db, `SELECT 1 FROM commentator_inbox WHERE key = $1 AND kind = '`+kindAdded+`' AND event > $2`,
		[]any{versionKey(channel, messageTS, canonical), version}, new(int))
	if err != nil {
		return false, fmt.Errorf("look for a later edit: %w", err)
	}
	return found, nil
}
