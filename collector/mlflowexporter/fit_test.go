package mlflowexporter

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func TestWhatIsTooLargeIsCutAndSaysSo(t *testing.T) {
	const most = 1 << 20
	for name, c := range map[string]struct {
		fill func(ptrace.Span)
		kept func(ptrace.Span) bool
	}{
		"one long text": {
			func(s ptrace.Span) { s.Attributes().PutStr("long", strings.Repeat("é", 2<<20)) },
			func(s ptrace.Span) bool {
				v, _ := s.Attributes().Get("long")
				return strings.HasSuffix(v.Str(), "… (cut by the Collector, 4194304 bytes in all)") && len(v.Str()) > 256<<10
			},
		},
		"bytes in a list": {
			func(s ptrace.Span) {
				s.Attributes().PutEmptySlice("l").AppendEmpty().SetEmptyBytes().FromRaw(make([]byte, 2<<20))
			},
			func(s ptrace.Span) bool {
				v, _ := s.Attributes().Get("l")
				return v.Slice().At(0).Bytes().Len() == 512<<10
			},
		},
		"a long name, message, key and trace state": {
			func(s ptrace.Span) {
				s.SetName(strings.Repeat("n", 1<<20))
				s.Status().SetMessage(strings.Repeat("m", 1<<20))
				s.Attributes().PutInt(strings.Repeat("k", 1<<20), 1)
				s.TraceState().FromRaw(strings.Repeat("t", 1<<20))
			},
			func(s ptrace.Span) bool { return s.Attributes().Len() == 2 && s.TraceState().AsRaw() == "" },
		},
		"many events": {
			func(s ptrace.Span) {
				for i := range 50_000 {
					e := s.Events().AppendEmpty()
					e.SetName("event")
					e.Attributes().PutStr("k", fmt.Sprint("some text for ", i))
				}
			},
			func(s ptrace.Span) bool {
				n := s.Events().Len()
				return n > 1000 && int(s.DroppedEventsCount())+n == 50_000
			},
		},
		"many attributes and links": {
			func(s ptrace.Span) {
				all := map[string]any{}
				for i := range 50_000 {
					all[fmt.Sprint("key ", i)] = "some text that takes room"
					s.Links().AppendEmpty().TraceState().FromRaw("a=b")
				}
				_ = s.Attributes().FromRaw(all)
			},
			func(s ptrace.Span) bool {
				a, l := s.Attributes().Len(), s.Links().Len()
				return a > 1000 && int(s.DroppedAttributesCount())+a == 50_000 && l > 1000 && int(s.DroppedLinksCount())+l == 50_000
			},
		},
	} {
		s := ptrace.NewSpan()
		s.SetName("span")
		s.Attributes().PutStr("short", "stays")
		c.fill(s)
		f := fitter{}
		if size := f.span(s, most); size > most || f.sizer.SpanSize(s) != size || f.cut != 1 {
			t.Errorf("%s: %d bytes, cut %d", name, size, f.cut)
		}
		if v, ok := s.Attributes().Get("short"); !ok && name != "many attributes and links" || ok && v.Str() != "stays" {
			t.Errorf("%s: a short text went", name)
		}
		if len(s.Name()) > most || !strings.HasPrefix(s.Name(), "span") && !strings.HasPrefix(s.Name(), "nnn") {
			t.Errorf("%s: name of %d bytes", name, len(s.Name()))
		}
		if !c.kept(s) {
			t.Errorf("%s: %d attributes, %d events", name, s.Attributes().Len(), s.Events().Len())
		}
	}
}

