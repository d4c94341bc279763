package media

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// File is one picture, recording or document of a trace. The same bytes of the same type
// are one file, however often messages repeat them.
type File struct {
	// Type is the media type: what the bytes say, else what the message says.
	Type string
	// Body is the content; nil when the file is left out because of a bound.
	Body []byte
	// Size is the length of the content in bytes.
	Size int
	// Spans are the spans that hold it, by start.
	Spans []trace.SpanID

	sum    [sha256.Size]byte // of trace, type and content
	script bool              // a browser might run what is in it
}

// LeftOut reports whether the file is not kept because of a bound.
func (f *File) LeftOut() bool { return f.Body == nil }

// ID is the attachment's id in MLflow, which wants a UUID. It follows from trace, type
// and content (version 8 of RFC 9562), so that a file that is sent again replaces itself.
func (f *File) ID() string {
	b := f.sum
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:16])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// Path is the file's place among the artifacts of its run. What a browser might run is
// named as text, because MLflow's page shows HTML with its scripts.
func (f *File) Path() string {
	ext := extension(f.Type)
	if f.script {
		ext += ".txt"
	}
	return folder + hex.EncodeToString(f.sum[:6]) + ext
}

const folder = "media/"

// ReferenceScheme begins every reference.
const ReferenceScheme = "mlflow-attachment://"

// Reference is the address under which MLflow's pages find the attachment
// (mlflow/tracing/attachments.py, Attachment.ref). What a browser might run is offered
// for download only.
func (f *File) Reference(id trace.TraceID) string {
	if f.LeftOut() {
		return f.Label()
	}
	return ReferenceScheme + f.ID() + "?" + url.Values{
		"content_type": {f.ShownAs()}, "trace_id": {"tr-" + id.String()}, "size": {strconv.Itoa(f.Size)},
	}.Encode()
}

// ShownAs is the media type under which pages may show the file.
func (f *File) ShownAs() string {
	if f.script {
		return unknownType
	}
	return f.Type
}

// Label says in a few words what stood there, such as [image/png, 48 kB].
func (f *File) Label() string {
	if f.LeftOut() {
		return "[" + f.Type + ", " + size(f.Size) + ", left out]"
	}
	return "[" + f.Type + ", " + size(f.Size) + "]"
}

// Mark is the label with the path of the file, as it stands in the files of runs.
func (f *File) Mark() string {
	if f.LeftOut() {
		return f.Label()
	}
	return strings.TrimSuffix(f.Label(), "]") + ": " + f.Path() + "]"
}

// size writes a number of bytes for people.
func size(n int) string {
	switch x := float64(n); {
	case n < 1000:
		return strconv.Itoa(n) + " B"
	case x < 999_500:
		return strconv.Itoa(int(math.Round(x/1000))) + " kB"
	default:
		return fmt.Sprintf("%.1f MB", x/1e6)
	}
}

// newFile is a file of one trace.
func newFile(id trace.TraceID, c content) *File {
	h := sha256.New()
	h.Write(id[:])
	h.Write([]byte(c.mediaType + "\x00"))
	h.Write(c.body)
	f := &File{Type: c.mediaType, Body: c.body, Size: c.size, script: c.script}
	if c.body == nil { // too large to be read
		h.Write([]byte(strconv.Itoa(c.size)))
	}
	h.Sum(f.sum[:0])
	return f
}
