package database

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// clockTolerance is how far clocks may differ, and a clock be adjusted, without a word.
	clockTolerance = time.Minute
	// clockLeap is how far the clock may be from where it was last seen and still be believed at
	// once: a worker is away over some days, but no row goes a week early by it.
	clockLeap = 7 * 24 * time.Hour
	// witnessAge is how far the newest message of Slack may be from the clock to confirm it.
	witnessAge = 24 * time.Hour
	// believedAfter is how long a clock that leapt must have gone evenly, while this process ran, to
	// be believed without a witness: a machine that was away for months.
	believedAfter = 24 * time.Hour
	// clockMark names the mark of the latest time at which the clock was believed.
	clockMark = "clock"
)

// ClockState is what [DB.CheckClock] found.
type ClockState struct {
	// Problem says in a sentence why the clock is not believed; empty when it is.
	Problem string
	// Behind says that the clock is not believed since it is far behind.
	Behind bool
	// SetBack says that the clock went back since the last look, or that this is the first.
	SetBack bool
}

// clockWatch is what is known of the clock from look to look.
type clockWatch struct {
	mu     sync.Mutex // guards what follows; never held during a query
	mark   reading    // where the clock was last believed, with what was lived through since
	last   reading    // the last look
	steady time.Time  // since when, by the monotonic clock, it has gone evenly
	state  ClockState
}

// SafeNow is [DB.Now] as far as something may be forgotten by it: not later than the latest time at
// which the clock was believed and what was lived through since. A clock that leaps ahead makes
// nothing old.
func (db *DB) SafeNow(ctx context.Context, q Querier) (time.Time, error) {
	now, err := db.Now(ctx, q)
	if err != nil {
		return now, err
	}
	db.watch.mu.Lock()
	defer db.watch.mu.Unlock()
	if mark := db.watch.mark; !mark.at.IsZero() && now.Sub(mark.now()) > clockLeap {
		return mark.now(), nil
	}
	return now, nil
}

// CheckClock compares the clock with where it was last believed, which is kept in the database, and
// with the monotonic clock of this process. A clock that leaps by more than a week is believed once
// the newest message of Slack is of its time, or when it has gone evenly for a day. It is called
// every minute or so by those who delete what is old, and once by [Open].
func (db *DB) CheckClock(ctx context.Context) (ClockState, error) {
	now, err := db.Now(ctx, db)
	if err != nil {
		return ClockState{}, err
	}
	stored, err := db.clockMark(ctx, now)
	if err != nil {
		return ClockState{}, err
	}
	witness, err := db.witness(ctx)
	if err != nil {
		return ClockState{}, err
	}
	state, mark := db.watch.look(now, time.Now(), stored, witness)
	if d := mark.Sub(stored); d > clockTolerance || d < 0 {
		_, err := db.Exec(ctx, `INSERT INTO commentator_marks (name, value, until_ms) VALUES ($1, '', $2)
			ON CONFLICT (name) DO UPDATE SET until_ms = excluded.until_ms`, clockMark, Millis(mark))
		if err != nil {
			return state, fmt.Errorf("note the time: %w", err)
		}
	}
	return state, nil
}

// ClockProblem is what the last [DB.CheckClock] found wrong with the clock; empty for nothing.
func (db *DB) ClockProblem() string {
	db.watch.mu.Lock()
	defer db.watch.mu.Unlock()
	return db.watch.state.Problem
}

// look is the judgement of [DB.CheckClock], without a database. now is what the clock says, at the
// moment of the monotonic clock. It returns the time that is to be stored as believed.
func (w *clockWatch) look(now, at, stored, witness time.Time) (ClockState, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := w.last.at.IsZero()
	drift := now.Sub(w.last.said) - at.Sub(w.last.at)
	if first || drift.Abs() > clockTolerance {
		w.steady = at
	}
	believed := stored
	if w.state.Problem != "" && !w.state.Behind {
		// What is lived through counts, also while the clock is not believed.
		if lived := w.mark.said.Add(at.Sub(w.mark.at)); lived.After(believed) {
			believed = lived
		}
	}
	w.last = reading{now, at}
	off := now.Sub(believed)
	w.state = ClockState{SetBack: first || drift < -clockTolerance}
	confirmed := now.Sub(witness).Abs() <= witnessAge || at.Sub(w.steady) >= believedAfter
	switch {
	case off.Abs() > clockLeap && confirmed:
		believed = now
	case off > clockLeap:
		w.state.Problem = fmt.Sprintf("the clock says %s, %s after it was last seen: is it right? Nothing is deleted for its age meanwhile",
			now.UTC().Format(time.RFC3339), days(off))
	case off < -clockLeap:
		w.state.Behind = true
		w.state.Problem = fmt.Sprintf("the clock says %s, %s before it was last seen: is it right?", now.UTC().Format(time.RFC3339), days(-off))
	case off > 0:
		believed = now
	}
	w.mark = reading{believed, at}
	return w.state, believed
}

// days is a long time as people say it.
func days(d time.Duration) string { return fmt.Sprintf("%d days", int(d/(24*time.Hour))) }

// clockMark reads where the clock was last believed. A database of an earlier version has no
// mark: the newest event that it took in is as good, and a new one begins with now.
func (db *DB) clockMark(ctx context.Context, now time.Time) (time.Time, error) {
	var millis int64
	found, err := One(ctx, db, `SELECT until_ms FROM commentator_marks WHERE name = $1`, []any{clockMark}, &millis)
	if err == nil && !found {
		_, err = One(ctx, db, `SELECT coalesce(max(received_ms), 0) FROM commentator_inbox`, nil, &millis)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read when the clock was last seen: %w", err)
	}
	if millis == 0 {
		// Older than now, so that it is written.
		return now.Add(-2 * clockTolerance), nil
	}
	return Time(millis), nil
}

// witness is the time of the newest message of Slack that was heard, on Slack's clock; zero when
// none is known. The marks are written by package slack, one for each channel.
func (db *DB) witness(ctx context.Context) (time.Time, error) {
	var ts string
	_, err := One(ctx, db, `SELECT coalesce(max(value), '') FROM commentator_marks WHERE name LIKE 'seen/%'`, nil, &ts)
	if err != nil {
		return time.Time{}, fmt.Errorf("look for the newest message: %w", err)
	}
	seconds, _, _ := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}, nil // none, or a test's
	}
	return time.Unix(n, 0), nil
}
