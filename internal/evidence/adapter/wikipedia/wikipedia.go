// Package wikipedia reads articles of Wikipedia in any language. In goes a link to an article,
// on the mobile site too; out comes its text without references and tables.
package wikipedia

import (
	"context"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// trailing are the headings of the parts after an article's text, in the languages
// that are read most.
const trailing = `References|External links|See also|Notes|Further reading|Bibliography|Citations|Sources|` +
	`Einzelnachweise|Weblinks|Références|Liens externes|Referencias|Enlaces externos|Note|Collegamenti esterni|` +
	`Примечания|Ссылки|脚注|参考文献`

var (
	// hostPattern matches en.wikipedia.org, de.m.wikipedia.org and zh-min-nan.wikipedia.org;
	// headingPattern a line such as "== History ==".
	hostPattern     = regexp.MustCompile(`^([a-z][a-z-]{1,11})\.(?:m\.)?wikipedia\.org$`)
	headingPattern  = regexp.MustCompile(`(?m)^(={2,6})[ \t]*(.*?)[ \t]*={2,6}[ \t]*$`)
	trailingPattern = regexp.MustCompile(`(?m)^## (?:` + trailing + `)\s*$`)
)

// Adapter is the adapter of articles.
type Adapter struct {
	// API is the base address, with "{lang}" for the language of the link:
	// https://{lang}.wikipedia.org
	API string
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "WikipediaAdapter" }

// Match matches articles in any language. Special pages and files have no text of their own.
func (a Adapter) Match(u *url.URL) source.Task {
	m := hostPattern.FindStringSubmatch(u.Hostname())
	if m == nil {
		return nil
	}
	title, ok := strings.CutPrefix(u.Path, "/wiki/")
	if !ok && u.Path == "/w/index.php" {
		title = u.Query().Get("title")
	}
	if title == "" || strings.HasPrefix(title, "Special:") || strings.HasPrefix(title, "File:") {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		return a.article(ctx, web, m[1], title, ev)
	}
}

// answer is the Action API's (mediawiki.org/wiki/Extension:TextExtracts).
type answer struct {
	Query struct {
		Pages map[string]articlePage `json:"pages"`
	} `json:"query"`
	Error *struct {
		Info string `json:"info"`
	} `json:"error"`
	Errors []struct {
		Text string `json:"text"`
	} `json:"errors"`
}

// articlePage is one page of an answer. Missing and Invalid are set, to whatever
// value, when there is no such page.
type articlePage struct {
	ID      int     `json:"pageid"`
	Title   string  `json:"title"`
	Extract string  `json:"extract"`
	Missing *string `json:"missing"`
	Invalid *string `json:"invalid"`
	URL     string  `json:"canonicalurl"`
	Touched string  `json:"touched"`
	Lang    string  `json:"pagelanguage"`
	Desc    string  `json:"description"`
}

// article asks for the plain text of an article, headings kept as wiki markup. Redirects
// between titles are followed by the interface.
func (a Adapter) article(ctx context.Context, web source.Web, lang, title string, ev *job.Evidence) error {
	base := strings.ReplaceAll(a.API, "{lang}", lang)
	q := url.Values{"action": {"query"}, "format": {"json"}, "redirects": {"1"}, "prop": {"extracts|info|description"}, "explaintext": {"1"},
		"exsectionformat": {"wiki"}, "inprop": {"url"}, "titles": {strings.ReplaceAll(title, "_", " ")}}
	var found answer
	res, err := source.GetJSON(ctx, web, base+"/w/api.php?"+q.Encode(), nil, &found)
	if err != nil {
		return err
	}
	ev.Lang = strings.SplitN(lang, "-", 2)[0]
	if err := fill(found, ev); err != nil {
		return err
	}
	ev.FinalURL = outline.First(ev.CanonicalURL, ev.URL)
	source.Add(ev, ev.FinalURL, ev.Title, res.FetchedAt)
	return nil
}

// fill writes the first article of a. References and the like at its end are left out. The
// keys are page ids, of which one title gives one. Headings are "==" in the extract and become
// "##".
func fill(a answer, ev *job.Evidence) error {
	if ids := slices.Sorted(maps.Keys(a.Query.Pages)); len(ids) > 0 {
		p := a.Query.Pages[ids[0]]
		if p.Missing != nil || p.Invalid != nil {
			return source.NoSuch(ev, "Wikipedia has no article named "+p.Title)
		}
		ev.Title, ev.SiteName = p.Title, "Wikipedia"
		ev.CanonicalURL, ev.Description = p.URL, p.Desc
		ev.Lang = outline.First(ev.Lang, p.Lang)
		text := headingPattern.ReplaceAllStringFunc(p.Extract, func(m string) string {
			h := headingPattern.FindStringSubmatch(m)
			return "\n" + strings.Repeat("#", len(h[1])) + " " + h[2] + "\n"
		})
		if at := trailingPattern.FindStringIndex(text); at != nil {
			text = text[:at[0]]
		}
		if strings.HasPrefix(strings.TrimSpace(text), "<") {
			text = page.Fragment(text) // asked for without explaintext
		}
		ev.Text = paragraphs(text)
		ev.Coverage = job.CoverageFull
		if ev.Text != "" {
			return nil
		}
	}
	if a.Error != nil {
		return source.NoSuch(ev, "Wikipedia answers: "+text.Clip(text.OneLine(a.Error.Info), 200))
	}
	if len(a.Errors) > 0 {
		return source.NoSuch(ev, "Wikipedia answers: "+text.Clip(text.OneLine(a.Errors[0].Text), 200))
	}
	return source.NotTheAPI(ev.URL, nil)
}

// paragraphs writes each line as a paragraph of its own.
func paragraphs(text string) string {
	d := &outline.Text{}
	for line := range strings.SplitSeq(text, "\n") {
		d.Add(line)
	}
	return d.String()
}

// Recognize implements [source.Recognizer] for articles, summaries of the REST API
// and search results.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	m := hostPattern.FindStringSubmatch(in.URL.Hostname())
	if in.Kind != source.JSON || m == nil {
		return false, nil
	}
	if strings.HasPrefix(in.URL.Path, "/api/rest_v1/page/summary/") {
		var s struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			Extract     string `json:"extract"`
			Lang        string `json:"lang"`
			URLs        struct {
				Desktop struct {
					Page string `json:"page"`
				} `json:"desktop"`
			} `json:"content_urls"`
		}
		if source.DecodeJSON(in.Body, &s) != nil || s.Extract == "" {
			return false, nil
		}
		ev.Title, ev.Description, ev.Lang, ev.SiteName = s.Title, s.Description, outline.First(s.Lang, m[1]), "Wikipedia"
		ev.CanonicalURL, ev.Text = s.URLs.Desktop.Page, s.Extract
		ev.MarkPartial("this is the summary of the article only")
		return true, nil
	}
	if in.URL.Path != "/w/api.php" {
		return false, nil
	}
	var a answer
	if source.DecodeJSON(in.Body, &a) != nil {
		return false, nil
	}
	var search struct {
		Query struct {
			Search []struct{ Title, Snippet string } `json:"search"`
		} `json:"query"`
	}
	if source.DecodeJSON(in.Body, &search) == nil && len(search.Query.Search) > 0 {
		d := &outline.Text{}
		for _, hit := range search.Query.Search {
			d.Add("## " + hit.Title)
			d.Add(page.Fragment(hit.Snippet))
		}
		ev.Title, ev.SiteName, ev.Text = "Search", "Wikipedia", d.String()
		ev.MarkPartial("these are search results, not an article")
		return true, nil
	}
	ev.Lang = m[1]
	return true, fill(a, ev)
}
