package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/runprocessor"
	"github.com/technoshare/commentator/otel/spool"
)

// outboxRetry is `commentator outbox retry`.
type outboxRetry struct {
	config.Settings `embed:"" uses:"Storage.DataDir,MLflow,Telemetry.LogLevel,Telemetry.LogFormat"`
	Wait            time.Duration `default:"60s" help:"Longest wait for the deliveries."`
	Here            bool          `help:"Deliver here also what was made for another server or experiment."`
	ID              []string      `arg:"" optional:"" help:"Only these; as listed."`

	here spool.Destination
}

// Run makes what was refused pending again, then delivers in this process.
// What another process has in its hands, that process delivers.
func (c *outboxRetry) Run(ctx context.Context, std streams) error {
	c.here = destinationOf(c.Settings)
	asked, err := c.requeue()
	if err != nil {
		return err
	}
	log, err := newLogger(std, c.Telemetry)
	if err != nil {
		return usage(err)
	}
	// A run processor delivers what lies in its folder as soon as it is there;
	// nothing else is needed. await only watches.
	runs, err := newRunProcessor(ctx, c.Settings, log, std.mask, nil)
	if err != nil {
		return usage(err)
	}
	left := c.await(ctx, asked)
	if left.waiting > 0 {
		c.explain(ctx, runs, std.mask)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := runs.Shutdown(end); err != nil {
		return fmt.Errorf("end delivery: %w", err)
	}
	switch {
	case left.waiting > 0:
		return exitError{exitWaiting, fmt.Errorf("%d still wait in the outbox; commentator outbox list says why", left.waiting)}
	case left.elsewhere > 0:
		return exitError{exitWaiting, fmt.Errorf("%d were made for another server and stay in the outbox; "+
			"commentator outbox list says for which, and commentator outbox retry --here delivers them to %s", left.elsewhere, c.here.Server)}
	case left.refused > 0:
		return exitError{exitWaiting, fmt.Errorf("%d were refused and stay in the outbox; commentator outbox list says why", left.refused)}
	case left.incomplete > 0:
		fmt.Fprintf(std.out, "Everything has been delivered, but for parts of %d traces that this server does not take; "+
			"commentator outbox list names them.\n", left.incomplete)
		return nil
	}
	fmt.Fprintln(std.out, "Everything has been delivered.")
	return nil
}

// explain leaves a reason beside what still waits without one, since its turn has not
// come: asking for a new attempt took the former reason away.
func (c *outboxRetry) explain(ctx context.Context, runs *runprocessor.SpanProcessor, mask *config.Masker) {
	if !runs.Enabled() || ctx.Err() != nil {
		return
	}
	untried := slices.DeleteFunc(runs.Spool().Entries(), func(e spool.Entry) bool {
		return e.State != spool.Pending || e.Elsewhere || e.Reason != ""
	})
	if len(untried) == 0 {
		return
	}
	var why string
	if err := startProbe(ctx, c.Settings, 0).wait(); err != nil {
		why = unreachable(shownURI(c.Settings), err) + later
	} else {
		now, cancel := context.WithTimeout(ctx, time.Second) // an outage that is known is told at once
		defer cancel()
		res, err := runs.WaitAttempt(now, untried[0].TraceID)
		why = newDelivery(shownURI(c.Settings), res, err, c.Wait).why
	}
	if why == "" {
		return
	}
	for _, e := range untried { // losing a note costs nothing
		_ = runs.Spool().Note(e.ID, e.Attempts, e.NextAttempt, mask.Mask(why))
	}
}

// requeue asks for a new attempt at once for the entries named, or for all. It returns
// those of which another process was asked, which acts in its own time. It fails when
// a named one is not there, after the others have been asked for.
func (c *outboxRetry) requeue() (asked map[string]bool, err error) {
	dirs, err := outboxDirs(&c.Settings)
	if err != nil {
		return nil, err
	}
	entries, err := listOutbox(dirs)
	if err != nil {
		return nil, fmt.Errorf("list the outbox: %w", err)
	}
	asked = map[string]bool{}
	found := 0
	for _, e := range entries {
		if !c.wants(e) {
			continue
		}
		done, err := c.ask(e)
		if err != nil {
			return nil, fmt.Errorf("retry %s: %w", e.ID, err)
		}
		if !done {
			asked[e.ID] = true
		}
		found++
	}
	if found < len(c.ID) {
		return nil, usage(fmt.Errorf("%d of the %d named traces are not in the outbox; commentator outbox list shows what is",
			len(c.ID)-found, len(c.ID)))
	}
	return asked, nil
}

// ask makes one entry pending, or due at once. What is for elsewhere goes there unless it is to be delivered
// here.
func (c *outboxRetry) ask(e located) (done bool, err error) {
	switch {
	case c.Here && !deliver.SamePlace(e.Destination, c.here):
		return spool.Redirect(e.dir, e.ID, c.here)
	case isElsewhere(e.Entry, c.here.Server):
		return true, nil
	}
	return spool.Retry(e.dir, e.ID)
}

// remainder counts what a retry has left in the outbox.
type remainder struct{ waiting, elsewhere, refused, incomplete int }

// await polls the folders, which any process may be emptying, until nothing
// waits any more or the wait is over. asked is what requeue returned.
func (c *outboxRetry) await(ctx context.Context, asked map[string]bool) remainder {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		left := c.count(asked)
		if left.waiting == 0 {
			return left
		}
		select {
		case <-ctx.Done():
			return left
		case <-tick.C:
		}
	}
}

// count looks at what is left. An entry of which another process was asked counts as
// waiting until that process has taken it up, and is then forgotten in asked.
func (c *outboxRetry) count(asked map[string]bool) (left remainder) {
	dirs, err := outboxDirs(&c.Settings)
	if err != nil {
		return left
	}
	entries, _ := listOutbox(dirs) // a folder that can't be read now is counted the next time
	for _, e := range entries {
		switch {
		case !c.wants(e):
		case isElsewhere(e.Entry, c.here.Server) && !c.Here:
			left.elsewhere++
		case e.State == spool.Pending:
			delete(asked, e.ID)
			left.waiting++
		case asked[e.ID]:
			left.waiting++
		case deliver.IsIncomplete(e.Reason):
			left.incomplete++
		default:
			left.refused++
		}
	}
	return left
}

// wants reports whether an entry is one to deliver: not one that can't be read,
// and one of those named, if any are.
func (c *outboxRetry) wants(e located) bool {
	return e.State != spool.Bad && (len(c.ID) == 0 || slices.Contains(c.ID, e.ID))
}
