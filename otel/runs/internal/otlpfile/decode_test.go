package otlpfile

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
)

const oneSpan = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",` +
	`"name":"x","attributes":[{"key":"traceId","value":{"stringValue":"not an id"}}]}]}]}]}`

func TestOneFileOfEveryForm(t *testing.T) {
	pb, err := proto.Marshal(tracetest.Trace(tracetest.Span{Name: "x", To: 9}))
	if err != nil {
		t.Fatal(err)
	}
	framed := append(binary.BigEndian.AppendUint32(nil, uint32(len(pb))), pb...)
	for name, c := range map[string]struct {
		body     string
		requests int
	}{
		"protobuf": {string(pb), 1}, "framed": {string(framed) + string(framed), 2}, "JSON": {oneSpan, 1},
		"JSON lines": {oneSpan + "\n" + oneSpan, 2},
		"a list":     {"[" + oneSpan + "," + oneSpan + "]", 2}, "indented": {" \n" + strings.ReplaceAll(oneSpan, "{", "{\n"), 1},
	} {
		requests, err := Decode([]byte(c.body))
		if err != nil || len(requests) != c.requests {
			t.Errorf("%s: %d requests, %v", name, len(requests), err)
			continue
		}
		for _, td := range requests {
			for _, s := range otlp.Spans(td) {
				if s.Name != "x" || len(s.TraceId) != 16 || len(s.SpanId) != 8 {
					t.Errorf("%s: span %v", name, s)
				}
			}
		}
	}
}

func TestJSONIsToldFromProtobufByItsWords(t *testing.T) {
	for in, want := range map[string]bool{`{"a":1}`: true, "[{": true, "{}": true, "{\x00": false, "[\xff\xff": false, "x": false,
		"{": false} {
		if got := isJSON([]byte(in)); got != want {
			t.Errorf("isJSON(%q) = %v", in, got)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for body, want := range map[string]string{
		oneSpan + "\n{\"resourceSpans\":7}": "line 2",
		`{"resourceSpans":[{"scopeSpans":[{"spans":[{"parentSpanId":"zz"}]}]}]}`: "resourceSpans[0].scopeSpans[0].spans[0].parentSpanId: " +
			`"zz" is not 16 hexadecimal digits`,
		`[7]`: "expected an object with resourceSpans", "\x00\x00\x00\x09x": "points past the end", " ": "it is empty",
		"\x0a\x7fx": "decode protobuf",
	} {
		if _, err := Decode([]byte(body)); err == nil || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%q: error %v, want %q", body, err, want)
		}
	}
}
