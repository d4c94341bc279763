package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// slackAwayError is what a task gets while Slack is away.
type slackAwayError struct{}

func (slackAwayError) Error() string             { return "503" }
func (slackAwayError) Retryable() bool           { return true }
func (slackAwayError) RetryAfter() time.Duration { return 0 }
func (slackAwayError) Peer() string              { return job.PeerSlack }

func TestTasksWaitForAPeerByTheClock(t *testing.T) {
	for _, c := range []struct{ age, want time.Duration }{
		{0, time.Second}, {time.Minute, 30 * time.Second}, {3 * time.Hour, peerLongest}, {23 * time.Hour, peerLongest}, {25 * time.Hour, 0},
	} {
		w := &taskWorker{cfg: Defaults(), now: time.Now, tasks: map[string]job.TaskFunc{
			"post": func(context.Context, json.RawMessage) error { return fmt.Errorf("post: %w", slackAwayError{}) },
		}}
		err := w.Work(t.Context(), &river.Job[taskArgs]{JobRow: &rivertype.JobRow{CreatedAt: time.Now().Add(-c.age), Attempt: 1, MaxAttempts: 2}, Args: taskArgs{Task: "post"}})
		var snooze *river.JobSnoozeError
		switch {
		case !errors.As(err, &snooze) && c.want > 0:
			t.Errorf("after %s: %v", c.age, err)
		case c.want == 0 && (snooze != nil || !errors.Is(err, slackAwayError{})):
			t.Errorf("after %s: %v, which counts", c.age, err)
		case c.want > 0 && (snooze.Duration < c.want || snooze.Duration > c.want+time.Second):
			t.Errorf("after %s: again in %s, want %s", c.age, snooze.Duration, c.want)
		}
	}
}

// Whoever answered each time with a time to wait, as a gateway does, was waited for without end.
func TestAWaitThatIsAskedForEndsWithTheOutage(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{time.Hour: time.Minute, 25 * time.Hour: 0} {
		w := &taskWorker{cfg: Defaults(), now: time.Now, tasks: map[string]job.TaskFunc{
			"feedback": func(context.Context, json.RawMessage) error { return retry.Turn(errNoMatter, time.Minute) },
		}}
		row := &rivertype.JobRow{CreatedAt: time.Now().Add(-age), Attempt: 1, MaxAttempts: 2}
		err := w.Work(t.Context(), &river.Job[taskArgs]{JobRow: row, Args: taskArgs{Task: "feedback"}})
		var snooze *river.JobSnoozeError
		if got := errors.As(err, &snooze); got != (want > 0) || got && snooze.Duration != want || !got && !errors.Is(err, errNoMatter) {
			t.Errorf("after %s: %v", age, err)
		}
	}
}

func TestATaskThatIsGivenUpIsSaid(t *testing.T) {
	errPanic := errors.New("out of range")
	for name, c := range map[string]struct {
		err     error
		attempt int
		said    bool
	}{
		"refused for good": {refusedError{}, 1, true}, "the last attempt": {errNoMatter, 14, true}, "one of several": {errNoMatter, 13, false},
		"no handler": {nil, 1, true}, "a panic at the last": {errPanic, 14, true}, "a panic": {errPanic, 13, false},
	} {
		var log bytes.Buffer
		cfg := Defaults()
		cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
		w := &taskWorker{cfg: cfg, now: time.Now, tasks: map[string]job.TaskFunc{}}
		if c.err != nil {
			w.tasks["retract"] = func(context.Context, json.RawMessage) error {
				if errors.Is(c.err, errPanic) {
					panic(errPanic)
				}
				return c.err
			}
		}
		row := &rivertype.JobRow{CreatedAt: time.Now(), Attempt: c.attempt, MaxAttempts: maxTaskAttempts}
		err := func() (err error) {
			defer func() {
				if r := recover(); r != nil {
					err = c.err
				}
			}()
			return w.Work(t.Context(), &river.Job[taskArgs]{JobRow: row, Args: taskArgs{Task: "retract"}})
		}()
		if err == nil || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
		if said := strings.Count(log.String(), `"a task is given up" task=retract`) == 1; said != c.said {
			t.Errorf("%s: the log says %q", name, log.String())
		}
	}
}

// refusedError is what a task gets that can't succeed later.
type refusedError struct{}

func (refusedError) Error() string             { return "refused" }
func (refusedError) Retryable() bool           { return false }
func (refusedError) RetryAfter() time.Duration { return 0 }
