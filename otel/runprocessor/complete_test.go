package runprocessor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// The tests in this file are the rows of the table in the package documentation.

func remote(id byte) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{15: id}, SpanID: trace.SpanID{7: id}, TraceFlags: trace.FlagsSampled, Remote: true,
	})
}

func TestTraceIsCompleteWithItsLastSpan(t *testing.T) {
	b := setup(t)
	ctx, root := b.start(t.Context(), "root")
	_, first := b.start(ctx, "first")
	first.End()
	_, second := b.start(ctx, "second")
	root.End()
	if got := b.flushed(); len(got) != 0 {
		t.Fatalf("stored while a span is open: %v", got[0].names())
	}
	second.End()
	check(t, b.flushed(), want{1, true, []string{"first", "root", "second"}, nil})
}

func TestTraceIsCompleteAfterAPanic(t *testing.T) {
	b := setup(t)
	func() {
		defer func() { _ = recover() }()
		_, root := b.start(t.Context(), "root")
		defer root.End()
		panic("boom")
	}()
	got := b.flushed()
	check(t, got, want{1, true, []string{"root"}, nil})
	if got[0].spans[0].Status.Code != tracepb.Status_STATUS_CODE_UNSET || len(got[0].spans[0].Events) != 1 {
		t.Errorf("span %v", got[0].spans[0])
	}
}

func TestSecondEndIsSilent(t *testing.T) {
	b := setup(t)
	_, root := b.start(t.Context(), "root")
	root.End()
	root.End()
	check(t, b.flushed(), want{1, true, []string{"root"}, nil})
}

func TestLateChildIsAFurtherPart(t *testing.T) {
	b := setup(t)
	ctx, root := b.start(t.Context(), "root")
	root.End()
	_, late := b.start(ctx, "late")
	late.End()
	got := b.flushed()
	check(t, got, want{1, true, []string{"root"}, nil}, want{2, true, []string{"late"}, nil})
	if got[0].TraceID != got[1].TraceID || !got[0].Start.Equal(got[1].Start) {
		t.Error("the parts do not belong together")
	}
	if n := b.tree.snapshot().late; n != 1 {
		t.Errorf("%d late", n)
	}
}

func TestOverlappingLocalRootsAreOnePart(t *testing.T) {
	b := setup(t)
	ctx := trace.ContextWithRemoteSpanContext(t.Context(), remote(1))
	_, a := b.start(ctx, "a")
	_, c := b.start(ctx, "b")
	a.End()
	c.End()
	check(t, b.flushed(), want{1, true, []string{"a", "b"}, nil})
}

func TestSequentialLocalRootsAreAPartEach(t *testing.T) {
	b := setup(t)
	ctx := trace.ContextWithRemoteSpanContext(t.Context(), remote(1))
	for _, name := range []string{"a", "b"} {
		_, s := b.start(ctx, name)
		s.End()
	}
	got := b.flushed()
	check(t, got, want{1, true, []string{"a"}, nil}, want{2, true, []string{"b"}, nil})
	for _, p := range got {
		if p.spans[0].Flags&uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK) == 0 {
			t.Errorf("%s: the flags %#x do not say that its parent is remote", p.spans[0].Name, p.spans[0].Flags)
		}
	}
	if n := b.tree.snapshot().late; n != 0 {
		t.Errorf("%d late: a root with a remote parent is not", n)
	}
}

func TestParentPutByHandMakesALocalRoot(t *testing.T) {
	d := &memoryDelivery{}
	b := setupOn(t, &memoryStore{}, outboundTo(d), nil, WithStartDelay(0))
	ctx := trace.ContextWithSpanContext(t.Context(), remote(1).WithRemote(false))
	_, s := b.start(ctx, "by hand")
	eventually(t, "the root is announced", func() bool { return slices.Equal(d.names(), []string{"by hand"}) })
	s.End()
	check(t, b.flushed(), want{1, true, []string{"by hand"}, nil})
}

// dropNamed drops spans by name, whatever their parent.
type dropNamed string

func (d dropNamed) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	decision := sdktrace.RecordAndSample
	if p.Name == string(d) {
		decision = sdktrace.Drop
	}
	return sdktrace.SamplingResult{Decision: decision}
}

