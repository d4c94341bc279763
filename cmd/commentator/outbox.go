package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/mlflowview"
	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/runprocessor"
	"github.com/technoshare/commentator/otel/runs"
	"github.com/technoshare/commentator/otel/spool"
)

// outboxFolder is the spool's folder within the data folder.
// Processes that run at once have outbox-2 and so on beside it; see outboxDirs.
const outboxFolder = "outbox"

// outboxCommand is `commentator outbox`: what has not reached MLflow yet. All
// its commands read the folders, also while a worker uses them.
type outboxCommand struct {
	List  outboxList  `cmd:"" help:"List the traces that wait, that were refused, and of which parts are missing in MLflow."`
	Show  outboxShow  `cmd:"" help:"Show the runs of one trace."`
	Retry outboxRetry `cmd:"" help:"Deliver now what waits; refused traces are tried again."`
	Drop  outboxDrop  `cmd:"" help:"Delete one trace for good."`
}

// outboxEntry is one line of `outbox list --json`, which scripts read.
type outboxEntry struct {
	ID          string    `json:"id"`
	TraceID     string    `json:"trace_id"`
	State       string    `json:"state"`
	Started     time.Time `json:"started"`
	Bytes       int64     `json:"bytes"`
	Attempts    int       `json:"attempts"`
	Reason      string    `json:"reason"`
	NextAttempt time.Time `json:"next_attempt,omitzero"`
}

// outboxList is `commentator outbox list`.
type outboxList struct {
	config.Settings `embed:"" uses:"Storage.DataDir"`
	JSON            bool `help:"Print one JSON object a line."`
}

