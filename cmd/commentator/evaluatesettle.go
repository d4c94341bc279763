package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/eval/compare"
	"github.com/technoshare/commentator/otel/mlflow"
)

// settle waits until the runs are in MLflow, writes the verdicts onto them, and deletes the journals.
// What cannot be done is told, and costs neither the report nor what was paid: while a verdict
// is not written the journals stay, and the same command writes it.
func (e *evaluating) settle(ctx context.Context, t *telemetry, c evaluation.Comparison) {
	if ctx.Err() != nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, e.command.Wait)
	defer cancel()
	for i := range c.Outcomes {
		if err := e.deliver(bounded, t, &c.Outcomes[i]); err != nil {
			e.warn(fmt.Sprintf("the verdict is not in MLflow: %v", err))
			return
		}
	}
	for i := range c.Outcomes {
		if i == c.Baseline || c.Outcomes[i].RunID == "" { // of which nothing ran
			continue
		}
		if err := e.record(ctx, c, i); err != nil {
			e.warn(fmt.Sprintf("the verdict on %s is not in MLflow: %v", c.Outcomes[i].Variant, err))
			return
		}
	}
	if err := evaluation.Forget(c.Outcomes); err != nil {
		e.warn(err.Error())
	}
}

// deliver waits for the run of a variant, which it notes in the outcome, and its rows. Of those that
// are not there in time one is told of; they stay in the outbox.
func (e *evaluating) deliver(ctx context.Context, t *telemetry, o *evaluation.Outcome) error {
	if !o.Report.TraceID.IsValid() {
		return nil
	}
	d := e.await(ctx, t, o.Report.TraceID)
	if !d.done {
		return errors.New(d.why)
	}
	o.RunID, o.RunURL = d.runID, d.runURL
	waiting := map[trace.TraceID]bool{} // others are there, some since an earlier run
	for _, entry := range t.runs.Spool().Entries() {
		waiting[entry.TraceID] = true
	}
	for _, r := range o.Report.Rows {
		if !waiting[r.TraceID] {
			continue
		}
		if d := e.await(ctx, t, r.TraceID); !d.done {
			e.warn(fmt.Sprintf("row %s of %s is not in MLflow yet: %s", r.Name, o.Variant, d.why))
			return nil
		}
	}
	return nil
}

// await waits for one trace.
func (e *evaluating) await(ctx context.Context, t *telemetry, id trace.TraceID) delivery {
	res, err := t.runs.WaitAttempt(ctx, id)
	return newDelivery(shownURI(e.command.Settings), res, err, e.command.Wait)
}

// Tags of a candidate's run beside those that promotion reads: by which policy the verdict was reached,
// and why it is not a pass.
const (
	policyTag  = "commentator.eval.policy"
	reasonsTag = "commentator.eval.reasons"
)

// maxReasons bounds the reasons in the tag, in bytes: MLflow takes 8,000 characters.
const maxReasons = 4000

// record writes the comparison, the verdict and its reasons onto the candidate's run, where prompts
// promote looks for them. A server that takes no artifacts keeps the comparison's numbers alone.
func (e *evaluating) record(ctx context.Context, c evaluation.Comparison, candidate int) error {
	o, d := c.Outcomes[candidate], c.Decisions[candidate]
	if base := c.Against(); base != nil && base.RunID != "" {
		if err := compare.Log(ctx, e.client, base.RunID, o.RunID, d.Result); err != nil {
			e.warn(err.Error())
		}
	}
	err := e.client.LogBatch(ctx, o.RunID, mlflow.Batch{Tags: []mlflow.Tag{
		{Key: prompts.EvaluatedTag, Value: o.Variant.PromptName()}, {Key: prompts.VerdictTag, Value: string(d.Verdict)},
		{Key: policyTag, Value: d.Policy.String()}, {Key: reasonsTag, Value: text.Shorten(strings.Join(d.Reasons, "\n"), maxReasons)},
	}})
	if err != nil {
		return fmt.Errorf("log verdict: %w", err)
	}
	return nil
}
