package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// Names of River's queues.
const (
	queueLinks = "links"
	queueTasks = "tasks"
)

var allQueues = []string{queueLinks, queueTasks}

// maxTaskAttempts is where a task is given up, after about three hours.
const maxTaskAttempts = 14

// maxTaskBytes bounds a task's payload, far above what a message of Slack can ask for: a task that is refused
// refuses what it comes with, be it an event or the end of a link.
const maxTaskBytes = 1 << 20

// linkArgs are the arguments of River's job for a link: all else is in the link's own row.
type linkArgs struct {
	ID string `json:"id"`
}

// linkKind is how River calls jobs for links.
const linkKind = "link"

func (linkArgs) Kind() string { return linkKind }

// taskArgs are the arguments of River's job for a task. One kind of River's serves all kinds of
// ours, so that a process without a handler for one still finds the job and can say so.
type taskArgs struct {
	Task    string          `json:"task"`
	Payload json.RawMessage `json:"payload"`
}

func (taskArgs) Kind() string { return "task" }

// linkInsertOpts are how River is to treat the job of a link.
func linkInsertOpts(s job.LinkSource) *river.InsertOpts {
	// Attempts are counted in commentator_links; River's bound is never reached.
	return &river.InsertOpts{Queue: queueLinks, Priority: priority(s), MaxAttempts: 1000}
}

// priority in River's scale, 1 first. People who asked don't queue behind a
// back-fill.
func priority(s job.LinkSource) int {
	switch {
	case s.Asked():
		return 1
	case s == job.FromBackfill:
		return 3
	}
	return 2
}

// Enqueue stores tasks outside an event. All of them are stored, or none.
func (q *Queue) Enqueue(ctx context.Context, tasks ...job.Task) error {
	return q.db.InTx(ctx, func(t database.Tx) error {
		for _, task := range tasks {
			if err := q.enqueueTask(ctx, t, task); err != nil {
				return err
			}
		}
		return nil
	})
}

// enqueueTask stores a task as part of t. A key that is in the inbox already makes it do
// nothing: it was enqueued before, whether or not it is done yet.
func (q *Queue) enqueueTask(ctx context.Context, t database.Tx, task job.Task) error {
	payload, err := encode(task.Payload)
	if err != nil {
		return fmt.Errorf("encode a %s task: %w", task.Kind, err)
	}
	if len(payload) > maxTaskBytes {
		return fmt.Errorf("enqueue a %s task: %d bytes are more than the %d a task may have", task.Kind, len(payload), maxTaskBytes)
	}
	if task.Key != "" {
		key := "task/" + task.Key
		now, err := q.db.Now(ctx, t)
		if err != nil {
			return err
		}
		isNew, err := record(ctx, t, key, key, "task "+task.Kind, now)
		if err != nil || !isNew {
			return err
		}
	}
	opts := &river.InsertOpts{Queue: queueTasks, MaxAttempts: maxTaskAttempts}
	if task.Delay > 0 {
		now, err := q.db.Now(ctx, t)
		if err != nil {
			return err
		}
		opts.ScheduledAt = now.Add(task.Delay)
	}
	if _, err := q.river.insert(ctx, t, taskArgs{Task: task.Kind, Payload: payload}, opts); err != nil {
		return fmt.Errorf("enqueue a %s task: %w", task.Kind, err)
	}
	return nil
}

// encode is JSON in which a & is one byte, where links have thousands.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// taskWorker adapts the task handlers to River.
type taskWorker struct {
	river.WorkerDefaults[taskArgs]
	tasks map[string]job.TaskFunc
	cfg   Config
	now   func() time.Time // the database's clock
}

// Work does a task, and returns what River is to do. A wait that somebody asked for, or for a
// peer that is away, is a snooze, which River does not count as an attempt, until the task is as old as
// an outage may last; a shutdown returns the context's error, and the task is tried again. River stores
// the text of an error or a panic.
func (w *taskWorker) Work(ctx context.Context, rj *river.Job[taskArgs]) error {
	do, ok := w.tasks[rj.Args.Task]
	if !ok {
		return w.giveUp(rj, fmt.Errorf("no handler for task %q", rj.Args.Task))
	}
	defer func() {
		if r := recover(); r != nil {
			text := w.cfg.redacted(fmt.Sprint(r))
			if rj.Attempt >= rj.MaxAttempts {
				w.sayGivenUp(rj, text)
			}
			panic(text) // River's to handle; its stack still begins where it came from
		}
	}()
	err := w.cfg.redactedError(do(ctx, rj.Args.Payload))
	if err == nil {
		return nil
	}
	// Waits are bounded by the clock, as those of links. The longer an outage lasts, the longer the wait.
	switch age, asked := w.now().Sub(rj.CreatedAt), min(retry.After(err), maxRetryAfter); {
	case ctx.Err() != nil:
		err = ctx.Err()
	case age >= w.cfg.Outage: // from now on attempts count
	case asked > 0:
		return river.JobSnooze(asked)
	case retry.Waits(err):
		return river.JobSnooze(min(max(age/2, taskBackoff.First), peerLongest))
	}
	// What does not say whether it can succeed later is tried again.
	if hint := retry.Hint(nil); errors.As(err, &hint) && !hint.Retryable() {
		return w.giveUp(rj, err)
	}
	if rj.Attempt >= rj.MaxAttempts {
		w.sayGivenUp(rj, err)
	}
	return err
}

// giveUp has River do a task never again.
func (w *taskWorker) giveUp(rj *river.Job[taskArgs], err error) error {
	w.sayGivenUp(rj, err)
	return river.JobCancel(err)
}

// sayGivenUp logs that a task is not done. River says it to nobody.
func (w *taskWorker) sayGivenUp(rj *river.Job[taskArgs], why any) {
	w.cfg.Log.Error("a task is given up", "task", rj.Args.Task, "attempts", rj.Attempt, "error", why)
}

// taskBackoff is the wait between attempts at a task.
var taskBackoff = retry.Backoff{First: time.Second, Longest: 30 * time.Minute, Factor: retryFactor}

// NextRetry is when a task that failed is done again. rj.Errors are those of the attempts
// before this one, so the first wait is the shortest.
func (w *taskWorker) NextRetry(rj *river.Job[taskArgs]) time.Time {
	return w.now().Add(taskBackoff.Wait(len(rj.Errors)))
}
