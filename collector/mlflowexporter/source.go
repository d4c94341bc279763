package mlflowexporter

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/journal"
	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/runs"
)

// source gives the delivery queue the traces that the table holds to be due,
// their spans out of the journal, and writes outcomes into both. It has no lock
// of its own: table, journal and holds each have one, and none is held while
// another is taken.
type source struct {
	table     *assembly.Table
	journal   *journal.Journal
	cfg       *Config
	holds     *holds
	memory    *memory
	telemetry *telemetry
	log       *zap.Logger
	parts     partLog
	partial   pausingLog
	givenUp   pausingLog
	unwritten unwritten
	endings   *endings
	added     chan struct{} // capacity 1
}

func newSource(e *mlflowExporter, h *holds) *source {
	return &source{
		table: e.table, journal: e.journal, cfg: e.cfg, holds: h, memory: newMemory(e.cfg),
		telemetry: e.telemetry, log: e.log, added: make(chan struct{}, 1), endings: newEndings(),
	}
}

// Added implements deliver.Source.
func (s *source) Added() <-chan struct{} { return s.added }

func (s *source) signal() {
	select {
	case s.added <- struct{}{}:
	default:
	}
}

// Take implements deliver.Source. A trace whose experiment takes nothing for now
// is put off without being read.
func (s *source) Take(now time.Time) (deliver.Work, time.Time) {
	for {
		job, next, _ := s.table.Take(now)
		if job == nil {
			return nil, next
		}
		until, held := s.holds.until(job.Place, now)
		if known := job.Of == len(job.Parts); !held || !known {
			return &work{source: s, job: job}, time.Time{}
		}
		s.table.Retry(job, now, until, false)
	}
}

// Pending implements deliver.Source.
func (s *source) Pending(id trace.TraceID) bool { return s.table.Pending(id) }

// Release implements deliver.Source.
func (s *source) Release(now time.Time) { s.table.MakeDue(now, assembly.Waiting) }

// expire evicts delivered traces whose late window is over, and says when the
// next one's is; zero when there is none.
func (s *source) expire(now time.Time) time.Time {
	evicted, next := s.table.Expire(now)
	s.remove(evicted)
	return next
}

