package runprocessor

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestOldTraceIsWrittenWithItsOpenSpansMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, WithMaxAge(10*time.Minute))
		ctx, root := b.start(t.Context(), "root")
		_, child := b.start(ctx, "child")
		child.End()
		_, stuck := b.start(ctx, "stuck")
		stuck.SetAttributes(attribute.String("k", "v"))
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		check(t, b.stored())
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		got := b.stored()
		check(t, got, want{1, true, []string{"child", "root", "stuck"}, []string{"root", "stuck"}})
		for _, s := range got[0].spans {
			if s.EndTimeUnixNano < s.StartTimeUnixNano {
				t.Errorf("%s ends before it starts", s.Name)
			}
			if unfinished(s) && s.Status.Code != tracepb.Status_STATUS_CODE_ERROR {
				t.Errorf("%s: status %v", s.Name, s.Status)
			}
			if s.Name == "stuck" && len(s.Attributes) != 2 {
				t.Errorf("stuck lost its attributes: %v", s.Attributes)
			}
		}
		stuck.End()
		root.End()
		synctest.Wait()
		// The last of the spans that were let go completes the further part.
		check(t, b.stored()[1:], want{2, true, []string{"root", "stuck"}, nil})
	})
}

func TestSpansLetGoWaitForEachOtherUntilTheSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, WithMaxAge(time.Minute))
		ctx, root := b.start(t.Context(), "root")
		defer root.End()
		var spans []trace.Span
		for i := range 3 {
			_, s := b.start(ctx, fmt.Sprint(i))
			spans = append(spans, s)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		for _, s := range spans {
			s.End()
		}
		synctest.Wait()
		if n := len(b.stored()); n != 1 {
			t.Fatalf("%d parts before the sweep", n)
		}
		time.Sleep(sweepInterval)
		synctest.Wait()
		check(t, b.stored()[1:], want{2, true, []string{"0", "1", "2"}, nil})
	})
}

func TestLateChildOfAnOldTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, WithMaxAge(time.Minute))
		ctx, root := b.start(t.Context(), "root")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		_, child := b.start(ctx, "child")
		child.End()
		synctest.Wait()
		check(t, b.stored(), want{1, true, []string{"root"}, []string{"root"}}, want{2, true, []string{"child"}, nil})
		root.End()
		synctest.Wait()
		check(t, b.stored()[2:], want{3, true, []string{"root"}, nil})
	})
}

func TestTracesInUseAreNotSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, WithMaxAge(time.Hour))
		for range 10 {
			_, s := b.start(t.Context(), "job")
			time.Sleep(50 * time.Minute)
			s.End()
		}
		synctest.Wait()
		for _, p := range b.stored() {
			if len(p.unfinished()) > 0 {
				t.Error("a job of 50 minutes was given up")
			}
		}
		if n := len(b.stored()); n != 10 {
			t.Errorf("%d parts", n)
		}
	})
}

func TestLingerJoinsFragments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, WithLinger(time.Second))
		ctx := trace.ContextWithRemoteSpanContext(t.Context(), remote(1))
		for _, name := range []string{"a", "b", "c"} {
			_, s := b.start(ctx, name)
			s.End()
			time.Sleep(900 * time.Millisecond)
		}
		synctest.Wait()
		check(t, b.stored())
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		check(t, b.stored(), want{1, true, []string{"a", "b", "c"}, nil})
	})
}

func TestLingerStopsWhenTheTraceGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, WithLinger(time.Second))
		synctest.Wait()
		ctx := trace.ContextWithRemoteSpanContext(t.Context(), remote(1))
		_, first := b.start(ctx, "a")
		first.End()
		time.Sleep(900 * time.Millisecond)
		_, second := b.start(ctx, "b")
		time.Sleep(time.Minute)
		synctest.Wait()
		check(t, b.stored())
		second.End()
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		check(t, b.stored(), want{1, true, []string{"a", "b"}, nil})
	})
}

func TestLingerIsCutShortByFlush(t *testing.T) {
	for name, flush := range map[string]func(*bench, trace.TraceID) error{
		"Flush":      func(b *bench, id trace.TraceID) error { return b.Flush(context.Background(), id) },
		"ForceFlush": func(b *bench, _ trace.TraceID) error { return b.ForceFlush(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, WithLinger(time.Hour))
				_, s := b.start(t.Context(), "a")
				s.End()
				before := time.Now()
				if err := flush(b, s.SpanContext().TraceID()); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(before); waited > 0 {
					t.Errorf("waited %v", waited)
				}
				check(t, b.stored(), want{1, true, []string{"a"}, nil})
			})
		})
	}
}

func TestLingeringTraceStaysBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, WithLinger(time.Hour), WithMaxTraceSpans(5))
		ctx := trace.ContextWithRemoteSpanContext(t.Context(), remote(1))
		for range 12 {
			_, s := b.start(ctx, "a")
			s.End()
		}
		synctest.Wait()
		for _, p := range b.stored() {
			if !p.Complete || len(p.spans) != 5 {
				t.Errorf("part of %d spans, complete %v", len(p.spans), p.Complete)
			}
		}
		if n := len(b.stored()); n != 2 {
			t.Errorf("%d parts", n)
		}
	})
}

func TestLongRunningRootIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &memoryDelivery{}
		b := setupOn(t, &memoryStore{}, outboundTo(d), nil)
		synctest.Wait()
		_, short := b.start(t.Context(), "short")
		time.Sleep(1900 * time.Millisecond)
		short.End()
		ctx, long := b.start(t.Context(), "long")
		_, child := b.start(ctx, "child") // no root
		remoteCtx := trace.ContextWithRemoteSpanContext(t.Context(), long.SpanContext())
		_, second := b.start(remoteCtx, "second root of the trace")
		time.Sleep(1900 * time.Millisecond)
		synctest.Wait()
		if got := d.names(); len(got) != 0 {
			t.Errorf("announced too early: %v", got)
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if got := fmt.Sprint(d.names()); got != "[long second root of the trace]" {
			t.Errorf("announced %s", got)
		}
		if s := d.started[0].Data.ResourceSpans[0].ScopeSpans[0].Spans[0]; s.EndTimeUnixNano != 0 || s.StartTimeUnixNano == 0 || d.started[0].TraceID != long.SpanContext().TraceID() {
			t.Errorf("announced as %v", s)
		}
		second.End()
		child.End()
		long.End()
	})
}

func TestRootThatEndedMeanwhileIsNotAnnounced(t *testing.T) {
	b := setup(t)
	_, s := b.start(t.Context(), "a")
	if _, ok := startOf(s.(sdktrace.ReadWriteSpan), nil); !ok {
		t.Error("an open root is not announced")
	}
	s.End()
	if got, ok := startOf(s.(sdktrace.ReadWriteSpan), nil); ok {
		t.Errorf("announced %v", got)
	}
}

func TestStartNoticesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setupOn(t, &memoryStore{}, outboundTo(&memoryDelivery{}), nil)
		for range maxStarts + 100 {
			_, s := b.start(t.Context(), "a")
			s.End()
		}
		if n := b.tree.snapshot().startsForgotten; n != 100 {
			t.Errorf("%d notices lost", n)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if n := len(b.tree.starts.queue); n != 0 {
			t.Errorf("%d notices left", n)
		}
	})
}
