package mlflowexporter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/internal/diskspace"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/journal"
	"github.com/technoshare/commentator/otel/runs"
)

// startCheck bounds the first call to the server.
const startCheck = 5 * time.Second

// mlflowExporter takes requests in; the deliveries empty what it stored.
type mlflowExporter struct {
	cfg   *Config
	id    component.ID
	set   component.TelemetrySettings
	log   *zap.Logger
	rules runs.Rules

	table      *assembly.Table
	telemetry  *telemetry
	journal    *journal.Journal
	deliveries *deliveries
	sessions   spanSessions
	volatile   bool          // without a storage extension
	number     atomic.Uint64 // of the newest part

	full  pausingLog
	large pausingLog
}

func newExporter(cfg *Config, set exporter.Settings) (*mlflowExporter, error) {
	rules, err := cfg.rules()
	if err != nil {
		return nil, err
	}
	if rules.Prices, err = cfg.Prices.Table(); err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	return &mlflowExporter{
		cfg: cfg, id: set.ID, set: set.TelemetrySettings, log: set.Logger, rules: rules,
	}, nil
}

func (e *mlflowExporter) start(ctx context.Context, host component.Host) (err error) {
	client, err := e.storage(ctx, host)
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	if e.journal, err = journal.Open(client); err != nil {
		return errors.Join(fmt.Errorf("storage: %w", err), client.Close(ctx))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close(ctx))
		}
	}()
	out, err := newOutlets(ctx, e.cfg, host, e.set, e.rules)
	if err != nil {
		return err
	}
	check, cancel := context.WithTimeout(ctx, startCheck)
	defer cancel()
	if err := out.check(check); err != nil {
		return err
	}
	a, l := e.cfg.Assembly, e.cfg.Limits
	e.table = assembly.New(assembly.Config{
		WaitAfterRoot: a.WaitAfterRoot, MaxWait: a.MaxWait, LateWindow: a.LateWindow, MaxOpen: a.MaxOpen, IdleEnd: a.MaxWait,
		Refresh:    e.cfg.Delivery.refresh(),
		TraceSpans: a.MaxTraceSpans, TraceBytes: a.MaxTraceBytes, TraceRaw: e.cfg.maxPieceBytes(),
		MaxTraces: l.MaxTraces, MaxSpans: l.MaxSpans, MaxBytes: l.MaxBytes, MaxRefused: l.MaxRefused,
	})
	if err := e.load(ctx); err != nil {
		return err
	}
	if e.telemetry, err = newTelemetry(e.set, e.id, e.table); err != nil {
		return err
	}
	e.deliveries = newDeliveries(e, out)
	e.deliveries.start()
	return nil
}

// storage is the client of the storage extension, or of memory.
func (e *mlflowExporter) storage(ctx context.Context, host component.Host) (storage.Client, error) {
	if e.cfg.Storage == nil {
		e.volatile = true
		e.log.Warn("no storage is set: traces are kept in memory and lost when this process dies")
		return journal.NewMemory(), nil
	}
	ext, ok := host.GetExtensions()[*e.cfg.Storage]
	if !ok {
		return nil, fmt.Errorf("there is no extension %q: define it under extensions and list it under service::extensions", e.cfg.Storage)
	}
	s, ok := ext.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf("extension %q is no storage: use file_storage", e.cfg.Storage)
	}
	client, err := s.GetClient(ctx, component.KindExporter, e.id, "journal")
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", e.cfg.Storage, err)
	}
	return client, nil
}

