// Package arxiv reads papers of arXiv: the abstract and its data from the API, the full text
// from the HTML version or the PDF. In goes a link to any form of a paper; out comes the same
// evidence for all of them, but for the version that the link names, and the section or the page,
// which come first.
package arxiv

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// arXiv identifiers: 2007 on "YYMM.number", before that "archive.SC/YYMMnnn", each with an
// optional version (info.arxiv.org/help/arxiv_identifier.html). It matches 2301.12345v2,
// 0704.0001 and math.GT/0309136.
var idPattern = lazyregexp.New(`^(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?$`)

// Adapter is the adapter of papers.
type Adapter struct {
	API  string // base address: https://export.arxiv.org
	Site string // base address of full texts: https://arxiv.org
	// AbstractOnly leaves the full text out.
	AbstractOnly bool
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "ArxivAdapter" }

// Match matches abs, pdf, html, format and ps pages of arxiv.org and the sites that show its
// papers. A version in the link is kept, so that the paper is read as it was shared.
func (a Adapter) Match(u *url.URL) source.Task {
	if !source.HostIs(u.Hostname(), ".arxiv.org", ".ar5iv.org", ".alphaxiv.org", ".arxiv-vanity.com") ||
		source.HostIs(u.Hostname(), "info.arxiv.org", "blog.arxiv.org", "status.arxiv.org") {
		return nil
	}
	s := source.Segments(u)
	if len(s) < 2 {
		return nil
	}
	switch s[0] {
	case "abs", "pdf", "html", "ps", "format", "src", "e-print", "overview", "papers":
	default:
		return nil
	}
	id := strings.TrimSuffix(strings.Join(s[1:], "/"), ".pdf")
	if !idPattern.MatchString(id) {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		return a.paper(ctx, web, id, u.Fragment, ev)
	}
}

// atomFeed is the Atom answer of the API (info.arxiv.org/help/api/user-manual.html).
type atomFeed struct {
	Entries []atomEntry `xml:"entry"`
}

// atomEntry is one paper. Fields that arXiv adds to Atom are in a namespace of
// their own, which the decoder does not ask for.
type atomEntry struct {
	ID        string `xml:"id"`
	Title     string `xml:"title"`
	Summary   string `xml:"summary"`
	Published string `xml:"published"`
	Updated   string `xml:"updated"`
	Comment   string `xml:"comment"`
	Journal   string `xml:"journal_ref"`
	DOI       string `xml:"doi"`
	Primary   struct {
		Term string `xml:"term,attr"`
	} `xml:"primary_category"`
	Categories []struct {
		Term string `xml:"term,attr"`
	} `xml:"category"`
	Authors []struct {
		Name string `xml:"name"`
	} `xml:"author"`
}

// paper asks the API for the data and the abstract, then for the full text. Without
// the text the evidence is partial; that is no error.
func (a Adapter) paper(ctx context.Context, web source.Web, id, anchor string, ev *job.Evidence) error {
	res, err := web.Get(ctx, fetch.Request{
		URL: a.API + "/api/query?id_list=" + url.QueryEscape(id), Accept: "application/atom+xml", AnyStatus: true,
	})
	if err != nil {
		return err
	}
	// A malformed id is answered with 400 and a feed that says so.
	if res.Status != 200 && res.Status != 400 {
		return fetch.NewError(fetch.HTTPStatus, res.URL, fmt.Sprintf("the server answered %d", res.Status), "try again later")
	}
	entry, err := entryOf(res.Body, ev)
	if err != nil {
		return err
	}
	ev.FinalURL = "https://arxiv.org/abs/" + id
	source.Add(ev, res.URL, "", res.FetchedAt)
	d := fill(entry, ev)
	if a.AbstractOnly {
		ev.Text = d.String()
		ev.MarkPartial("only the abstract was asked for, by the rules for arxiv.org")
		return nil
	}
	full, err := a.fullText(ctx, web, id, anchor, ev)
	if err != nil {
		ev.Text = d.String()
		ev.MarkPartial("only the abstract could be had, not the full text (" + source.Cause(err) + ")")
		return nil
	}
	if named := full.Text[:full.Lead]; named != "" {
		whole := d.String()
		d = &outline.Text{}
		d.Add(page.Headings(named, 2))
		ev.Lead = len(d.String())
		d.Section("The paper", whole)
	}
	d.Section("Full text", page.Headings(full.Text[full.Lead:], 3))
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}

