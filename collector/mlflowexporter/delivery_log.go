package mlflowexporter

import (
	"context"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
	"github.com/technoshare/commentator/otel/deliver"
)

// summaryInterval is between two lines on what was delivered.
const summaryInterval = time.Minute

// deliveryLog logs what the queue tells: each delivery at debug, what was delivered in a minute at info,
// and the beginning and end of an outage.
type deliveryLog struct {
	deliver.NopObserver
	log   *zap.Logger
	table *assembly.Table

	traces, runs, calls atomic.Int64 // since the last line
}

// Delivered implements deliver.Observer.
func (l *deliveryLog) Delivered(r deliver.Result, took time.Duration) {
	l.log.Debug("delivered a trace to MLflow", zap.Stringer("trace_id", r.TraceID), zap.String("experiment_id", r.ExperimentID),
		zap.String("run_id", r.ParentRunID), zap.Int("runs", len(r.Runs)), zap.Int("calls", r.Calls), zap.Duration("took", took))
	l.traces.Add(1)
	l.runs.Add(int64(len(r.Runs)))
	l.calls.Add(int64(r.Calls))
}

// ServerDown implements deliver.Observer.
func (l *deliveryLog) ServerDown(err error) {
	l.log.Warn("MLflow takes nothing for now; traces are kept until it does", zap.Error(err))
}

// ServerUp implements deliver.Observer.
func (l *deliveryLog) ServerUp() {
	l.log.Info("MLflow takes traces again", zap.Int("traces", l.table.Undelivered()))
}

// keepSummingUp writes a line a minute until ctx ends, and the last one then. A minute without a
// delivery has none.
func (l *deliveryLog) keepSummingUp(ctx context.Context) {
	tick := time.NewTicker(summaryInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			l.sumUp()
			return
		case <-tick.C:
			l.sumUp()
		}
	}
}

func (l *deliveryLog) sumUp() {
	traces, runs, calls := l.traces.Swap(0), l.runs.Swap(0), l.calls.Swap(0)
	if traces == 0 {
		return
	}
	l.log.Info("delivered to MLflow", zap.Int64("deliveries", traces), zap.Int64("runs", runs), zap.Int64("calls", calls),
		zap.Int("traces_waiting", l.table.Undelivered()))
}
