package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// tracerName names the scope of all spans of this package.
const tracerName = "github.com/technoshare/commentator/otel/eval"

// Session is an evaluation whose rows are given to it one by one, as tests do; [Run] gives it
// those of a dataset. It is safe for concurrent use.
type Session struct {
	config
	dataset, datasetID string
	journal            *journal
	tracer             trace.Tracer
	span               trace.Span // the root
	root               trace.SpanContext
	begun              time.Time
	sender             sender
	slots              chan struct{} // of rows under way
	observing          sync.Mutex    // held while the observer is called

	mu      sync.Mutex
	seen    map[string]bool // row ids
	digests []string        // of rows, in their order
	rows    []RowResult     // by their place
	spent   float64
	failed  error // of the journal, or the ids: no further row begins
	unsent  []string
	forget  bool // the journal, in the end
}

// Open begins an evaluation of a dataset whose rows come by [RunRow]. ctx is that of its
// root span alone. Close has to be called.
func Open(ctx context.Context, dataset string, opts ...Option) (*Session, error) {
	c := newConfig(opts)
	c.trials = 1 // whoever gives rows says how often
	s, err := open(ctx, c, dataset, "", nil)
	if err != nil {
		return nil, fmt.Errorf("open evaluation %s: %w", cmp.Or(s.name, dataset), err)
	}
	return s, nil
}

// open begins an evaluation. The session is never nil.
func open(ctx context.Context, c config, dataset, datasetID string, scorers []string) (*Session, error) {
	s := &Session{
		config: c, dataset: dataset, datasetID: datasetID, begun: c.now(), seen: map[string]bool{}, slots: make(chan struct{}, c.concurrency),
	}
	if s.name = cmp.Or(s.name, dataset); s.name == "" {
		return s, errors.New("neither it nor its dataset has a name")
	}
	var err error
	if s.journal, err = openJournal(c.journal, s.name, c.variant(scorers), s.begun); err != nil {
		return s, err
	}
	s.tracer = c.provider.Tracer(tracerName)
	if s.span, err = s.begin(ctx); err != nil {
		s.handBack(s.span, err)
		return s, errors.Join(err, s.journal.close())
	}
	s.sender = s.startSender(ctx)
	return s, nil
}

// Close waits for the rows under way, and says in the evaluation's run what was found. An
// error says why rows did not run, or that traces or the journal could not be written.
func (s *Session) Close(ctx context.Context) (Report, error) {
	s.mu.Lock()
	expected := len(s.rows)
	s.mu.Unlock()
	return s.close(ctx, expected, nil)
}

// CloseAndForget is Close, and deletes the journal of an evaluation that ended without an error, so that
// the next one asks its tasks again. With an error, or where rows are missing since the budget was spent or their context
// ended, the journal stays, to go on with; so it does where it has rows that this evaluation was not given, see Report.Left.
func (s *Session) CloseAndForget(ctx context.Context) (Report, error) {
	s.mu.Lock()
	s.forget = true
	s.mu.Unlock()
	return s.Close(ctx)
}

// close ends an evaluation that should have had so many rows, and may have ended early.
func (s *Session) close(ctx context.Context, expected int, err error) (Report, error) {
	for range cap(s.slots) { // all have ended
		s.slots <- struct{}{}
	}
	s.sender.stop()
	report := Report{
		Name: s.name, Dataset: s.dataset, TraceID: s.root.TraceID(), SpanID: s.root.SpanID(), Digest: digestOf(s.digests...), Expected: expected,
		Rows: slices.DeleteFunc(s.rows, func(r RowResult) bool { return r.Name == "" }), Duration: s.now().Sub(s.begun),
		Left: s.journal.left(),
	}
	report.sum()
	if budget, ok := errors.AsType[*BudgetError](err); ok {
		budget.Missing = report.Missing()
	}
	err = errors.Join(err, s.failed)
	s.end(report, err)
	if err = errors.Join(err, s.flush(ctx)); err == nil && s.forget && report.Missing() == 0 && report.Left == 0 {
		return report, s.journal.remove()
	}
	return report, errors.Join(err, s.journal.close())
}

