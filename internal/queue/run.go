package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
)

// Handlers do the work.
type Handlers struct {
	Link  func(ctx context.Context, a Attempt) Verdict
	Tasks map[string]TaskFunc
}

var (
	// ErrFenced ends Run when other processes have taken this one for dead:
	// their hands hold its links now. A supervisor should start it anew.
	ErrFenced = errors.New("this worker could not reach the database for so long that others took its work over")
	// ErrCancelled is the cause of the context of a link that was cancelled.
	ErrCancelled = errors.New("the link was withdrawn")
	// ErrNotOurs says that the link is in other hands, or done.
	ErrNotOurs = errors.New("the link is in other hands")

	errCutOff = errors.New("the database can't be reached")
)

// running is an attempt that runs in this process.
type running struct {
	river  int64
	cancel context.CancelCauseFunc
}

// taskWorkers is how many tasks run at once.
const taskWorkers = 4

// Run works until ctx ends, then lets running links finish within the grace
// time and hands back those that don't. It may be called once per Store.
func (s *Store) Run(ctx context.Context, h Handlers) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, &linkWorker{store: s, do: h.Link, next: map[int64]time.Time{}})
	river.AddWorker(workers, &taskWorker{tasks: h.Tasks})
	client, err := s.db.worker(&river.Config{
		ID:                   s.id,
		Logger:               quiet(s.cfg.log),
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{queueLinks: {MaxWorkers: s.cfg.workers}, queueTasks: {MaxWorkers: taskWorkers}},
		FetchCooldown:        5 * time.Millisecond,
		FetchPollInterval:    time.Second,
		JobTimeout:           s.cfg.timeout + time.Minute, // the attempt's own comes first
		RescueStuckJobsAfter: s.cfg.timeout + 10*time.Minute,
		SoftStopTimeout:      s.cfg.grace,
		// Finished jobs stay for a while for people who look.
		CompletedJobRetentionPeriod: time.Hour,
		CancelledJobRetentionPeriod: time.Hour,
		DiscardedJobRetentionPeriod: 7 * 24 * time.Hour,
	})
	if err != nil {
		return fmt.Errorf("set up the queue: %w", err)
	}
	member, err := s.db.members(s.id)
	if err != nil {
		return fmt.Errorf("join the workers: %w", err)
	}
	defer member.leave()
	if err := member.join(ctx, s.now()); err != nil {
		return fmt.Errorf("join the workers: %w", err)
	}
	if err := s.rescue(ctx, member); err != nil {
		return fmt.Errorf("take over the work of crashed workers: %w", err)
	}
	// The queue outlives ctx by its own shutdown.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := client.Start(work); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	keep, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	kept := make(chan error, 1)
	go func() { kept <- s.keep(keep, member) }()
	pruned := make(chan struct{})
	go func() { defer close(pruned); s.prune(keep) }()

	var fenced error
	select {
	case <-ctx.Done():
		stop()
	case fenced = <-kept:
		s.cancelLocal(ErrFenced)
		stop()
	}
	limit := time.NewTimer(s.cfg.grace + 10*time.Second)
	defer limit.Stop()
	select {
	case <-client.Stopped():
	case <-limit.C:
		s.cfg.log.Warn("links did not stop in time; they will be taken up again by the next worker")
	}
	stopKeeping()
	<-pruned
	if fenced != nil {
		return fenced
	}
	<-kept
	return nil
}

// linkWorker adapts the link handler to River.
type linkWorker struct {
	river.WorkerDefaults[linkArgs]
	store *Store
	do    func(context.Context, Attempt) Verdict

	next map[int64]time.Time // guarded by store.mu
}

func (w *linkWorker) Timeout(*river.Job[linkArgs]) time.Duration { return -1 }

func (w *linkWorker) Work(ctx context.Context, job *river.Job[linkArgs]) error {
	s := w.store
	a, d, err := s.begin(ctx, job.Args.ID)
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.cfg.log.Warn("a link has to wait for the database", "job_id", job.Args.ID, "error", err)
		return river.JobSnooze(5 * time.Second)
	case d == later:
		return river.JobSnooze(5 * time.Second)
	case d == gaveUp:
		s.cfg.log.Error("gave up a link that kept crashing", "job_id", a.ID)
		return nil
	case d == skip:
		return nil
	}
	lctx, cancel := context.WithCancelCause(ctx)
	s.enter(a.ID, &running{river: job.ID, cancel: cancel})
	v := s.attempt(lctx, a, w.do)
	cause := context.Cause(lctx)
	cancel(nil)
	defer s.leave(a.ID)

	// What is recorded now must be so even while shutting down.
	done, stop := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer stop()
	if v.Err != nil && ctx.Err() != nil { // shutdown: not an end of the attempt
		if err := s.handBack(done, a); err != nil {
			s.cfg.log.Warn("a link was not handed back; the next worker takes it up", "job_id", a.ID, "error", err)
		}
		return ctx.Err()
	}
	if errors.Is(cause, ErrFenced) || errors.Is(cause, errCutOff) {
		// Others may have it, or will: its row decides.
		return river.JobSnooze(5 * time.Second)
	}
	wait, err := s.endSurely(done, a, v)
	if err != nil {
		s.cfg.log.Error("the end of a link could not be recorded; it will be run again from its checkpoints", "job_id", a.ID, "error", err)
		return river.JobSnooze(5 * time.Second)
	}
	s.signal()
	if wait == 0 {
		return nil
	}
	if v.After > 0 {
		return river.JobSnooze(wait)
	}
	s.mu.Lock()
	w.next[job.ID] = time.Now().Add(wait)
	s.mu.Unlock()
	return v.Err
}

// endSurely records the end, trying again while the database is busy or full.
func (s *Store) endSurely(ctx context.Context, a Attempt, v Verdict) (wait time.Duration, err error) {
	for pause := 100 * time.Millisecond; ; pause *= 2 {
		if wait, err = s.end(ctx, a, v); err == nil {
			return wait, nil
		}
		select {
		case <-ctx.Done():
			return 0, err
		case <-time.After(pause):
		}
	}
}

// attempt calls the handler, bounded in time, and turns a panic into a verdict.
func (s *Store) attempt(ctx context.Context, a Attempt, do func(context.Context, Attempt) Verdict) (v Verdict) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.timeout)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			s.cfg.log.Error("panic while working on a link", "job_id", a.ID, "panic", r, "stack", string(debug.Stack()))
			v = Verdict{Outcome: "error", Err: fmt.Errorf("internal fault: %v", r), Retry: true}
			if a.Final {
				_ = s.Enqueue(context.WithoutCancel(ctx), Task{Kind: TaskGaveUp, Key: "gave_up/" + a.ID, Payload: a.Link})
			}
		}
	}()
	return do(ctx, a)
}

// WillRunAgain tells, of the context of an attempt that failed, that it was cut
// by a shutdown or by the loss of the database: the attempt does not count, and
// is run again under the same number.
func WillRunAgain(ctx context.Context) bool {
	return errors.Is(ctx.Err(), context.Canceled) && !errors.Is(context.Cause(ctx), ErrCancelled)
}

// NextRetry is the time that the end of the attempt has set.
func (w *linkWorker) NextRetry(job *river.Job[linkArgs]) time.Time {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	at := w.next[job.ID]
	delete(w.next, job.ID)
	return at
}

func (s *Store) enter(id string, r *running) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.local[id] = r
}

func (s *Store) leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.local, id)
}

func (s *Store) isLocal(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.local[id] != nil
}

// cancelLocal cancels every attempt of this process.
func (s *Store) cancelLocal(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.local {
		r.cancel(cause)
	}
}