// A decoder of protocol buffers gives up on what pdata takes.
func TestDeepValuesStayAsText(t *testing.T) {
	td := request(1, "shop", root(1))
	s := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	deep := func(m pcommon.Map) {
		v := m.PutEmpty("deep")
		for range 5000 {
			v = v.SetEmptySlice().AppendEmpty()
		}
		v.SetStr("at the bottom")
	}
	deep(s.Attributes())
	deep(s.Events().AppendEmpty().Attributes())
	deep(s.Links().AppendEmpty().Attributes())
	deep(td.ResourceSpans().At(0).Resource().Attributes())
	deep(td.ResourceSpans().At(0).ScopeSpans().At(0).Scope().Attributes())
	cut, err := split(td, time.Unix(1_760_000_000, 0), wide)
	if err != nil || len(cut.order) != 1 {
		t.Fatal(len(cut.order), err)
	}
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(cut.order[0].traces)
	if err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(b, &tracepb.TracesData{}); err != nil {
		t.Errorf("what is stored cannot be read back: %v", err)
	}
	if n := strings.Count(string(b), "at the bottom"); n != 5 {
		t.Errorf("%d of 5 deep values are there", n)
	}
}

func TestATraceThatIsTooLargeForAPieceIsStoredInSeveral(t *testing.T) {
	td := ptrace.NewTraces()
	ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	for i := range 1000 {
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(traceID(1))
		s.SetSpanID(spanID(i + 1))
		s.SetEndTimestamp(1)
		if i%100 == 0 {
			s.Attributes().PutStr("k", strings.Repeat("x", 50_000))
		}
	}
	cut, err := split(td, time.Unix(1_760_000_000, 0), bounds{spans: 300, bytes: 120_000, spanBytes: 60_000})
	if err != nil {
		t.Fatal(err)
	}
	spans := 0
	for _, p := range cut.order {
		if spans += p.spans; p.spans > 300 || p.bytes > 120_000 || p.traces.SpanCount() != p.spans {
			t.Errorf("a piece of %d spans and %d bytes", p.spans, p.bytes)
		}
	}
	if spans != 1000 || len(cut.order) < 5 {
		t.Errorf("%d spans in %d pieces", spans, len(cut.order))
	}
}

// A resource is stored with each trace of a request: thirty MiB of it, and ten thousand
// traces, would be three hundred GiB.
func TestALargeResourceIsNotMultiplied(t *testing.T) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	rs.Resource().Attributes().PutStr("long", strings.Repeat("x", 30<<20))
	ss := rs.ScopeSpans().AppendEmpty()
	const traces = 2000
	for i := range traces {
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(traceID(i + 1))
		s.SetSpanID(spanID(1))
		s.SetEndTimestamp(1)
	}
	cut, err := split(td, time.Unix(1_760_000_000, 0), wide)
	if err != nil || len(cut.order) != traces {
		t.Fatal(len(cut.order), err)
	}
	all := 0
	for _, p := range cut.order {
		attributes := p.traces.ResourceSpans().At(0).Resource().Attributes()
		all += sizeOfMap(attributes)
		if v, ok := attributes.Get("service.name"); !ok || v.Str() != "shop" {
			t.Fatal("a short text went")
		}
	}
	if all > surroundingsBytes || cut.cut != 1 {
		t.Errorf("%d bytes of resources, cut %d", all, cut.cut)
	}
}

func TestDeliveriesShareTheirMemory(t *testing.T) {
	c := createDefaultConfig().(*Config)
	m := newMemory(c)
	half := c.Delivery.MemoryMiB << 20 / memoryPerByte / 2
	first, err := m.take(t.Context(), 0, half)
	if err != nil {
		t.Fatal(err)
	}
	second, err := m.take(t.Context(), 0, half)
	if err != nil {
		t.Fatal(err)
	}
	third := make(chan int64)
	go func() {
		n, err := m.take(t.Context(), 1<<30, 1<<40) // more than there is: alone
		if err != nil {
			t.Error(err)
		}
		third <- n
	}()
	m.release(first)
	select {
	case <-third:
		t.Error("two deliveries have more than there is")
	default:
	}
	m.release(second)
	m.release(<-third)
	if !m.all.TryAcquire(m.most) {
		t.Error("not all is given back")
	}
	bounds := c.bounds()
	if n := int64(bounds.spanBytes)*memoryPerByte + memoryPerSpan; n > m.most || bounds.spanBytes > bounds.bytes {
		t.Errorf("a span may take %d bytes of %d", n, m.most)
	}
}
