package tracejson

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

var update = flag.Bool("update", false, "write the golden files anew")

func text(s string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
}

func number(n int64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: n}}
}

func kv(key string, v *commonpb.AnyValue) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: v}
}

// id is a span id; 0 is none.
func id(n byte) []byte {
	if n == 0 {
		return nil
	}
	return []byte{0, 0, 0, 0, 0, 0, 0, n}
}

func newSpan(own, parent byte, start uint64, attrs ...*commonpb.KeyValue) *tracepb.Span {
	return &tracepb.Span{TraceId: []byte("0123456789abcdef"), SpanId: id(own), ParentSpanId: id(parent), Name: string('A' + rune(own)),
		StartTimeUnixNano: start, EndTimeUnixNano: start + 10, Attributes: attrs}
}

func data(spans ...*tracepb.Span) *tracepb.TracesData {
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: spans}}}}}
}

func write(t *testing.T, td *tracepb.TracesData, o Options) File {
	t.Helper()
	f, err := New(td, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tree reads a file back: shown parent by span.
func tree(t *testing.T, f File) map[string]string {
	t.Helper()
	set := map[spanID]*span{}
	if err := read(f.Data, set); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, s := range arrange(set) {
		above := "-"
		if p := set[s.shown]; p != nil {
			above = p.name
		}
		out[s.name] = above
	}
	return out
}

func example() *tracepb.TracesData {
	root := newSpan(1, 0, 100, kv("mlflow.spanType", text("AGENT")), kv("mlflow.spanInputs", text(`{"q":"é <b>"}`)), kv("plain", text("5")))
	chat := newSpan(2, 1, 110, kv("gen_ai.operation.name", text("chat")), kv("gen_ai.usage.input_tokens", number(7)),
		kv("gen_ai.usage.output_tokens", number(2)), kv("gen_ai.input.messages", text(`[{"role":"user"}]`)), kv("gen_ai.request.model", text("m")),
		kv("mlflow.llm.cost", text(`{"input_cost":0.5,"output_cost":0.25,"total_cost":0.75}`)))
	chat.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "no"}
	chat.Events = []*tracepb.Span_Event{{Name: "exception", TimeUnixNano: 112, Attributes: []*commonpb.KeyValue{
		kv("exception.type", text("E")), kv("n", number(1<<60)),
		kv("list", &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{Values: []*commonpb.AnyValue{text("x")}}}})}}}
	chat.Links = []*tracepb.Span_Link{{TraceId: []byte("fedcba9876543210"), SpanId: id(9), Attributes: []*commonpb.KeyValue{kv("k", text("v"))}}}
	return data(chat, root)
}

func TestFilesAreAsMLflowReadsThem(t *testing.T) {
	for name, o := range map[string]Options{"v3": {}, "v2": {Schema: V2, TraceID: "f0e1"}} {
		f := write(t, example(), o)
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, f.Data, "", " "); err != nil {
			t.Fatal(err)
		}
		for _, k := range []string{"mlflow.trace.sizeBytes", "mlflow.trace.sizeStats"} {
			delete(f.Metadata, k) // of the bytes above
		}
		pretty.WriteString("\n" + string(marshal(f.Metadata)) + "\n")
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, pretty.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || pretty.String() != string(want) {
			t.Errorf("%s: %v, the file is\n%s", name, err, pretty.String())
		}
	}
}

func TestEverySpanIsShownInOneTree(t *testing.T) {
	for name, c := range map[string]struct {
		spans []*tracepb.Span
		want  string
	}{
		"a tree":                {[]*tracepb.Span{newSpan(1, 0, 1), newSpan(2, 1, 2), newSpan(3, 2, 3)}, "B- CB DC"},
		"a child that is early": {[]*tracepb.Span{newSpan(1, 0, 5), newSpan(2, 1, 2)}, "B- CB"},
		"a missing parent":      {[]*tracepb.Span{newSpan(1, 0, 1), newSpan(2, 9, 2), newSpan(3, 2, 3)}, "B- CB DC"},
		"no root":               {[]*tracepb.Span{newSpan(2, 9, 1), newSpan(3, 8, 2)}, "C- DC"},
		"two roots":             {[]*tracepb.Span{newSpan(1, 0, 1), newSpan(2, 0, 2)}, "B- CB"},
		"a circle":              {[]*tracepb.Span{newSpan(1, 0, 1), newSpan(2, 3, 2), newSpan(3, 2, 3)}, "B- CD DB"},
		"a circle alone":        {[]*tracepb.Span{newSpan(2, 3, 2), newSpan(3, 2, 3)}, "C- DC"},
		"its own parent":        {[]*tracepb.Span{newSpan(1, 0, 1), newSpan(2, 2, 2)}, "B- CB"},
	} {
		got := tree(t, write(t, data(c.spans...), Options{}))
		for _, pair := range strings.Fields(c.want) {
			if got[pair[:1]] != pair[1:] {
				t.Errorf("%s: %v, want %s", name, got, c.want)
			}
		}
		if len(got) != len(c.spans) {
			t.Errorf("%s: %d spans", name, len(got))
		}
	}
}

