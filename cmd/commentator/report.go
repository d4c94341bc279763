package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/terminal"
	"github.com/technoshare/commentator/internal/text"
)

// jobReport is what `run --json` prints of a job, one object a line. Scripts
// read it: names and order of the fields stay, and lists are never null.
// Comment is there also when gates refused it.
type jobReport struct {
	JobID        string          `json:"job_id"`
	URL          string          `json:"url"`
	Outcome      string          `json:"outcome"`
	Attempt      int             `json:"attempt"`
	TraceID      string          `json:"trace_id"`
	RunID        string          `json:"run_id"`
	RunURL       string          `json:"run_url"`
	TraceURL     string          `json:"trace_url"`
	Delivered    bool            `json:"delivered"`
	Evidence     *evidenceReport `json:"evidence"`
	Comment      *job.Comment    `json:"comment"`
	GateFailures []string        `json:"gate_failures"`
	Error        string          `json:"error"`
	// DeliveryError says why Delivered is false. Missing is what this server does not
	// take, of a job that is delivered otherwise.
	DeliveryError string   `json:"delivery_error"`
	Missing       []string `json:"missing"`

	waiting bool // something is left in the outbox
}

// evidenceReport is what is said of the evidence; `extract --json` has all of
// it.
type evidenceReport struct {
	AdapterName  string `json:"adapter_name"`
	Coverage     string `json:"coverage"`
	SnippetCount int    `json:"snippet_count"`
}

// newReport puts together how a job ended and whether MLflow has it. A trace
// that is not even on disk counts as not delivered, whatever was waited for.
func newReport(j job.Job, r job.Result, d delivery, mask *config.Masker) jobReport {
	rep := jobReport{
		JobID: j.ID, URL: redact.URL(j.URL), Outcome: string(r.Outcome), Attempt: j.Attempt, TraceID: r.TraceID.String(),
		RunID: d.runID, RunURL: d.runURL, TraceURL: d.traceURL, Delivered: d.done, GateFailures: r.Report.Failures(),
		DeliveryError: mask.Mask(d.why), Missing: make([]string, len(d.missing)),
		waiting: !d.done && !d.off,
	}
	for i, m := range d.missing {
		rep.Missing[i] = mask.Mask(m)
	}
	if rep.GateFailures == nil {
		rep.GateFailures = []string{}
	}
	if r.Evidence != nil {
		rep.Evidence = &evidenceReport{r.Evidence.AdapterName, string(r.Evidence.Coverage), len(r.Evidence.Snippets)}
	}
	if r.Analysis != nil {
		rep.Comment = r.Analysis.Result
	}
	if r.Err != nil {
		rep.Error = mask.Mask(r.Err.Error())
	}
	if r.NotOnDisk != nil {
		rep.Delivered, rep.waiting, rep.DeliveryError = false, true, mask.Mask(r.NotOnDisk.Error())
	}
	return rep
}

// reporter shows jobs as they go: JSON lines, plain lines in a pipe, or with
// colour on a terminal. Its methods may be called from several goroutines. What comes from outside
// is cleaned here, since the printer below lets the reporter's own sequences pass.
type reporter struct {
	mu     sync.Mutex
	std    streams
	json   bool
	began  time.Time
	failed string // what a stage of the job said last of its failure
}

func newReporter(std streams, asJSON bool) *reporter { return &reporter{std: std, json: asJSON} }

// begin prints the heading of a job and starts its clock.
func (r *reporter) begin(j job.Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began, r.failed = time.Now(), ""
	if !r.json {
		fmt.Fprintf(r.std.out, "%s %s\n", r.paint(bold, "job_"+j.ID), terminal.Clean(redact.URL(j.URL)))
	}
}

// stageColumns are taken before the detail of a stage.
const stageColumns = 2 + 1 + 1 + 14 + 1 + 8 + 2

