package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

const (
	// askAgain is when River asks again for a link that is in other hands, or
	// whose row could not be read or written.
	askAgain = 5 * time.Second
	// recordTimeout bounds the record of an attempt's end. It is shorter than
	// stopSlack and the grace time together, which a shutdown waits.
	recordTimeout = 15 * time.Second
)

// maxBlocked is how long a turn is held that nothing may use before something has ended in this
// process. To give it back at once would have River hand out all turns, one after another.
const maxBlocked = time.Minute

// linkWorker adapts the link handler to River. River only says when: its row says
// nothing of which link is next, whose it is or how often it was tried.
type linkWorker struct {
	river.WorkerDefaults[linkArgs]
	queue *Queue
	do    func(context.Context, job.Attempt) job.Verdict
	// stopping is closed when nothing is to be begun any more.
	stopping <-chan struct{}

	mu   sync.Mutex          // guards next
	next map[int64]time.Time // River's job → when its link is tried again
}

// Timeout is none: the attempt has its own. River reads -1 as no limit.
func (w *linkWorker) Timeout(*river.Job[linkArgs]) time.Duration { return -1 }

// Work does one attempt at a link, unless it is not ours. River calls it on a goroutine of its
// own for each job. To return nil completes the job, a JobSnooze brings it back without
// counting, and any other error brings it back at NextRetry.
func (w *linkWorker) Work(ctx context.Context, rj *river.Job[linkArgs]) error {
	q := w.queue
	q.attempts.hold(rj.ID)
	defer q.attempts.drop(rj.ID)
	a, d, wait, err := w.begin(ctx, rj.ID)
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		q.cfg.Log.Warn("a link has to wait for the database", "error", err)
		return river.JobSnooze(askAgain)
	case d == later || d == blocked:
		return river.JobSnooze(wait)
	case d == skip:
		return nil
	}
	lctx, cancel := context.WithCancelCause(ctx)
	q.attempts.start(a.ID, cancel)
	defer q.attempts.remove(a.ID)
	v := q.attempt(lctx, a, w.do)
	// Asked before cancel, which would set a cause of its own.
	cause := context.Cause(lctx)
	cancel(nil)
	return w.record(ctx, rj.ID, a, v, cause)
}

// begin uses a turn, as [Queue.beginTurn] does, once something may be begun.
func (w *linkWorker) begin(ctx context.Context, river int64) (a job.Attempt, d decision, wait time.Duration, err error) {
	q := w.queue
	limit := time.NewTimer(maxBlocked)
	defer limit.Stop()
	for {
		ended := q.attempts.ended() // before the look, so that no end falls in between
		a, d, wait, err = q.beginTurn(ctx, river)
		if d != blocked {
			return a, d, wait, err
		}
		again := time.NewTimer(askAgain) // other processes end something too
		select {
		case <-ended:
		case <-again.C:
		case <-limit.C:
			return a, later, askAgain, nil
		case <-w.stopping:
			return a, later, askAgain, nil
		case <-ctx.Done():
			return a, later, askAgain, ctx.Err()
		}
		again.Stop()
	}
}

// record writes down how an attempt ended, and returns what River is to do. cause is why the
// attempt's context had ended, if it had. The row is written before River learns of anything.
// A crash in between leaves River with a job for a link that has ended, which begin skips.
func (w *linkWorker) record(ctx context.Context, riverID int64, a job.Attempt, v job.Verdict, cause error) error {
	q := w.queue
	// What is recorded now must be so even while shutting down.
	rctx, stop := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer stop()
	if v.Err != nil && ctx.Err() != nil { // shutdown: not an end of the attempt
		if err := q.handBack(rctx, a); err != nil {
			q.cfg.Log.Warn("a link was not handed back; the next worker takes it up", "job_id", a.ID, "error", err)
		}
		return ctx.Err()
	}
	if errors.Is(cause, ErrFenced) || errors.Is(cause, errCutOff) {
		// Others may have it, or will: its row decides.
		return river.JobSnooze(askAgain)
	}
	wait, err := q.endRetrying(rctx, a, v)
	if err != nil {
		q.cfg.Log.Error("the end of a link could not be recorded; it will be run again from its checkpoints", "job_id", a.ID, "error", err)
		return river.JobSnooze(askAgain)
	}
	q.db.Notify()
	switch {
	case wait == 0:
		return nil
	case v.After > 0 || v.PutOff && a.MayWait:
		return river.JobSnooze(wait)
	}
	// River asks NextRetry for the time right after Work has returned the error.
	w.mu.Lock()
	w.next[riverID] = q.db.Estimate().Add(wait)
	w.mu.Unlock()
	return q.cfg.redactedError(v.Err)
}

// NextRetry is the time that the end of the attempt has set. The zero time, after a panic
// outside of an attempt, leaves it to River's own policy.
func (w *linkWorker) NextRetry(rj *river.Job[linkArgs]) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.next[rj.ID]
	delete(w.next, rj.ID)
	return at
}

// endRetrying records the end, trying again while the database is busy or full. It gives up
// when ctx ends, with the error of the last try. The pauses start short, since a busy database
// is the usual reason.
func (q *Queue) endRetrying(ctx context.Context, a job.Attempt, v job.Verdict) (wait time.Duration, err error) {
	pause := retry.Backoff{First: 100 * time.Millisecond, Longest: recordTimeout, Factor: 2}
	for failures := 0; ; failures++ {
		if wait, err = q.end(ctx, a, v); err == nil {
			return wait, nil
		}
		if retry.Sleep(ctx, pause.Wait(failures)) != nil {
			return 0, err
		}
	}
}

// attempt calls the handler, bounded in time, and turns a panic into a verdict. Left to River,
// the attempt would have no end in our row and count as cut by a crash. What made it panic may
// pass, so it is retried like other errors.
func (q *Queue) attempt(ctx context.Context, a job.Attempt, do func(context.Context, job.Attempt) job.Verdict) (v job.Verdict) {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.Timeout)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			stack := debug.Stack()
			if elsewhere, ok := r.(interface{ Stack() []byte }); ok { // of a goroutine of the handler's
				stack = elsewhere.Stack()
			}
			q.cfg.Log.Error("panic while working on a link", "job_id", a.ID, "panic", r, "stack", string(stack))
			v = job.Verdict{Outcome: string(job.OutcomeError), Err: fmt.Errorf("internal fault: %v", r), Retry: true}
			if a.Final {
				v.Then = []job.Task{{Kind: job.TaskGaveUp, Key: "gave_up/" + a.ID, Payload: a.Link}}
			}
		}
	}()
	return do(ctx, a)
}
