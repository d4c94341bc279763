package queue_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
)

func TestCheckpointsLastUntilTheLinkEnds(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url, retries(3, time.Millisecond, time.Millisecond))
		ctx := t.Context()
		var found []bool
		run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			var v map[string]string
			ok, err := s.Queue.Load(ctx, a.ID, "analysis", &v)
			found = append(found, ok && v["a"] == "b\x00\u2028")
			if err == nil && !ok {
				err = s.Queue.Save(ctx, a.ID, "analysis", map[string]string{"a": "b\x00\u2028"})
			}
			if err != nil {
				return job.Verdict{Err: err}
			}
			if a.Number == 1 {
				return job.Verdict{Outcome: "error", Err: errors.New("again"), Retry: true}
			}
			return job.Verdict{Outcome: "success"}
		}})
		a := accept(t, s, message("1", "https://x/a"))
		eventually(t, "done", func() bool { return state(t, s, a.Links[0].ID).State == job.LinkDone })
		if fmt.Sprint(found) != "[false true]" {
			t.Errorf("checkpoint found: %v", found)
		}
		if ok, err := s.Queue.Load(ctx, a.Links[0].ID, "analysis", new(any)); ok || err != nil {
			t.Errorf("after the end: %v, %v", ok, err)
		}
	})
}
