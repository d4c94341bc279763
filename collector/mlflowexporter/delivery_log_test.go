package mlflowexporter

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
	"github.com/technoshare/commentator/otel/deliver"
)

// TestDeliveriesAreSummedUpByTheMinute: a line for each at debug, one a minute at info, none for a
// minute without any, and the last at the end.
func TestDeliveriesAreSummedUpByTheMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.DebugLevel)
		d := &deliveryLog{log: zap.New(core), table: assembly.New(assembly.Config{})}
		ctx, cancel := context.WithCancel(t.Context())
		go d.keepSummingUp(ctx)
		one := deliver.Result{TraceID: trace.TraceID{1}, Runs: map[trace.SpanID]string{{1}: "a", {2}: "b"}, Calls: 11}
		lines := func(level zapcore.Level) []observer.LoggedEntry { return logs.FilterLevelExact(level).All() }
		for range 3 {
			d.Delivered(one, time.Second)
		}
		if n := len(lines(zapcore.DebugLevel)); n != 3 || len(lines(zapcore.InfoLevel)) != 0 {
			t.Errorf("%d lines at debug, %d at info", n, len(lines(zapcore.InfoLevel)))
		}
		time.Sleep(5*summaryInterval + time.Second)
		got := lines(zapcore.InfoLevel)
		if len(got) != 1 || got[0].ContextMap()["deliveries"] != int64(3) || got[0].ContextMap()["runs"] != int64(6) || got[0].ContextMap()["calls"] != int64(33) {
			t.Errorf("after five minutes: %+v", got)
		}
		d.Delivered(one, time.Second)
		cancel()
		synctest.Wait()
		if got = lines(zapcore.InfoLevel); len(got) != 2 || got[1].ContextMap()["deliveries"] != int64(1) {
			t.Errorf("at the end: %+v", got)
		}
	})
}
