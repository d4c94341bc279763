package runprocessor

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/logrecords"
	"github.com/technoshare/commentator/otel/runs"
)

// logger gives a logger whose records go to the bench's processor.
func (b *bench) logger() log.Logger {
	b.tb.Helper()
	lp := sdklog.NewLoggerProvider(sdklog.WithProcessor(b.LogProcessor()))
	b.tb.Cleanup(func() {
		if err := lp.Shutdown(context.Background()); err != nil {
			b.tb.Error(err)
		}
	})
	return lp.Logger("test")
}

// say emits a GenAI message.
func say(ctx context.Context, l log.Logger, event, content string) {
	var r log.Record
	r.SetEventName(event)
	r.SetTimestamp(time.Now())
	r.SetBody(attribute.MapValue(attribute.String("content", content)))
	l.Emit(ctx, r)
}

// joined gives the spans of all parts by name, as they are delivered.
func (b *bench) joined() map[string]*tracepb.Span {
	b.tb.Helper()
	b.flushed()
	var parts []*tracepb.TracesData
	for _, p := range b.store.all() {
		parts = append(parts, p.Data)
	}
	out := map[string]*tracepb.Span{}
	for _, s := range otlp.Spans(logrecords.Join(runs.Merge(parts...))) {
		out[s.Name] = s
	}
	return out
}

func attributeOf(s *tracepb.Span, key string) string {
	for _, kv := range s.GetAttributes() {
		if kv.Key == key {
			return kv.Value.GetStringValue()
		}
	}
	return ""
}

func TestLogRecordsAreStoredWithTheirTrace(t *testing.T) {
	b := setup(t)
	l := b.logger()
	ctx, root := b.start(t.Context(), "job")
	chat, span := b.start(ctx, "chat m")
	say(chat, l, "gen_ai.user.message", "Which job?")
	span.End()
	root.End()
	say(chat, l, "gen_ai.assistant.message", "This one.") // after its trace was complete
	spans := b.joined()
	if len(spans) != 2 {
		t.Fatalf("%d spans", len(spans))
	}
	got := attributeOf(spans["chat m"], "gen_ai.input.messages")
	if !strings.Contains(got, "Which job?") || !strings.Contains(got, "This one.") {
		t.Errorf("the span says %q", got)
	}
	if s := b.tree.snapshot(); s.recordsStored != 2 || s.endedBytes() != 0 {
		t.Errorf("counted %+v", s.counts)
	}
}

func (s snapshot) endedBytes() int64 { return s.bytes }

func TestRecordsThatAreNotTaken(t *testing.T) {
	b := setup(t)
	l := b.logger()
	ctx, root := b.start(t.Context(), "job")
	say(t.Context(), l, "gen_ai.user.message", "of no span")
	say(ctx, l, "http.request", "not GenAI")
	stray := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	say(trace.ContextWithSpanContext(t.Context(), stray), l, "gen_ai.user.message", "of a trace that nobody tracks")
	root.End()
	if spans := b.joined(); len(spans) != 1 || len(spans["job"].Attributes) != 0 {
		t.Errorf("stored %v", spans)
	}
	if s := b.tree.snapshot(); s.recordsStray != 1 || s.recordsStored != 0 {
		t.Errorf("counted %+v", s.counts)
	}
}

func TestLogRecordsOfOpenSpansAreCutByTheBounds(t *testing.T) {
	b := setup(t, WithMaxTraceSpans(3))
	l := b.logger()
	ctx, root := b.start(t.Context(), "job")
	for range 7 {
		say(ctx, l, "gen_ai.user.message", "again")
	}
	if n := len(b.flushed()); n != 2 {
		t.Errorf("%d parts while the span is open, want 2", n)
	}
	root.End()
	if got := strings.Count(attributeOf(b.joined()["job"], "gen_ai.input.messages"), "again"); got != 7 {
		t.Errorf("%d messages of 7", got)
	}
}

func TestLogRecordsOfASpanThatNeverEndsAreStored(t *testing.T) {
	b := setup(t)
	ctx, _ := b.start(t.Context(), "job")
	say(ctx, b.logger(), "gen_ai.user.message", "Still there?")
	if err := b.provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	say(ctx, b.logger(), "gen_ai.user.message", "too late")
	var parts []*tracepb.TracesData
	for _, p := range b.store.all() {
		parts = append(parts, p.Data)
	}
	for _, s := range otlp.Spans(logrecords.Join(runs.Merge(parts...))) {
		if got := attributeOf(s, "gen_ai.input.messages"); !strings.Contains(got, "Still there?") || strings.Contains(got, "too late") {
			t.Errorf("the span says %q", got)
		}
	}
}

func TestRedactionCoversLogRecords(t *testing.T) {
	b := setup(t, WithRedaction(func(_, text string) string { return strings.ReplaceAll(text, "sk-secret", "***") }))
	l := b.logger()
	ctx, root := b.start(t.Context(), "job")
	say(ctx, l, "gen_ai.user.message", "my key is sk-secret")
	var r log.Record
	r.SetEventName("gen_ai.note")
	r.SetBody(attribute.StringValue("sk-secret"))
	r.AddAttributes(attribute.String("a", "sk-secret"), attribute.StringSlice("b", []string{"sk-secret"}))
	l.Emit(ctx, r)
	root.End()
	b.flushed()
	for _, p := range b.store.all() {
		if strings.Contains(p.Data.String(), "sk-secret") {
			t.Errorf("stored %v", p.Data)
		}
	}
	if got := attributeOf(b.joined()["job"], "gen_ai.input.messages"); !strings.Contains(got, "my key is ***") {
		t.Errorf("the span says %q", got)
	}
}

func TestEveryKindOfValueIsKept(t *testing.T) {
	b := setup(t)
	ctx, root := b.start(t.Context(), "job")
	var r log.Record
	r.SetEventName("gen_ai.note")
	r.SetSeverity(log.SeverityWarn)
	r.AddAttributes(
		attribute.Bool("bool", true), attribute.Int("int", 3), attribute.Float64("float", 0.5), attribute.BoolSlice("bools", []bool{true}),
		attribute.Int64Slice("ints", []int64{1, 2}), attribute.Float64Slice("floats", []float64{1.5}),
		attribute.StringSlice("texts", []string{"a"}),
		attribute.KeyValue{Key: "map", Value: attribute.MapValue(attribute.String("k", "v"))},
		attribute.KeyValue{Key: "list", Value: attribute.SliceValue(attribute.StringValue("x"), attribute.IntValue(1))},
		attribute.KeyValue{Key: "bytes", Value: attribute.ByteSliceValue([]byte("ab"))},
	)
	b.logger().Emit(ctx, r)
	root.End()
	events := b.joined()["job"].Events
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	got := map[string]any{}
	for _, kv := range events[0].Attributes {
		got[kv.Key] = otlp.Value(kv.Value)
	}
	for key, want := range map[string]any{
		"bool": true, "int": int64(3), "float": 0.5, "map": `{"k":"v"}`, "bytes": "YWI=", "severity_text": "WARN",
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	for _, key := range []string{"bools", "ints", "floats", "texts", "list"} {
		if l, ok := got[key].([]any); !ok || len(l) == 0 {
			t.Errorf("%s is %v", key, got[key])
		}
	}
}

func TestASwitchedOffProcessorTakesNoRecords(t *testing.T) {
	l := (&SpanProcessor{}).LogProcessor()
	var r sdklog.Record
	if l.Enabled(t.Context(), sdklog.EnabledParameters{}) || l.OnEmit(t.Context(), &r) != nil || l.ForceFlush(t.Context()) != nil {
		t.Error("it does something")
	}
}
