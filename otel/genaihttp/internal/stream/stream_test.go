package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/stream/streamtest"
)

type maker func(scan.Limits, Handler) Parser

// events runs a parser over a stream in pieces of the given size.
func events(newParser maker, text string, size int) (out []string) {
	p := newParser(scan.Limits{String: 1 << 10, Total: 64 << 10}, func(name []byte, data scan.Value) {
		out = append(out, string(name)+"="+string(data))
	})
	for len(text) > 0 {
		n := min(size, len(text))
		p.Write([]byte(text[:n]))
		text = text[n:]
	}
	p.Close()
	return out
}

func TestStreamsAreTakenApartHoweverTheyAreCut(t *testing.T) {
	for name, c := range map[string]struct {
		make maker
		text string
		want []string
	}{
		"sse":                         {NewSSE, "data: {\"a\":1}\n\ndata: [DONE]\n\n", []string{`={"a":1}`, `=[DONE]`}},
		"sse with names and comments": {NewSSE, ": ping\n\nevent: delta\ndata: {\"a\":1}\nid: 7\n\nevent: end\ndata:{}\n\n", []string{`delta={"a":1}`, `end={}`}},
		"sse with CRLF":               {NewSSE, "event: x\r\ndata: {\"a\":1}\r\n\r\ndata: {}\r\n\r\n", []string{`x={"a":1}`, `={}`}},
		"sse with CR":                 {NewSSE, "data: 1\r\rdata: 2\r\r", []string{`=1`, `=2`}},
		"sse in two lines":            {NewSSE, "data: {\"a\":\ndata: 1}\n\n", []string{"={\"a\":\n1}"}},
		"sse without the last line":   {NewSSE, "data: {\"a\":1}", []string{`={"a":1}`}},
		"sse with a name and no data": {NewSSE, "event: ping\n\ndata: 1\n\n", []string{`=1`}},
		"sse with no colon":           {NewSSE, "data\n\nretry\n\ndatum: 3\n\ndata: 1\n\n", []string{`=1`}},
		"ndjson":                      {NewNDJSON, "{\"a\":1}\n\n {\"b\":2}\r\n{\"c\":3}", []string{`={"a":1}`, `={"b":2}`, `={"c":3}`}},
		"event stream":                {NewEventStream, streamtest.EventMessage("messageStart", `{"role":"assistant"}`) + streamtest.EventMessage("messageStop", `{}`), []string{`messageStart={"role":"assistant"}`, `messageStop={}`}},
		"event stream, cut":           {NewEventStream, streamtest.EventMessage("a", `{"b":1}`) + streamtest.EventMessage("c", `{"d":2}`)[:60], []string{`a={"b":1}`}},
		"no event stream":             {NewEventStream, strings.Repeat("data: {}\n\n", 9), nil},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size <= len(c.text); size++ {
				if got := events(c.make, c.text, size); !slices.Equal(got, c.want) {
					t.Fatalf("in pieces of %d: got %q, want %q", size, got, c.want)
				}
			}
		})
	}
}

func TestALongEventIsCutAndItsEndIsRead(t *testing.T) {
	long := strings.Repeat("x", 5<<20)
	text := fmt.Sprintf("data: {\"long\":%q,\"usage\":7}\n\ndata: {\"next\":1}\n\n", long)
	var usage int64
	count := 0
	p := NewSSE(scan.Limits{String: 100, Total: 1000}, func(_ []byte, data scan.Value) {
		count++
		if len(data) > 300 {
			t.Errorf("%d bytes are kept", len(data))
		}
		if n, ok := data.Get("usage").Int(); ok {
			usage = n
		}
	})
	for piece := range slices.Chunk([]byte(text), 4000) {
		p.Write(piece)
	}
	if usage != 7 || count != 2 {
		t.Errorf("usage %d in %d events", usage, count)
	}
}

// fuzz holds a parser of whole streams against one of single bytes: where a stream is cut changes nothing.
func fuzz(f *testing.F, newParser maker) {
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		whole := events(newParser, text, len(text)+1)
		if pieces := events(newParser, text, int(size)+1); !slices.Equal(whole, pieces) {
			t.Fatalf("whole %q, in pieces of %d %q", whole, int(size)+1, pieces)
		}
		for _, e := range whole {
			for _, kept := range strings.SplitAfter(e, "=") {
				_ = scan.Parse([]byte(kept)).Get("a")
			}
		}
	})
}

func FuzzSSE(f *testing.F) {
	f.Add("event: delta\ndata: {\"a\":1}\n\ndata: [DONE]\n\n", uint8(3))
	f.Add(": c\r\ndata: 1\r\ndata: 2\r\n\r\n", uint8(0))
	fuzz(f, NewSSE)
}

func FuzzNDJSON(f *testing.F) {
	f.Add("{\"a\":[1,2,3]}\n{\"done\":true}\n", uint8(2))
	fuzz(f, NewNDJSON)
}

func FuzzEventStream(f *testing.F) {
	f.Add(streamtest.EventMessage("messageStart", `{"role":"assistant"}`)+streamtest.EventMessage("metadata", `{"usage":{"inputTokens":3}}`), uint8(5))
	fuzz(f, NewEventStream)
}

func BenchmarkSSE(b *testing.B) {
	chunk, _ := json.Marshal(map[string]any{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
		"choices": []any{map[string]any{"index": 0, "delta": map[string]any{"content": " word"}, "finish_reason": nil}}})
	text := append(append([]byte("data: "), chunk...), "\n\n"...)
	n := 0
	p := NewSSE(scan.Limits{String: 1 << 10, Total: 64 << 10}, func([]byte, scan.Value) { n++ })
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		p.Write(text)
	}
	if n == 0 || bytes.Count(text, []byte("\n")) != 2 {
		b.Fatal("no events")
	}
}
