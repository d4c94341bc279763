package media

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

type (
	span = tracetest.Span
	m    = map[string]any
)

func none(string) bool { return false }

// Bodies that begin as files of their kind do, padded so that their base64 has each rare
// character.
var (
	png  = body("\x89PNG\r\n\x1a\n")
	jpeg = body("\xff\xd8\xff\xe0")
	pdf  = body("%PDF-1.7\n")
	wav  = body("RIFF\x24\x08\x00\x00WAVEfmt ")
	raw  = body("\x01\x02")
	svg  = []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	html = []byte("<!DOCTYPE html><html><body><script>alert(1)</script></body></html>")
)

func body(head string) []byte {
	b := []byte(head)
	for len(b) < 60 {
		b = append(b, 0xfb, 0xef, 0xbe, 0xff, 0xff) // ++++//
	}
	return b
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func dataOf(mediaType string, b []byte) string { return "data:" + mediaType + ";base64," + b64(b) }

// read gives the files of one span with the attributes.
func read(attrs m) (*Set, []*File) {
	td := tracetest.Trace(span{Name: "chat", To: 9, Attrs: attrs})
	set := Read(td, none)
	for _, s := range otlp.Spans(td) {
		return set, set.Files(otlp.TraceID(s))
	}
	return nil, nil
}

func TestFilesOfEveryShape(t *testing.T) {
	for name, c := range map[string]struct {
		in    any
		want  string // type
		bytes []byte
	}{
		"OpenAI image_url": {`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"` + dataOf("image/png", png) + `"}}]}]`,
			"image/png", png},
		"OpenAI input_image": {`[{"role":"user","content":[{"type":"input_image","image_url":"` + dataOf("image/jpeg", jpeg) + `"}]}]`,
			"image/jpeg", jpeg},
		"OpenAI input_audio": {`[{"content":[{"type":"input_audio","input_audio":{"data":"` + b64(wav) + `","format":"wav"}}]}]`,
			"audio/wav", wav},
		"OpenAI input_audio without a known head": {
			`[{"content":[{"type":"input_audio","input_audio":{"data":"` + b64(raw) + `","format":"mp3"}}]}]`, "audio/mpeg", raw},
		"OpenAI file": {`[{"content":[{"type":"file","file":{"filename":"a.pdf","file_data":"` + dataOf("application/pdf", pdf) + `"}}]}]`,
			"application/pdf", pdf},
		"OpenAI input_file": {`[{"content":[{"type":"input_file","filename":"a.docx","file_data":"` + b64(raw) + `"}]}]`,
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document", raw},
		"a made picture":       {`{"data":[{"b64_json":"` + b64(png) + `"}]}`, "image/png", png},
		"a made picture, 2025": {`[{"type":"image_generation_call","result":"` + b64(png) + `"}]`, "image/png", png},
		"an answer that speaks": {`{"choices":[{"message":{"role":"assistant","audio":{"data":"` + b64(wav) + `","transcript":"hi"}}}]}`,
			"audio/wav", wav},
		"Anthropic image": {`[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` +
			b64(png) + `"}}]}]`, "image/png", png},
		"Anthropic document": {`[{"content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"` +
			b64(pdf) + `"}}]}]`, "application/pdf", pdf},
		"Gemini inline_data": {`{"contents":[{"parts":[{"inline_data":{"mime_type":"image/png","data":"` + b64(png) + `"}}]}]}`,
			"image/png", png},
		"Gemini inlineData": {`{"contents":[{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"` + b64(raw) + `"}}]}]}`,
			"audio/pcm", raw},
		"GenAI blob": {`[{"role":"user","parts":[{"type":"blob","modality":"image","mime_type":"image/png","content":"` + b64(png) + `"}]}]`,
			"image/png", png},
		"GenAI blob, as a structure": {[]any{m{"role": "user", "parts": []any{m{"type": "blob", "mime_type": "image/png", "content": b64(png)}}}},
			"image/png", png},
		"GenAI blob, as bytes": {[]any{m{"role": "user", "parts": []any{m{"type": "blob", "mime_type": "image/png", "content": png}}}},
			"image/png", png},
		"GenAI uri with data": {`[{"role":"user","parts":[{"type":"uri","modality":"image","uri":"` + dataOf("image/png", png) + `"}]}]`,
			"image/png", png},
		"GenAI blob of text": {`[{"parts":[{"type":"blob","mime_type":"text/csv","content":"` + b64([]byte(strings.Repeat("a,b\n", 20))) + `"}]}]`,
			"text/csv", []byte(strings.Repeat("a,b\n", 20))},
		"Bedrock": {`[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"` + b64(png) + `"}}}]}]`, "image/png", png},
		"Bedrock document": {`[{"content":[{"document":{"format":"pdf","name":"x","source":{"bytes":"` + b64(pdf) + `"}}}]}]`,
			"application/pdf", pdf},
		"AI SDK image": {`[{"role":"user","content":[{"type":"image","image":"` + b64(png) + `"}]}]`, "image/png", png},
		"AI SDK file": {`[{"content":[{"type":"file","data":"` + b64(pdf) + `","mediaType":"application/pdf"}]}]`,
			"application/pdf", pdf},
		"AI SDK, before 5": {`[{"content":[{"type":"file","data":"` + b64(raw) + `","mimeType":"audio/mpeg"}]}]`, "audio/mpeg", raw},
		"LangChain": {`[{"type":"image","source_type":"base64","mime_type":"image/png","data":"` + b64(png) + `"}]`,
			"image/png", png},
		"MCP":              {`{"content":[{"type":"image","data":"` + b64(png) + `","mimeType":"image/png"}]}`, "image/png", png},
		"a data URL alone": {dataOf("image/png", png), "image/png", png},
		"in Markdown":      {"What is ![this](" + dataOf("image/png", png) + ")?", "image/png", png},
		"in HTML":          {`<p><img src="` + dataOf("image/png", png) + `"></p>`, "image/png", png},
		"JSON in a text": {`[{"role":"user","content":` +
			quoted(`[{"type":"image_url","image_url":{"url":"`+dataOf("image/png", png)+`"}}]`) + `}]`,
			"image/png", png},
		"a blob of JSON in JSON": {quoted(`[{"parts":[{"type":"blob","mime_type":"image/png","content":"` + b64(png) + `"}]}]`),
			"image/png", png},
		"PHP's slashes": {`[{"url":"` + strings.ReplaceAll(dataOf("image/png", png), "/", `\/`) + `"}]`, "image/png", png},
		".NET's plus":   {`[{"url":"` + strings.ReplaceAll(dataOf("image/png", png), "+", `\u002B`) + `"}]`, "image/png", png},
		".NET's plus in a blob": {`[{"type":"blob","mime_type":"image/png","content":"` + strings.ReplaceAll(b64(png), "+", `\u002B`) + `"}]`,
			"image/png", png},
		"Python's spelling":        {`[{'type': 'image_url', 'image_url': {'url': '` + dataOf("image/png", png) + `'}}]`, "image/png", png},
		"parameters":               {dataOf("image/png;name=a.png;charset=x", png), "image/png", png},
		"for addresses":            {"data:image/png;base64," + base64.RawURLEncoding.EncodeToString(png), "image/png", png},
		"a picture with a lie":     {dataOf("image/png", jpeg), "image/jpeg", jpeg},
		"a page called a picture":  {dataOf("image/png", html), "text/html", html},
		"noise called a picture":   {dataOf("image/png", raw), "application/octet-stream", raw},
		"a drawing":                {dataOf("image/svg+xml", svg), "image/svg+xml", svg},
		"a drawing called a photo": {`[{"type":"blob","mime_type":"image/jpeg","content":"` + b64(svg) + `"}]`, "image/svg+xml", svg},
	} {
		set, files := read(m{"gen_ai.input.messages": c.in})
		if len(files) != 1 || files[0].Type != c.want || !bytes.Equal(files[0].Body, c.bytes) {
			t.Errorf("%s: files %+v, want %s", name, files, c.want)
			continue
		}
		left := ""
		for _, s := range otlp.Spans(set.Replace(func(_ trace.TraceID, f *File) string { return f.Mark() })) {
			left = value.Text(value.Attributes(s.Attributes)["gen_ai.input.messages"])
		}
		if strings.Count(left, files[0].Path()) != 1 || strings.Contains(left, "base64,") || strings.Contains(left, b64(c.bytes)[:30]) {
			t.Errorf("%s: left is %s", name, left)
		}
	}
}

func TestWhatIsNoFileStays(t *testing.T) {
	digest := strings.Repeat("0123456789abcdef", 4)
	for name, in := range map[string]any{
		"malformed base64":          "data:image/png;base64,!!!" + b64(png),
		"base64 of a broken length": "data:image/png;base64," + b64(raw[:60])[:61],
		"both alphabets":            "data:image/png;base64,+/-_" + b64(png),
		"shortened by its writer":   dataOf("image/png", png) + "...(truncated)",
		"JSON cut by a limit":       `[{"type":"image_url","image_url":{"url":"` + dataOf("image/png", png),
		"no base64":                 "data:image/svg+xml;utf8," + strings.Repeat("<svg></svg>", 20),
		"an address":                `[{"type":"image_url","image_url":{"url":"https://example.com/` + strings.Repeat("a", 99) + `.png"}}]`,
		"a digest":                  `{"type":"text","content":"` + digest + `"}`,
		"a text of one word":        `[{"role":"user","content":"` + digest + `"}]`,
		"a text with a type":        `[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"` + digest + `"}}]`,
		"an id under data":          `{"data":"` + digest + `"}`,
		"a signature":               `[{"type":"thinking","thinking":"hm","signature":"` + b64(raw) + `"}]`,
		"a file that is elsewhere":  `[{"type":"file","file":{"file_id":"file-` + digest + `"}}]`,
		"prose":                     strings.Repeat("a word and another ", 50),
		"a dot":                     "data:image/png;base64,iVBORw0KGgo=",
	} {
		if _, files := read(m{"gen_ai.input.messages": in}); len(files) != 0 {
			t.Errorf("%s: %s of %d bytes", name, files[0].Type, files[0].Size)
		}
	}
}

func TestFlattenedMessagesHoldFiles(t *testing.T) {
	_, files := read(m{"llm.input_messages.0.message.contents.1.message_content.image.image.url": dataOf("image/png", png),
		"llm.output_messages.0.message.contents.0.message_content.audio.audio.data": b64(wav)})
	if len(files) != 2 {
		t.Errorf("files %+v", files)
	}
}

func TestTheSameContentIsOneFile(t *testing.T) {
	td := tracetest.Trace(span{Name: "b", ID: "b", From: 2, To: 9, Attrs: m{"x": dataOf("image/png", png)}},
		span{Name: "a", ID: "a", From: 1, To: 9, Attrs: m{"x": dataOf("image/png", png), "y": `{"type":"image","data":"` + b64(png) + `"}`}})
	var id trace.TraceID
	var ids []trace.SpanID
	for _, s := range otlp.Spans(td) {
		id = otlp.TraceID(s)
		ids = append(ids, otlp.SpanID(s))
	}
	files := Read(td, none).Files(id)
	if len(files) != 1 || len(files[0].Spans) != 2 || files[0].Spans[0] != ids[1] {
		t.Fatalf("files %+v", files)
	}
	if again := Read(td, none).Files(id); again[0].ID() != files[0].ID() || again[0].Path() != files[0].Path() {
		t.Error("ids differ from time to time")
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(files[0].ID()) {
		t.Errorf("id %s is no UUID of version 8", files[0].ID())
	}
}

func TestWhatRunsScriptsIsNoPicture(t *testing.T) {
	for _, in := range []string{dataOf("image/svg+xml", svg), dataOf("image/png", svg), dataOf("text/html", html), dataOf("image/gif", html),
		dataOf("application/xhtml+xml", html), dataOf("text/javascript", raw)} {
		_, files := read(m{"x": in})
		if len(files) != 1 || files[0].ShownAs() != "application/octet-stream" || !strings.HasSuffix(files[0].Path(), ".txt") {
			t.Errorf("%.30s: shown as %s, at %s", in, files[0].ShownAs(), files[0].Path())
		}
		if ref := files[0].Reference(trace.TraceID{1}); !strings.Contains(ref, "content_type=application%2Foctet-stream") {
			t.Errorf("reference %s", ref)
		}
	}
}

func TestBounds(t *testing.T) {
	many := make([]string, 0, maxFiles+2)
	for i := range maxFiles + 2 {
		many = append(many, dataOf("image/png", append(bytes.Clone(png), byte(i))))
	}
	left := func(files []*File) (n int) {
		for _, f := range files {
			if f.LeftOut() {
				n++
			}
		}
		return n
	}
	if _, files := read(m{"x": strings.Join(many, " ")}); len(files) != maxFiles+2 || left(files) != 2 {
		t.Errorf("%d files, %d left out", len(files), left(files))
	}
	large := append(bytes.Clone(png), make([]byte, 2*maxFileBytes)...)
	_, files := read(m{"x": dataOf("image/png", large), "y": dataOf("image/png", large[:maxFileBytes+1]),
		"z": dataOf("image/png", large[:maxFileBytes])})
	if len(files) != 3 || left(files) != 2 || files[0].Label() != "[image/png, 21.0 MB, left out]" {
		t.Errorf("%d files, %d left out, %s", len(files), left(files), files[0].Label())
	}
	var all []string
	for i := range 8 {
		b := append(bytes.Clone(large[:maxFileBytes-1]), byte(i))
		all = append(all, dataOf("image/png", b))
	}
	if _, files := read(m{"x": strings.Join(all, " ")}); len(files) != 8 || left(files) != 2 {
		t.Errorf("%d files, %d left out of more than 64 MiB", len(files), left(files))
	}
}

func TestLabels(t *testing.T) {
	for n, want := range map[int]string{812: "812 B", 999: "999 B", 1000: "1 kB", 48_213: "48 kB", 999_499: "999 kB", 999_500: "1.0 MB",
		3_140_000: "3.1 MB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	f := &File{Type: "image/png", Size: 48_213, Body: png}
	for in, want := range map[string]string{
		f.Mark():                             "[image/png, 48 kB]",
		"What is it?\n" + f.Mark():           "What is it?",
		f.Mark() + "\n" + f.Mark():           "[image/png, 48 kB]\n[image/png, 48 kB]",
		"What is ![this](" + f.Mark() + ")?": "What is ![this]([image/png, 48 kB])?",
		"[image/png, 48 kB]":                 "[image/png, 48 kB]",
		"nothing":                            "nothing",
	} {
		if got := Labels(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"a " + f.Mark(): "a word", "a\n" + f.Mark() + "\nb": "a\n\nword\n\nb", f.Mark() + "\n" + f.Mark(): "word\n\nword",
	} {
		if got := Rewrite(in, map[string]string{f.Path(): "word"}); got != want {
			t.Errorf("%q rewritten to %q, want %q", in, got, want)
		}
	}
}

func TestAttributesThatAreSkippedStay(t *testing.T) {
	td := tracetest.Trace(span{Name: "a", To: 9, Attrs: m{"mine": dataOf("image/png", png)}})
	if Read(td, func(key string) bool { return key == "mine" }) != nil {
		t.Error("a skipped attribute was read")
	}
}

// A missing span id is made of all that a span holds, and must not change with it.
func TestMissingIDsStayTheSame(t *testing.T) {
	td := tracetest.Trace(span{Name: "a", To: 9, Attrs: m{"x": dataOf("image/png", png)}})
	first := func(td *tracepb.TracesData) *tracepb.Span { return td.ResourceSpans[0].ScopeSpans[0].Spans[0] }
	first(td).SpanId = nil
	out := Read(td, none).Replace(func(_ trace.TraceID, f *File) string { return f.Mark() })
	if otlp.SpanID(first(out)) != otlp.SpanID(first(td)) {
		t.Error("the span has another id")
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{dataOf("image/png", png),
		`[{"type":"blob","mime_type":"image/png","content":"` + b64(png) + `"}]`,
		"data:;base64," + b64(raw),
		`data:image\/png;base64,\u002B\/` + b64(png), "data:a/b;base64,%2B%2f%3D" + b64(jpeg), "data:data:x/y;base64,\\",
		`{"a":"data:image/png;base64,` + b64(png) + `\n\"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, u := range dataURLs(s) {
			if !strings.Contains(s, u.whole) || !strings.HasPrefix(u.whole, "data:") || !strings.HasSuffix(u.whole, u.payload) {
				t.Fatalf("%q is not in the text", u.whole)
			}
		}
		set, files := read(m{"x": s})
		for _, file := range files {
			if file.Size == 0 || !file.LeftOut() && len(file.Body) != file.Size || mediaType(file.Type) != file.Type {
				t.Errorf("file %+v", file)
			}
			if got := Marks(file.Mark()); len(got) != 1 {
				t.Errorf("mark %q is not read", file.Mark())
			}
		}
		if set != nil {
			set.Replace(func(id trace.TraceID, f *File) string { return f.Reference(id) })
		}
	})
}
