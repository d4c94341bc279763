package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// tracerName names the scope of all spans of this package.
const tracerName = "github.com/technoshare/commentator/otel/eval"

// Run gives each row of a dataset to a task and judges what comes out. It is one evaluation
// run in MLflow, and each row a trace of it. Rows begin in the order of the dataset, four at
// once; see [RunWith] for more.
//
// A row whose task fails is in the report, and the others go on. An error says that not all
// rows ran: the dataset could not be read, ctx ended, or the budget was spent ([IsBudget]).
// The report then holds what did run.
func Run[In, Exp, Out any](
	ctx context.Context, d Dataset[In, Exp], task func(context.Context, In) (Out, error), scorers ...Scorer[In, Exp, Out],
) (Report, error) {
	return RunWith(ctx, nil, d, task, scorers...)
}

// RunWith is Run with options.
func RunWith[In, Exp, Out any](
	ctx context.Context, opts []Option, d Dataset[In, Exp], task func(context.Context, In) (Out, error), scorers ...Scorer[In, Exp, Out],
) (Report, error) {
	c := newConfig(opts)
	if c.name = cmp.Or(c.name, d.Name); c.name == "" {
		return Report{}, errors.New("run evaluation: neither it nor its dataset has a name")
	}
	if d.Rows == nil || task == nil {
		return Report{}, fmt.Errorf("run evaluation %s: it needs a dataset with rows and a task", c.name)
	}
	if err := checkScorers(scorers); err != nil {
		return Report{}, fmt.Errorf("run evaluation %s: %w", c.name, err)
	}
	names := make([]string, len(scorers))
	for i, s := range scorers {
		names[i] = s.Name + "\x00" + s.Model
	}
	j, err := openJournal(c.journal, c.name, c.variant(names), c.now())
	if err != nil {
		return Report{}, fmt.Errorf("run evaluation %s: %w", c.name, err)
	}
	e := &evaluation[In, Exp, Out]{
		config: c, dataset: d, task: task, scorers: scorers, journal: j, tracer: c.provider.Tracer(tracerName), begun: c.now(),
		seen: map[string]bool{}, slots: make(chan struct{}, c.concurrency),
	}
	report, err := e.run(ctx)
	if err = errors.Join(err, j.close()); err != nil {
		err = fmt.Errorf("run evaluation %s: %w", c.name, err)
	}
	return report, err
}

// variant is a digest of what makes two runs of a dataset differ.
func (c config) variant(scorers []string) string {
	texts := []string{fmt.Sprint(c.trials)}
	for _, k := range slices.Sorted(maps.Keys(c.params)) {
		texts = append(texts, k, c.params[k])
	}
	for _, p := range c.prompts {
		texts = append(texts, p.Name, p.Version)
	}
	return digestOf(append(texts, scorers...)...)
}

// evaluation is one under way.
type evaluation[In, Exp, Out any] struct {
	config
	dataset Dataset[In, Exp]
	task    func(context.Context, In) (Out, error)
	scorers []Scorer[In, Exp, Out]
	journal *journal
	tracer  trace.Tracer
	root    trace.SpanContext
	begun   time.Time
	seen    map[string]bool // row ids
	slots   chan struct{}   // of rows under way

	observing sync.Mutex // held while the observer is called

	mu     sync.Mutex
	rows   []RowResult // by their place; grows as rows begin
	spent  float64
	failed error // of the journal, or the ids: no further row begins
	unsent []string
}

// rootName is the name of the evaluation's root span and run.
func (c config) rootName() string { return "evaluation " + c.name }

// run reads the dataset and begins a row as soon as there is room for one.
func (e *evaluation[In, Exp, Out]) run(ctx context.Context) (Report, error) {
	root, err := e.begin(ctx)
	if err != nil {
		e.handBack(root, err)
		return Report{}, err
	}
	sender := e.startSender(ctx)
	expected, digest, err := e.readRows(ctx)
	for range cap(e.slots) { // all have ended
		e.slots <- struct{}{}
	}
	sender.stop()
	report := Report{
		Name: e.name, Dataset: e.dataset.Name, TraceID: e.root.TraceID(), SpanID: e.root.SpanID(), Digest: digest, Expected: expected,
		Rows: slices.DeleteFunc(e.rows, func(r RowResult) bool { return r.Name == "" }), Duration: e.now().Sub(e.begun),
	}
	report.sum()
	if budget, ok := errors.AsType[*BudgetError](err); ok {
		budget.Missing = report.Missing()
	}
	err = errors.Join(err, e.failed)
	e.end(root, report, err)
	return report, errors.Join(err, e.flush(ctx))
}

