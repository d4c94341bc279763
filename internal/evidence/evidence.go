package evidence

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
)

// Error is a retrieval without usable result; see fetch.Error.
type Error = fetch.Error

// Reason classifies an Error.
type Reason = fetch.Reason

// clone is a copy that shares nothing that is appended to.
func clone(ev *job.Evidence) *job.Evidence {
	c := *ev
	c.Sources, c.Links, c.Errors = slices.Clone(ev.Sources), slices.Clone(ev.Links), slices.Clone(ev.Errors)
	return &c
}

// fail makes err an *Error, and says it in the evidence.
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

// addSource records a fetched resource, its address without secrets.
func addSource(ev *job.Evidence, link, title string, at time.Time) {
	ev.Sources = append(ev.Sources, job.Source{URL: redact.URL(link), Title: title, FetchedAt: at})
}
