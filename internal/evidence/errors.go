package evidence

import (
	"context"
	"errors"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// Error is a retrieval without usable result; see fetch.Error.
type Error = fetch.Error

// Failed is the evidence of a retrieval that ended with err, and err as an *Error.
func Failed(rawURL string, err error) (*job.Evidence, error) {
	return fail(source.NewEvidence(rawURL), err)
}

// fail makes err an *Error, and says it in the evidence. What had been read until then is
// dropped, so that nothing half-read is taken for evidence; its sources stay, as the record of
// what was asked.
func fail(ev *job.Evidence, err error) (*job.Evidence, error) {
	var e *Error
	if !errors.As(err, &e) {
		e = fetch.NewError(fetch.ParserFailed, ev.URL, "the page could not be read", "share another link or paste the text")
		e.Err = err
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			e.Reason, e.Detail, e.Hint = fetch.Canceled, "the retrieval was cancelled", ""
		}
	}
	ev.Coverage, ev.Text, ev.Snippets = job.CoverageFailed, "", []job.Snippet{}
	ev.Errors = append(ev.Errors, e.Error())
	return ev, e
}
