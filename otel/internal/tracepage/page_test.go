package tracepage

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs"
)

var update = flag.Bool("update", false, "write the golden file anew")

func kv(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
}

// newSpan is a span of milliseconds; 0 is no parent.
func newSpan(own, parent byte, from, to uint64, name string, attrs ...*commonpb.KeyValue) *tracepb.Span {
	s := &tracepb.Span{TraceId: []byte("0123456789abcdef"), SpanId: []byte{0, 0, 0, 0, 0, 0, 0, own}, Name: name, Attributes: attrs,
		StartTimeUnixNano: 1_700_000_000_000_000_000 + from*1e6, EndTimeUnixNano: 1_700_000_000_000_000_000 + to*1e6}
	if parent != 0 {
		s.ParentSpanId = []byte{0, 0, 0, 0, 0, 0, 0, parent}
	}
	return s
}

func data(spans ...*tracepb.Span) *tracepb.TracesData {
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource:   &resourcepb.Resource{Attributes: []*commonpb.KeyValue{kv("service.name", "shop")}},
		ScopeSpans: []*tracepb.ScopeSpans{{Scope: &commonpb.InstrumentationScope{Name: "lib", Version: "1.2"}, Spans: spans}},
	}}}
}

// check reads a page as a browser in a sandbox would have to: well formed, nothing in
// it but text, and nothing that is fetched or run. It returns the text of the rows.
func check(t *testing.T, page []byte) []string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta"}, xml.HTMLEntity
	elements := strings.Fields("html head meta title style body header h1 div span b p main i details summary h2 table tr td pre")
	attributes := strings.Fields("class style lang charset name content")
	var rows []string
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is broken: %v", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if !slices.Contains(elements, x.Name.Local) {
				t.Fatalf("element %s", x.Name.Local)
			}
			for _, a := range x.Attr {
				if !slices.Contains(attributes, a.Name.Local) || strings.Contains(a.Value, "url(") {
					t.Fatalf("attribute %s=%q", a.Name.Local, a.Value)
				}
			}
			open = append(open, x.Name.Local+"."+attribute(x, "class"))
			if x.Name.Local == "details" && strings.HasPrefix(attribute(x, "class"), "s ") {
				rows = append(rows, attribute(x, "style"))
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if n := len(rows); n > 0 && slices.Contains(open, "summary.") {
				rows[n-1] += " " + strings.TrimSpace(string(x))
			}
		}
	}
	return rows
}

