package queue_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
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

// The notice on a link of 8,000 bytes that are & was too long, and with it the event that shared the link again, and
// the end of the link: Slack delivered the one again until it gave up, the other was tried for ever.
func TestNoLinkIsTooLongForItsTasks(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "q.sqlite"))
	long := "https://a.example/" + strings.Repeat("&", 8000)
	first := accept(t, s, message("1", long)).Links[0]
	again := accept(t, s, message("2", long, "https://b.example/"))
	if len(again.Links) != 2 || again.Links[0].Admission != job.Shared || again.Links[1].Admission != job.Admitted {
		t.Errorf("shared again: %+v", again)
	}
	if err := s.Queue.Enqueue(t.Context(), job.Task{Kind: job.TaskGaveUp, Payload: first.Link}); err != nil {
		t.Error(err)
	}
}
