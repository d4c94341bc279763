package mlflowexporter

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// wide are bounds that no test comes near.
var wide = bounds{spans: 1 << 30, bytes: 1 << 30, spanBytes: 1 << 30}

// rows gives each span with all that surrounds it, as text.
func rows(td ptrace.Traces) (out []string) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				out = append(out, fmt.Sprint(rs.SchemaUrl(), rs.Resource().Attributes().AsRaw(), ss.SchemaUrl(), ss.Scope().Name(), s.TraceID(),
					s.SpanID(), s.Name()))
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestSplitLosesAndMixesNothing(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		td := ptrace.NewTraces()
		for i := range r.IntN(4) {
			rs := td.ResourceSpans().AppendEmpty()
			rs.SetSchemaUrl(fmt.Sprint("schema ", i))
			rs.Resource().Attributes().PutInt("r", int64(i))
			for k := range r.IntN(3) {
				ss := rs.ScopeSpans().AppendEmpty()
				ss.Scope().SetName(fmt.Sprint("scope ", k))
				for n := range r.IntN(12) {
					s := ss.Spans().AppendEmpty()
					s.SetName(fmt.Sprint(n))
					s.SetTraceID(traceID(r.IntN(4)))
					s.SetSpanID(spanID(r.IntN(1000) + 1))
					if r.IntN(3) > 0 {
						s.SetParentSpanID(spanID(1))
					}
				}
			}
		}
		want := rows(td)
		cut, err := split(td, time.Unix(1_760_000_000, 0), wide)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range cut.order {
			list := rows(p.traces)
			if len(list) != p.spans {
				t.Errorf("seed %d: %d spans counted, %d there", seed, p.spans, len(list))
			}
			rooted := false
			for _, rs := range p.traces.ResourceSpans().All() {
				for _, ss := range rs.ScopeSpans().All() {
					for _, s := range ss.Spans().All() {
						rooted = rooted || isEndedRoot(s)
						if s.TraceID() != p.id {
							t.Errorf("seed %d: a span of another trace", seed)
						}
					}
				}
			}
			if rooted != p.rooted {
				t.Errorf("seed %d: rooted %v, want %v", seed, p.rooted, rooted)
			}
			got = append(got, list...)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("seed %d: got %v\nwant %v", seed, got, want)
		}
	}
}

func TestSpansWithoutIDsGetSome(t *testing.T) {
	one := func() *pieces {
		td := ptrace.NewTraces()
		spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		spans.AppendEmpty().SetName("a")
		spans.AppendEmpty().SetName("b")
		cut, err := split(td, time.Unix(1_760_000_000, 0), wide)
		if err != nil {
			t.Fatal(err)
		}
		return cut
	}
	cut := one()
	if cut.repaired != 2 || len(cut.order) != 2 || cut.order[0].id.IsEmpty() || cut.order[0].id == cut.order[1].id {
		t.Errorf("repaired %d, traces %v", cut.repaired, cut.order)
	}
	if s := cut.order[0].traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0); s.EndTimestamp() == 0 {
		t.Error("a span without times has none, and MLflow would not get it")
	}
	ids := func(p *pieces) (out []pcommon.TraceID) {
		for _, one := range p.order {
			out = append(out, one.id)
		}
		return out
	}
	if again := one(); !slices.Equal(ids(again), ids(cut)) {
		t.Error("a span that comes again gets other ids")
	}
}

func BenchmarkSplit(b *testing.B) {
	var marshal ptrace.ProtoMarshaler
	src := ptrace.NewTraces()
	for i := range 200 {
		request(i, "shop", root(1), chat(2, 1), chat(3, 1), chat(4, 2), chat(5, 2)).ResourceSpans().MoveAndAppendTo(src.ResourceSpans())
	}
	wire, err := marshal.MarshalTraces(src)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(wire)))
	for b.Loop() {
		b.StopTimer()
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(wire)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		cut, err := split(td, time.Unix(1_760_000_000, 0), wide)
		if err != nil || len(cut.order) != 200 {
			b.Fatal(len(cut.order), err)
		}
	}
}

func TestWhatEndsTheWaitForARoot(t *testing.T) {
	for name, tt := range map[string]struct {
		change        func(ptrace.Span)
		rooted, entry bool
	}{
		"a root":                    {func(s ptrace.Span) { s.SetParentSpanID(pcommon.SpanID{}) }, true, false},
		"a root that is still open": {func(s ptrace.Span) { s.SetParentSpanID(pcommon.SpanID{}); s.SetEndTimestamp(0) }, false, false},
		"a root that is pending": {func(s ptrace.Span) {
			s.SetParentSpanID(pcommon.SpanID{})
			s.Attributes().PutStr("logfire.span_type", "pending_span")
		}, false, false},
		"a step":                            {func(ptrace.Span) {}, false, false},
		"a local root by its flags":         {func(s ptrace.Span) { s.SetFlags(0x300) }, false, true},
		"a local root by its kind":          {func(s ptrace.Span) { s.SetKind(ptrace.SpanKindServer) }, false, true},
		"a server called from its own code": {func(s ptrace.Span) { s.SetKind(ptrace.SpanKindServer); s.SetFlags(0x100) }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			td := request(1, "shop", chat(2, 1))
			tt.change(td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0))
			cut, err := split(td, time.Unix(1_760_000_000, 0), wide)
			if err != nil {
				t.Fatal(err)
			}
			if p := cut.order[0]; p.rooted != tt.rooted || p.entry != tt.entry {
				t.Errorf("rooted %v, entry %v", p.rooted, p.entry)
			}
		})
	}
}