// keepExpiring evicts until ctx ends. A trace that is delivered while this waits is
// kept for no shorter than the least time, so nothing has to wake it. Where nothing is
// kept only what an earlier process kept is evicted here. It writes what the storage did not take, too.
func (s *source) keepExpiring(ctx context.Context) {
	for {
		next, wait := s.expire(time.Now()), s.cfg.Assembly.leastKept()
		s.write(&journal.Change{})
		switch {
		case !next.IsZero():
			wait = max(time.Until(next), time.Millisecond)
		case wait <= 0: // deliveries evict what they deliver
			wait = writeAgain
		}
		timer := time.NewTimer(min(wait, writeAgain))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// remove takes out of the journal what left the table.
func (s *source) remove(list []assembly.Evicted) {
	if len(list) == 0 {
		return
	}
	var c journal.Change
	evict(&c, list)
	s.write(&c)
}

// work is a trace, or a piece of one, under delivery.
type work struct {
	source *source
	job    *assembly.Job
	unread bool  // the storage failed Read
	fate   fate  // by its root, once it was read
	memory int64 // taken for what was read

	unfinished string // why it was given up
}

// TraceID implements deliver.Work.
func (w *work) TraceID() trace.TraceID { return w.job.ID }

// Origin implements deliver.Work. The sampled flag says nothing here: senders
// that are no Go SDK leave it unset.
func (w *work) Origin() deliver.Origin {
	return deliver.Origin{SearchFirst: w.job.SearchFirst, Late: w.job.Delivered && !w.job.Skipped && w.job.Piecemeal && !w.job.Idle}
}

// Failures implements deliver.Work. Faults are not counted: a trace is tried for
// as long as retry_on_failure says.
func (w *work) Failures() (attempts, faults int) { return w.job.Attempts, 0 }

// Read implements deliver.Work. It waits until there is memory for what it reads, which
// Record gives back. Parts that cannot be read are lost, and said to
// be.
func (w *work) Read(ctx context.Context) (*tracepb.TracesData, error) {
	numbers := make([]uint64, len(w.job.Parts))
	spans, raw := 0, int64(0)
	for i, p := range w.job.Parts {
		numbers[i] = p.Number
		spans += p.Spans
		raw += p.Raw
	}
	taken, err := w.source.memory.take(ctx, spans, raw)
	if err != nil {
		w.unread = true
		return nil, err
	}
	w.memory += taken
	encoded, err := w.source.journal.Read(context.WithoutCancel(ctx), numbers)
	if err != nil {
		w.unread = true
		return nil, err
	}
	var parts []*tracepb.TracesData
	var damaged []uint64
	for i, b := range encoded {
		td, err := decode(b)
		if err != nil {
			damaged = append(damaged, numbers[i])
			w.source.log.Error("a stored part of a trace is damaged and dropped", zap.Stringer("trace_id", w.job.ID), zap.Error(err))
			continue
		}
		parts = append(parts, td)
	}
	if len(damaged) > 0 {
		var c journal.Change
		for _, n := range damaged {
			c.Remove(n)
		}
		w.source.table.RemoveParts(w.job, damaged)
		if err := w.source.journal.Apply(context.WithoutCancel(ctx), &c); err != nil {
			w.unread = true
			return nil, err
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return runs.Merge(parts...), nil
}

func decode(b []byte) (*tracepb.TracesData, error) {
	body, err := journal.Decode(b)
	if err != nil {
		return nil, err
	}
	td := &tracepb.TracesData{}
	if proto.Unmarshal(body, td) == nil {
		return td, nil
	}
	mendTexts(body, td.ProtoReflect().Descriptor(), 0) // seldom
	if err := proto.Unmarshal(body, td); err != nil {
		return nil, fmt.Errorf("read OTLP: %w", err)
	}
	return td, nil
}

// Record implements deliver.Work.
func (w *work) Record(o deliver.Outcome) error {
	w.source.memory.release(w.memory)
	w.memory = 0
	now := time.Now()
	switch o.Kind {
	case deliver.Delivered:
		w.delivered(o, now)
	case deliver.Skipped:
		spans := 0
		for _, p := range w.job.Parts {
			spans += p.Spans
		}
		if w.fate == open {
			w.keepOpen(nil, now)
			return nil
		}
		w.source.telemetry.skippedSpans(spans, skippedNonGenAI)
		if !w.job.Idle { // a session that only began goes on; a root that comes later is judged by itself
			w.fate = whole
		}
		w.done(nil, now)
	case deliver.Lost:
		w.drop(droppedDamaged, "nothing of a stored trace can be read back")
	case deliver.DeadLettered:
		w.refused(o.Err.Error(), nil, now)
	case deliver.Retried:
		if deliver.IsPartial(o.Err) {
			w.source.logPartial(w.job.ID, o.Err, now)
		} else if !deliver.IsOutage(o.Err) {
			w.source.log.Warn("delivery failed and will be repeated",
				zap.Stringer("trace_id", w.job.ID), zap.Int("attempt", w.job.Attempts+1), zap.Error(o.Err))
		}
		w.failed(o, now)
	case deliver.Postponed:
		if o.Err != nil {
			w.failed(o, now)
		} else {
			w.source.table.Retry(w.job, now, o.Next, false)
		}
	case deliver.Stopped:
		w.source.table.Stopped(w.job, now)
	}
	return nil
}

// delivered records what is on the server. A trace with spans that the server
// refuses is refused as a whole: it is tried again later. One of which the server
// lacks a way for a part counts as delivered.
func (w *work) delivered(o deliver.Outcome, now time.Time) {
	w.missing(o.Result.Missing)
	if w.fate == open { // what spans are refused is said in the end
		w.source.telemetry.deliveredTrace(deliveredRunning, o.Took, 0)
		w.keepOpen(o.Result.Runs, now)
		return
	}
	w.gaveUp()
	if n := len(o.Result.Poison); n > 0 {
		w.refused(fmt.Sprintf("%d spans, all others are delivered: %s", n, o.Result.PoisonReason), o.Result.Runs, now)
		return
	}
	kind := deliveredFirst
	switch {
	case w.job.Piecemeal:
		kind = deliveredPiece
	case w.job.Delivered:
		kind = deliveredAgain
	}
	w.source.telemetry.deliveredTrace(kind, o.Took, w.job.Waited+o.Took)
	if len(o.Result.Missing) > 0 && !w.job.Piecemeal {
		w.incomplete(o.Result.Runs, now)
		return
	}
	w.done(o.Result.Runs, now)
}

// done records that nothing is left to do for these parts.
func (w *work) done(made map[trace.SpanID]string, now time.Time) {
	done := w.source.table.Done
	if w.fate == awaited {
		done = w.source.table.DoneAwaiting
	}
	remove, unmark, mark := done(w.job, made, now)
	var c journal.Change
	for _, n := range remove {
		c.Remove(n)
	}
	if unmark != 0 && unmark != mark {
		c.Unmark(unmark)
	}
	if mark != 0 {
		c.Mark(mark)
	}
	w.source.write(&c)
	if w.source.cfg.Assembly.LateWindow <= 0 {
		w.source.expire(now)
	}
}

// failed lets a trace come back, as far as retry_on_failure allows. That is about
// MLflow: what the storage did not give was not tried, and is never dropped for it.
func (w *work) failed(o deliver.Outcome, now time.Time) {
	w.source.telemetry.failedAttempt()
	if w.unread {
		w.source.table.Retry(w.job, now, o.Next, false)
		return
	}
	retry := w.source.cfg.RetryConfig
	late := retry.MaxElapsedTime > 0 && !w.job.FirstTry.IsZero() && now.Sub(w.job.FirstTry) > retry.MaxElapsedTime
	if (!retry.Enabled || late) && w.fate == open { // it is only not shown, and comes again with its root
		made := w.job.Runs
		if made == nil {
			made = map[trace.SpanID]string{} // it may be there in part
		}
		w.keepOpen(made, now)
		return
	}
	if !retry.Enabled || late {
		w.drop(droppedExhausted, o.Err.Error())
		return
	}
	w.source.table.Retry(w.job, now, o.Next, true)
}

// refused keeps a trace that the server does not take as it is.
func (w *work) refused(reason string, made map[trace.SpanID]string, now time.Time) {
	interval := w.source.cfg.Delivery.RefusedInterval
	w.source.telemetry.refusedTrace()
	w.source.log.Error("MLflow refuses a trace; it is kept and tried again", zap.Stringer("trace_id", w.job.ID),
		zap.Duration("again_in", interval), zap.String("reason", reason))
	evicted := w.source.table.Refuse(w.job, now, now.Add(interval), made)
	for _, t := range evicted {
		w.source.telemetry.droppedTrace(droppedMaxRefused)
		w.source.log.Error("a trace that MLflow refused is dropped: limits::max_refused is reached", zap.Stringer("trace_id", t.ID))
		w.source.endRuns(t.Place, t.ID, t.Tried, "MLflow refused the trace, and limits::max_refused is reached")
	}
	w.source.remove(evicted)
}

func (w *work) drop(reason droppedReason, text string) {
	w.source.telemetry.droppedTrace(reason)
	w.source.log.Error("a trace is dropped",
		zap.Stringer("trace_id", w.job.ID), zap.String("reason", string(reason)), zap.String("error", text))
	if t, ok := w.source.table.Drop(w.job); ok {
		w.source.remove([]assembly.Evicted{t})
		w.source.endRuns(t.Place, w.serverTrace(), t.Tried, "MLflow did not take the trace for as long as retry_on_failure allows")
	}
}
