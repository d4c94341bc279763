package value

import (
	"math"
	"reflect"
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
)

func text(s string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
}

func list(vs ...*commonpb.AnyValue) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{Values: vs}}}
}

func TestDecodeGivesPlainValuesWithValidText(t *testing.T) {
	for name, c := range map[string]struct {
		in   *commonpb.AnyValue
		want any
	}{
		"nothing": {nil, nil},
		"text":    {text("v\xff"), "v\uFFFD"},
		"number":  {&commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: 7}}, int64(7)},
		"list":    {list(text("a"), nil), []any{"a", nil}},
		"map": {&commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{
			Values: []*commonpb.KeyValue{{Key: "k\xff", Value: text("v")}},
		}}}, map[string]any{"k\uFFFD": "v"}},
	} {
		if got := Decode(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %#v, want %#v", name, got, c.want)
		}
	}
	deep := text("x")
	for range 1000 {
		deep = list(deep)
	}
	if s := Text(Decode(deep)); !strings.Contains(s, "nested deeper than") {
		t.Errorf("a value of depth 1000 came out as %.40s", s)
	}
}

func TestAttributesKeepTheLastOfAKey(t *testing.T) {
	got := Attributes([]*commonpb.KeyValue{{Key: "a.0.b", Value: text("1")}, {Key: "a.0.b", Value: text("2")}})
	if !reflect.DeepEqual(got, map[string]any{"a.0.b": "2"}) {
		t.Errorf("got %v", got)
	}
}

func TestNumbersAlsoWrittenAsText(t *testing.T) {
	for _, c := range []struct {
		in     any
		number float64
		isNum  bool
		count  int64
		isCnt  bool
	}{
		{int64(7), 7, true, 7, true}, {1.5, 1.5, true, 0, false}, {"172", 172, true, 172, true}, {`"8"`, 8, true, 8, true},
		{" 3 ", 3, true, 3, true},
		{int64(-1), -1, true, 0, false}, {"", 0, false, 0, false}, {"seven", 0, false, 0, false}, {true, 0, false, 0, false},
		{nil, 0, false, 0, false},
		{strings.Repeat("1", 41), 0, false, 0, false}, {math.Inf(1), math.Inf(1), true, 0, false},
	} {
		if n, ok := Number(c.in); n != c.number || ok != c.isNum {
			t.Errorf("Number(%v) = %v, %v", c.in, n, ok)
		}
		if n, ok := Count(c.in); n != c.count || ok != c.isCnt {
			t.Errorf("Count(%v) = %v, %v", c.in, n, ok)
		}
	}
	if _, ok := Count(math.NaN()); ok {
		t.Error("NaN is no number of tokens")
	}
}

func TestBoolsAlsoInWords(t *testing.T) {
	for in, want := range map[any][2]bool{
		true: {true, true}, "true": {true, true}, `"YES"`: {true, true}, int64(1): {true, true},
		false: {false, true}, "0": {false, true}, int64(0): {false, true},
		"maybe": {}, int64(2): {true, false}, 1.0: {}, nil: {},
	} {
		if v, ok := Bool(in); ok != want[1] || ok && v != want[0] {
			t.Errorf("Bool(%v) = %v, %v", in, v, ok)
		}
	}
}

func TestJSONBehindText(t *testing.T) {
	for in, want := range map[string]any{
		`{"a":1,"b":1.5,"c":12345678901234567890}`: map[string]any{"a": int64(1), "b": 1.5, "c": 12345678901234567890.0},
		` ["x"] `: []any{"x"}, `"quoted"`: "quoted", "plain": "plain", `{"broken":`: `{"broken":`, `{} {}`: `{} {}`, "12": "12", "": "",
	} {
		if got := Structured(in); !reflect.DeepEqual(got, want) {
			t.Errorf("Structured(%q) = %#v, want %#v", in, got, want)
		}
	}
	if got := Structured(int64(3)); got != int64(3) {
		t.Errorf("what is no text stays: %v", got)
	}
	for in, want := range map[any]string{`"support"`: "support", `"`: `"`, "a": "a", int64(3): "3", nil: "", true: "true", 0.5: "0.5"} {
		if got := Word(in); got != want {
			t.Errorf("Word(%v) = %q, want %q", in, got, want)
		}
	}
	if got := Word([]any{"stop"}); got != "stop" {
		t.Errorf("a list of one is its element, got %q", got)
	}
}

func TestJSONTakesWhatItHasNoWordFor(t *testing.T) {
	v := map[string]any{"n": math.NaN(), "l": []any{math.Inf(-1)}, "h": "<a&b>"}
	if got, want := string(CompactJSON(v)), `{"h":"<a&b>","l":["-Inf"],"n":"NaN"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(PrettyJSON([]any{int64(1)})), "[\n  1\n]\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCutCountsCharacters(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
		cut  bool
	}{{"éé", 2, "éé", false}, {"ééé", 2, "éé", true}, {"abc", 0, "", true}, {"", 0, "", false}} {
		if got, cut := Cut(c.in, c.n); got != c.want || cut != c.cut {
			t.Errorf("Cut(%q, %d) = %q, %v", c.in, c.n, got, cut)
		}
	}
}

func TestEmptyValuesSayNothing(t *testing.T) {
	for _, v := range []any{nil, "", " \n", []any{}, map[string]any{}} {
		if !Empty(v) {
			t.Errorf("%#v says something", v)
		}
	}
	for _, v := range []any{"a", int64(0), false, []any{nil}} {
		if Empty(v) {
			t.Errorf("%#v says nothing", v)
		}
	}
}
