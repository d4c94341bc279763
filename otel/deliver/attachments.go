package deliver

import (
	"context"
	"errors"

	"github.com/technoshare/commentator/otel/mlflow"
)

// refer lets the spans refer to pictures and other files in messages, where the server has
// attachments and files are delivered. Elsewhere the spans hold them as they came.
func (j *job) refer() {
	if !j.d.cfg.artifacts || !j.caps.Has(mlflow.FeatureAttachments) {
		return
	}
	td, files := j.read.AnnotatedWithAttachments()
	if len(files) == 0 {
		return
	}
	j.spans, j.attachments = selectSpans(td, j.origin.SampledFlag), files
}

// attachmentFiles lists the attachments as files to write. The server knows where they
// belong once it has the trace.
func (j *job) attachmentFiles() ([]file, error) {
	if len(j.attachments) == 0 {
		return nil, nil
	}
	var location string
	err := j.step("read where the trace has its files", func(ctx context.Context) error {
		info, err := j.d.client.GetTraceInfo(ctx, j.mlflowTraceID())
		location = info.ArtifactLocation()
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []file
	for _, a := range j.attachments {
		all = append(all, file{
			what: "attachment " + a.ID + " of the trace", attachment: true,
			write: func(ctx context.Context) error { return j.d.client.PutAttachment(ctx, location, a.ID, a.Body) },
		})
	}
	return all, nil
}

// keepInSpans takes the references back: this server's store, it turned out with err,
// takes no files of a trace. The spans are sent again, as they came, and so are those of
// other traces from now on.
func (j *job) keepInSpans(err error) error {
	j.attachments = nil
	if err := j.contradict(mlflow.FeatureAttachments, err); err != nil {
		return err
	}
	j.spans = selectSpans(j.read.Annotated(), j.origin.SampledFlag)
	err = j.sendTrace()
	if err != nil && !IsStopped(err) && !isGone(err) {
		return &TraceError{Err: err}
	}
	return err
}

// isStoreless reports whether an error says that a store takes no files of traces from us.
func isStoreless(err error) bool {
	var store *mlflow.ArtifactStoreError
	return errors.As(err, &store)
}
