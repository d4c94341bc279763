package evidence

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

// A DOI is "10.", a registrant and a slash, then anything (doi.org handbook 2.2).
var doiForm = regexp.MustCompile(`^10\.\d{4,9}(?:\.\d+)*/\S+$`)

// doi matches links of the resolver.
func (r *Retriever) doi(u *url.URL) task {
	if !hostIs(u.Hostname(), "doi.org", "dx.doi.org", "www.doi.org") {
		return nil
	}
	id := strings.TrimPrefix(u.Path, "/")
	if !doiForm.MatchString(id) {
		return nil
	}
	return func(ctx context.Context, ev *job.Evidence) error { return r.doiWork(ctx, id, ev) }
}

// crossrefWork is a work of Crossref (api.crossref.org/swagger-ui) or a
// citeproc item, which differ in whether titles are lists.
type crossrefWork struct {
	Type      string         `json:"type"`
	DOI       string         `json:"DOI"`
	URL       string         `json:"URL"`
	Title     any            `json:"title"`
	Subtitle  any            `json:"subtitle"`
	Container any            `json:"container-title"`
	Publisher string         `json:"publisher"`
	Abstract  string         `json:"abstract"`
	Volume    any            `json:"volume"`
	Issue     any            `json:"issue"`
	Page      any            `json:"page"`
	Language  string         `json:"language"`
	Cited     int            `json:"is-referenced-by-count"`
	Refs      int            `json:"reference-count"`
	Subjects  any            `json:"subject"`
	Published *crossrefDate  `json:"published"`
	Issued    *crossrefDate  `json:"issued"`
	Created   *crossrefDate  `json:"created"`
	Authors   []crossrefName `json:"author"`
	Editors   []crossrefName `json:"editor"`
	License   []struct {
		URL string `json:"URL"`
	} `json:"license"`
}

type crossrefName struct {
	Given, Family, Name, Literal string
}

type crossrefDate struct {
	Parts [][]any `json:"date-parts"`
}

func (d *crossrefDate) String() string {
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

func (r *Retriever) doiWork(ctx context.Context, id string, ev *job.Evidence) error {
	var answer struct {
		Message crossrefWork `json:"message"`
	}
	res, err := r.getJSON(ctx, r.cfg.APIs.Crossref+"/works/"+url.PathEscape(id), nil, &answer)
	work := answer.Message
	if err != nil { // other agencies answer through the resolver
		res, err = r.client.Get(ctx, fetch.Request{URL: r.cfg.APIs.DOI + "/" + escapePath(id), Accept: "application/vnd.citationstyles.csl+json", MaxBytes: apiBytes})
		if fetch.ReasonOf(err) == fetch.NotFound {
			return noSuch(ev, "this DOI does not exist")
		}
		if err != nil {
			return err
		}
		if err := decodeJSON(res.Body, &work); err != nil {
			return notTheAPI(res.URL, err)
		}
	}
	if work.DOI == "" && anyName(work.Title) == "" {
		return notTheAPI(res.URL, nil)
	}
	d := fillWork(work, ev)
	addSource(ev, res.URL, ev.Title, res.FetchedAt)
	ev.FinalURL = "https://doi.org/" + id
	// The publisher's page may hold the text.
	sub := newEvidence(ev.URL)
	u, err := url.Parse(r.cfg.APIs.DOI + "/" + escapePath(id))
	if err == nil {
		err = r.generic(ctx, u, sub)
	}
	if err == nil && sub.Coverage == job.CoverageFull && len(sub.Text) > 2*len(work.Abstract)+1000 && related(sub, ev) {
		ev.Sources, ev.Links = append(ev.Sources, sub.Sources...), append(ev.Links, sub.Links...)
		ev.FinalURL, ev.Lang = sub.FinalURL, first(ev.Lang, sub.Lang)
		d.section("Text", page.Headings(sub.Text, 3))
		ev.Coverage = job.CoverageFull
	} else {
		why := "the publisher's page shows no more"
		if err != nil {
			why = sentence(err)
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

// related says whether a page is about the work: its text or title holds the
// work's title.
func related(sub, ev *job.Evidence) bool {
	title := strings.ToLower(ev.Title)
	return title != "" && strings.Contains(strings.ToLower(oneLine(sub.Title+" "+sub.Text)), title)
}

func fillWork(w crossrefWork, ev *job.Evidence) *doc {
	var names []string
	for _, a := range append(w.Authors, w.Editors...) {
		if n := first(strings.TrimSpace(a.Given+" "+a.Family), a.Name, a.Literal); n != "" && len(names) < 30 {
			names = append(names, n)
		}
	}
	title := oneLine(page.Fragment(anyName(w.Title)))
	if s := oneLine(page.Fragment(anyName(w.Subtitle))); s != "" {
		title += ": " + s
	}
	ev.Title, ev.Author, ev.SiteName = title, strings.Join(names, ", "), first(anyName(w.Container), w.Publisher)
	ev.Published = first(w.Published.String(), w.Issued.String(), w.Created.String())
	ev.Lang = first(ev.Lang, strings.SplitN(w.Language, "-", 2)[0])
	if w.DOI != "" {
		ev.CanonicalURL = "https://doi.org/" + w.DOI
	}
	abstract := page.Fragment(jats(w.Abstract))
	ev.Description = oneLine(abstract)
	d := &doc{}
	licence := ""
	if len(w.License) > 0 {
		licence = w.License[0].URL
	}
	d.facts(fact{"Title", title}, fact{"Authors", ev.Author}, fact{"Published", ev.Published}, fact{"In", anyName(w.Container)}, fact{"Volume", w.Volume},
		fact{"Issue", w.Issue}, fact{"Pages", w.Page}, fact{"Publisher", w.Publisher}, fact{"Kind", strings.ReplaceAll(w.Type, "-", " ")},
		fact{"DOI", w.DOI}, fact{"Cited by", w.Cited}, fact{"References", w.Refs}, fact{"Subjects", anyList(w.Subjects)}, fact{"Licence", licence})
	d.section("Abstract", abstract)
	return d
}

// jats makes HTML of the JATS markup that abstracts are in.
func jats(s string) string {
	return strings.NewReplacer("<jats:title>", "<h3>", "</jats:title>", "</h3>", "<jats:", "<", "</jats:", "</").Replace(s)
}

func (r *Retriever) doiRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	if !hostIs(u.Hostname(), "api.crossref.org", "doi.org", "dx.doi.org", "data.crossref.org", "api.datacite.org") {
		return false, nil
	}
	var answer struct {
		Message crossrefWork `json:"message"`
	}
	work := crossrefWork{}
	if decodeJSON(body, &answer) == nil && answer.Message.DOI != "" {
		work = answer.Message
	} else if decodeJSON(body, &work) != nil || work.DOI == "" {
		return false, nil
	}
	ev.Text = fillWork(work, ev).String()
	ev.MarkPartial("only the bibliographic data is in the answer, not the full text")
	return true, nil
}
