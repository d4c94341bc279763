package queue_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
)

type passing struct{ after time.Duration }

func (p passing) Error() string             { return "later" }
func (p passing) Retryable() bool           { return true }
func (p passing) RetryAfter() time.Duration { return p.after }

type permanent struct{}

func (permanent) Error() string             { return "never" }
func (permanent) Retryable() bool           { return false }
func (permanent) RetryAfter() time.Duration { return 0 }

func TestTasksAreRetriedUntilTheySucceedOrCannot(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url)
		var waits, nevers, onces atomic.Int32
		run(t, s, job.Handlers{
			Link: func(context.Context, job.Attempt) job.Verdict { return job.Verdict{} },
			Tasks: map[string]job.TaskFunc{
				"wait": func(context.Context, json.RawMessage) error {
					if waits.Add(1) < 3 {
						return passing{time.Millisecond}
					}
					return nil
				},
				"never": func(context.Context, json.RawMessage) error { nevers.Add(1); return permanent{} },
				"once":  func(context.Context, json.RawMessage) error { onces.Add(1); return nil },
			},
		})
		for range 2 {
			if err := s.Queue.Enqueue(t.Context(), job.Task{Kind: "wait", Key: "w"}, job.Task{Kind: "never", Key: "n"},
				job.Task{Kind: "once", Key: "o"}); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "tasks done", func() bool { return waits.Load() == 3 && nevers.Load() == 1 && onces.Load() == 1 })
	})
}