// Run lists what waits and what was refused, of all processes.
func (c *outboxList) Run(std streams) error {
	dirs, err := outboxDirs(&c.Settings)
	if err != nil {
		return err
	}
	entries, err := listOutbox(dirs)
	if err != nil {
		return fmt.Errorf("list the outbox: %w", err)
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		for _, e := range entries {
			if err := enc.Encode(newOutboxEntry(e.Entry, std.mask)); err != nil {
				return fmt.Errorf("print the outbox: %w", err)
			}
		}
		return nil
	}
	if len(entries) == 0 {
		fmt.Fprintln(std.out, "The outbox is empty: everything has been delivered.")
		return nil
	}
	w := tabwriter.NewWriter(std.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tAGE\tBYTES\tREASON")
	for _, e := range entries {
		age := time.Since(e.Start).Round(time.Second)
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", e.ID, stateOf(e.Entry), age, e.Bytes, std.mask.Mask(reasonOf(e.Entry)))
	}
	return w.Flush()
}

// newOutboxEntry is an entry in the form of the JSON output, with secrets
// masked in the reason, which quotes the server.
func newOutboxEntry(e spool.Entry, mask *config.Masker) outboxEntry {
	return outboxEntry{
		ID: e.ID, TraceID: e.TraceID.String(), State: stateOf(e), Started: e.Start.UTC(), Bytes: e.Bytes,
		Attempts: e.Attempts, Reason: mask.Mask(reasonOf(e)), NextAttempt: e.NextAttempt,
	}
}

// stateOf names the state of an entry: pending, dead for what was refused, bad for
// what cannot be read, and incomplete for a trace that is in MLflow but for parts
// which the server does not take.
func stateOf(e spool.Entry) string {
	if e.State == spool.Dead && deliver.IsIncomplete(e.Reason) {
		return "incomplete"
	}
	return e.State.String()
}

// reasonOf is why an entry is in the outbox. One whose turn has not come has none of
// its own: the oldest are delivered first, and while the server is away one is tried
// for all.
func reasonOf(e spool.Entry) string { return cmp.Or(e.Reason, "not tried yet") }

// outboxShow is `commentator outbox show`.
type outboxShow struct {
	config.Settings `embed:"" uses:"Storage.DataDir"`
	JSON            bool   `help:"Print one JSON object, as project does."`
	ID              string `arg:"" help:"As listed."`
}

// Run shows a trace as the runs that MLflow would get, by the rules of the
// worker.
func (c *outboxShow) Run(std streams) error {
	dir, err := folderOf(&c.Settings, c.ID)
	if err != nil {
		return err
	}
	td, err := spool.Load(dir, c.ID)
	if err != nil {
		return fmt.Errorf("show %s: %w", c.ID, err)
	}
	ps := runs.Read(td, mlflowview.Rules()).Project()
	if !c.JSON {
		return printProjections(std, ps)
	}
	return writeProjectionJSON(std.out, ps)
}

// outboxRetry is `commentator outbox retry`.
type outboxRetry struct {
	config.Settings `embed:"" uses:"Storage.DataDir,MLflow,Telemetry.LogLevel,Telemetry.LogFormat"`
	Wait            time.Duration `default:"60s" help:"Longest wait for the deliveries."`
	ID              []string      `arg:"" optional:"" help:"Only these; as listed."`
}

// Run makes what was refused pending again, then delivers in this process.
// What another process has in its hands, that process delivers.
func (c *outboxRetry) Run(ctx context.Context, std streams) error {
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
		return e.State != spool.Pending || e.Reason != ""
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
		done, err := spool.Retry(e.dir, e.ID)
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

// remainder counts what a retry has left in the outbox.
type remainder struct{ waiting, refused, incomplete int }

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

// outboxDrop is `commentator outbox drop`.
type outboxDrop struct {
	config.Settings `embed:"" uses:"Storage.DataDir"`
	ID              string `arg:"" help:"As listed."`
}

// Run deletes an entry. Where a process holds the folder, that process is asked
// to do it, lest it deliver what was dropped.
func (c *outboxDrop) Run(std streams) error {
	dir, err := folderOf(&c.Settings, c.ID)
	if err != nil {
		return err
	}
	done, err := spool.Drop(dir, c.ID)
	if err != nil {
		return fmt.Errorf("drop %s: %w", c.ID, err)
	}
	if !done {
		fmt.Fprintf(std.out, "Asked the process that holds the outbox to drop %s.\n", c.ID)
		return nil
	}
	fmt.Fprintf(std.out, "Dropped %s.\n", c.ID)
	return nil
}

// outboxDirs are the folders of the outbox: the first, and those of processes
// that ran beside another one.
func outboxDirs(s *config.Settings) ([]string, error) {
	if err := s.Check(); err != nil {
		return nil, usage(err)
	}
	base := filepath.Join(s.Storage.DataDir, outboxFolder)
	// The star matches the siblings' numbers, and nothing for the first folder.
	dirs, err := filepath.Glob(base + "*")
	if err != nil {
		return nil, usage(fmt.Errorf("find the outbox in %s: %w", s.Storage.DataDir, err))
	}
	return dirs, nil
}

// located is an entry and the folder it lies in.
type located struct {
	spool.Entry
	dir string
}

// listOutbox reads all folders. Beside an error it gives what could be read.
func listOutbox(dirs []string) ([]located, error) {
	var all []located
	var errs []error
	for _, dir := range dirs {
		entries, err := spool.List(dir)
		errs = append(errs, err)
		for _, e := range entries {
			all = append(all, located{e, dir})
		}
	}
	return all, errors.Join(errs...)
}

// folderOf finds the folder that holds an entry.
func folderOf(s *config.Settings, id string) (string, error) {
	dirs, err := outboxDirs(s)
	if err != nil {
		return "", err
	}
	entries, err := listOutbox(dirs)
	if err != nil {
		return "", fmt.Errorf("list the outbox: %w", err)
	}
	for _, e := range entries {
		if e.ID == id {
			return e.dir, nil
		}
	}
	return "", usage(fmt.Errorf("%s is not in the outbox; commentator outbox list shows what is", id))
}
