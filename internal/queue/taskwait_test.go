package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/technoshare/commentator/internal/job"
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
		w := &taskWorker{cfg: Defaults(), tasks: map[string]job.TaskFunc{
			"post": func(context.Context, json.RawMessage) error { return fmt.Errorf("post: %w", slackAwayError{}) },
		}}
		err := w.Work(t.Context(), &river.Job[taskArgs]{JobRow: &rivertype.JobRow{CreatedAt: time.Now().Add(-c.age)}, Args: taskArgs{Task: "post"}})
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
