package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/deliver"
)

// delivery says what of a job has reached MLflow. done says that all is there that
// the server takes. Where MLflow is switched off, all is empty but why.
type delivery struct {
	done                    bool
	off                     bool // there is no MLflow to deliver to
	runID, runURL, traceURL string
	why                     string   // it is not done: the reason
	missing                 []string // what the server does not take, now or later
}

// deliver waits until the job's trace is in MLflow, at most for the given
// time. What does not get there stays in the outbox, with the reason.
// It is called after each job of the command line, so that links can be
// printed; the worker does not wait.
func (a *app) deliver(ctx context.Context, id trace.TraceID, wait time.Duration) delivery {
	if a.telemetry.runs == nil {
		return delivery{off: true, why: "MLflow is switched off: MLFLOW_ENABLE_TRACKING and MLFLOW_ENABLE_TRACING are false"}
	}
	// A server that did not answer the probe would only use up the wait.
	if err := a.reachable.wait(); err != nil {
		d := delivery{why: unreachable(shownURI(a.settings), err) + later}
		a.note(id, d.why)
		return d
	}
	bounded, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	res, err := a.telemetry.runs.WaitAttempt(bounded, id)
	d := newDelivery(shownURI(a.settings), res, err, wait)
	if !d.done {
		a.note(id, d.why)
	}
	return d
}

// later says what becomes of a trace that waits.
const later = "; the trace is kept in the outbox and delivered by the next run, or by commentator outbox retry"

// mended says what becomes of a trace that was refused.
const mended = "; the trace is kept in the outbox, and commentator outbox retry delivers it once that is mended"

// newDelivery puts the outcome of a wait into words. at is the server's address.
// Spans that were refused make a delivery incomplete although the trace is there:
// nobody can tell from the trace that they are missing.
func newDelivery(at string, res deliver.Result, err error, wait time.Duration) delivery {
	d := delivery{runID: res.ParentRunID, runURL: res.RunURL, traceURL: res.TraceURL}
	for _, m := range res.Missing {
		d.missing = append(d.missing, m.String())
	}
	var unfinished *deliver.NotDeliveredError
	var refused *deliver.DeadLetterError
	switch {
	case err == nil && len(res.Poison) > 0:
		d.why = fmt.Sprintf("MLflow at %s refused %d spans of the trace, the first with: %s%s", at, len(res.Poison), res.PoisonReason, mended)
	case err == nil:
		d.done = true
	case errors.As(err, &refused):
		d.why = fmt.Sprintf("MLflow at %s refused the trace: %v%s", at, refused.Err, mended)
	case !errors.As(err, &unfinished):
		d.why = fmt.Sprintf("MLflow at %s: %v", at, err)
	case deliver.IsPartial(unfinished.Last):
		d.why = fmt.Sprintf("MLflow at %s: %v%s", at, unfinished.Last, later)
	case unfinished.Last != nil:
		d.why = fmt.Sprintf("MLflow at %s did not take the trace: %v%s", at, unfinished.Last, later)
	case errors.Is(unfinished.Err, context.DeadlineExceeded):
		d.why = fmt.Sprintf("MLflow at %s answers, but the delivery was not complete within %s; --wait gives it longer%s", at, wait, later)
	case errors.Is(unfinished.Err, context.Canceled):
		d.why = fmt.Sprintf("interrupted before MLflow at %s had the trace%s", at, later)
	default: // others fared badly just now
		d.why = fmt.Sprintf("MLflow at %s does not take traces now: %v%s", at, unfinished.Err, later)
	}
	return d
}

// note leaves a reason beside a trace of which the queue has none, for those who
// list the outbox. Losing it costs nothing.
func (a *app) note(id trace.TraceID, why string) {
	outbox := a.telemetry.runs.Spool()
	for _, e := range outbox.Entries() {
		if e.TraceID == id && e.Reason == "" {
			_ = outbox.Note(e.ID, e.Attempts, e.NextAttempt, a.mask.Mask(why))
		}
	}
}

// close ends telemetry. What is under way may take as long as the last job did not
// use of its wait: a slow server then gets what earlier processes left, too. There
// is no use in waiting for a server that does not answer, and a signal wants a quick
// end.
func (a *app) close(ctx context.Context, left time.Duration) error {
	within := shutdownTime
	switch {
	case a.telemetry.runs != nil && a.reachable.wait() != nil:
		within = awayTime
	case ctx.Err() == nil:
		within = max(within, left*4/3) // of which delivery gets three quarters
	}
	a.prompts.close()
	return errors.Join(a.retriever.Close(), a.telemetry.close(within))
}

// awayTime bounds the end of telemetry where MLflow does not answer.
const awayTime = 500 * time.Millisecond