func (dropNamed) Description() string { return "drop one name" }

func TestDroppedRootLeavesFragments(t *testing.T) {
	b := setupOn(t, &memoryStore{}, nil, []sdktrace.TracerProviderOption{sdktrace.WithSampler(dropNamed("root"))})
	ctx, root := b.start(t.Context(), "root")
	for _, name := range []string{"a", "b"} {
		_, s := b.start(ctx, name)
		s.End()
	}
	root.End()
	check(t, b.flushed(), want{1, true, []string{"a"}, nil}, want{2, true, []string{"b"}, nil})
}

func TestSpanDroppedInTheMiddleKeepsThePart(t *testing.T) {
	b := setupOn(t, &memoryStore{}, nil, []sdktrace.TracerProviderOption{sdktrace.WithSampler(dropNamed("middle"))})
	ctx, root := b.start(t.Context(), "root")
	ctx, middle := b.start(ctx, "middle")
	_, leaf := b.start(ctx, "leaf")
	leaf.End()
	middle.End()
	root.End()
	check(t, b.flushed(), want{1, true, []string{"leaf", "root"}, nil})
}

func TestUnsampledTracesAreStoredWithoutTheSampledFlag(t *testing.T) {
	for name, sampler := range map[string]sdktrace.Sampler{
		"sampled":     sdktrace.AlwaysRecord(sdktrace.ParentBased(sdktrace.AlwaysSample())),
		"not sampled": sdktrace.AlwaysRecord(sdktrace.ParentBased(sdktrace.NeverSample())),
	} {
		t.Run(name, func(t *testing.T) {
			b := setupOn(t, &memoryStore{}, nil, []sdktrace.TracerProviderOption{sdktrace.WithSampler(sampler)})
			ctx, root := b.start(t.Context(), "root")
			_, child := b.start(ctx, "child")
			child.End()
			root.End()
			got := b.flushed()
			check(t, got, want{1, true, []string{"child", "root"}, nil})
			for _, s := range got[0].spans {
				if sampled := s.Flags&1 == 1; sampled != (name == "sampled") {
					t.Errorf("%s: flags %#x", s.Name, s.Flags)
				}
			}
		})
	}
}

func TestNewRootIsATraceOfItsOwnWithItsLink(t *testing.T) {
	d := &memoryDelivery{}
	b := setupOn(t, &memoryStore{}, outboundTo(d), nil, WithStartDelay(0))
	ctx, outer := b.start(t.Context(), "outer")
	_, inner := b.start(ctx, "inner", trace.WithNewRoot(), trace.WithLinks(trace.LinkFromContext(ctx)))
	eventually(t, "both are announced", func() bool { return len(d.names()) == 2 })
	inner.End()
	outer.End()
	got := b.flushed()
	slices.SortFunc(got, func(a, b part) int { return int(a.spans[0].StartTimeUnixNano) - int(b.spans[0].StartTimeUnixNano) })
	check(t, got, want{1, true, []string{"outer"}, nil}, want{1, true, []string{"inner"}, nil})
	if len(got[1].spans[0].Links) != 1 || len(got[1].spans[0].ParentSpanId) != 0 {
		t.Errorf("inner %v", got[1].spans[0])
	}
}

func TestSpansStartedBeforeRegistrationAreIgnored(t *testing.T) {
	b := setup(t)
	late := sdktrace.NewTracerProvider()
	ctx, old := late.Tracer("x").Start(t.Context(), "old")
	_, alsoOld := late.Tracer("x").Start(ctx, "also old")
	late.RegisterSpanProcessor(b.SpanProcessor)
	old.End() // its trace is not known
	_, fresh := late.Tracer("x").Start(ctx, "fresh")
	alsoOld.End() // its trace is, the span is not
	fresh.End()
	check(t, b.flushed(), want{1, true, []string{"fresh"}, nil})
	if n := b.tree.snapshot().unknown; n != 2 {
		t.Errorf("%d unknown", n)
	}
}

// chatty starts and ends a span of its own whenever a span ends.
type chatty struct {
	sdktrace.SpanProcessor
	tracer trace.Tracer
}

