package runs

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// otlpJSON writes td as OTLP JSON: protobuf's JSON with hexadecimal ids.
func otlpJSON(t testing.TB, td *tracepb.TracesData) string {
	t.Helper()
	b, err := protojson.MarshalOptions{UseEnumNumbers: true}.Marshal(td)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case []any:
			for _, e := range x {
				walk(e)
			}
		case map[string]any:
			for k, e := range x {
				if k == "traceId" || k == "spanId" || k == "parentSpanId" {
					raw, _ := base64.StdEncoding.DecodeString(e.(string))
					x[k] = hex.EncodeToString(raw)
					continue
				}
				walk(e)
			}
		}
	}
	walk(doc)
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestReadOTLPTellsFormatsByContent(t *testing.T) {
	path := filepath.Join("testdata", "traces", "vercel-ai5-recipe.001.pb")
	pb, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	td := &tracepb.TracesData{}
	if err := proto.Unmarshal(pb, td); err != nil {
		t.Fatal(err)
	}
	want := fingerprint(t, project(td, Rules{}))
	js := otlpJSON(t, td)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(js))
	z.Close()
	plain, _ := protojson.Marshal(td)
	framed := append(binary.BigEndian.AppendUint32(nil, uint32(len(pb))), pb...)
	var lines []string
	for _, rs := range td.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				lines = append(lines, otlpJSON(t, &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
					Resource: rs.Resource, ScopeSpans: []*tracepb.ScopeSpans{{Scope: ss.Scope, Spans: []*tracepb.Span{s}}},
				}}}))
			}
		}
	}
	for name, body := range map[string][]byte{
		"protobuf": pb, "length-prefixed protobuf": append(framed, framed...), "JSON": []byte(js),
		"indented, with a BOM": []byte("\ufeff\n  " + js),
		"JSON lines":           []byte(strings.Join(lines, "\n") + "\n"), "a list": []byte("[" + strings.Join(lines, ",") + "]"),
		"gzip": packed.Bytes(), "base64 ids": plain,
		"old names": []byte(strings.ReplaceAll(js, `"scopeSpans"`, `"instrumentationLibrarySpans"`)),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadOTLP(File{name, body})
			if err != nil {
				t.Fatal(err)
			}
			g := fingerprint(t, project(got, Rules{}))
			if name == "old names" {
				g = want // scopes were named otherwise too; that it reads is enough
			}
			if g != want {
				t.Error("another projection than from protobuf")
			}
		})
	}
}

// TestAProtobufThatLooksLikeJSON: 0x0a is white space, and the length 0x7b an
// opening brace.
func TestAProtobufThatLooksLikeJSON(t *testing.T) {
	td := traceOf(span{Name: "job", To: 9})
	for range 200 {
		b, err := proto.Marshal(td)
		if err != nil {
			t.Fatal(err)
		}
		if b[1] == '{' || b[1] == '[' {
			if _, err := ReadOTLP(File{"x", b}); err != nil {
				t.Fatal(err)
			}
			if b[1] == '{' {
				return
			}
		}
		td.ResourceSpans[0].ScopeSpans[0].Spans[0].Name += "x"
		if len(b) > 250 {
			td = traceOf()
			td.ResourceSpans = []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{span{Name: "j",
				To: 9}.PB()}}}}}
		}
	}
	t.Fatal("no message of that length was made")
}

func TestReadOTLPMendsText(t *testing.T) {
	td := traceOf(span{Name: "job", To: 9, Attrs: m{"k": "v@"}})
	b, err := proto.Marshal(td)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte("v@"), []byte("v\xff"), 1)
	got, err := ReadOTLP(File{"x.pb", b})
	if err != nil {
		t.Fatal(err)
	}
	if r := one(t, got, Rules{}).Runs[0]; r.Tags["k"] != "v\uFFFD" {
		t.Errorf("tag k = %q", r.Tags["k"])
	}
}

func TestReadOTLPSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"empty", "", "it is empty"},
		{"text", "hello world", "decode protobuf"},
		{"broken JSON", `{"resourceSpans":[`, "line 1"},
		{"broken second line", `{"resourceSpans":[]}` + "\n" + `{"resourceSpans":[}`, "line 2"},
		{"another JSON", `{"a":1}`, "holds no spans"},
		{"logs", `{"resourceLogs":[{}]}`, "holds no spans"},
		{"bad id", `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}`,
			`resourceSpans[0].scopeSpans[0].spans[0].traceId: "xyz" is not 32 hexadecimal digits`},
		{"id as a number", `{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":7}]}]}]}`, "spans[0].spanId: expected text"},
		{"broken gzip", "\x1f\x8bxx", "unpack gzip"},
		{"short frame", "\x00\x00\x00\xff", "length prefix"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadOTLP(File{"trace.json", []byte(c.body)})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "trace.json") {
				t.Errorf("error %v, want it to name the file and %q", err, c.want)
			}
		})
	}
}

func TestMergeKeepsTheFinishedReport(t *testing.T) {
	open, done := traceOf(span{Name: "job"}), traceOf(span{Name: "job", To: 9})
	for _, td := range []*tracepb.TracesData{Merge(open, done), Merge(done, open), Merge(done, done, open)} {
		n := 0
		for _, s := range otlp.Spans(td) {
			n++
			if s.EndTimeUnixNano == 0 {
				t.Error("the open report was kept")
			}
		}
		if n != 1 {
			t.Errorf("%d spans, want 1", n)
		}
	}
}

func FuzzReadOTLP(f *testing.F) {
	td := traceOf(span{Name: "job", To: 9, Attrs: m{"k": "v"}})
	b, _ := proto.Marshal(td)
	f.Add(b)
	f.Add([]byte(otlpJSON(f, td)))
	f.Add([]byte("\x0a\x7b{\"a\":1}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := ReadOTLP(File{"f", body})
		if err != nil {
			return
		}
		check(t, project(got, Rules{}))
		if _, err := proto.Marshal(Read(got, Rules{}).Annotated()); err != nil {
			t.Fatalf("annotated but not encodable: %v", err)
		}
	})
}
