// Package doi reads works that have a DOI: their bibliographic data from Crossref or another
// agency, their text from the publisher's page where it is free. In goes a link of the
// resolver; out come data, abstract and, where the publisher shows it, the text.
package doi

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// A DOI is "10.", a registrant and a slash, then anything (doi.org handbook 2.2).
var pattern = lazyregexp.New(`^10\.\d{4,9}(?:\.\d+)*/\S+$`)

// arXivPrefix is what the DOIs of papers on arXiv begin with.
const arXivPrefix = "10.48550/arXiv."

// Adapter is the adapter of works.
type Adapter struct {
	Crossref string // base address: https://api.crossref.org
	Resolver string // base address: https://doi.org
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "DOIAdapter" }

// Match matches links of the resolver. The path is taken decoded: a DOI may hold characters
// that links escape.
func (a Adapter) Match(u *url.URL) source.Task {
	if !source.HostIs(u.Hostname(), "doi.org", "dx.doi.org", "www.doi.org") {
		return nil
	}
	id := strings.TrimPrefix(u.Path, "/")
	if !pattern.MatchString(id) {
		return nil
	}
	// Papers of arXiv have DOIs of their own (info.arxiv.org/help/doi.html).
	if len(id) > len(arXivPrefix) && strings.EqualFold(id[:len(arXivPrefix)], arXivPrefix) {
		paper := &url.URL{Scheme: "https", Host: "arxiv.org", Path: "/abs/" + id[len(arXivPrefix):], Fragment: u.Fragment}
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error { return web.Link(ctx, paper, ev) }
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error { return a.fetch(ctx, web, id, ev) }
}

// workInfo is a work of Crossref (api.crossref.org/swagger-ui) or a
// citeproc item, which differ in whether titles are lists.
type workInfo struct {
	Type      string   `json:"type"`
	DOI       string   `json:"DOI"`
	URL       string   `json:"URL"`
	Title     any      `json:"title"`
	Subtitle  any      `json:"subtitle"`
	Container any      `json:"container-title"`
	Publisher string   `json:"publisher"`
	Abstract  string   `json:"abstract"`
	Volume    any      `json:"volume"`
	Issue     any      `json:"issue"`
	Page      any      `json:"page"`
	Language  string   `json:"language"`
	Cited     int      `json:"is-referenced-by-count"`
	Refs      int      `json:"reference-count"`
	Subjects  any      `json:"subject"`
	Published *date    `json:"published"`
	Issued    *date    `json:"issued"`
	Created   *date    `json:"created"`
	Authors   []person `json:"author"`
	Editors   []person `json:"editor"`
	License   []struct {
		URL string `json:"URL"`
	} `json:"license"`
}

// person is an author or editor. Organisations have a Name in Crossref and a Literal
// in citeproc.
type person struct {
	Given, Family, Name, Literal string
}

// date is a date of citeproc: [[year, month, day]], of which all but the year may
// be missing, and the year may be null.
type date struct {
	Parts [][]any `json:"date-parts"`
}

// String is the date as far as it is known, such as 2012-03; "" for none.
func (d *date) String() string {
	if d == nil || len(d.Parts) == 0 {
		return ""
	}
	var parts []string
	for _, p := range d.Parts[0] {
		s := fmt.Sprint(p)
		if s == "<nil>" {
			return ""
		}
		if len(s) == 1 {
			s = "0" + s
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "-")
}

// fetch asks Crossref, which registers most DOIs of articles, then the resolver,
// which asks the agency that registered this one (citation.crosscite.org). The
// publisher's page is read last, for the text.
func (a Adapter) fetch(ctx context.Context, web source.Web, id string, ev *job.Evidence) error {
	var answer struct {
		Message workInfo `json:"message"`
	}
	res, err := source.GetJSON(ctx, web, a.Crossref+"/works/"+url.PathEscape(id), "", &answer)
	work := answer.Message
	if err != nil { // other agencies answer through the resolver
		res, err = web.Get(ctx, fetch.Request{
			URL: a.Resolver + "/" + source.EscapePath(id), Accept: "application/vnd.citationstyles.csl+json", MaxBytes: source.MaxAnswer,
		})
		if fetch.ReasonOf(err) == fetch.NotFound {
			return source.NoSuch(ev, "this DOI does not exist")
		}
		if err != nil {
			return err
		}
		if err := source.DecodeJSON(res.Body, &work); err != nil {
			return source.NotTheAPI(res.URL, err)
		}
	}
	if work.DOI == "" && source.NameOf(work.Title) == "" {
		return source.NotTheAPI(res.URL, nil)
	}
	d := fill(work, ev)
	source.Add(ev, res.URL, ev.Title, res.FetchedAt)
	ev.FinalURL = "https://doi.org/" + id
	// The publisher's page may hold the text.
	sub := source.NewEvidence(ev.URL)
	u, err := url.Parse(a.Resolver + "/" + source.EscapePath(id))
	if err == nil {
		err = web.Page(ctx, u, sub)
	}
	if err == nil && sub.Coverage == job.CoverageFull && len(sub.Text) > 2*len(work.Abstract)+1000 && related(sub, ev) {
		ev.Sources, ev.Links = append(ev.Sources, sub.Sources...), append(ev.Links, sub.Links...)
		ev.FinalURL, ev.Lang = sub.FinalURL, outline.First(ev.Lang, sub.Lang)
		d.Section("Text", page.Headings(sub.Text, 3))
		source.Complete(ev)
	} else {
		why := "the publisher's page shows no more"
		if err != nil {
			why = source.Cause(err)
		}
		what := "only the bibliographic data could be had"
		if ev.Description != "" {
			what = "only the abstract could be had"
		}
		ev.MarkPartial(what + ", not the full text (" + why + ")")
	}
	ev.Text = d.String()
	return nil
}

// related reports whether a page is about the work: its text or title holds the work's title.
// A publisher's page may be a login, a journal's front page or a notice about cookies instead.
func related(sub, ev *job.Evidence) bool {
	title := strings.ToLower(ev.Title)
	return title != "" && strings.Contains(strings.ToLower(text.OneLine(sub.Title+" "+sub.Text)), title)
}

// fill writes the bibliographic data and returns the text so far. Of authors and editors the
// first thirty are named: some papers have thousands.
func fill(w workInfo, ev *job.Evidence) *outline.Text {
	var names []string
	for _, a := range append(w.Authors, w.Editors...) {
		if n := outline.First(strings.TrimSpace(a.Given+" "+a.Family), a.Name, a.Literal); n != "" && len(names) < 30 {
			names = append(names, n)
		}
	}
	title := text.OneLine(render.Fragment(source.NameOf(w.Title)))
	if s := text.OneLine(render.Fragment(source.NameOf(w.Subtitle))); s != "" {
		title += ": " + s
	}
	ev.Title, ev.Author, ev.SiteName = title, strings.Join(names, ", "), outline.First(source.NameOf(w.Container), w.Publisher)
	ev.Published = outline.First(w.Published.String(), w.Issued.String(), w.Created.String())
	ev.Lang = outline.First(ev.Lang, strings.SplitN(w.Language, "-", 2)[0])
	if w.DOI != "" {
		ev.CanonicalURL = "https://doi.org/" + w.DOI
	}
	abstract := render.Fragment(jats(w.Abstract))
	ev.Description = text.OneLine(abstract)
	d := &outline.Text{}
	licence := ""
	if len(w.License) > 0 {
		licence = w.License[0].URL
	}
	d.Facts(
		outline.Fact("Title", title), outline.Fact("Authors", ev.Author),
		outline.Fact("Published", ev.Published), outline.Fact("In", source.NameOf(w.Container)),
		outline.Fact("Volume", w.Volume), outline.Fact("Issue", w.Issue), outline.Fact("Pages", w.Page),
		outline.Fact("Publisher", w.Publisher), outline.Fact("Kind", strings.ReplaceAll(w.Type, "-", " ")),
		outline.Fact("DOI", w.DOI), outline.Fact("Cited by", w.Cited), outline.Fact("References", w.Refs),
		outline.Fact("Subjects", source.NameOf(w.Subjects)), outline.Fact("Licence", licence),
	)
	d.Section("Abstract", abstract)
	return d
}

// jats makes HTML of the JATS markup that abstracts are in.
// <jats:title>Aim</jats:title><jats:p>…</jats:p> becomes <h3>Aim</h3><p>…</p>; other elements
// keep their names, which HTML mostly shares.
func jats(s string) string {
	return strings.NewReplacer("<jats:title>", "<h3>", "</jats:title>", "</h3>", "<jats:", "<", "</jats:", "</").Replace(s)
}

// Recognize implements [source.Recognizer] for answers of Crossref and citeproc
// items of the other agencies.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	if in.Kind != source.JSON ||
		!source.HostIs(in.URL.Hostname(), "api.crossref.org", "doi.org", "dx.doi.org", "data.crossref.org", "api.datacite.org") {
		return false, nil
	}
	var answer struct {
		Message workInfo `json:"message"`
	}
	work := workInfo{}
	if source.DecodeJSON(in.Body, &answer) == nil && answer.Message.DOI != "" {
		work = answer.Message
	} else if source.DecodeJSON(in.Body, &work) != nil || work.DOI == "" {
		return false, nil
	}
	ev.Text = fill(work, ev).String()
	ev.MarkPartial("only the bibliographic data is in the answer, not the full text")
	return true, nil
}