func (c *chatty) OnEnd(s sdktrace.ReadOnlySpan) {
	if s.Name() == "root" {
		_, more := c.tracer.Start(context.Background(), "more")
		more.End()
	}
}

func TestProcessorsThatStartSpansDoNotLock(t *testing.T) {
	b := setup(t)
	b.provider.RegisterSpanProcessor(&chatty{sdktrace.NewSimpleSpanProcessor(nil), b.tracer})
	_, root := b.start(t.Context(), "root")
	root.End()
	if got := b.flushed(); len(got) != 2 {
		t.Errorf("%d parts", len(got))
	}
}

func TestEverythingOfASpanIsKept(t *testing.T) {
	b := setup(t)
	ctx, root := b.start(t.Context(), "root", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("s", "v"), attribute.Int("i", 1), attribute.StringSlice("l", []string{"a", "b"}),
	))
	root.AddEvent("happened", trace.WithAttributes(attribute.Bool("b", true)))
	root.RecordError(errors.New("boom"))
	root.SetStatus(codes.Error, "boom")
	_, child := b.start(ctx, "child")
	child.End()
	root.End()
	p := b.flushed()[0]
	i := slices.IndexFunc(p.spans, func(s *tracepb.Span) bool { return s.Name == "root" })
	s, c := p.spans[i], p.spans[1-i]
	if s.Kind != tracepb.Span_SPAN_KIND_SERVER || len(s.Attributes) != 3 || len(s.Events) != 2 || s.Status.Message != "boom" || s.EndTimeUnixNano < s.StartTimeUnixNano {
		t.Errorf("root %v", s)
	}
	if string(c.ParentSpanId) != string(s.SpanId) || string(c.TraceId) != string(s.TraceId) {
		t.Errorf("child %v", c)
	}
}

func TestBigTraceIsCutIntoParts(t *testing.T) {
	for name, opts := range map[string][]Option{
		"by spans": {WithMaxTraceSpans(10)},
		"by bytes": {WithMaxTraceBytes(10 * (spanBytes + attributeBytes + 1 + 1000))},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, opts...)
			text := attribute.String("t", string(make([]byte, 1000)))
			ctx, root := b.start(t.Context(), "root")
			for range 25 {
				_, s := b.start(ctx, "child")
				s.SetAttributes(text)
				s.End()
			}
			root.End()
			got := b.flushed()
			if len(got) != 3 {
				t.Fatalf("%d parts", len(got))
			}
			for i, p := range got {
				if p.Number != i+1 || p.Complete != (i == 2) || len(p.spans) != []int{10, 10, 6}[i] {
					t.Errorf("part %d: number %d, complete %v, %d spans", i, p.Number, p.Complete, len(p.spans))
				}
			}
			if last := got[2].names(); !slices.Contains(last, "root") {
				t.Error("the root is not in the last part")
			}
		})
	}
}

func TestTraceOf32000Spans(t *testing.T) {
	b := setup(t)
	ctx, root := b.start(t.Context(), "root")
	for i := range 31_999 {
		_, s := b.start(ctx, fmt.Sprint(i))
		s.End()
	}
	root.End()
	seen := map[string]bool{}
	got := b.flushed()
	for i, p := range got {
		if p.Number != i+1 || p.Complete != (i == len(got)-1) {
			t.Errorf("part %d: number %d, complete %v", i, p.Number, p.Complete)
		}
		for _, n := range p.names() {
			seen[n] = true
		}
	}
	if len(seen) != 32_000 || len(got) != 32 {
		t.Errorf("%d spans in %d parts", len(seen), len(got))
	}
}

func TestManySpansOpenAtOnce(t *testing.T) {
	b := setup(t, WithMaxHeldBytes(1<<30))
	ctx, root := b.start(t.Context(), "root")
	spans := make([]trace.Span, 20_000)
	for i := range spans {
		_, spans[i] = b.start(ctx, "child")
	}
	for _, s := range spans { // in the order that suits the slice least
		s.End()
	}
	root.End()
	n := 0
	for _, p := range b.flushed() {
		n += len(p.spans)
	}
	if n != 20_001 {
		t.Errorf("%d spans", n)
	}
}
