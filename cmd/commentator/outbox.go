package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/otel/runs"
	"github.com/technoshare/commentator/otel/spool"
)

// outboxFolder is the spool's folder within the data folder.
const outboxFolder = "outbox"

type outboxCommand struct {
	List  outboxList  `cmd:"" help:"List the traces that wait, and those that were refused."`
	Show  outboxShow  `cmd:"" help:"Show the runs of one trace."`
	Retry outboxRetry `cmd:"" help:"Deliver now what waits; refused traces are tried again."`
	Drop  outboxDrop  `cmd:"" help:"Delete one trace for good."`
}

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

type outboxList struct {
	config.Settings `embed:""`
	JSON            bool `help:"Print one JSON object a line."`
}

func (c *outboxList) Run(std streams) error {
	dir, err := outboxDir(&c.Settings)
	if err != nil {
		return err
	}
	entries, err := spool.List(dir)
	if err != nil {
		return fmt.Errorf("list the outbox: %w", err)
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		for _, e := range entries {
			if err := enc.Encode(newOutboxEntry(e)); err != nil {
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", e.ID, e.State, time.Since(e.Start).Round(time.Second), e.Bytes, mask(e.Reason))
	}
	return w.Flush()
}

func newOutboxEntry(e spool.Entry) outboxEntry {
	return outboxEntry{
		ID: e.ID, TraceID: hex.EncodeToString(e.TraceID[:]), State: e.State.String(), Started: e.Start.UTC(), Bytes: e.Bytes,
		Attempts: e.Attempts, Reason: mask(e.Reason), NextAttempt: e.NextAttempt,
	}
}

type outboxShow struct {
	config.Settings `embed:""`
	JSON            bool   `help:"Print one JSON object, as project does."`
	ID              string `arg:"" help:"As listed."`
}

func (c *outboxShow) Run(std streams) error {
	dir, err := outboxDir(&c.Settings)
	if err != nil {
		return err
	}
	td, err := spool.ReadFrom(dir, c.ID)
	if err != nil {
		return usage(fmt.Errorf("show %s: %w", c.ID, err))
	}
	ps := runs.Project(td, workerRules())
	if !c.JSON {
		return printProjections(std, ps)
	}
	body, err := runs.JSON(ps)
	if err != nil {
		return fmt.Errorf("encode projection: %w", err)
	}
	_, err = fmt.Fprintf(std.out, "%s\n", body)
	return err
}

type outboxRetry struct {
	config.Settings `embed:""`
	Wait            time.Duration `default:"60s" help:"Longest wait for the deliveries."`
	ID              []string      `arg:"" optional:"" help:"Only these; as listed."`
}

// Run delivers in this process. While a worker holds the outbox, the worker
// delivers, and this only asks it to.
func (c *outboxRetry) Run(ctx context.Context, std streams) error {
	dir, err := outboxDir(&c.Settings)
	if err != nil {
		return err
	}
	left, err := retryOutbox(ctx, c.Settings, std, dir, c.ID, c.Wait)
	if err != nil {
		return err
	}
	if left > 0 {
		return exitError{exitWaiting, fmt.Errorf("%d still wait in the outbox; commentator outbox list says why", left)}
	}
	fmt.Fprintln(std.out, "The outbox is empty: everything has been delivered.")
	return nil
}

type outboxDrop struct {
	config.Settings `embed:""`
	ID              string `arg:"" help:"As listed."`
}

func (c *outboxDrop) Run(std streams) error {
	dir, err := outboxDir(&c.Settings)
	if err != nil {
		return err
	}
	if err := spool.Drop(dir, c.ID); err != nil {
		return usage(fmt.Errorf("drop %s: %w", c.ID, err))
	}
	fmt.Fprintf(std.out, "Dropped %s.\n", c.ID)
	return nil
}

func outboxDir(s *config.Settings) (string, error) {
	if err := s.Check(); err != nil {
		return "", usage(err)
	}
	return filepath.Join(s.Storage.DataDir, outboxFolder), nil
}
