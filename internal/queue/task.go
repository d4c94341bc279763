package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
)

// Names of River's queues.
const (
	queueLinks = "links"
	queueTasks = "tasks"
)

var allQueues = []string{queueLinks, queueTasks}

// Tasks that the store itself makes.
const (
	// TaskShared points to an earlier sharing; payload SharedNotice.
	TaskShared = "shared"
	// TaskFull tells people that the queue is full; payload Link.
	TaskFull = "full"
	// TaskGaveUp tells people that attempts at a link kept crashing; payload Link.
	TaskGaveUp = "gave_up"
)

// Task is a small piece of work that is retried until it succeeds. It may run
// more than once.
type Task struct {
	Kind string
	// Key makes the task unique for as long as the inbox is kept; may be empty.
	Key     string
	Payload any // encoded as JSON
	Delay   time.Duration
}

// maxTaskAttempts is where a task is given up, after about three hours.
const maxTaskAttempts = 14

// maxTaskBytes bounds a task's payload.
const maxTaskBytes = 64 << 10

type linkArgs struct {
	ID string `json:"id"`
}

func (linkArgs) Kind() string { return "link" }

type taskArgs struct {
	Task    string          `json:"task"`
	Payload json.RawMessage `json:"payload"`
}

func (taskArgs) Kind() string { return "task" }

func linkInsertOpts(s Source) *river.InsertOpts {
	// Attempts are counted in commentator_links; River's bound is never reached.
	return &river.InsertOpts{Queue: queueLinks, Priority: s.priority(), MaxAttempts: 1000}
}

// Enqueue stores tasks outside an event.
func (s *Store) Enqueue(ctx context.Context, tasks ...Task) error {
	return s.db.inTx(ctx, func(t transaction) error {
		for _, task := range tasks {
			if err := s.enqueueTask(ctx, t, task); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) enqueueTask(ctx context.Context, t transaction, task Task) error {
	payload, err := json.Marshal(task.Payload)
	if err != nil {
		return fmt.Errorf("encode a %s task: %w", task.Kind, err)
	}
	if len(payload) > maxTaskBytes {
		return fmt.Errorf("enqueue a %s task: %d bytes are more than the %d a task may have", task.Kind, len(payload), maxTaskBytes)
	}
	if task.Key != "" {
		n, err := t.exec(ctx, `INSERT INTO commentator_inbox (key, event, kind, received_ms) VALUES ($1, $1, $2, $3)
			ON CONFLICT (key) DO NOTHING`, "task/"+task.Key, "task "+task.Kind, ms(s.now()))
		if err != nil || n == 0 {
			return err
		}
	}
	opts := &river.InsertOpts{Queue: queueTasks, MaxAttempts: maxTaskAttempts}
	if task.Delay > 0 {
		opts.ScheduledAt = s.now().Add(task.Delay)
	}
	if _, err := t.insert(ctx, taskArgs{Task: task.Kind, Payload: payload}, opts); err != nil {
		return fmt.Errorf("enqueue a %s task: %w", task.Kind, err)
	}
	return nil
}

// TaskFunc does a task. An error is tried again unless it says that it is
// permanent, through a method Retryable() bool; a method
// RetryAfter() time.Duration says when.
type TaskFunc func(ctx context.Context, payload json.RawMessage) error

// taskWorker adapts the task handlers to River.
type taskWorker struct {
	river.WorkerDefaults[taskArgs]
	tasks map[string]TaskFunc
}

func (w *taskWorker) Work(ctx context.Context, job *river.Job[taskArgs]) error {
	do, ok := w.tasks[job.Args.Task]
	if !ok {
		return river.JobCancel(fmt.Errorf("no handler for task %q", job.Args.Task))
	}
	err := do(ctx, job.Args.Payload)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if d := retryAfter(err); d > 0 {
		return river.JobSnooze(d)
	}
	var r interface{ Retryable() bool }
	if errors.As(err, &r) && !r.Retryable() {
		return river.JobCancel(err)
	}
	return err
}

func (w *taskWorker) NextRetry(job *river.Job[taskArgs]) time.Time {
	return time.Now().Add(backoff(time.Second, 30*time.Minute, len(job.Errors)))
}

// maxRetryAfter bounds what a server may ask us to wait.
const maxRetryAfter = time.Hour

// retryAfter is how long a server asked to wait, or 0.
func retryAfter(err error) time.Duration {
	var r interface{ RetryAfter() time.Duration }
	if !errors.As(err, &r) {
		return 0
	}
	return min(max(r.RetryAfter(), 0), maxRetryAfter)
}

// toText makes bytes storable as text in both databases: Postgres takes
// neither NUL nor invalid UTF-8.
func toText(b []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(b), "\uFFFD"), "\x00", "\uFFFD")
}
