package eval

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// rowKey finds in a context the row that is under way.
type rowKey struct{}

// underWay is what task and scorers may ask and say of their row.
type underWay struct {
	key   string
	mu    sync.Mutex
	spent float64
}

// Key returns a text that stands for the row's work in this evaluation, the same when the
// program was killed and the row is run again: an idempotency key for calls that cost money.
// It is empty outside of a row.
func Key(ctx context.Context) string {
	if r, ok := ctx.Value(rowKey{}).(*underWay); ok {
		return r.key
	}
	return ""
}

// ReportCost says that the row's task or scorer spent so many US dollars. What is no such sum is not
// counted.
func ReportCost(ctx context.Context, usd float64) {
	if r, ok := ctx.Value(rowKey{}).(*underWay); ok && usd > 0 && isCost(usd) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.spent += usd
	}
}

// take returns what was spent since it was last asked.
func (r *underWay) take() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	spent := r.spent
	r.spent = 0
	return spent
}

// runRow brings one trial of a row to its end, from wherever an earlier process left it.
func (w work[In, Exp, Out]) runRow(ctx context.Context, place int, row Row[In, Exp], c content, trial int) {
	name := c.id
	if w.trials > 1 {
		name = fmt.Sprintf("%s#%d", c.id, trial)
	}
	key := digestOf(w.journal.head.Run, name, c.digest)[:32]
	rec := w.journal.known(key)
	out := RowResult{RowID: c.id, Trial: trial, Name: name, Resumed: rec.Done, key: key}
	var span trace.Span
	if !rec.Done || !rec.Sent {
		var err error
		if span, err = w.startRow(ctx, name, key, c, rec, &out); err != nil {
			span.End()
			w.fail(err)
			return
		}
	} else {
		out.TraceID = idsOf(key).trace
	}
	if !rec.Done {
		if err := w.finishRow(trace.ContextWithSpan(ctx, span), rec, row, c, trial, out.TraceID); err != nil {
			w.handBack(span, err)
			if ctx.Err() == nil {
				w.fail(err)
			}
			return
		}
	}
	if span != nil {
		w.endRow(span, rec)
	}
	out.Scores, out.ScoreErrors, out.Duration, out.CostUSD = rec.Scores, rec.Errors, rec.End.Sub(rec.Start), rec.Cost
	for _, s := range rec.Scores {
		out.CostUSD += s.CostUSD
	}
	if rec.Error != "" {
		out.Err = rowError(rec.Error)
	}
	w.keep(place, out, span != nil && w.journal.keeps())
	w.observing.Lock()
	defer w.observing.Unlock()
	w.observe(out)
}

// leave makes room for another row.
func (s *Session) leave() { <-s.slots }

// result is that of the row at a place, if it has one.
func (s *Session) result(place int) (RowResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rows[place]; r.Name != "" {
		return r, nil
	}
	return RowResult{}, cmp.Or(s.failed, errCut)
}

// errCut says that the context of a row ended before the row did.
var errCut = errors.New("its context ended before it did")

// keep puts a row that has ended to the others.
func (s *Session) keep(place int, out RowResult, toSend bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[place] = out
	s.spent += out.CostUSD
	if toSend {
		s.unsent = append(s.unsent, out.key)
	}
}

// handBack ends the span of a row that was cut. With a journal the row is run again, as the
// same trace, which is not to be shown before.
func (s *Session) handBack(span trace.Span, err error) {
	if s.journal.keeps() {
		span.SetAttributes(mlflowattr.HandedBackKey.Bool(true))
	}
	span.SetStatus(codes.Error, err.Error())
	span.End()
}

// startRow starts the root span of a row's trace.
func (s *Session) startRow(
	ctx context.Context, name, key string, c content, rec *record, out *RowResult,
) (trace.Span, error) {
	attrs := []attribute.KeyValue{
		mlflowattr.RowIDKey.String(name), mlflowattr.SpanTypeKey.String(mlflowattr.TypeChain), mlflowattr.SpanInputsKey.String(string(c.inputs)),
	}
	if text := expectations(c.expected); text != "" {
		attrs = append(attrs, mlflowattr.ExpectationsKey.String(text))
	}
	if s.journal.keeps() {
		attrs = append(attrs, mlflowattr.ResumedKey.Bool(true))
	}
	opts := []trace.SpanStartOption{trace.WithAttributes(attrs...), trace.WithLinks(trace.Link{
		SpanContext: s.root, Attributes: []attribute.KeyValue{mlflowattr.MemberOf(s.rootName())},
	})}
	if !rec.Start.IsZero() {
		opts = append(opts, trace.WithTimestamp(rec.Start))
	}
	var sc trace.SpanContext
	span, err := s.startRoot(ctx, "row "+name, idsOf(key), &sc, opts...)
	out.TraceID = sc.TraceID()
	return span, err
}

// expectations is what is expected as the object whose keys MLflow shows, or nothing.
func expectations(text json.RawMessage) string {
	switch {
	case len(text) == 0 || string(text) == "null" || string(text) == "{}":
		return ""
	case text[0] == '{':
		return string(text)
	}
	return `{"expected_response":` + string(text) + `}` // MLflow's word for one answer
}

