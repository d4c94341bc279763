package mlflowexporter

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
)

// partLog says once for each part of a trace that the server does not take it, until
// the server is found to be another one.
type partLog struct {
	mu   sync.Mutex
	said map[deliver.Part]bool
}

// first reports whether a part was not yet spoken of.
func (l *partLog) first(p deliver.Part) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.said[p] {
		return false
	}
	if l.said == nil {
		l.said = map[deliver.Part]bool{}
	}
	l.said[p] = true
	return true
}

func (l *partLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = nil
}

// missing counts and logs what a delivery left out.
func (w *work) missing(list []deliver.Missing) {
	for _, m := range list {
		w.source.telemetry.incompleteTrace(m.Part)
		if w.source.parts.first(m.Part) {
			w.source.log.Warn("MLflow does not take a part of traces; all else of them is delivered, and the tag otel.incomplete "+
				"of their runs says what is missing; this is logged once",
				zap.String("part", string(m.Part)), zap.String("reason", m.Reason), zap.Stringer("first_trace_id", w.job.ID))
		}
	}
}

// logPartial says of traces whose runs are complete that the rest has to wait, which
// may go on for long and holds up nothing else.
func (s *source) logPartial(id trace.TraceID, err error, now time.Time) {
	if s.partial.due(now) {
		s.log.Warn("the rest of a trace whose runs are complete is tried again later, as is that of others meanwhile",
			zap.Stringer("trace_id", id), zap.Error(err))
	}
}

// incomplete keeps a delivered trace for a server that can do more.
func (w *work) incomplete(made map[trace.SpanID]string, now time.Time) {
	unmark, evicted := w.source.table.KeepIncomplete(w.job, made, now)
	if unmark != 0 {
		evicted = append(evicted, assembly.Evicted{Mark: unmark})
	}
	w.source.remove(evicted)
}

// remember takes note of the server that left out something first.
func (d *deliveries) remember(ctx context.Context, client *mlflow.Client) {
	if caps, err := client.Capabilities(ctx); err == nil {
		d.server.CompareAndSwap(nil, fingerprint(caps))
	}
}

// keepLooking asks from time to time, as long as there are incomplete traces, what the
// server can do, and lets them be delivered once more when that is not what it was.
func (d *deliveries) keepLooking(ctx context.Context) {
	tick := time.NewTicker(d.cfg.Delivery.RefusedInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if d.source.table.Stats(time.Now()).Incomplete == 0 {
			continue
		}
		caps, err := d.out.client.Capabilities(ctx)
		if err != nil {
			continue // the deliveries say so
		}
		if now := fingerprint(caps); now == d.server.Swap(now) {
			continue
		}
		d.source.parts.forget()
		d.log.Info("traces that MLflow took in part are tried again", zap.Int("traces", d.source.table.Reopen(time.Now())),
			zap.String("mlflow_version", caps.Version))
		d.wake()
	}
}

// fingerprint differs where servers differ in what they can do.
func fingerprint(c mlflow.Capabilities) string {
	var b strings.Builder
	fmt.Fprint(&b, c.Version, " ", c.Store)
	for _, f := range mlflow.Features() {
		fmt.Fprint(&b, " ", c.Has(f))
	}
	return b.String()
}
