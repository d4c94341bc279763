package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/internal/slack"
)

// runCommand is `commentator run`: jobs without a queue, of which each has one
// attempt.
type runCommand struct {
	config.Settings `embed:"" uses:"Storage.DataDir,MLflow,Model,Fetch,Slack.BotToken,Slack.APIURL,Telemetry"`

	JSON  bool          `help:"Print one JSON object a job."`
	Slack string        `help:"Post the comments to this channel." placeholder:"CHANNEL"`
	Wait  time.Duration `default:"60s" help:"Longest wait for a job's delivery to MLflow; what is not delivered then stays in the outbox."`
	URL   []string      `arg:"" help:"Links to comment on."`
}

// Run does one job a link, in order, and reports each as it ends. It goes on
// after a job that failed, and stops when ctx ends; the exit code speaks of all
// of them.
func (c *runCommand) Run(ctx context.Context, std streams) error {
	if err := c.Check(); err != nil {
		return usage(err)
	}
	// A mistyped link is wrong usage, not a job that failed: nothing is begun, for the others neither.
	for _, link := range c.URL {
		if err := evidence.CheckLink(link); err != nil {
			return usage(err)
		}
	}
	log, err := newLogger(std, c.Telemetry)
	if err != nil {
		return usage(err)
	}
	show := newReporter(std, c.JSON)
	// The poster is made before anything else: a missing token should be known
	// before a page is fetched and a model paid.
	var poster job.Poster
	if c.Slack != "" {
		to := slack.Config{BotToken: c.Settings.Slack.BotToken.Reveal(), APIURL: c.Settings.Slack.APIURL.Reveal()}
		if poster, err = slack.NewDirectPoster(to, c.Slack); err != nil {
			return usage(err)
		}
	}
	a, err := newApp(ctx, c.Settings, log, std.mask, nil, idleChildren, idleChildren)
	if err != nil {
		return err
	}
	if a.prompts != nil { // this process ends before another look
		a.prompts.Look(ctx, firstLook)
	}
	if a.telemetry.runs != nil {
		a.reachable = startProbe(ctx, c.Settings, c.Wait)
	}
	stages := a.stages
	stages.Poster = poster
	jobs := a.pipeline(stages, pipeline.WithObserver(show.event))
	results := make([]jobReport, 0, len(c.URL))
	left := c.Wait // of the last job's wait
	for _, link := range c.URL {
		// Each job is shown, done, waited for and reported before the next
		// begins: its links can be printed, and output stays in order.
		j := newJob(link, c.Slack)
		show.begin(j)
		result := jobs.Process(ctx, j)
		began := time.Now()
		report := newReport(j, result, a.deliver(ctx, result.TraceID, c.Wait), std.mask)
		left = c.Wait - time.Since(began)
		if err := show.end(report, result); err != nil {
			return fmt.Errorf("print the result: %w", err)
		}
		results = append(results, report)
		// The job that was cut has been reported; those behind it are not
		// begun.
		if ctx.Err() != nil {
			break
		}
	}
	// What was not sent is in the outbox: no reason to fail jobs that went
	// well.
	if err := a.close(ctx, left); err != nil {
		show.warn(fmt.Sprintf("telemetry: %v", err))
	}
	return verdict(ctx, results, len(c.URL))
}

// newJob is a job from the command line: its channel is cli, its message the
// moment it began, in the form of a Slack timestamp. It is final: there will be
// no other attempt, so that a failure is posted too.
func newJob(link, channel string) job.Job {
	if channel == "" {
		channel = "cli"
	}
	now := time.Now()
	var id [6]byte
	_, _ = rand.Read(id[:]) // never fails, crypto/rand
	return job.Job{
		ID: hex.EncodeToString(id[:]), URL: link, Channel: channel, Attempt: 1, Final: true,
		MessageTS: fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000),
	}
}

// verdict turns the jobs' ends into the exit code: nil only if all were asked,
// all succeeded and all are delivered or need not be. A failed job outweighs
// one that waits.
func verdict(ctx context.Context, reports []jobReport, asked int) error {
	if len(reports) < asked {
		return exitError{exitJob, fmt.Errorf("stopped after %d of %d links: %w", len(reports), asked, context.Cause(ctx))}
	}
	waiting := false
	for _, r := range reports {
		if r.Outcome != string(job.OutcomeSuccess) {
			return exitError{code: exitJob}
		}
		waiting = waiting || r.waiting
	}
	if waiting {
		return exitError{code: exitWaiting}
	}
	return nil
}
