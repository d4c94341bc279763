package runprocessor

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// handedBack reports whether a span of the part says that another process will write
// the whole trace again.
func handedBack(h handover) bool {
	for i := len(h.spans) - 1; i >= 0; i-- { // the root ends last
		for _, kv := range h.spans[i].Attributes() {
			if kv.Key == mlflowattr.HandedBackKey && kv.Value.AsBool() {
				return true
			}
		}
	}
	return false
}

// capture is an OTLP client that keeps what it should send, which makes the
// official exporter a converter.
type capture struct{ got []*tracepb.ResourceSpans }

var _ otlptrace.Client = (*capture)(nil)

func (*capture) Start(context.Context) error { return nil }

func (*capture) Stop(context.Context) error { return nil }

func (c *capture) UploadTraces(_ context.Context, rs []*tracepb.ResourceSpans) error {
	c.got = rs
	return nil
}

// convert turns spans into OTLP. The lower 8 bits of each span's flags are the
// W3C trace flags, so that 0x01 tells whether the trace was sampled. Everything that
// leaves the process comes through here, thus it is where texts are redacted: open
// spans too, which no OnEnd has seen.
func convert(h handover, redact redactor, now time.Time) (*tracepb.TracesData, error) {
	spans := h.spans
	if len(h.unfinished) > 0 {
		spans = append(spans[:len(spans):len(spans)], h.unfinished...)
	}
	c := &capture{}
	if err := otlptrace.NewUnstarted(c).ExportSpans(context.Background(), spans); err != nil {
		return nil, fmt.Errorf("convert spans: %w", err)
	}
	td := &tracepb.TracesData{ResourceSpans: append(c.got, carriers(h.records)...)}
	redact.data(td)
	if len(h.unfinished) > 0 {
		markUnfinished(td, h.unfinished, now)
	}
	return td, nil
}

// markUnfinished goes by span id, since a live span may end between leaving the
// tree and being converted: its end then comes again, in a part of its own.
func markUnfinished(td *tracepb.TracesData, open []sdktrace.ReadOnlySpan, now time.Time) {
	ids := make(map[[8]byte]struct{}, len(open))
	for _, s := range open {
		ids[s.SpanContext().SpanID()] = struct{}{}
	}
	for _, s := range otlp.Spans(td) {
		if _, ok := ids[[8]byte(s.SpanId)]; ok {
			markSpan(s, now)
		}
	}
}

func markSpan(s *tracepb.Span, now time.Time) {
	if !hasEnded(s) {
		s.EndTimeUnixNano = max(uint64(now.UnixNano()), s.StartTimeUnixNano)
	}
	s.Attributes = append(s.Attributes, &commonpb.KeyValue{
		Key:   string(mlflowattr.UnfinishedKey),
		Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: true}},
	})
	if s.Status.GetCode() == tracepb.Status_STATUS_CODE_UNSET {
		s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "unfinished: written before the span ended"}
	}
}

// hasEnded reports whether the span has an end: the zero time converts to 0.
func hasEnded(s *tracepb.Span) bool { return s.EndTimeUnixNano != 0 }
