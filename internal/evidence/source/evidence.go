package source

import (
	"context"
	"errors"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
)

// NewEvidence returns evidence of which nothing is known but its link. Its lists are empty
// rather than nil, since they are stored as JSON, where null would be a third state.
func NewEvidence(rawURL string) *job.Evidence {
	return &job.Evidence{
		URL: redact.Line(rawURL), AdapterName: GenericName, Coverage: job.CoverageFailed,
		Sources: []job.Source{}, Snippets: []job.Snippet{}, Links: []string{}, Errors: []string{},
	}
}

// Add records a fetched resource as a source of ev, its address without secrets.
func Add(ev *job.Evidence, link, title string, at time.Time) {
	ev.Sources = append(ev.Sources, job.Source{URL: redact.URL(link), Title: title, FetchedAt: at})
}

// Complete says that nothing is missing, so far as its caller knows. It takes nothing back: what
// [job.Evidence.MarkPartial] said before stays said.
func Complete(ev *job.Evidence) {
	if ev.Coverage != job.CoveragePartial {
		ev.Coverage = job.CoverageFull
	}
}

// MarkMissing makes ev partial where res has the beginning only of what names what, such as a page.
func MarkMissing(ev *job.Evidence, res *fetch.Response, what string) {
	if missing := res.Missing(what); missing != "" {
		ev.MarkPartial(missing)
	}
}

// AddLinked retrieves the page that a post is about and puts its text into t. A page that
// cannot be read makes ev partial; it is no error. Its headings are lowered below that of its
// section.
func AddLinked(ctx context.Context, web Web, link string, t *outline.Text, ev *job.Evidence) {
	if link == "" {
		return
	}
	u, err := Parse(link)
	sub := NewEvidence(link)
	if err == nil {
		if HostIs(u.Hostname(), "news.ycombinator.com", ".reddit.com", "redd.it") {
			ev.MarkPartial("the post links to another post, which was not read") // one step is enough
			return
		}
		err = web.Link(ctx, u, sub)
	}
	if err != nil {
		ev.MarkPartial("the page that the post links to could not be read (" + Cause(err) + ")")
		return
	}
	ev.Sources = append(ev.Sources, sub.Sources...)
	ev.Links = append(ev.Links, sub.Links...)
	ev.Description, ev.Lang = outline.First(ev.Description, sub.Description), outline.First(sub.Lang, ev.Lang)
	for _, e := range sub.Errors {
		ev.MarkPartial("the page that the post links to: " + e)
	}
	t.Section("The linked page: "+outline.First(sub.Title, sub.URL), page.Headings(sub.Text, 3))
}

// NoSuch is the error of an adapter whose API knows for certain that there is nothing at the
// link; what says so. The page is not read instead. It has no HTTP status, by which [Final]
// tells it apart.
func NoSuch(ev *job.Evidence, what string) error {
	return &fetch.Error{Reason: fetch.NotFound, URL: ev.URL, Detail: what, Hint: "check that the link is complete"}
}

// Final reports whether err settles that there is nothing to be had, so that
// the page need not be asked as well. It is true for errors of [NoSuch], not for
// an answer 404, which may be that of an API that moved.
func Final(err error) bool {
	var e *fetch.Error
	return errors.As(err, &e) && e.Reason == fetch.NotFound && e.Status == 0
}

// NotTheAPI is the error of an adapter whose API answered something that it does
// not document. cause may be nil.
func NotTheAPI(link string, cause error) error {
	const detail, hint = "the interface answered something that is not what it documents", "try again later"
	e := fetch.NewError(fetch.ParserFailed, link, detail, hint)
	e.Err = cause
	return e
}

// Cause is what happened, for the middle of another sentence.
func Cause(err error) string {
	var e *fetch.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return "its answer could not be read"
}
