package evidence

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// arXiv identifiers: 2007 on "YYMM.number", before that "archive.SC/YYMMnnn",
// each with an optional version (info.arxiv.org/help/arxiv_identifier.html).
var arxivID = regexp.MustCompile(`^(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?$`)

// arxiv matches abs, pdf, html, format and ps pages of arxiv.org and ar5iv.
func (r *Retriever) arxiv(u *url.URL) task {
	if !hostIs(u.Hostname(), ".arxiv.org", "ar5iv.org", "www.ar5iv.org") || hostIs(u.Hostname(), "info.arxiv.org", "blog.arxiv.org", "status.arxiv.org") {
		return nil
	}
	s := segments(u)
	if len(s) < 2 {
		return nil
	}
	switch s[0] {
	case "abs", "pdf", "html", "ps", "format", "src", "e-print":
	default:
		return nil
	}
	id := strings.TrimSuffix(strings.Join(s[1:], "/"), ".pdf")
	if !arxivID.MatchString(id) {
		return nil
	}
	return func(ctx context.Context, ev *job.Evidence) error { return r.arxivPaper(ctx, id, ev) }
}

// arxivFeed is the Atom answer of the API (info.arxiv.org/help/api/user-manual.html).
type arxivFeed struct {
	Entries []arxivEntry `xml:"entry"`
}

type arxivEntry struct {
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

func (r *Retriever) arxivPaper(ctx context.Context, id string, ev *job.Evidence) error {
	res, err := r.client.Get(ctx, fetch.Request{
		URL: r.cfg.APIs.ArxivAPI + "/api/query?id_list=" + url.QueryEscape(id), Accept: "application/atom+xml", AnyStatus: true,
	})
	if err != nil {
		return err
	}
	if res.Status != 200 && res.Status != 400 {
		return fetch.NewError(fetch.HTTPStatus, res.URL, fmt.Sprintf("the server answered %d", res.Status), "try again later")
	}
	entry, err := arxivEntryOf(res.Body, ev)
	if err != nil {
		return err
	}
	ev.FinalURL = "https://arxiv.org/abs/" + id
	addSource(ev, res.URL, "", res.FetchedAt)
	d := fillArxiv(entry, ev)
	if off(r.rules.forHost("arxiv.org").FetchPDFText) {
		ev.Text = d.String()
		ev.MarkPartial("only the abstract was asked for, by the rules for arxiv.org")
		return nil
	}
	full, err := r.arxivFullText(ctx, id, ev)
	if err != nil {
		ev.Text = d.String()
		ev.MarkPartial("only the abstract could be had, not the full text (" + sentence(err) + ")")
		return nil
	}
	d.section("Full text", full)
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
	return nil
}

// arxivEntryOf returns the one entry of an answer. A malformed id is an entry
// named Error; an unknown one is no entry at all.
func arxivEntryOf(body []byte, ev *job.Evidence) (arxivEntry, error) {
	var feed arxivFeed
	if err := xml.Unmarshal(body, &feed); err != nil {
		return arxivEntry{}, notTheAPI(ev.URL, err)
	}
	if len(feed.Entries) == 0 {
		return arxivEntry{}, noSuch(ev, "arXiv has no paper with this number")
	}
	e := feed.Entries[0]
	if strings.Contains(e.ID, "/api/errors") {
		return arxivEntry{}, noSuch(ev, "arXiv does not accept this number ("+clip(oneLine(e.Summary), 100)+")")
	}
	return e, nil
}

func fillArxiv(e arxivEntry, ev *job.Evidence) *doc {
	names := make([]string, 0, len(e.Authors))
	for _, a := range e.Authors {
		names = append(names, oneLine(a.Name))
	}
	var cats []string
	for _, c := range e.Categories {
		cats = append(cats, c.Term)
	}
	ev.Title, ev.Description = oneLine(e.Title), oneLine(e.Summary)
	ev.Author, ev.SiteName, ev.Lang = strings.Join(names, ", "), "arXiv", "en"
	ev.Published = e.Published
	ev.CanonicalURL = strings.Replace(e.ID, "http://", "https://", 1)
	d := &doc{}
	d.facts(fact{"Authors", ev.Author}, fact{"Submitted", day(e.Published)}, fact{"Updated", unlessSame(day(e.Updated), day(e.Published))},
		fact{"Categories", strings.Join(cats, ", ")}, fact{"Comment", oneLine(e.Comment)},
		fact{"Journal", oneLine(e.Journal)}, fact{"DOI", e.DOI})
	d.section("Abstract", ev.Description)
	return d
}

// arxivFullText reads the HTML version, or the PDF where there is none.
func (r *Retriever) arxivFullText(ctx context.Context, id string, ev *job.Evidence) (string, error) {
	var firstErr error
	for _, kind := range []string{"html", "pdf"} {
		link := r.cfg.APIs.ArxivSite + "/" + kind + "/" + id
		sub := newEvidence(link)
		u, err := url.Parse(link)
		if err != nil {
			return "", err
		}
		err = r.generic(ctx, u, sub)
		if err == nil && len(sub.Text) > len(ev.Description) && sub.Coverage == job.CoverageFull {
			ev.Sources = append(ev.Sources, sub.Sources...)
			ev.Links = append(ev.Links, sub.Links...)
			return page.Headings(sub.Text, 3), nil
		}
		if err == nil {
			err = fetch.NewError(fetch.Empty, link, "the "+kind+" version has no text", "")
		}
		if firstErr == nil || kind == "pdf" {
			firstErr = err
		}
	}
	return "", firstErr
}

func (r *Retriever) arxivRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	if !hostIs(u.Hostname(), ".arxiv.org") || !strings.HasPrefix(u.Path, "/api/query") {
		return false, nil
	}
	var feed arxivFeed
	if xml.Unmarshal(body, &feed) == nil && len(feed.Entries) > 1 {
		return false, nil // a search: a feed like any other
	}
	e, err := arxivEntryOf(body, ev)
	if err != nil {
		return true, err
	}
	ev.Text = fillArxiv(e, ev).String()
	ev.MarkPartial("only the abstract is in the answer, not the full text")
	return true, nil
}

// day is the date of an RFC 3339 time.
func day(s string) string {
	if len(s) >= 10 {
		return s[:10]
	}
	return s
}

func unlessSame(a, b string) string {
	if a == b {
		return ""
	}
	return a
}

func oneLine(s string) string { return text.OneLine(s) }

// clip shortens to n bytes on a rune border, marked.
func clip(s string, n int) string { return text.Clip(s, n) }
