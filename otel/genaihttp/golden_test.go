package genaihttp_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
	"github.com/technoshare/commentator/otel/genaihttp/internal/replaytest"
)

var update = flag.Bool("update", false, "write the golden files")

// recording is one file of testdata: a request and its answer, as they were on the wire.
type recording struct {
	url, request string
	header       http.Header
	status       int
	contentType  string
	answerHeader http.Header // what else the answer has
	answer       string
}

func readRecording(t testing.TB, file string) recording {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, answer, ok := strings.Cut(string(b), "\n\n--- answer ")
	if !ok {
		t.Fatalf("%s has no answer", file)
	}
	lines, body, _ := strings.Cut(head, "\n\n")
	fields := strings.Split(lines, "\n")
	r := recording{url: strings.TrimPrefix(fields[0], "POST "), request: body, header: http.Header{}}
	for _, f := range fields[1:] {
		name, value, _ := strings.Cut(f, ": ")
		r.header.Set(name, value)
	}
	first, rest, _ := strings.Cut(answer, "\n")
	status, contentType, _ := strings.Cut(first, " ")
	if r.status, err = strconv.Atoi(status); err != nil {
		t.Fatal(err)
	}
	r.contentType, r.answer = contentType, rest
	if contentType == "application/vnd.amazon.eventstream" {
		r.answer = replaytest.EventStream(rest)
	}
	return r
}

// roundTripper is a server without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// way is how the bytes of an answer come.
type way struct {
	name string
	body func(string) io.Reader
	gzip bool
	once bool // the request has no second body
}

func ways() []way {
	plain := func(s string) io.Reader { return strings.NewReader(s) }
	return []way{
		{name: "at once", body: plain},
		{name: "byte by byte", body: func(s string) io.Reader { return iotest.OneByteReader(strings.NewReader(s)) }},
		{name: "data with the end", body: func(s string) io.Reader { return iotest.DataErrReader(iotest.HalfReader(strings.NewReader(s))) }},
		{name: "compressed", body: plain, gzip: true},
		{name: "a request that is read once", body: plain, once: true},
	}
}

// play sends the recording through a transport, and checks that server and caller see the bytes as they were.
func (r recording) play(t *testing.T, w way, opts ...genaihttp.Option) {
	t.Helper()
	want := r.answer
	if w.gzip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		for line := range strings.Lines(r.answer) {
			_, _ = io.WriteString(z, line)
			_ = z.Flush()
		}
		_ = z.Close()
		want = b.String()
	}
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		got, err := io.ReadAll(req.Body)
		if err != nil || string(got) != r.request {
			t.Errorf("the server got %q, %v", got, err)
		}
		_ = req.Body.Close()
		resp := &http.Response{StatusCode: r.status, Header: http.Header{"Content-Type": {r.contentType}}, Request: req,
			Body: io.NopCloser(w.body(want))}
		maps.Copy(resp.Header, r.answerHeader)
		if w.gzip {
			resp.Header.Set("Content-Encoding", "gzip")
		}
		return resp, nil
	})
	var request io.Reader = strings.NewReader(r.request)
	if w.once {
		request = bufio.NewReader(request)
	}
	req, err := http.NewRequest(http.MethodPost, r.url, request)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range r.header {
		req.Header[name] = v
	}
	resp, err := genaihttp.NewTransport(base, opts...).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != want {
		t.Errorf("the caller got %q, %v", got, err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
}

// TestRecordedCallsBecomeSpans holds the span of each recording against its golden file, however the bytes come.
func TestRecordedCallsBecomeSpans(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.http")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".http"), func(t *testing.T) {
			r := readRecording(t, file)
			golden := strings.TrimSuffix(file, ".http") + ".golden"
			for _, w := range ways() {
				var text strings.Builder
				for _, content := range []bool{false, true} {
					spans := tracetest.NewSpanRecorder()
					provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
					r.play(t, w, genaihttp.WithTracerProvider(provider), genaihttp.WithContent(content))
					fmt.Fprintf(&text, "content %v\n%s\n", content, describe(spans.Ended()))
				}
				if *update && w.name == "at once" {
					if err := os.WriteFile(golden, []byte(text.String()), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if w.once && strings.Contains(file, "/ollama/") {
					want = []byte("content false\nno span\n\ncontent true\nno span\n\n") // its paths alone say too little
				}
				if text.String() != string(want) {
					t.Errorf("%s: got\n%s\nwant\n%s", w.name, text.String(), want)
				}
			}
		})
	}
}

// describe writes spans for people to compare. Times are left out.
func describe(spans []sdktrace.ReadOnlySpan) string {
	var b strings.Builder
	for _, s := range spans {
		fmt.Fprintf(&b, "%s %s %s %q\n", s.SpanKind(), s.Name(), s.Status().Code, s.Status().Description)
		for _, e := range s.Events() {
			fmt.Fprintf(&b, "  event %s\n", e.Name)
		}
		kv := slices.Clone(s.Attributes())
		slices.SortFunc(kv, func(a, b attribute.KeyValue) int { return strings.Compare(string(a.Key), string(b.Key)) })
		for _, a := range kv {
			value := a.Value.String()
			if a.Key == "gen_ai.response.time_to_first_chunk" {
				value = "…"
			}
			if strings.HasPrefix(value, "[{") {
				var pretty bytes.Buffer
				if json.Indent(&pretty, []byte(value), "    ", "  ") == nil {
					value = pretty.String()
				}
			}
			fmt.Fprintf(&b, "  %s = %s\n", a.Key, value)
		}
	}
	if len(spans) == 0 {
		return "no span\n"
	}
	return b.String()
}