// begin starts the root span.
func (e *evaluation[In, Exp, Out]) begin(ctx context.Context) (trace.Span, error) {
	attrs := []attribute.KeyValue{
		mlflowattr.RunTypeKey.String(mlflowattr.RunTypeEvaluation), mlflowattr.SpanTypeKey.String(mlflowattr.TypeEvaluator),
		mlflowattr.DatasetNameKey.String(e.dataset.Name),
	}
	if e.dataset.ID != "" {
		attrs = append(attrs, mlflowattr.DatasetIDKey.String(e.dataset.ID))
	}
	for _, k := range slices.Sorted(maps.Keys(e.params)) {
		attrs = append(attrs, mlflowattr.Param(k, e.params[k]))
	}
	if len(e.prompts) > 0 {
		attrs = append(attrs, mlflowattr.LinkedPrompts(e.prompts...))
	}
	if e.journal.keeps() {
		attrs = append(attrs, mlflowattr.ResumedKey.Bool(true))
	}
	return e.startRoot(ctx, e.rootName(), idsOf(e.journal.head.Run), &e.root,
		trace.WithTimestamp(e.journal.head.Start), trace.WithAttributes(attrs...))
}

// startRoot starts a span that has no parent, with the ids it has to have.
func (e *evaluation[In, Exp, Out]) startRoot(
	ctx context.Context, name string, want ids, got *trace.SpanContext, opts ...trace.SpanStartOption,
) (trace.Span, error) {
	_, span := e.tracer.Start(context.WithValue(ctx, idsKey{}, want), name, append(opts, trace.WithNewRoot())...)
	*got = span.SpanContext()
	if e.journal.keeps() && got.IsValid() && got.TraceID() != want.trace {
		return span, errors.New("a journal needs a TracerProvider whose ids it decides: make it with " +
			"sdktrace.WithIDGenerator(eval.NewIDGenerator(nil)), or its traces would be there twice after a restart")
	}
	return span, nil
}

// readRows begins all rows, and counts those that it may not begin any more.
func (e *evaluation[In, Exp, Out]) readRows(ctx context.Context) (expected int, digest string, err error) {
	var digests []string
	for row, rowErr := range e.dataset.Rows {
		if rowErr != nil {
			return expected, digestOf(digests...), rowErr
		}
		c, rowErr := contentOf(row)
		if rowErr == nil && e.seen[c.id] {
			rowErr = fmt.Errorf("two rows have the id %q", c.id)
		}
		if rowErr != nil {
			return expected, digestOf(digests...), rowErr
		}
		e.seen[c.id] = true
		digests = append(digests, c.digest)
		for trial := 1; trial <= e.trials; trial++ {
			place := expected
			expected++
			if err == nil {
				err = e.wait(ctx)
			}
			switch {
			case err == nil:
			case IsBudget(err): // it is counted only
				continue
			default:
				return expected, digestOf(digests...), err
			}
			e.reserve(place)
			go func() {
				defer func() { <-e.slots }()
				e.runRow(ctx, place, row, c, trial)
			}()
		}
	}
	return expected, digestOf(digests...), err
}

// wait waits until a row may begin, or says why none may.
func (e *evaluation[In, Exp, Out]) wait(ctx context.Context) error {
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for room: %w", ctx.Err())
	}
	err := ctx.Err()
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case err != nil:
		err = fmt.Errorf("begin row: %w", err)
	case e.failed != nil:
		err = errStopped
	case e.maxCost > 0 && e.spent >= e.maxCost:
		err = &BudgetError{What: fmt.Sprintf("the budget of %g US dollars", e.maxCost)}
	case e.maxTime > 0 && e.now().Sub(e.begun) >= e.maxTime:
		err = &BudgetError{What: fmt.Sprintf("the time of %s", e.maxTime)}
	}
	if err != nil {
		<-e.slots
	}
	return err
}

// errStopped says that what is in evaluation.failed ended the evaluation.
var errStopped = errors.New("no further rows were begun")

func (e *evaluation[In, Exp, Out]) reserve(place int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.rows) <= place {
		e.rows = append(e.rows, RowResult{})
	}
}

// fail ends the evaluation early; the first reason stays.
func (e *evaluation[In, Exp, Out]) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failed == nil {
		e.failed = err
	}
}

// end says on the root span what was found.
func (e *evaluation[In, Exp, Out]) end(root trace.Span, r Report, err error) {
	attrs := []attribute.KeyValue{
		mlflowattr.RowsExpectedKey.Int(r.Expected), mlflowattr.DatasetDigestKey.String(r.Digest[:16]),
		mlflowattr.Metric("rows/run", float64(len(r.Rows))), mlflowattr.Metric("rows/failed", float64(r.Failed)),
	}
	for _, s := range e.scorers {
		if n := r.Judged[s.Name]; n > 0 {
			attrs = append(attrs, mlflowattr.Metric(s.Name+"/mean", r.Means[s.Name]))
		}
		if errs := len(r.Rows) - r.Failed - r.Judged[s.Name]; errs > 0 {
			attrs = append(attrs, mlflowattr.Metric(s.Name+"/errors", float64(errs)))
		}
	}
	if r.CostUSD > 0 {
		attrs = append(attrs, mlflowattr.Metric("cost/total_usd", r.CostUSD))
	}
	root.SetAttributes(attrs...)
	if err != nil {
		root.SetStatus(codes.Error, err.Error())
	}
	root.End()
}