// entryOf returns the one entry of an answer. A malformed id is an entry
// named Error; an unknown one is no entry at all.
func entryOf(body []byte, ev *job.Evidence) (atomEntry, error) {
	var feed atomFeed
	if err := xml.Unmarshal(body, &feed); err != nil {
		return atomEntry{}, source.NotTheAPI(ev.URL, err)
	}
	if len(feed.Entries) == 0 {
		return atomEntry{}, source.NoSuch(ev, "arXiv has no paper with this number")
	}
	e := feed.Entries[0]
	if strings.Contains(e.ID, "/api/errors") {
		return atomEntry{}, source.NoSuch(ev, "arXiv does not accept this number ("+text.Clip(text.OneLine(e.Summary), 100)+")")
	}
	return e, nil
}

// fill writes what the entry says of its paper and returns the text so far. Titles and
// abstracts come with the line breaks of the form that the authors filled in.
func fill(e atomEntry, ev *job.Evidence) *outline.Text {
	names := make([]string, 0, len(e.Authors))
	for _, a := range e.Authors {
		names = append(names, text.OneLine(a.Name))
	}
	var cats []string
	for _, c := range e.Categories {
		cats = append(cats, c.Term)
	}
	ev.Title, ev.Description = text.OneLine(e.Title), text.OneLine(e.Summary)
	ev.Author, ev.SiteName, ev.Lang = strings.Join(names, ", "), "arXiv", "en"
	ev.Published = e.Published
	ev.CanonicalURL = strings.Replace(e.ID, "http://", "https://", 1)
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Authors", ev.Author), outline.Fact("Submitted", outline.Day(e.Published)),
		outline.Fact("Updated", outline.Unless(outline.Day(e.Updated), outline.Day(e.Published))),
		outline.Fact("Categories", strings.Join(cats, ", ")),
		outline.Fact("Comment", text.OneLine(e.Comment)), outline.Fact("Journal", text.OneLine(e.Journal)),
		outline.Fact("DOI", e.DOI),
	)
	d.Section("Abstract", ev.Description)
	return d
}

// fullText reads the HTML version, or the PDF where there is none; the PDF first where the link
// names a page of it. A text shorter than the abstract is a page that says something else. Of two
// errors the PDF's is reported, as every paper has one.
func (a Adapter) fullText(ctx context.Context, web source.Web, id, anchor string, ev *job.Evidence) (*job.Evidence, error) {
	var firstErr error
	kinds := []string{"html", "pdf"}
	if strings.HasPrefix(anchor, "page=") {
		kinds = []string{"pdf", "html"}
	}
	for _, kind := range kinds {
		link := a.Site + "/" + kind + "/" + id
		sub := source.NewEvidence(link)
		u, err := url.Parse(link)
		if err != nil {
			return nil, err
		}
		u.Fragment = anchor
		err = web.Page(ctx, u, sub)
		// A PDF of which a part is missing is still the paper; a page may be something else.
		if err == nil && len(sub.Text) > len(ev.Description) && (sub.Coverage == job.CoverageFull || kind == "pdf") {
			for _, e := range sub.Errors {
				ev.MarkPartial("the full text: " + e)
			}
			ev.Sources = append(ev.Sources, sub.Sources...)
			ev.Links = append(ev.Links, sub.Links...)
			return sub, nil
		}
		if err == nil {
			err = fetch.NewError(fetch.Empty, link, "the "+kind+" version has no text", "")
		}
		if firstErr == nil || kind == "pdf" {
			firstErr = err
		}
	}
	return nil, firstErr
}

// Recognize implements [source.Recognizer] for answers about one paper.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	if in.Kind != source.Feed && in.Kind != source.JSON || !source.HostIs(in.URL.Hostname(), ".arxiv.org") ||
		!strings.HasPrefix(in.URL.Path, "/api/query") {
		return false, nil
	}
	var feed atomFeed
	if xml.Unmarshal(in.Body, &feed) == nil && len(feed.Entries) > 1 {
		return false, nil // a search: a feed like any other
	}
	e, err := entryOf(in.Body, ev)
	if err != nil {
		return true, err
	}
	ev.Text = fill(e, ev).String()
	ev.MarkPartial("only the abstract is in the answer, not the full text")
	return true, nil
}
