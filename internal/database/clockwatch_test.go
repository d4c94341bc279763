package database

import (
	"testing"
	"time"
)

// look is told the times, so a year of running takes no time.
func TestAClockThatLeapsIsBelievedOnceItHasGoneEvenlyForADay(t *testing.T) {
	const day = 24 * time.Hour
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	began := time.Now()
	var w clockWatch
	stored := start
	at := time.Duration(0) // of running
	look := func(off time.Duration) ClockState {
		t.Helper()
		var state ClockState
		state, stored = w.look(start.Add(at+off), began.Add(at), stored, time.Time{})
		return state
	}
	if s := look(0); s.Problem != "" || !s.SetBack {
		t.Errorf("first look: %+v", s)
	}
	at += time.Hour
	if s := look(0); s.Problem != "" || s.SetBack || !stored.Equal(start.Add(at)) {
		t.Errorf("an hour later: %+v, stored %s", s, stored)
	}
	at += time.Minute
	if s := look(5 * time.Hour); s.Problem != "" || s.SetBack {
		t.Errorf("some hours ahead: %+v", s)
	}
	at += time.Minute
	if s := look(0); s.Problem != "" || !s.SetBack {
		t.Errorf("right again: %+v", s)
	}
	at += 6 * time.Hour
	look(0)
	for hour := range 26 {
		at += time.Hour
		s := look(400 * day)
		if (s.Problem == "") != (hour > 23) {
			t.Errorf("%d hours ahead: %+v", hour, s)
		}
		// What is lived through counts, from the look on that first saw the leap.
		if s.Problem != "" && !stored.Equal(start.Add(at-time.Hour)) {
			t.Errorf("%d hours ahead: believed is %s after %s of running", hour, stored.Sub(start), at)
		}
	}
	at += time.Hour
	if s := look(0); !s.Behind || s.Problem == "" || !s.SetBack {
		t.Errorf("400 days back: %+v", s)
	}
	// The same, with jumps: it is never believed.
	for hour := range 100 {
		at += time.Hour
		if s := look(time.Duration(hour%7) * time.Hour); !s.Behind {
			t.Errorf("an uneven clock is believed: %+v", s)
		}
	}
}
