package runprocessor

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/technoshare/commentator/otel/logrecords"
)

// LogProcessor takes the log records that belong to the traces of a [SpanProcessor],
// which stores and delivers them with those. It is safe for concurrent use.
type LogProcessor struct{ spans *SpanProcessor }

var _ sdklog.Processor = (*LogProcessor)(nil)

// LogProcessor returns the processor of log records beside p, to be registered with a
// logger provider. It takes GenAI records (logrecords.IsGenAI) that name a span of a
// trace which p knows; others are for other processors. What it holds counts towards the
// bounds of p, and [WithRedaction] covers it.
//
// Shut the logger provider down before the tracer provider: p ends with the latter.
func (p *SpanProcessor) LogProcessor() *LogProcessor { return &LogProcessor{p} }

// Enabled implements sdklog.Processor. Whether a record is taken can be told only from
// the whole of it.
func (l *LogProcessor) Enabled(context.Context, sdklog.EnabledParameters) bool {
	return l.spans.tree != nil
}

// OnEmit implements sdklog.Processor. It does no I/O and never waits for any; its error
// is always nil.
func (l *LogProcessor) OnEmit(_ context.Context, r *sdklog.Record) error {
	if l.spans.tree == nil || !r.TraceID().IsValid() || !r.SpanID().IsValid() || !isGenAI(r) {
		return nil
	}
	own := r.Clone() // the SDK and other processors go on using theirs
	l.spans.tree.emit(&own, sizeOfRecord(&own))
	return nil
}

// ForceFlush implements sdklog.Processor. It does what that of the span processor does.
func (l *LogProcessor) ForceFlush(ctx context.Context) error { return l.spans.ForceFlush(ctx) }

// Shutdown implements sdklog.Processor. It does nothing: records are stored with the
// traces that they belong to, and the span processor's Shutdown ends both.
func (*LogProcessor) Shutdown(context.Context) error { return nil }

func isGenAI(r *sdklog.Record) bool {
	named, body := "", ""
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		if kv.Key == logrecords.EventNameKey {
			named = kv.Value.AsString()
		}
		return named == ""
	})
	if r.Body().Type() == attribute.STRING {
		body = r.Body().AsString()
	}
	return logrecords.IsGenAI(logrecords.EventName(r.EventName(), named, body), func(yield func(string) bool) {
		r.WalkAttributes(func(kv attribute.KeyValue) bool { return yield(string(kv.Key)) })
	})
}

// recordBytes is what a log record weighs in memory besides its text.
const recordBytes = 400

// sizeOfRecord estimates what holding a record costs.
func sizeOfRecord(r *sdklog.Record) int64 {
	body := r.Body()
	n := int64(recordBytes) + int64(len(r.EventName())+len(r.SeverityText())) + sizeOfValue(&body)
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		n += attributeBytes + int64(len(kv.Key)) + sizeOfValue(&kv.Value)
		return true
	})
	return n
}

// emit takes a log record of a trace that is tracked. One that comes after its trace was
// complete makes a further part.
func (tr *tree) emit(r *sdklog.Record, size int64) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	t := tr.traces[r.TraceID()]
	if tr.closed || t == nil {
		tr.counts.recordsStray++
		return
	}
	t.records = append(t.records, *r)
	t.bytes += size
	tr.endedBytes += size
	switch {
	case !t.live:
		tr.reopen(t)
		tr.complete(t)
	case len(t.open.list) > 0 && tr.isFull(t):
		tr.counts.cutsSize++
		tr.cut(t, false)
	}
	tr.enforceBound()
}
