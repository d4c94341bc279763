package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

var (
	// ErrFenced is the cause of the context of an attempt when other processes have
	// taken this one for dead: others have its links now. It ends Run where attempts
	// do not stop; a supervisor should start the process anew.
	ErrFenced = errors.New("this worker could not reach the database for so long that others took its work over")

	// errCutOff is the cause of the context of a link whose end could perhaps not
	// be written any more.
	errCutOff = errors.New("the database can't be reached")
)

const (
	// taskWorkers is how many tasks run at once.
	taskWorkers = 4
	// stopSlack is how much longer than the grace time Run waits for River.
	stopSlack = 10 * time.Second
)

// WillRunAgain reports, of the context of an attempt that failed, whether it was cut by a
// shutdown or by the loss of the database: the attempt does not count, and is run again under
// the same number. A context that ended by its deadline counts as a failure: the page or the
// model was too slow. ctx must be the one that the handler was given, or one made from it.
func WillRunAgain(ctx context.Context) bool {
	return errors.Is(ctx.Err(), context.Canceled) && !errors.Is(context.Cause(ctx), job.ErrCancelled)
}

// Run works until ctx ends, then lets running links finish within the grace time and hands
// back those that don't. It may be called once per Queue. It returns nil after an orderly end,
// also if links did not stop in time. While the database is away it waits. When others have taken
// its work over, it gives up its attempts and joins them as a new member; only when those do not
// stop, it returns [ErrFenced].
func (q *Queue) Run(ctx context.Context, h job.Handlers) error {
	for {
		err := q.work(ctx, h)
		if !errors.Is(err, errTakenOver) {
			return err
		}
		q.cfg.Log.Warn("others took over what this worker had begun, as it was silent for too long; it starts anew")
		if ctx.Err() != nil {
			return nil
		}
	}
}

// errTakenOver is why work has returned: others have what this member had, and nothing of it is
// under way any more.
var errTakenOver = errors.New("others have taken the work of this member over")

// work is one membership. The order of its end matters: River stops first, maintenance goes on
// beating until it has, and the membership ends last, with the row left if work is.
func (q *Queue) work(ctx context.Context, h job.Handlers) error {
	// The queue outlives ctx by its own shutdown.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	stopping := make(chan struct{}) // closed when nothing is to be begun any more
	client, err := q.start(ctx, work, h, stopping)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer q.leave()
	maintenance, stopMaintenance := context.WithCancel(context.WithoutCancel(ctx))
	defer stopMaintenance()
	maintained := make(chan error, 1)
	go func() { maintained <- q.maintain(maintenance) }()

	var fenced error
	select {
	case <-ctx.Done():
	// Others have the links of this process now, so its attempts must end without a record.
	case fenced = <-maintained:
		q.attempts.cancelAll(ErrFenced)
	}
	close(stopping)
	// River's soft stop: nothing is fetched any more, and what runs has SoftStopTimeout before
	// its context ends.
	stop()
	limit := time.NewTimer(q.cfg.Grace + stopSlack)
	defer limit.Stop()
	select {
	case <-client.Stopped():
		if fenced != nil {
			return errTakenOver
		}
	case <-limit.C:
		q.cfg.Log.Warn("links did not stop in time; they will be taken up again by the next worker")
	}
	stopMaintenance()
	if fenced == nil {
		<-maintained //nolint:errcheck // it stops because it was told to; losing the membership changes nothing now
	}
	return fenced
}

// start joins the members, takes over what dead ones have left, and starts River, which works
// until work ends. While the database is away each step is tried again: to have begun one
// twice does no harm.
func (q *Queue) start(ctx, work context.Context, h job.Handlers, stopping <-chan struct{}) (client runner, err error) {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"join the workers", func() error {
			at := time.Now()
			if err := q.members.Join(ctx); err != nil {
				return err
			}
			q.lastBeat.Store(&at)
			return nil
		}},
		{"take over the work of crashed workers", func() error { return q.takeOver(ctx) }},
		{"start the queue", func() error {
			if client, err = q.river.worker(q.riverConfig(h, stopping)); err != nil {
				return err
			}
			return client.Start(work)
		}},
	} {
		if err := q.patiently(ctx, step.do); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return client, nil
}

// awayBackoff is the wait between two tries while the database is away.
var awayBackoff = retry.Backoff{First: 200 * time.Millisecond, Longest: 10 * time.Second, Factor: 2}

// patiently does something in the database, again and again while that is away, until ctx ends.
// It is said once.
func (q *Queue) patiently(ctx context.Context, do func() error) error {
	for failures := 0; ; failures++ {
		err := do()
		if err == nil && failures > 0 {
			q.cfg.Log.Info("the database is back")
		}
		if err == nil || ctx.Err() != nil || !database.IsUnavailable(database.Unavailable(err)) {
			return err
		}
		if failures == 0 {
			q.cfg.Log.Warn("the database can't be reached; the queue waits for it", "error", err)
		}
		if err := retry.Sleep(ctx, awayBackoff.Wait(failures)); err != nil {
			return err
		}
	}
}

// leaveTimeout bounds the question whether work is left.
const leaveTimeout = 5 * time.Second

// leave ends the membership. Links that did not stop, or whose end could not be
// written, keep the member's row, for the next worker to find them.
func (q *Queue) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	unfinished, err := q.river.tables().holds(ctx, q.db, q.members.ID())
	q.members.Leave(unfinished || err != nil)
}

// riverConfig is how River works for us. The cooldown of 5 ms is the least time between two
// fetches, far below River's default, since a lone link is common and each insert wakes the
// fetch; the poll of a second is only for jobs that become due and for notices that were
// missed.
func (q *Queue) riverConfig(h job.Handlers, stopping <-chan struct{}) *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &linkWorker{queue: q, do: h.Link, stopping: stopping, next: map[int64]time.Time{}})
	river.AddWorker(workers, &taskWorker{tasks: h.Tasks, cfg: q.cfg, now: q.db.Estimate})
	return &river.Config{
		ID:      q.members.ID(), // so that its jobs can be handed over
		Logger:  warnings(q.cfg.Log),
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			queueLinks: {MaxWorkers: q.cfg.Workers}, queueTasks: {MaxWorkers: taskWorkers},
		},
		FetchCooldown:        5 * time.Millisecond,
		FetchPollInterval:    time.Second,
		JobTimeout:           q.cfg.Timeout + time.Minute, // the attempt's own comes first
		RescueStuckJobsAfter: q.cfg.Timeout + 10*time.Minute,
		SoftStopTimeout:      q.cfg.Grace,
		Test:                 river.TestConfig{Time: riverClock{q.db}},
		// Finished jobs stay for a while for people who look.
		CompletedJobRetentionPeriod: time.Hour,
		CancelledJobRetentionPeriod: time.Hour,
		DiscardedJobRetentionPeriod: 7 * 24 * time.Hour,
	}
}