// enter takes note of a row. Its trials have places from the first on.
func (s *Session) enter(c content) (first int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[c.id] {
		return 0, fmt.Errorf("two rows have the id %q", c.id)
	}
	s.seen[c.id] = true
	s.digests = append(s.digests, c.digest)
	first = len(s.rows)
	s.rows = append(s.rows, make([]RowResult, s.trials)...)
	return first, nil
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

// rootName is the name of the evaluation's root span and run.
func (c config) rootName() string { return "evaluation " + c.name }

// begin starts the root span.
func (s *Session) begin(ctx context.Context) (trace.Span, error) {
	attrs := []attribute.KeyValue{
		mlflowattr.RunTypeKey.String(mlflowattr.RunTypeEvaluation), mlflowattr.SpanTypeKey.String(mlflowattr.TypeEvaluator),
		mlflowattr.DatasetNameKey.String(s.dataset),
	}
	if s.datasetID != "" {
		attrs = append(attrs, mlflowattr.DatasetIDKey.String(s.datasetID))
	}
	for _, k := range slices.Sorted(maps.Keys(s.params)) {
		attrs = append(attrs, mlflowattr.Param(k, s.params[k]))
	}
	if len(s.prompts) > 0 {
		attrs = append(attrs, mlflowattr.LinkedPrompts(s.prompts...))
	}
	if s.journal.keeps() {
		attrs = append(attrs, mlflowattr.ResumedKey.Bool(true))
	}
	return s.startRoot(ctx, s.rootName(), idsOf(s.journal.head.Run), &s.root,
		trace.WithTimestamp(s.journal.head.Start), trace.WithAttributes(attrs...))
}

// startRoot starts a span that has no parent, with the ids it has to have.
func (s *Session) startRoot(
	ctx context.Context, name string, want ids, got *trace.SpanContext, opts ...trace.SpanStartOption,
) (trace.Span, error) {
	_, span := s.tracer.Start(context.WithValue(ctx, idsKey{}, want), name, append(opts, trace.WithNewRoot())...)
	*got = span.SpanContext()
	if s.journal.keeps() && got.IsValid() && got.TraceID() != want.trace {
		return span, errors.New("a journal needs a TracerProvider whose ids it decides: make it with " +
			"sdktrace.WithIDGenerator(eval.NewIDGenerator(nil)), or its traces would be there twice after a restart")
	}
	return span, nil
}

// wait waits until a row may begin, or says why none may.
func (s *Session) wait(ctx context.Context) error {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for room: %w", ctx.Err())
	}
	err := ctx.Err()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		err = fmt.Errorf("begin row: %w", err)
	case s.failed != nil:
		err = errStopped
	case s.maxCost > 0 && s.spent >= s.maxCost:
		err = &BudgetError{What: fmt.Sprintf("the budget of %g US dollars", s.maxCost)}
	case s.maxTime > 0 && s.now().Sub(s.begun) >= s.maxTime:
		err = &BudgetError{What: fmt.Sprintf("the time of %s", s.maxTime)}
	}
	if err != nil {
		<-s.slots
	}
	return err
}

// errStopped says that what is in evaluation.failed ended the evaluation.
var errStopped = errors.New("no further rows were begun")

// fail ends the evaluation early; the first reason stays.
func (s *Session) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = err
	}
}

// end says on the root span what was found.
func (s *Session) end(r Report, err error) {
	attrs := []attribute.KeyValue{
		mlflowattr.RowsExpectedKey.Int(r.Expected), mlflowattr.DatasetDigestKey.String(r.Digest[:16]),
		// No metrics: MLflow draws those up to 1 as scores.
		mlflowattr.Tag("rows.run", strconv.Itoa(len(r.Rows))), mlflowattr.Tag("rows.failed", strconv.Itoa(r.Failed)),
	}
	for _, name := range slices.Sorted(maps.Keys(r.Means)) {
		attrs = append(attrs, mlflowattr.Metric(name+"/mean", r.Means[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Errors)) {
		attrs = append(attrs, mlflowattr.Metric(name+"/errors", float64(r.Errors[name])))
	}
	if r.CostUSD > 0 {
		attrs = append(attrs, mlflowattr.Metric("cost/total_usd", r.CostUSD))
	}
	s.span.SetAttributes(attrs...)
	if err != nil {
		s.span.SetStatus(codes.Error, err.Error())
	}
	s.span.End()
}
