package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/mlflowview"
	"github.com/technoshare/commentator/internal/terminal"
	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
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
	// Destination is where it was made for; absent of what earlier versions wrote.
	Destination spool.Destination `json:"destination,omitzero"`
}

// outboxList is `commentator outbox list`.
type outboxList struct {
	config.Settings `embed:"" uses:"Storage.DataDir,MLflow.TrackingURI"`
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
	server := serverOf(c.Settings)
	if c.JSON {
		enc := json.NewEncoder(std.out)
		for _, e := range entries {
			if err := enc.Encode(newOutboxEntry(e.Entry, server, std.mask)); err != nil {
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
	if std.width == 0 { // for other programs, a line each
		fmt.Fprintln(w, "ID\tSTATE\tAGE\tBYTES\tREASON")
	}
	for _, e := range entries {
		age := time.Since(e.Start).Round(time.Second)
		state, reason := stateOf(e.Entry, server), std.mask.Mask(reasonOf(e.Entry, server))
		if std.width > 0 {
			line := fmt.Sprintf("%s %s, %s old, %d bytes: %s", e.ID, state, age, e.Bytes, reason)
			fmt.Fprintln(std.out, terminal.Wrap(line, std.width, 0, 2))
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", e.ID, state, age, e.Bytes, reason)
	}
	return w.Flush()
}

// newOutboxEntry is an entry in the form of the JSON output, with secrets
// masked in the reason, which quotes the server.
func newOutboxEntry(e spool.Entry, server string, mask *config.Masker) outboxEntry {
	return outboxEntry{
		ID: e.ID, TraceID: e.TraceID.String(), State: stateOf(e, server), Started: e.Start.UTC(), Bytes: e.Bytes,
		Attempts: e.Attempts, Reason: mask.Mask(reasonOf(e, server)), NextAttempt: e.NextAttempt, Destination: e.Destination,
	}
}

// stateOf names the state of an entry: pending, elsewhere for what waits for another server than
// here, dead for what was refused, bad for what cannot be read, and incomplete for a trace
// that is in MLflow but for parts which the server does not take.
func stateOf(e spool.Entry, server string) string {
	switch {
	case e.State == spool.Dead && deliver.IsIncomplete(e.Reason):
		return "incomplete"
	case isElsewhere(e, server):
		return "elsewhere"
	}
	return e.State.String()
}

// reasonOf is why an entry is in the outbox. One whose turn has not come has none of
// its own: the oldest are delivered first, and while the server is away one is tried
// for all. Where it does not belong here, that is said first.
func reasonOf(e spool.Entry, server string) string {
	why := cmp.Or(e.Reason, "not tried yet")
	switch {
	case isElsewhere(e, server):
		return fmt.Sprintf("made for %s, and MLFLOW_TRACKING_URI names %s: commentator outbox retry --here delivers it there; last: %s",
			e.Destination, server, why)
	case e.State == spool.Pending && !strings.Contains(why, e.Destination.String()):
		return fmt.Sprintf("%s; made for %s", why, e.Destination)
	}
	return why
}

// destinationOf is where a process with these settings delivers to, the zero value where they name
// no server.
func destinationOf(s config.Settings) spool.Destination {
	d, err := runprocessor.Destination(mlflowConfig(s))
	if err != nil { // the commands that deliver say so
		return spool.Destination{}
	}
	return d
}

// isElsewhere reports whether an entry waits for another server than the one that the settings name, if
// they name one.
func isElsewhere(e spool.Entry, server string) bool {
	return e.State == spool.Pending && !e.Destination.IsZero() && server != "" && !mlflow.SameServer(e.Destination.Server, server)
}

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
