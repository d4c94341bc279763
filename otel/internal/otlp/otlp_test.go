package otlp

import (
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func request() *tracepb.TracesData {
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{
		nil,
		{Resource: &resourcepb.Resource{}, SchemaUrl: "r", ScopeSpans: []*tracepb.ScopeSpans{
			{SchemaUrl: "s", Spans: []*tracepb.Span{{Name: "a"}, nil, {Name: "b"}}}, nil,
		}},
		{ScopeSpans: []*tracepb.ScopeSpans{{Scope: &commonpb.InstrumentationScope{Name: "x"}, Spans: []*tracepb.Span{{Name: "c"}}}}},
	}}
}

func names(td *tracepb.TracesData) string {
	var list []string
	for at, s := range Spans(td) {
		list = append(list, at.Resource.GetSchemaUrl()+"/"+at.Scope.GetSchemaUrl()+at.Scope.GetScope().GetName()+"/"+s.Name)
	}
	return strings.Join(list, " ")
}

func TestWalkGivesSpansInOrderWithTheirPlace(t *testing.T) {
	const want = "r/s/a r/s/b /x/c"
	if got := names(request()); got != want {
		t.Errorf("walked %q, want %q", got, want)
	}
	if n := Count(request()); n != 3 {
		t.Errorf("Count = %d, want 3", n)
	}
	for _, s := range Spans(request()) {
		if s.Name != "a" {
			t.Fatal("the walk went on after break")
		}
		break
	}
	if n := Count(nil); n != 0 {
		t.Errorf("Count(nil) = %d", n)
	}
}

func TestCloneSharesNothingAndKeepsTheOrder(t *testing.T) {
	td := request()
	c := Clone(td)
	if names(c) != names(td) {
		t.Errorf("clone walks %q, want %q", names(c), names(td))
	}
	for _, s := range Spans(c) {
		s.Name = "changed"
	}
	c.ResourceSpans[0].Resource.Attributes = []*commonpb.KeyValue{{Key: "k"}}
	if names(td) != names(request()) || len(td.ResourceSpans[1].Resource.Attributes) != 0 {
		t.Error("the clone shares data with the original")
	}
}

func TestIDsAreAlwaysValid(t *testing.T) {
	long := strings.Repeat("x", 20)
	for name, s := range map[string]*tracepb.Span{
		"missing": {Name: "a"}, "zero": {TraceId: make([]byte, 16), SpanId: make([]byte, 8)},
		"too long": {TraceId: []byte(long), SpanId: []byte(long)},
	} {
		if !TraceID(s).IsValid() || !SpanID(s).IsValid() {
			t.Errorf("%s: %s %s", name, TraceID(s), SpanID(s))
		}
		if TraceID(s) != TraceID(proto.CloneOf(s)) || SpanID(s) != SpanID(proto.CloneOf(s)) {
			t.Errorf("%s: another id for the same span", name)
		}
		if ParentID(s).IsValid() {
			t.Errorf("%s: a parent out of nothing", name)
		}
	}
	short := &tracepb.Span{TraceId: []byte{1}, SpanId: []byte{2}, ParentSpanId: []byte{3}}
	if got := TraceID(short).String() + SpanID(short).String() + ParentID(short).String(); got !=
		"00000000000000000000000000000001"+"0000000000000002"+"0000000000000003" {
		t.Errorf("short ids are padded on the left, got %s", got)
	}
	if a, b := (&tracepb.Span{Name: "a"}), (&tracepb.Span{Name: "b"}); SpanID(a) == SpanID(b) {
		t.Error("two spans without ids became one")
	}
}

func TestFlags(t *testing.T) {
	for flags, want := range map[uint32][2]bool{0: {}, 1: {true, false}, 0x100: {}, 0x200: {}, 0x300: {false, true},
		0x301: {true, true}} {
		s := &tracepb.Span{Flags: flags}
		if Sampled(s) != want[0] || ParentIsRemote(s) != want[1] {
			t.Errorf("flags %#x: sampled %v, remote parent %v; want %v", flags, Sampled(s), ParentIsRemote(s), want)
		}
	}
}

func TestTextIsRepairedInMessagesAndOnTheWire(t *testing.T) {
	const bad, good = "v\xff", "v\uFFFD"
	if ValidText(bad) != good || ValidText("é") != "é" {
		t.Errorf("ValidText(%q) = %q", bad, ValidText(bad))
	}
	broken := func(text string) *tracepb.TracesData {
		td := request()
		s := td.ResourceSpans[1].ScopeSpans[0].Spans[0]
		s.Name = text
		s.Attributes = []*commonpb.KeyValue{{Key: text,
			Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: text}}}}
		td.ResourceSpans[1].Resource.EntityRefs = []*commonpb.EntityRef{{IdKeys: []string{text}}}
		return Clone(td)
	}
	td := broken(bad)
	RepairText(td.ProtoReflect())
	if !proto.Equal(td, broken(good)) {
		t.Errorf("repaired to %v", td)
	}
	wire, err := proto.Marshal(broken("v@"))
	if err != nil {
		t.Fatal(err)
	}
	fixed, ok := RepairEncoded([]byte(strings.ReplaceAll(string(wire), "v@", bad)), td.ProtoReflect().Descriptor())
	got := &tracepb.TracesData{}
	if err := proto.Unmarshal(fixed, got); err != nil || !ok || !proto.Equal(got, broken(good)) {
		t.Errorf("repaired on the wire to %v (%v, %v)", got, ok, err)
	}
	if _, ok := RepairEncoded([]byte("hello world"), td.ProtoReflect().Descriptor()); ok {
		t.Error("what is no message was taken for one")
	}
}
