package weigh

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

func spans(n int) *coltracepb.ExportTraceServiceRequest {
	list := make([]*tracepb.Span, n)
	for i := range list {
		list[i] = &tracepb.Span{Name: "chat", TraceId: make([]byte, 16), Attributes: []*commonpb.KeyValue{
			{Key: "k", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: "v"}}},
		}}
	}
	return &coltracepb.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: list}}}}}
}

// nested is a value in n lists.
func nested(n int) []byte {
	v := &commonpb.AnyValue{}
	for range n {
		v = &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{Values: []*commonpb.AnyValue{v}}}}
	}
	m := spans(1)
	m.ResourceSpans[0].ScopeSpans[0].Spans[0].Attributes[0].Value = v
	b, err := proto.MarshalOptions{}.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

func marshal(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEachMessageHasItsCost(t *testing.T) {
	want := int64(2*messageCost + 1000*(messageCost+2*textCost+2*smallCost+2*textCost))
	body := marshal(t, spans(1000))
	for _, piece := range []int{1, 7, 4096, len(body)} {
		p := NewProtobuf(Traces())
		var got int64
		for rest := body; len(rest) > 0; {
			n := min(piece, len(rest))
			cost, err := p.Write(rest[:n])
			if err != nil {
				t.Fatal(err)
			}
			got += cost
			rest = rest[n:]
		}
		if got != want {
			t.Errorf("in pieces of %d: %d bytes, want %d", piece, got, want)
		}
	}
	text, err := protojson.Marshal(spans(1000))
	if err != nil {
		t.Fatal(err)
	}
	got, err := (&JSON{}).Write(text)
	if err != nil || got < 3000*jsonCost {
		t.Errorf("as JSON: %d bytes, %v", got, err)
	}
}

// An empty span is two bytes on the wire and some hundred in memory.
func TestEmptyMessagesAreNotFree(t *testing.T) {
	b := marshal(t, &coltracepb.ExportTraceServiceRequest{ResourceSpans: make([]*tracepb.ResourceSpans, 1)})
	cost, err := NewProtobuf(Traces()).Write(bytes.Repeat(b, 1000))
	if err != nil || cost != 1000*messageCost {
		t.Errorf("%d empty messages of %d bytes cost %d, %v", 1000, len(b), cost, err)
	}
}

func TestDeepValuesAreRefused(t *testing.T) {
	if _, err := NewProtobuf(Traces()).Write(nested(100)); err != nil {
		t.Errorf("100 levels: %v", err)
	}
	if _, err := NewProtobuf(Traces()).Write(nested(5000)); !errors.Is(err, ErrDepth) {
		t.Errorf("5,000 levels: %v", err)
	}
	for _, open := range []string{"[", `{"a":`} {
		if _, err := (&JSON{}).Write([]byte(strings.Repeat(open, 5000))); !errors.Is(err, ErrDepth) {
			t.Errorf("5,000 times %s: %v", open, err)
		}
	}
	if cost, err := (&JSON{}).Write([]byte(`"` + strings.Repeat(`{[\"`, 5000))); err != nil || cost != 0 {
		t.Errorf("brackets in a text: %d, %v", cost, err)
	}
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	longer := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.BytesType), 4)   // a resource of 4 bytes …
	longer = protowire.AppendVarint(protowire.AppendTag(longer, 2, protowire.BytesType), 9) // … with a scope of 9
	for name, bad := range map[string][]byte{
		"a group":                   protowire.AppendTag(nil, 9, protowire.StartGroupType),
		"longer than what holds it": longer,
		"a number without end":      bytes.Repeat([]byte{0xff}, 20),
	} {
		if _, err := NewProtobuf(Traces()).Write(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzProtobuf holds that what the decoder takes is taken, and that pieces do not matter.
func FuzzProtobuf(f *testing.F) {
	f.Add(marshal(f, spans(2)), 3)
	f.Add(nested(20), 1)
	f.Add([]byte{0x0a, 0x00, 0x0a, 0xff}, 2)
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		whole, err := NewProtobuf(Traces()).Write(b)
		var m coltracepb.ExportTraceServiceRequest
		known := proto.UnmarshalOptions{DiscardUnknown: true} // such as groups, which OTLP has none of
		if known.Unmarshal(b, &m) == nil && err != nil && len(marshal(t, &m)) == len(b) {
			t.Errorf("%x: %v", b, err)
		}
		if err != nil {
			return
		}
		p := NewProtobuf(Traces())
		var got int64
		n := max(1, piece%16)
		for rest := b; len(rest) > 0; {
			n = min(max(n, 1), len(rest))
			cost, err := p.Write(rest[:n])
			if err != nil {
				t.Fatal(err)
			}
			got += cost
			rest = rest[n:]
		}
		if got != whole {
			t.Errorf("%d in pieces, %d whole", got, whole)
		}
	})
}
