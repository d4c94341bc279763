package mlflowexporter

import (
	"crypto/sha256"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/logrecords"
	"github.com/technoshare/commentator/otel/runs"
)

// fate is what becomes of a trace after its delivery, which depends on its root.
type fate int

const (
	whole   fate = iota // it is kept for the late window
	open                // its root is missing: it goes on
	awaited             // its root may still come, though it is delivered for good
)

// underWay is what runs say of a trace whose root has not come.
const underWay = "the program is still at work: the root span of its trace has not come yet"

// sessionUnderWay is what the runs of a session say while records of it come.
const sessionUnderWay = "the session is under way"

// read reads a trace, decides by its root what becomes of it, and says how it is to be
// delivered.
func (d *deliveries) read(w *work, td *tracepb.TracesData) (*runs.Traces, deliver.Origin) {
	origin := w.Origin()
	alone := logrecords.OnlyCarriers(td)
	td = logrecords.Join(td)
	if w.job.Idle {
		td = logrecords.InTrace(td, w.serverTrace())
	}
	if origin.Late || w.job.Piecemeal && w.job.End == assembly.NoEnd {
		return runs.Read(td, d.rules), origin
	}
	if alone { // its spans come when they end, or a session goes on
		w.fate = awaited
	}
	if w.job.Idle && w.job.End == assembly.NoEnd {
		w.fate = open
		origin.Unfinished = sessionUnderWay
		return runs.ReadOpen(logrecords.WithoutEnd(td), d.rules), origin
	}
	came := logrecords.WithoutStandIns(td)
	switch runs.BeginningOf(came) {
	case runs.RootHere:
	case runs.RootOutside:
		w.fate = awaited
	case runs.RootMissing:
		switch w.job.End {
		case assembly.NoEnd:
			w.fate = open
			origin.Unfinished = underWay
			return runs.ReadOpen(came, d.rules), origin
		case assembly.Idle:
			return runs.Read(td, d.rules), origin
		case assembly.Displaced:
			w.fate = awaited
		}
		w.unfinished = d.cfg.whyGivenUp(w.job.End)
		origin.Unfinished = w.unfinished
		return runs.Read(runs.AddMissing(td), d.rules), origin
	}
	return runs.Read(td, d.rules), origin
}

// serverTrace is the id by which the server has the trace. That of a session is its own
// until the session is not kept any more: what comes of it then, the next day for one, is
// another trace, as it would take the place of the whole.
func (w *work) serverTrace() (id trace.TraceID) {
	if !w.job.Idle {
		return w.job.ID
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%x %d", w.job.ID, w.job.Began().UnixMicro()))
	copy(id[:], sum[:])
	return id
}

// whyGivenUp says in words why a trace is delivered although its root has not come.
func (c *Config) whyGivenUp(end assembly.End) string {
	const given = "given up: the root span of the trace has not come"
	switch end {
	case assembly.Displaced:
		return given + ", and others needed its room (limits)"
	case assembly.TooLarge:
		return given + ", and it has outgrown assembly::max_trace_spans or max_trace_bytes"
	case assembly.Closing:
		return given + ", and the Collector stopped, which has no storage"
	}
	return fmt.Sprintf("%s, nor any other span of it for %v (assembly::max_open)", given, max(c.Assembly.MaxOpen, c.Assembly.MaxWait))
}

// keepOpen lets the trace wait for its root. made are its runs, nil when nothing was
// delivered.
func (w *work) keepOpen(made map[trace.SpanID]string, now time.Time) {
	if unmark := w.source.table.KeepOpen(w.job, made, now); unmark != 0 {
		w.source.remove([]assembly.Evicted{{Mark: unmark}})
	}
	w.source.signal()
}

// gaveUp counts a trace that was given up.
func (w *work) gaveUp() {
	if w.unfinished == "" {
		return
	}
	r := givenUpSilent
	switch w.job.End {
	case assembly.Displaced:
		r = givenUpDisplaced
	case assembly.TooLarge:
		r = givenUpTooLarge
	case assembly.Closing:
		r = givenUpClosing
	}
	w.source.telemetry.givenUpTrace(r)
	if w.source.givenUp.due(time.Now()) {
		w.source.log.Warn("a trace is given up whose root has not come, as may be others; their runs say so and are KILLED",
			zap.Stringer("trace_id", w.job.ID), zap.String("reason", w.unfinished))
	}
}

// leastKept is the shortest time for which a delivered trace is kept, if any is.
func (c *AssemblyConfig) leastKept() time.Duration {
	if c.LateWindow > 0 && c.MaxOpen > 0 {
		return min(c.LateWindow, c.MaxOpen)
	}
	return max(c.LateWindow, c.MaxOpen)
}
