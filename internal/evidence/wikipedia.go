package evidence

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

var (
	wikiLang     = regexp.MustCompile(`^([a-z][a-z-]{1,11})\.(?:m\.)?wikipedia\.org$`)
	wikiHeading  = regexp.MustCompile(`(?m)^(={2,6})[ \t]*(.*?)[ \t]*={2,6}[ \t]*$`)
	wikiTrailing = regexp.MustCompile(`(?m)^## (?:References|External links|See also|Notes|Further reading|Bibliography|Citations|Sources|Einzelnachweise|Weblinks|Références|Liens externes|Referencias|Enlaces externos|Note|Collegamenti esterni|Примечания|Ссылки|脚注|参考文献)\s*$`)
)

// wikipedia matches articles in any language.
func (r *Retriever) wikipedia(u *url.URL) task {
	m := wikiLang.FindStringSubmatch(u.Hostname())
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
	return func(ctx context.Context, ev *job.Evidence) error { return r.wikiArticle(ctx, m[1], title, ev) }
}

// wikiAnswer is the Action API's (mediawiki.org/wiki/Extension:TextExtracts).
type wikiAnswer struct {
	Query struct {
		Pages map[string]wikiPage `json:"pages"`
	} `json:"query"`
	Error *struct {
		Info string `json:"info"`
	} `json:"error"`
	Errors []struct {
		Text string `json:"text"`
	} `json:"errors"`
}

type wikiPage struct {
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

func (r *Retriever) wikiArticle(ctx context.Context, lang, title string, ev *job.Evidence) error {
	base := strings.ReplaceAll(r.cfg.APIs.Wikipedia, "{lang}", lang)
	q := url.Values{"action": {"query"}, "format": {"json"}, "redirects": {"1"}, "prop": {"extracts|info|description"}, "explaintext": {"1"},
		"exsectionformat": {"wiki"}, "inprop": {"url"}, "titles": {strings.ReplaceAll(title, "_", " ")}}
	var a wikiAnswer
	res, err := r.getJSON(ctx, base+"/w/api.php?"+q.Encode(), nil, &a)
	if err != nil {
		return err
	}
	ev.Lang = strings.SplitN(lang, "-", 2)[0]
	if err := fillWiki(a, ev); err != nil {
		return err
	}
	ev.FinalURL = first(ev.CanonicalURL, ev.URL)
	addSource(ev, ev.FinalURL, ev.Title, res.FetchedAt)
	return nil
}

func fillWiki(a wikiAnswer, ev *job.Evidence) error {
	for _, id := range sortedKeys(a.Query.Pages) {
		p := a.Query.Pages[id]
		if p.Missing != nil || p.Invalid != nil {
			return noSuch(ev, "Wikipedia has no article named "+p.Title)
		}
		ev.Title, ev.SiteName = p.Title, "Wikipedia"
		ev.CanonicalURL, ev.Description = p.URL, p.Desc
		ev.Lang = first(ev.Lang, p.Lang)
		text := wikiHeading.ReplaceAllStringFunc(p.Extract, func(m string) string {
			h := wikiHeading.FindStringSubmatch(m)
			return "\n" + strings.Repeat("#", len(h[1])) + " " + h[2] + "\n"
		})
		if at := wikiTrailing.FindStringIndex(text); at != nil {
			text = text[:at[0]]
		}
		if strings.HasPrefix(strings.TrimSpace(text), "<") {
			text = page.Fragment(text) // asked for without explaintext
		}
		ev.Text = paragraphs(text)
		ev.Coverage = job.CoverageFull
		if ev.Text == "" {
			break
		}
		return nil
	}
	if a.Error != nil {
		return noSuch(ev, "Wikipedia answers: "+clip(oneLine(a.Error.Info), 200))
	}
	if len(a.Errors) > 0 {
		return noSuch(ev, "Wikipedia answers: "+clip(oneLine(a.Errors[0].Text), 200))
	}
	return notTheAPI(ev.URL, nil)
}

// paragraphs writes each line as a paragraph of its own.
func paragraphs(text string) string {
	d := &doc{}
	for line := range strings.SplitSeq(text, "\n") {
		d.add(line)
	}
	return d.String()
}

func (r *Retriever) wikipediaRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	m := wikiLang.FindStringSubmatch(u.Hostname())
	if m == nil {
		return false, nil
	}
	if strings.HasPrefix(u.Path, "/api/rest_v1/page/summary/") {
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
		if decodeJSON(body, &s) != nil || s.Extract == "" {
			return false, nil
		}
		ev.Title, ev.Description, ev.Lang, ev.SiteName = s.Title, s.Description, first(s.Lang, m[1]), "Wikipedia"
		ev.CanonicalURL, ev.Text = s.URLs.Desktop.Page, s.Extract
		ev.MarkPartial("this is the summary of the article only")
		return true, nil
	}
	if u.Path != "/w/api.php" {
		return false, nil
	}
	var a wikiAnswer
	if decodeJSON(body, &a) != nil {
		return false, nil
	}
	var search struct {
		Query struct {
			Search []struct{ Title, Snippet string } `json:"search"`
		} `json:"query"`
	}
	if decodeJSON(body, &search) == nil && len(search.Query.Search) > 0 {
		d := &doc{}
		for _, hit := range search.Query.Search {
			d.add("## " + hit.Title)
			d.add(page.Fragment(hit.Snippet))
		}
		ev.Title, ev.SiteName, ev.Text = "Search", "Wikipedia", d.String()
		ev.MarkPartial("these are search results, not an article")
		return true, nil
	}
	ev.Lang = m[1]
	return true, fillWiki(a, ev)
}
