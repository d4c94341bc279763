package media

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// The bounds of one trace. A request to MLflow's store holds one file, and what stands
// before servers often bounds requests at 16 MiB.
const (
	maxFiles      = 100
	maxFileBytes  = 10 << 20
	maxTraceBytes = 64 << 20
)

// use says that a text in an attribute stands for a file.
type use struct {
	text string
	file *File
}

// finder finds the files of one trace.
type finder struct {
	id    trace.TraceID
	files []*File
	known map[[32]byte]*File
	bytes int
	// The span and the attribute under way.
	span trace.SpanID
	uses []use
	seen map[string]bool // texts of this attribute that were looked at
}

// hint is the media type that the surroundings of a payload name, "" for none.
type hint string

// inValue looks through an attribute, whose key ends in name.
func (f *finder) inValue(v any, name string) {
	switch x := v.(type) {
	case string:
		f.inText(x, name, 0)
	default:
		f.walk(v, name, "", 0)
	}
}

// inText looks through a text: for data URLs anywhere in it, and where it is JSON for
// files in its objects. JSON that a length limit cut is left as it is, since the last
// file in it is cut too.
func (f *finder) inText(s, name string, depth int) {
	if depth > maxNesting || !couldHold(s) {
		return
	}
	parsed, cut := value.Parsed(s)
	if cut {
		return
	}
	for _, u := range dataURLs(s) {
		if !u.cut {
			f.take(u.whole, u.payload, hint(u.mediaType), true)
		}
	}
	if _, still := parsed.(string); !still {
		f.walk(parsed, name, "", depth+1)
	} else if depth == 0 && holdsData(name) { // a flattened object: one attribute a field
		f.take(s, s, "", false)
	}
}

// maxNesting bounds how deep JSON in JSON is followed.
const maxNesting = 4

// walk looks through a value, which stands under name in what surrounds it.
func (f *finder) walk(v any, name string, from hint, depth int) {
	if depth > value.MaxDepth {
		return
	}
	switch x := v.(type) {
	case string:
		f.inText(x, name, 1)
	case []any:
		for _, e := range x {
			f.walk(e, name, from, depth+1)
		}
	case map[string]any:
		f.object(x, name, from, depth)
	}
}

// object looks for a payload in an object. Only some fields can hold one, so that an id
// or a digest is none; and base64 of a text needs a word that it is base64, since a text
// may look like it.
func (f *finder) object(x map[string]any, name string, from hint, depth int) {
	h := hintOf(x, name, from)
	for _, k := range value.SortedKeys(x) {
		switch s := x[k].(type) {
		case string:
			sure := saysBase64(x, h)
			isText := word(x["type"]) == "text" || !sure && (k == "content" || k == "text")
			if holdsData(k) && !isText && len(s) >= minPayload && !strings.Contains(s[:minPayload], ":") {
				f.take(s, s, h, sure)
				continue
			}
			f.inText(s, k, 1)
		case []byte:
			if holdsData(k) {
				f.takeBytes(string(s), s, h)
			}
		default:
			f.walk(x[k], k, h, depth+1)
		}
	}
}

// hintOf reads what an object says of the payload in it or below it.
func hintOf(x map[string]any, name string, from hint) hint {
	for _, k := range []string{"mime_type", "mimeType", "media_type", "mediaType", "content_type", "contentType"} {
		if t := mediaType(word(x[k])); t != "" {
			return hint(t)
		}
	}
	for _, k := range []string{"format", "output_format"} {
		if t := typeOfFormat(word(x[k]), name+" "+word(x["type"])); t != "" {
			return hint(t)
		}
	}
	for _, k := range []string{"filename", "file_name", "fileName", "name"} {
		if t := typeOfFile(word(x[k])); t != "" {
			return hint(t)
		}
	}
	return from
}

// holdsData reports whether a field of that name may hold base64.
func holdsData(name string) bool {
	switch name {
	case "data", "content", "bytes", "base64", "b64_json", "image", "audio", "video", "file", "file_data", "fileData", "body", "blob",
		"result", "url", "uri", "image_url", "text":
		return true
	}
	return false
}

// saysBase64 reports whether an object says that its text is bytes.
func saysBase64(x map[string]any, h hint) bool {
	switch word(x["type"]) {
	case "blob", "base64", "image", "audio", "video", "file", "media", "input_audio", "input_file", "document":
		return true
	}
	return word(x["encoding"]) == "base64" || h != "" && !isText(string(h))
}

func isText(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || mediaType == "application/json" || runs(mediaType)
}

// word is a short text, "" for anything else.
func word(v any) string {
	if s, ok := v.(string); ok && len(s) <= 256 {
		return s
	}
	return ""
}

// take takes a payload for a file if it is base64 of one. sure says that the message
// calls it one; else the bytes themselves have to say what they are.
func (f *finder) take(text, payload string, h hint, sure bool) {
	if len(payload) < minPayload || f.seen[text] {
		return
	}
	f.seen[text] = true
	if n := len(payload) / 4 * 3; n > maxFileBytes+maxFileBytes/8 { // not even decoded
		head, ok := decode(strings.TrimRight(payload[:minPayload], "="))
		if c, known := contentOf(head, string(h)); ok && known && (sure || sniff(head) != "") {
			f.add(text, content{mediaType: c.mediaType, size: n})
		}
		return
	}
	body, ok := decode(payload)
	if !ok || !sure && sniff(body) == "" {
		return
	}
	f.takeBytes(text, body, h)
}

func (f *finder) takeBytes(text string, body []byte, h hint) {
	c, ok := contentOf(body, string(h))
	if !ok {
		return
	}
	if len(body) > maxFileBytes {
		c.body = nil
	}
	f.add(text, c)
}

// add takes note of a file and of the text that stands for it.
func (f *finder) add(text string, c content) {
	file := newFile(f.id, c)
	if old := f.known[file.sum]; old != nil {
		file = old
	} else {
		if len(f.files) >= maxFiles || f.bytes+len(c.body) > maxTraceBytes {
			file.Body = nil
		}
		f.bytes += len(file.Body)
		f.known[file.sum] = file
		f.files = append(f.files, file)
	}
	if !slices.Contains(file.Spans, f.span) {
		file.Spans = append(file.Spans, f.span)
	}
	f.uses = append(f.uses, use{text, file})
}