// finishRow does what is to be done of a row. An error is not the row's: it ends the
// evaluation, or the context did.
func (w work[In, Exp, Out]) finishRow(
	ctx context.Context, rec *record, row Row[In, Exp], c content, trial int, id trace.TraceID,
) error {
	state := &underWay{key: rec.Key}
	ctx = context.WithValue(ctx, rowKey{}, state)
	if w.rowTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.rowTime)
		defer cancel()
	}
	spent := func() float64 { return state.take() }
	if w.meter != nil {
		w.meter.begin(id)
		spent = func() float64 {
			cost := state.take() + w.meter.end(id)
			w.meter.begin(id)
			return cost
		}
		defer w.meter.end(id)
	}
	output, err := w.output(ctx, rec, row, spent)
	if err != nil {
		return err
	}
	for _, s := range w.scorers {
		if rec.Error != "" || rec.judged(s.Name) {
			continue
		}
		score, err := judge(ctx, s, Case[In, Exp, Out]{
			RowID: c.id, Trial: trial, Inputs: row.Inputs, Expected: row.Expected, Output: output, Scores: maps.Clone(rec.Scores),
		})
		if stopped := w.stopped(ctx); stopped != nil {
			return stopped
		}
		cost := spent()
		part := record{Key: rec.Key}
		if err != nil {
			part.setError(s.Name, err.Error())
		} else {
			score.CostUSD += cost
			part.setScore(s.Name, score)
		}
		rec.add(part)
		if s.Model != "" {
			if err := w.journal.note(part, true); err != nil {
				return err
			}
		}
	}
	rec.Done = true
	return w.journal.note(record{Key: rec.Key, Scores: rec.Scores, Errors: rec.Errors, Done: true}, false)
}

// stopped is the error of an evaluation that ends while a row is at work: what the row got
// then is not its result. A row that took too long by itself is no such thing.
func (s *Session) stopped(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == nil || s.rowTime > 0 && cause == context.DeadlineExceeded { //nolint:errorlint // of this very context
		return nil
	}
	return fmt.Errorf("run row: %w", cause)
}

// output gives what the task says, or said to an earlier process.
func (w work[In, Exp, Out]) output(ctx context.Context, rec *record, row Row[In, Exp], spent func() float64) (out Out, err error) {
	if !rec.End.IsZero() {
		if rec.Error == "" {
			if err := json.Unmarshal(rec.Output, &out); err != nil {
				return out, fmt.Errorf("read output of an earlier process from the journal: %w", err)
			}
		}
		return out, nil
	}
	part := record{Key: rec.Key, Start: w.now()}
	out, err = ask(ctx, w.task, row.Inputs)
	if stopped := w.stopped(ctx); stopped != nil {
		return out, stopped
	}
	if part.End = w.now(); !part.End.After(part.Start) {
		part.End = part.Start.Add(time.Nanosecond)
	}
	part.Cost = spent()
	if err == nil {
		part.Output, err = json.Marshal(out)
	}
	if err != nil {
		part.Error = err.Error()
	}
	rec.add(part)
	return out, w.journal.note(part, true)
}

// ask gives a row to the task.
func ask[In, Out any](ctx context.Context, task func(context.Context, In) (Out, error), in In) (out Out, err error) {
	err = guarded(func() (err error) {
		out, err = task(ctx, in)
		return err
	})
	return out, err
}

// endRow says on the row's span what is known of it.
func (w work[In, Exp, Out]) endRow(span trace.Span, rec *record) {
	if rec.Error != "" {
		genai.MarkFailed(span, rowError(rec.Error), "")
	} else {
		span.SetAttributes(mlflowattr.SpanOutputsKey.String(string(rec.Output)))
	}
	for _, s := range w.scorers { // in their order, so that a row sent again is the same
		kv := []attribute.KeyValue{genai.EvaluationNameKey.String(s.Name)}
		if s.Model != "" {
			kv = append(kv, genai.RequestModelKey.String(s.Model))
		}
		score, scored := rec.Scores[s.Name]
		why, failed := rec.Errors[s.Name]
		switch {
		case scored:
			kv = append(kv, score.attributes()...)
		case failed:
			kv = append(kv, genai.ErrorTypeKey.String("scorer_error"), genai.EvaluationExplanationKey.String(why))
		default:
			continue
		}
		span.AddEvent(genai.EvaluationEvent, trace.WithAttributes(kv...), trace.WithTimestamp(rec.End))
	}
	span.End(trace.WithTimestamp(rec.End))
}

// attributes of a score, as the GenAI conventions name them.
func (s Score) attributes() []attribute.KeyValue {
	kv := []attribute.KeyValue{genai.EvaluationScoreKey.Float64(s.Value)}
	if s.Passed != nil {
		label := "fail"
		if *s.Passed {
			label = "pass"
		}
		kv = append(kv, genai.EvaluationLabelKey.String(label))
	}
	if s.Explanation != "" {
		kv = append(kv, genai.EvaluationExplanationKey.String(s.Explanation))
	}
	return kv
}