// load takes over what an earlier process left. Storage writes even to read; a full disk is waited for.
func (e *mlflowExporter) load(ctx context.Context) error {
	var parts []journal.Entry
	var marks []uint64
	err := diskspace.Await(ctx, e.log, "read what is stored", func() (err error) {
		parts, marks, err = e.journal.Load(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	var pieces []assembly.Piece
	var cleanup journal.Change
	delivered := map[uint64]bool{}
	for _, m := range marks {
		delivered[m] = true
	}
	known := map[uint64]bool{}
	newest := uint64(0)
	for _, p := range parts {
		newest = max(newest, p.Number)
		if p.Err != nil {
			e.log.Error("a stored part of a trace is damaged and dropped", zap.Uint64("part", p.Number), zap.Error(p.Err))
			cleanup.Remove(p.Number)
			continue
		}
		known[p.Number] = true
		pieces = append(pieces, assembly.Piece{ID: p.Header.TraceID, Part: assembly.Part{
			Number: p.Number, Spans: p.Header.Spans, Bytes: int64(p.Size), Raw: int64(p.Raw), Received: p.Header.Received,
			Rooted: p.Header.Rooted, Entry: p.Header.Entry, Idle: p.Header.Idle,
		}})
	}
	for _, m := range marks {
		newest = max(newest, m)
		if !known[m] {
			cleanup.Unmark(m)
		}
	}
	e.number.Store(newest)
	e.table.Load(pieces, delivered, time.Now())
	if len(pieces) > 0 {
		s := e.table.Stats(time.Now())
		e.log.Info("found stored traces", zap.Int("traces", s.Traces), zap.Int("spans", s.Spans), zap.Int("delivered", s.Kept))
	}
	return diskspace.Await(ctx, e.log, "delete what was delivered", func() error { return e.journal.Apply(ctx, &cleanup) })
}

// push stores a request; when it returns nil the request survives a crash, if
// there is a storage extension.
func (e *mlflowExporter) push(ctx context.Context, td ptrace.Traces) error {
	now := time.Now()
	for _, id := range e.sessions.see(td) {
		if e.table.Redo(id, now) { // its records were delivered, and are in its spans too
			e.deliveries.wake()
		}
	}
	cut, err := split(td, now, e.cfg.bounds())
	if err != nil {
		return err
	}
	e.telemetry.skippedSpans(cut.projected, skippedProjected)
	e.telemetry.repairedSpans(cut.repaired)
	e.fitted(cut.cut, now)
	return e.store(ctx, cut, now, e.telemetry.rejectedSpans)
}

// fitted counts and logs what was too large to be stored as it came.
func (e *mlflowExporter) fitted(n int, now time.Time) {
	e.telemetry.cutSpans(n)
	if n > 0 && e.large.due(now) {
		e.log.Warn("spans, or what stands around them, are larger than what is stored, as may be others: their longest texts are cut, "+
			"and end with a mark; see limits::max_span_bytes", zap.Int("spans", n))
	}
}

// store keeps what a request holds, or says why it cannot, and counts that by rejected.
func (e *mlflowExporter) store(ctx context.Context, cut *pieces, now time.Time, rejected func(int, rejectedReason)) error {
	if len(cut.order) == 0 {
		return nil
	}
	pieces, encoded, spans, bytes, err := e.encode(cut, now)
	if err != nil {
		return err
	}
	evicted, err := e.table.Reserve(len(pieces), spans, bytes)
	var gone, change journal.Change
	evict(&gone, evicted)
	if err != nil {
		rejected(spans, rejectedFull)
		if s := e.table.Stats(now); e.full.due(now) {
			e.log.Warn("the bounds on stored traces are reached: new spans and log records are refused until MLflow takes some; see limits",
				zap.Int("traces", s.Traces), zap.Int("spans", s.Spans), zap.Int64("bytes", s.Bytes))
		}
		e.deliveries.source.write(&gone)
		return fmt.Errorf("MLflow's backlog: %w, see limits", err)
	}
	change.Add(&gone)
	for i, b := range encoded {
		change.Put(pieces[i].Number, b)
	}
	if err := e.journal.Apply(ctx, &change); err != nil {
		e.table.Release(len(pieces), spans, bytes)
		rejected(spans, rejectedStorage)
		e.deliveries.source.write(&gone)
		return err
	}
	e.table.Add(pieces, now)
	e.deliveries.wake()
	return nil
}

func (e *mlflowExporter) encode(cut *pieces, now time.Time) (out []assembly.Piece, encoded [][]byte, spans int, bytes int64, err error) {
	var marshal ptrace.ProtoMarshaler
	for _, p := range cut.order {
		body, err := marshal.MarshalTraces(p.traces)
		if err != nil {
			return nil, nil, 0, 0, fmt.Errorf("encode trace %s: %w", p.id, err)
		}
		traceID := trace.TraceID(p.id)
		h := journal.Header{TraceID: traceID, Received: now, Spans: p.spans, Rooted: p.rooted, Entry: p.entry, Idle: p.idle}
		b := journal.Encode(h, body)
		encoded = append(encoded, b)
		out = append(out, assembly.Piece{ID: traceID, Part: assembly.Part{
			Number: e.number.Add(1), Spans: p.spans, Bytes: int64(len(b)), Raw: int64(len(body)), Received: now,
			Rooted: p.rooted, Entry: p.entry, Idle: p.idle,
		}})
		spans += p.spans
		bytes += int64(len(b))
	}
	return out, encoded, spans, bytes, nil
}

// evict adds to a change what has left the table.
func evict(c *journal.Change, list []assembly.Evicted) {
	for _, t := range list {
		for _, n := range t.Numbers {
			c.Remove(n)
		}
		if t.Mark != 0 {
			c.Unmark(t.Mark)
		}
	}
}

// shutdown leaves what is not delivered to the next process; without storage it
// tries to deliver it first.
func (e *mlflowExporter) shutdown(ctx context.Context) error {
	if e.deliveries == nil { // start failed or never happened
		return nil
	}
	if e.volatile {
		e.deliveries.drain(ctx)
	}
	e.deliveries.stop()
	if n := e.table.Undelivered(); n > 0 {
		if e.volatile {
			e.log.Error("traces are lost that could not be delivered before the shutdown; set storage to keep them", zap.Int("traces", n))
		} else {
			e.log.Info("traces stay stored and are delivered after the next start", zap.Int("traces", n))
		}
	}
	return e.close(ctx)
}

func (e *mlflowExporter) close(ctx context.Context) error {
	var errs []error
	if e.telemetry != nil {
		e.telemetry.close()
	}
	if e.journal != nil {
		errs = append(errs, e.journal.Close(ctx))
	}
	return errors.Join(errs...)
}

// pausingLog lets something that happens all the time be logged once a minute.
type pausingLog struct {
	mu   sync.Mutex
	last time.Time
}

func (l *pausingLog) due(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.last) < time.Minute {
		return false
	}
	l.last = now
	return true
}
