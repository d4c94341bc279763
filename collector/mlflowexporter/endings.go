package mlflowexporter

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
)

// maxEndings bounds the traces whose runs are still to be ended.
const maxEndings = 10_000

// endings ends the runs of traces that are dropped although MLflow shows them as RUNNING:
// no delivery will do so any more. It goes on until MLflow takes it, or this process ends.
type endings struct {
	added chan struct{} // capacity 1

	mu   sync.Mutex
	list []ending
	full pausingLog
}

// ending is a trace whose runs are to be ended.
type ending struct {
	place string // as Job.Place
	id    trace.TraceID
	why   string
}

func newEndings() *endings { return &endings{added: make(chan struct{}, 1)} }

// add takes in a trace, and says whether there was room for it.
func (e *endings) add(one ending) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.list) >= maxEndings {
		return false
	}
	e.list = append(e.list, one)
	select {
	case e.added <- struct{}{}:
	default:
	}
	return true
}

func (e *endings) take() []ending {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := e.list
	e.list = nil
	return list
}

// keepEnding ends runs until ctx ends. What fails is tried again after a while.
func (d *deliveries) keepEnding(ctx context.Context) {
	e := d.source.endings
	for failures := 0; ; {
		var again <-chan time.Time
		if failures > 0 {
			again = time.After(d.backoff().Wait(failures, 0))
		}
		added := e.added
		if failures > 0 {
			added = nil // a server that is away is no less away because one more waits
		}
		select {
		case <-ctx.Done():
			return
		case <-added:
		case <-again:
		}
		failed := false
		for _, one := range e.take() {
			if ctx.Err() != nil {
				return
			}
			failed = failed || !d.end(ctx, one)
			if failed {
				e.add(one)
			}
		}
		if failures++; !failed {
			failures = 0
		}
	}
}

// end reports whether nothing is left to do for a trace.
func (d *deliveries) end(ctx context.Context, one ending) bool {
	outlet := d.out.at(one.place)
	if outlet == nil || d.source.Pending(one.id) { // nothing was delivered there, or more came and is delivered
		return true
	}
	err := outlet.GiveUp(ctx, one.id, one.why)
	if mlflow.IsRetryable(err) || deliver.IsStopped(err) {
		return false
	}
	if err != nil {
		d.log.Error("the runs of a dropped trace stay RUNNING", zap.Stringer("trace_id", one.id), zap.Error(err))
	}
	return true
}

// endRuns lets the runs of a dropped trace be ended, if it may have any.
func (s *source) endRuns(place string, id trace.TraceID, tried bool, why string) {
	if !tried || s.endings.add(ending{place: place, id: id, why: "given up: " + why}) || !s.endings.full.due(time.Now()) {
		return
	}
	s.log.Error("a dropped trace is shown as RUNNING for ever, as may be others: too many wait to be ended", zap.Stringer("trace_id", id))
}