func attribute(x xml.StartElement, name string) string {
	for _, a := range x.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func TestPageIsAsItWas(t *testing.T) {
	failing := newSpan(3, 1, 40, 90, "search <b>", kv("mlflow.spanType", "TOOL"), kv("gen_ai.tool.call.arguments", `{"q":"</pre><script>"}`))
	failing.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "no such <place>"}
	failing.Events = []*tracepb.Span_Event{{Name: "exception", TimeUnixNano: failing.EndTimeUnixNano, Attributes: []*commonpb.KeyValue{
		kv("exception.message", "line 1\nline 2")}}}
	failing.Links = []*tracepb.Span_Link{{TraceId: []byte("fedcba9876543210"), SpanId: []byte("abcdefgh")}}
	page := HTML(data(
		newSpan(1, 0, 0, 100, "job", kv("mlflow.spanType", "AGENT"), kv("mlflow.chat.tokenUsage", `{"input_tokens":7,"output_tokens":2}`)),
		newSpan(2, 1, 5, 35, "chat", kv("mlflow.spanType", "CHAT_MODEL"), kv("mlflow.spanOutputs", `"hello"`)), failing,
	))
	check(t, page)
	golden := filepath.Join("testdata", "page.golden.html")
	if *update {
		if err := os.WriteFile(golden, page, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(page, want) {
		t.Errorf("%v; look at the difference, in a browser too, and run with -update:\n%s", err, page)
	}
}

func TestRowsStandInTheOrderOfTheTree(t *testing.T) {
	for name, c := range map[string]struct {
		spans []*tracepb.Span
		want  string
	}{
		"a tree": {[]*tracepb.Span{newSpan(3, 2, 3, 4, "c"), newSpan(4, 1, 1, 2, "d"), newSpan(2, 1, 2, 5, "b"), newSpan(1, 0, 0, 9, "a")},
			"a0 d1 b1 c2"},
		"a missing parent": {[]*tracepb.Span{newSpan(2, 9, 5, 6, "b"), newSpan(3, 2, 5, 6, "c"), newSpan(1, 0, 0, 9, "a")}, "a0 b0! c1"},
		"a circle":         {[]*tracepb.Span{newSpan(1, 0, 0, 9, "a"), newSpan(2, 3, 1, 2, "b"), newSpan(3, 2, 1, 2, "c")}, "a0 b0! c1"},
		"its own parent":   {[]*tracepb.Span{newSpan(1, 1, 0, 9, "a")}, "a0!"},
		"reported twice":   {[]*tracepb.Span{newSpan(1, 0, 0, 9, "a"), newSpan(1, 0, 0, 9, "b")}, "b0"},
	} {
		var got []string
		for _, r := range rows(data(c.spans...)) {
			lost := ""
			if r.lost {
				lost = "!"
			}
			got = append(got, fmt.Sprint(r.span.Name, r.depth, lost))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestRealTracesMakeGoodPages(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("..", "..", "runs", "testdata", "traces", "*.pb"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		td, err := runs.ReadOTLP(runs.File{Name: name, Body: b})
		if err != nil {
			t.Fatal(err)
		}
		td = runs.Read(td, runs.Rules{}).Annotated()
		page := HTML(td)
		if got := check(t, page); len(got) != len(rows(td)) {
			t.Errorf("%s: %d rows of %d spans", name, len(got), len(rows(td)))
		}
		if !bytes.Equal(page, HTML(td)) {
			t.Errorf("%s: another page the second time", name)
		}
	}
}

func TestPagesAreBounded(t *testing.T) {
	big := strings.Repeat("<&\xff\x00é", 4<<10)
	var spans []*tracepb.Span
	for i := range 300 {
		spans = append(spans, newSpan(byte(i), byte(i)-1, 1, 2, big, kv(big, big), kv("json", "["+strings.Repeat("[],", 2000)+"1]")))
		spans[i].SpanId[5] = byte(i >> 8)
		if i > 20 {
			continue
		}
		for range 200 {
			spans[i].Attributes = append(spans[i].Attributes, kv(fmt.Sprint("k", len(spans[i].Attributes)), "v"))
			spans[i].Events = append(spans[i].Events, &tracepb.Span_Event{Name: big})
		}
	}
	page := HTML(data(spans...))
	if rows := check(t, page); len(rows) != 300 || len(page) > maxPage+4<<20 {
		t.Errorf("%d rows in %d bytes", len(rows), len(page))
	}
	if !bytes.Contains(page, []byte("bytes left out)")) || !bytes.Contains(page, []byte(" more events")) {
		t.Error("what is left out is not told")
	}
	spans = spans[:0]
	for i := range maxRows + 3 {
		s := newSpan(byte(i), 0, 1, 2, "s")
		s.SpanId[0], s.SpanId[6] = 1, byte(i>>8)
		spans = append(spans, s)
	}
	page = HTML(data(spans...))
	if rows := check(t, page); len(rows) != maxRows || !bytes.Contains(page, fmt.Appendf(nil, "%d of %d spans", maxRows, maxRows+3)) {
		t.Errorf("%d rows", len(rows))
	}
}

func TestSpansWithoutTimesAndNamesAreShown(t *testing.T) {
	page := HTML(data(&tracepb.Span{}, &tracepb.Span{StartTimeUnixNano: 1 << 63, EndTimeUnixNano: 5, SpanId: []byte("x")}))
	if rows := check(t, page); len(rows) != 2 || !strings.Contains(strings.Join(rows, ""), "unnamed") || !strings.Contains(rows[0], "not ended") {
		t.Errorf("rows %q", rows)
	}
	check(t, HTML(nil))
}

func TestDurationsReadAsPeopleSayThem(t *testing.T) {
	for ns, want := range map[uint64]string{
		0: "0", 999: "999 ns", 1500: "1.50 µs", 45_600_000: "45.6 ms", 2_070_000_000: "2.07 s", 90e9: "1.50 min", 7200e9: "2.00 h",
		123e6: "123 ms",
	} {
		if got := duration(ns); got != want {
			t.Errorf("%d is %q, want %q", ns, got, want)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add([]byte("\x01\x00\x01\x02\x03abc\x02\x01\x03\x04\x02{}"))
	f.Add([]byte("\x01\x02\x01\x02\x08<script>\x02\x01\x03\x04\x09\"onload=x\x03\x03\x00\x00\x02\xff\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var spans []*tracepb.Span
		for len(b) >= 5 && len(spans) < 40 {
			n := min(int(b[4]), len(b)-5)
			text := string(b[5 : 5+n])
			s := newSpan(b[0]%8, b[1]%8, uint64(b[2]), uint64(b[3]), text, kv(text, text), kv("mlflow.spanType", text), kv("mlflow.spanInputs", text),
				kv("mlflow.chat.tokenUsage", text))
			s.Status = &tracepb.Status{Message: text, Code: tracepb.Status_StatusCode(b[2] % 3)}
			s.Events = []*tracepb.Span_Event{nil, {Name: text, Attributes: []*commonpb.KeyValue{nil, kv(text, text)}}}
			s.Links = []*tracepb.Span_Link{nil, {TraceId: []byte(text), SpanId: []byte(text)}}
			spans = append(spans, s)
			b = b[5+n:]
		}
		td := data(spans...)
		page := HTML(td)
		if got := check(t, page); len(got) != len(rows(td)) {
			t.Fatalf("%d rows of %d spans", len(got), len(rows(td)))
		}
	})
}
