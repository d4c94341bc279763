package runprocessor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// secret stands in every text of a secretive span, between letters.
const secret = "hunter2"

func masked(_, text string) string { return strings.ReplaceAll(text, secret, "***") }

// secretive starts a span with the secret in each of its texts.
func secretive(ctx context.Context, b *bench) trace.Span {
	const text = "a " + secret + " z"
	kv := []attribute.KeyValue{
		attribute.String("text", text), attribute.StringSlice("texts", []string{"plain", text}), attribute.ByteSlice("bytes", []byte(text)),
		attribute.Slice("list", attribute.StringValue(text), attribute.IntValue(7)),
		attribute.Map("map", attribute.String("inner", text), attribute.Map("map", attribute.StringSlice("innermost", []string{text}))),
		attribute.Int("n", 7),
	}
	tracer := b.provider.Tracer(text, trace.WithInstrumentationVersion(text), trace.WithInstrumentationAttributes(kv...))
	_, s := tracer.Start(ctx, text, trace.WithAttributes(kv...), trace.WithLinks(trace.Link{SpanContext: remote(9), Attributes: kv}))
	s.AddEvent(text, trace.WithAttributes(kv...))
	s.RecordError(errors.New(text))
	s.SetStatus(codes.Error, text)
	return s
}

func setupRedacted(t *testing.T, o *outbound, opts ...Option) *bench {
	t.Helper()
	res := sdktrace.WithResource(resource.NewSchemaless(attribute.String("of", "resource "+secret)))
	return setupOn(t, &memoryStore{}, o, []sdktrace.TracerProviderOption{res}, append(opts, WithRedaction(masked))...)
}

// checkRedacted looks for the secret in all of the data, and for what is left of the
// texts around it.
func checkRedacted(t *testing.T, what string, td *tracepb.TracesData) {
	t.Helper()
	wire, err := proto.Marshal(td)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(wire), secret) {
		t.Errorf("%s: the secret is in %v", what, td)
	}
	// Attributes of span, link, event and scope have 6 each; the rest are names of
	// span, event and scope, version, status, and the exception's message.
	if n := strings.Count(string(wire), "a *** z"); n != 4*6+6 {
		t.Errorf("%s: %d texts are left in %v", what, n, td)
	}
	if n := strings.Count(string(wire), "resource ***"); n != 1 {
		t.Errorf("%s: the resource is %v", what, td.ResourceSpans[0].Resource)
	}
}

func TestRedactionCoversSpansThatEnd(t *testing.T) {
	b := setupRedacted(t, nil)
	s := secretive(t.Context(), b)
	s.End()
	parts := b.flushed()
	check(t, parts, want{1, true, []string{"a *** z"}, nil})
	checkRedacted(t, "ended span", parts[0].Data)
	if got := parts[0].spans[0]; got.Status.Code != tracepb.Status_STATUS_CODE_ERROR || len(got.Events) != 2 || len(got.Links) != 1 {
		t.Errorf("the span lost more than the secret: %v", got)
	}
}

func TestRedactionCoversSpansThatNeverEnd(t *testing.T) {
	for name, c := range map[string]struct {
		bound  Option
		giveUp func(*bench) error
	}{
		"shutdown": {WithMaxAge(time.Hour), func(b *bench) error { return b.Shutdown(context.Background()) }},
		"age":      {WithMaxAge(time.Minute), func(*bench) error { time.Sleep(2 * time.Minute); return nil }},
		"memory": {WithMaxHeldBytes(openSpanBytes), func(b *bench) error {
			_, s := b.start(context.Background(), "more than may be held")
			s.End()
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := setupRedacted(t, nil, c.bound)
				s := secretive(t.Context(), b)
				if err := c.giveUp(b); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				for _, p := range b.stored() {
					if len(p.unfinished()) == 1 {
						checkRedacted(t, "unfinished span", p.Data)
						return
					}
				}
				t.Errorf("no unfinished span of %s was stored: %v", s.SpanContext().TraceID(), b.stored())
			})
		})
	}
}

func TestRedactionCoversRootsThatAreShownWhileTheyRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &memoryDelivery{}
		c := newConfig([]Option{WithRedaction(masked)})
		b := setupRedacted(t, startOutbound(context.Background(), d, d, c.redact))
		s := secretive(t.Context(), b)
		time.Sleep(DefaultStartDelay + time.Second)
		synctest.Wait()
		if fmt.Sprint(d.names()) != "[a *** z]" {
			t.Fatalf("shown: %q", d.names())
		}
		checkRedacted(t, "running root", d.started[0].Data)
		s.End()
	})
}

func TestRedactionIsToldWhereATextStands(t *testing.T) {
	got := map[string][]string{}
	b := setup(t, WithRedaction(func(key, text string) string {
		got[key] = append(got[key], text) // one span is converted by one goroutine
		return text
	}))
	_, s := b.start(t.Context(), "span", trace.WithAttributes(attribute.StringSlice("list", []string{"1", "2"}),
		attribute.Map("map", attribute.String("entry", "3"))))
	s.AddEvent("event", trace.WithAttributes(attribute.String("of.event", "4")))
	s.SetStatus(codes.Error, "5")
	s.End()
	if n := len(b.flushed()); n != 1 {
		t.Fatalf("%d parts", n)
	}
	for key, want := range map[string]string{
		"list": "[1 2]", "entry": "[3]", "of.event": "[4]", "otel.status_description": "[5]", "": "[test  span event]",
	} {
		if fmt.Sprint(got[key]) != want {
			t.Errorf("%q: %v, want %s", key, got[key], want)
		}
	}
}

func TestRedactionThatPanicsCostsThePartOrTheNotice(t *testing.T) {
	b := setup(t, WithRedaction(func(string, string) string { panic("boom") }))
	_, s := b.start(t.Context(), "a")
	if got, ok := startOf(s.(sdktrace.ReadWriteSpan), func(string, string) string { panic("boom") }); ok {
		t.Errorf("shown as %v", got)
	}
	s.End()
	if err := b.Flush(t.Context(), s.SpanContext().TraceID()); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("Flush: %v", err)
	}
	check(t, b.stored())
}
