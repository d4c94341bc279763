package deliver

import (
	"context"
	"slices"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// maxStoreFailures is after how many files in a row that the store did not take the
// others are not tried: each try may take as long as a request may. One alone may be
// about that file.
const maxStoreFailures = 2

// storeLately is how long an artifact that got through says that the store is there:
// longer than the longest wait between two attempts of a trace.
const storeLately = 5 * time.Minute

// file is an artifact of a run, or an attachment of the trace.
type file struct {
	what       string
	attachment bool
	write      func(ctx context.Context) error
}

// files lists the artifacts of all runs, children first.
func (j *job) files() []file {
	var all []file
	for _, p := range slices.Backward(j.planned) {
		if p.skipped {
			continue
		}
		for _, a := range p.Artifacts {
			all = append(all, file{what: "artifact " + a.Path + " of run " + p.Name, write: func(ctx context.Context) error {
				return j.d.client.PutArtifact(ctx, mlflow.ArtifactRoot{RunID: p.ref.id, URI: p.ref.artifactURI}, a.Path, a.Body)
			}})
		}
	}
	return all
}

// uploadArtifacts writes the files of the trace and of all runs. What the server will never take is
// left out; what the store behind it does not take now is an [*ArtifactsError].
func (j *job) uploadArtifacts() error {
	if !j.d.cfg.artifacts {
		return nil
	}
	files, attachmentsErr := j.attachmentFiles()
	if IsStopped(attachmentsErr) || isGone(attachmentsErr) {
		return attachmentsErr
	}
	files = append(files, j.files()...)
	limit := maxStoreFailures
	if j.d.memory.storeIsDown() {
		limit = 1
	}
	var failed *ArtifactsError
	switch {
	case attachmentsErr == nil:
	case IsPermanent(attachmentsErr): // somebody deleted the trace
		j.miss(PartArtifacts, len(j.attachments), attachmentsErr.Error())
	default:
		failed = &ArtifactsError{Err: attachmentsErr, Missing: len(j.attachments)}
	}
	inARow, answered := 0, len(files) == 0 // without files nothing is known of the store
	for i, f := range files {
		if f.attachment && len(j.attachments) == 0 { // they are in the spans after all
			continue
		}
		err := j.step("write "+f.what, f.write)
		switch {
		case err == nil:
			inARow, answered = 0, true
			j.d.memory.storeTook(j.d.cfg.now())
			continue
		case IsStopped(err), isGone(err):
			return err
		case f.attachment && isStoreless(err):
			if err := j.keepInSpans(err); err != nil {
				return err
			}
			continue
		case mlflow.IsArtifactsUnavailable(err): // and so are all others of this experiment
			j.miss(PartArtifacts, len(files)-i, err.Error())
			return nil
		case IsPermanent(err):
			j.miss(PartArtifacts, 1, err.Error())
			continue
		}
		if failed == nil {
			failed = &ArtifactsError{Err: err}
		}
		failed.Missing++
		if inARow++; inARow == limit {
			failed.Missing += len(files) - i - 1
			break
		}
	}
	if failed == nil {
		return nil
	}
	j.d.memory.setStoreDown(!answered)
	// While it takes those of other traces it is these that it does not like.
	failed.StoreDown = !answered && !j.d.memory.storeTookSince(j.d.cfg.now().Add(-storeLately))
	return failed
}

// finishArtifacts is all that a trace needs of which the rest is there already: its
// runs are looked up, and their artifacts written. done is false when a run is not
// there any more, so that everything has to be delivered again.
func (j *job) finishArtifacts() (done bool, err error) {
	j.origin.SearchFirst = true
	if err := j.resume(); err != nil {
		return false, err
	}
	for _, p := range j.planned {
		if !p.skipped && p.ref.id == "" {
			return false, nil
		}
	}
	j.nameRuns()
	j.nameTrace(j.mlflowTraceID())
	if err := j.uploadArtifacts(); err != nil {
		return true, err
	}
	return true, j.tagIncomplete()
}
