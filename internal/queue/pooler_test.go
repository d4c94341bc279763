package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
)

// Two processes, each with four links at once and four tasks, share two connections of a PgBouncer
// in transaction mode.
func TestWorkersBehindAPoolerWork(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	url := databasetest.Pooled(t, queue.Postgres.Database(t), 2)
	quick := retries(3, 10*time.Millisecond, 50*time.Millisecond)
	a, b := open(t, url, quick), open(t, url, quick)
	done := make(chan string, 100)
	told := make(chan string, 100)
	h := job.Handlers{
		Link: func(_ context.Context, at job.Attempt) job.Verdict {
			if at.Number == 1 {
				return job.Verdict{Outcome: "error", Err: errors.New("not now"), Retry: true}
			}
			done <- at.ID
			return job.Verdict{Outcome: "success", Then: []job.Task{{Kind: "tell", Key: "tell/" + at.ID, Payload: at.ID}}}
		},
		Tasks: map[string]job.TaskFunc{"tell": func(_ context.Context, p json.RawMessage) error {
			told <- string(p)
			return nil
		}},
	}
	run(t, a, h)
	run(t, b, h)
	const links = 20
	var ids []string
	for i := range links {
		ids = append(ids, accept(t, a, message(fmt.Sprint(i), fmt.Sprintf("https://x/%d", i))).Links[0].ID)
	}
	for range links {
		receive(t, done, "a link")
		receive(t, told, "its task")
	}
	for _, id := range ids {
		eventually(t, "recorded", func() bool { return state(t, b, id).State == job.LinkDone })
	}
}