// event prints a stage's line when the stage has ended, and on a terminal a
// line in its place while it runs.
func (r *reporter) event(e job.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.json {
		return
	}
	if !e.Done {
		if r.std.terminal {
			// The carriage return lets the line of the end overwrite this one.
			fmt.Fprintf(r.std.out, "  … %-14s\r", e.Stage)
		}
		return
	}
	mark, took, detail := r.paint(green, "✓"), shortDuration(e.Duration), e.Detail
	switch {
	case e.Err != nil:
		mark, detail = r.paint(red, "✗"), r.std.mask.Mask(e.Err.Error())
		r.failed = detail
	case e.Skipped:
		mark, took = "–", ""
	}
	fmt.Fprintf(r.std.out, "  %s %-14s %8s  %s\n", mark, e.Stage, took,
		terminal.Wrap(terminal.Clean(detail), r.std.width, stageColumns, stageColumns))
}

// end prints the comment, or why there is none, and the links.
func (r *reporter) end(rep jobReport, res job.Result) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.json {
		enc := json.NewEncoder(r.std.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(rep)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  %s in %s\n\n", r.paint(outcomeColor(rep.Outcome), rep.Outcome), shortDuration(time.Since(r.began)))
	if res.Outcome == job.OutcomeSuccess {
		reply := res.Reply
		reply.RunURL, reply.TraceURL = "", "" // printed below, as delivered
		b.WriteString(comment.Terminal(reply, cmp.Or(r.std.width, defaultColumns), r.std.color))
		b.WriteString("\n")
	}
	for _, f := range rep.GateFailures {
		r.note(&b, red, "gate", text.Shorten(f, 160)) // the run has all of it
	}
	for _, w := range res.Report.Warnings() {
		r.note(&b, yellow, "warning", text.Shorten(w, 160))
	}
	if rep.Error != "" && rep.Error != r.failed {
		r.note(&b, red, "error", rep.Error)
	}
	r.writeDelivery(&b, rep)
	b.WriteString("\n")
	_, err := io.WriteString(r.std.out, b.String())
	return err
}

// writeDelivery writes what is in MLflow, and what is not and why.
func (r *reporter) writeDelivery(b *strings.Builder, rep jobReport) {
	if rep.RunURL != "" {
		fmt.Fprintf(b, "  run    %s\n", terminal.Clean(rep.RunURL))
	}
	if rep.TraceURL != "" {
		fmt.Fprintf(b, "  trace  %s\n", terminal.Clean(rep.TraceURL))
	}
	for _, m := range rep.Missing {
		r.note(b, yellow, "missing", m)
	}
	if len(rep.Missing) > 0 && !rep.waiting { // else the reason for the wait says it
		r.note(b, yellow, "outbox", "commentator outbox retry delivers what is missing, once the server takes it")
	}
	if rep.waiting {
		r.note(b, yellow, "outbox", rep.DeliveryError)
	}
}

// note writes a word in a colour and what it is about, which may come from outside.
func (r *reporter) note(b *strings.Builder, code, word, about string) {
	indent := 2 + len(word) + 1
	fmt.Fprintf(b, "  %s %s\n", r.paint(code, word), terminal.Wrap(terminal.Clean(about), r.std.width, indent, indent))
}

// warn prints to standard error, so that output for scripts stays clean.
func (r *reporter) warn(s string) { r.std.complain(r.std.mask.Mask(s)) }

// SGR codes, ECMA-48.
const (
	reset  = "0"
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// paint is s in a colour, or as it is where there are none.
func (r *reporter) paint(code, s string) string {
	if !r.std.color {
		return s
	}
	return sgr(code) + s + sgr(reset)
}

// sgr is the sequence of a code.
func sgr(code string) string { return "\x1b[" + code + "m" }

// outcomeColor tells people at a glance whether there is anything to do.
func outcomeColor(outcome string) string {
	switch job.Outcome(outcome) {
	case job.OutcomeSuccess:
		return green
	case job.OutcomeGateFailed:
		return yellow
	}
	return red
}

// shortDuration is a duration with three or four digits that mean something.
func shortDuration(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(100 * time.Microsecond).String()
}