func TestMovedSpansReturnOnceTheirParentIsThere(t *testing.T) {
	for _, schema := range []Schema{V3, V2} {
		o := Options{Schema: schema}
		first := write(t, data(newSpan(1, 0, 1), newSpan(3, 2, 3)), o)
		if got := tree(t, first)["D"]; got != "B" {
			t.Errorf("below %s", got)
		}
		if !strings.Contains(string(first.Data), `"otel.parent_span_id":"\"0000000000000002\""`) {
			t.Errorf("the true parent is not told: %s", first.Data)
		}
		all, err := Merge(first.Data, data(newSpan(2, 1, 2)), o)
		if err != nil {
			t.Fatal(err)
		}
		whole := write(t, data(newSpan(1, 0, 1), newSpan(2, 1, 2), newSpan(3, 2, 3)), o)
		if !bytes.Equal(all.Data, whole.Data) || all.Metadata["mlflow.trace.sizeStats"] != whole.Metadata["mlflow.trace.sizeStats"] {
			t.Errorf("merged\n%s\nwhole\n%s", all.Data, whole.Data)
		}
	}
}

func TestMergeChangesNothingThatIsThere(t *testing.T) {
	for _, o := range []Options{{}, {Schema: V2, TraceID: "f0e1"}} {
		f := write(t, example(), o)
		for name, td := range map[string]*tracepb.TracesData{"nothing": nil, "the same": example()} {
			again, err := Merge(f.Data, td, o)
			if o.Schema == V2 && td == nil {
				continue // 2.x keeps no links
			}
			if err != nil || !bytes.Equal(again.Data, f.Data) {
				t.Errorf("%s: %v\n%s\n%s", name, err, again.Data, f.Data)
			}
		}
	}
}

func TestMergeLeavesWhatItCannotRead(t *testing.T) {
	for _, bad := range []string{"<html>", "[]", `{"spans":[{"trace_id":"x"}]}`, `{"spans":[{"trace_id":"MDEyMzQ1Njc4OWFiY2RlZg==","span_id":"AAAAAAAAAAA="}]}`} {
		if f, err := Merge([]byte(bad), example(), Options{}); err == nil {
			t.Errorf("%s became %s", bad, f.Data)
		}
	}
}

// Files of MLflow's own SDK are of either form of ids, and of both schemas.
func TestMergeReadsFilesOfMLflowItself(t *testing.T) {
	for name, file := range map[string]string{
		"3.x":   `{"spans":[{"trace_id":"MDEyMzQ1Njc4OWFiY2RlZg==","span_id":"AAAAAAAAAAc=","parent_span_id":"","name":"x","start_time_unix_nano":5,"end_time_unix_nano":null,"status":{"code":"STATUS_CODE_OK"},"attributes":{"n":1}}]}`,
		"3.5.0": `{"spans":[{"trace_id":"tr-30313233343536373839616263646566","span_id":"0000000000000007","parent_span_id":null,"name":"x","start_time_unix_nano":5,"end_time_unix_nano":6,"status":{"code":"OK"},"attributes":{},"events":[{"name":"e","time_unix_nano":"5","attributes":{}}]}]}`,
		"2.x":   `{"request":"q","spans":[{"name":"x","context":{"span_id":"0x0000000000000007","trace_id":"30313233343536373839616263646566"},"parent_id":null,"start_time":5,"end_time":6,"status_code":"OK","status_message":"","attributes":{},"events":[{"name":"e","timestamp":5,"attributes":{}}]}]}`,
	} {
		f, err := Merge([]byte(file), data(newSpan(1, 7, 9)), Options{})
		if err != nil || f.Spans != 2 || !strings.Contains(string(f.Data), `"STATUS_CODE_OK"`) {
			t.Errorf("%s: %v %s", name, err, f.Data)
			continue
		}
		if got := tree(t, f)["B"]; got != "x" {
			t.Errorf("%s: the new span is below %q", name, got)
		}
	}
}

func TestLargeTracesAreShortenedToFit(t *testing.T) {
	big := strings.Repeat("é", 2<<20)
	var spans []*tracepb.Span
	for i := range byte(20) {
		spans = append(spans, newSpan(i+1, min(i, 1), uint64(i), kv("big", text(big)), kv("small", text("s"))))
	}
	f := write(t, data(spans...), Options{})
	if len(f.Data) > maxBytes || f.Shortened != 20 || f.Dropped != 0 || f.Spans != 20 || !json.Valid(f.Data) ||
		!strings.Contains(string(f.Data), "bytes left out)") {
		t.Errorf("%d bytes, %d shortened, %d dropped", len(f.Data), f.Shortened, f.Dropped)
	}
}

func TestMoreSpansThanAPageHoldsAreDropped(t *testing.T) {
	spans := make([]*tracepb.Span, maxSpans+7)
	for i := range spans {
		spans[i] = &tracepb.Span{TraceId: []byte("0123456789abcdef"), SpanId: []byte{1, 0, 0, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)},
			StartTimeUnixNano: uint64(i), ParentSpanId: id(1)}
	}
	spans[len(spans)-1].ParentSpanId = nil // the root comes last, and stays
	f := write(t, data(spans...), Options{})
	if f.Spans+f.Dropped != len(spans) || f.Dropped < 7 || len(f.Data) > maxBytes || !json.Valid(f.Data) {
		t.Errorf("%d spans, %d dropped, %d bytes", f.Spans, f.Dropped, len(f.Data))
	}
	if root := strings.Index(string(f.Data), `"parent_span_id":null`); root < 0 || root > 200 {
		t.Error("the root is not first")
	}
}

func TestNoSpansGiveAnEmptyFile(t *testing.T) {
	if f := write(t, nil, Options{}); string(f.Data) != `{"spans":[]}` || f.Spans != 0 {
		t.Errorf("%+v", f)
	}
}
