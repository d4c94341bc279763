package runs

import (
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/annotate"
	"github.com/technoshare/commentator/otel/runs/internal/media"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
)

// Attachment is a picture, recording or document that a message of a trace held as
// base64, as MLflow 3.12 and newer keep them beside the spans.
type Attachment struct {
	TraceID trace.TraceID
	// ID is a UUID, and the file's name in the trace's folder attachments. It is
	// derived from trace, type and content, which makes sending it again an update.
	ID string
	// ContentType is the media type under which pages show it.
	ContentType string
	Body        []byte
}

// AnnotatedWithAttachments is Annotated for servers that have attachments: where a message
// holds a file, the spans have a reference to it (mlflow-attachment://…), by which MLflow
// shows pictures and plays recordings. The files are for upload beside the spans, each
// once, in the order of the spans. A file beyond the bounds (100 files and 64 MiB a trace,
// 10 MiB a file) leaves its type and size in its place.
//
// Both results are nil when no message holds a file.
func (t *Traces) AnnotatedWithAttachments() (*tracepb.TracesData, []Attachment) {
	if t.media == nil {
		return nil, nil
	}
	var all []Attachment
	words := annotate.Words{}
	for _, tr := range t.list {
		words[tr.ID] = map[string]string{}
		for _, f := range t.media.Files(tr.ID) {
			if f.LeftOut() {
				continue
			}
			words[tr.ID][f.Path()] = media.Picture(f.Type, f.Reference(tr.ID))
			all = append(all, Attachment{TraceID: tr.ID, ID: f.ID(), ContentType: f.ShownAs(), Body: f.Body})
		}
	}
	td := t.media.Replace(func(id trace.TraceID, f *media.File) string { return f.Reference(id) })
	return t.annotated(td, words), all
}

// noteLeftOut says how many files are too large, or too many, to be kept.
func noteLeftOut(files []*media.File, n *notes.Notes) {
	left := 0
	for _, f := range files {
		if f.LeftOut() {
			left++
		}
	}
	if left > 0 {
		n.Add("%d files in messages left out: a trace keeps 100 of them, of 10 MiB each and 64 MiB together", left)
	}
}
