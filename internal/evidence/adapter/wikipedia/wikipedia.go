// Package wikipedia reads articles of Wikipedia in any language. In goes a link to an article or
// to a section of one, on the mobile site too; out comes its text without references and tables,
// the section first.
package wikipedia

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
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
	hostPattern     = lazyregexp.New(`^([a-z][a-z-]{1,11})\.(?:m\.)?wikipedia\.org$`)
	headingPattern  = lazyregexp.New(`(?m)^(={2,6})[ \t]*(.*?)[ \t]*={2,6}[ \t]*$`)
	trailingPattern = lazyregexp.New(`(?m)^## (?:` + trailing + `)\s*$`)
)

// Adapter is the adapter of articles.
type Adapter struct {
	// API is the base address, with "{lang}" for the language of the link:
	// https://{lang}.wikipedia.org
	API string
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "WikipediaAdapter" }

// wanted is what a link names.
type wanted struct {
	lang, title, id string // the title of an article, or its number
	variant         string // of the writing, as zh-tw
	section         string
}

// Match matches articles in any language as they are now. Special pages and files have no text of
// their own; old revisions, differences and histories, which the interface does not give as text,
// are read as pages.
func (a Adapter) Match(u *url.URL) source.Task {
	host := u.Hostname()
	if source.HostIs(host, "wikipedia.org", "www.wikipedia.org", "m.wikipedia.org") {
		host = "en.wikipedia.org" // where these lead
	}
	m := hostPattern.FindStringSubmatch(host)
	if m == nil {
		return nil
	}
	q := u.Query()
	if q.Has("oldid") || q.Has("diff") || outline.First(q.Get("action"), "view") != "view" {
		return nil
	}
	w := wanted{lang: m[1], id: q.Get("curid"), section: sectionOf(u.Fragment)}
	// The first part of the path is "wiki", or the name of a way to write the language.
	first, title, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	switch {
	case first == "wiki":
		w.title = title
	case strings.HasPrefix(first, w.lang+"-") || first == w.lang:
		w.title, w.variant = title, first
	case u.Path == "/w/index.php" || u.Path == "/":
		w.title, w.variant = q.Get("title"), q.Get("variant")
	}
	namespace, _, _ := strings.Cut(w.title, ":")
	if w.title == "" && !source.IsNumber(w.id) || namespace == "Special" || namespace == "File" {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error { return a.article(ctx, web, w, ev) }
}

// legacyEscape matches the bytes of anchors that old links write with a dot: Caf.C3.A9.
var legacyEscape = lazyregexp.New(`\.[0-9A-F]{2}`)

// sectionOf is the section that a fragment names, "" for those that name something else: a note,
// or text, as of #:~:text=.
func sectionOf(fragment string) string {
	if strings.HasPrefix(fragment, "cite_") || strings.HasPrefix(fragment, ":~:") || fragment == "bodyContent" || fragment == "top" {
		return ""
	}
	fragment, _, _ = strings.Cut(fragment, ":~:")
	return fragment
}

// unescaped is a section as an old link writes it, decoded.
func unescaped(section string) string {
	decoded, err := url.PathUnescape(legacyEscape.ReplaceAllStringFunc(section, func(m string) string { return "%" + m[1:] }))
	if err != nil {
		return section
	}
	return decoded
}

// answer is the Action API's (mediawiki.org/wiki/Extension:TextExtracts).
type answer struct {
	Query struct {
		Redirects []struct {
			Section string `json:"tofragment"`
		} `json:"redirects"`
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
// between titles are followed by the interface; one to a section names it like a link.
func (a Adapter) article(ctx context.Context, web source.Web, w wanted, ev *job.Evidence) error {
	base := strings.ReplaceAll(a.API, "{lang}", w.lang)
	q := url.Values{"action": {"query"}, "format": {"json"}, "redirects": {"1"}, "prop": {"extracts|info|description"}, "explaintext": {"1"},
		"exsectionformat": {"wiki"}, "inprop": {"url"}}
	if w.title != "" {
		q.Set("titles", strings.ReplaceAll(w.title, "_", " "))
	} else {
		q.Set("pageids", w.id)
	}
	if w.variant != "" {
		q.Set("variant", w.variant)
	}
	var found answer
	res, err := source.GetJSON(ctx, web, base+"/w/api.php?"+q.Encode(), "", &found)
	if err != nil {
		return err
	}
	ev.Lang = strings.SplitN(w.lang, "-", 2)[0]
	for _, r := range found.Query.Redirects {
		w.section = outline.First(w.section, r.Section)
	}
	if err := fill(found, w.section, ev); err != nil {
		return err
	}
	ev.FinalURL = outline.First(ev.CanonicalURL, ev.URL)
	source.Add(ev, ev.FinalURL, ev.Title, res.FetchedAt)
	return nil
}

// fill writes the first article of a, the section that is named first. References and the like at
// its end are left out. The keys are page ids, of which one title gives one. Headings are "==" in
// the extract and become "##".
func fill(a answer, section string, ev *job.Evidence) error {
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
		if strings.HasPrefix(strings.TrimSpace(text), "<") {
			text = render.Fragment(text) // asked for without explaintext
		}
		whole := paragraphs(text) // with the parts at the end, which may be what the link names
		if at := trailingPattern.FindStringIndex(text); at != nil {
			text = text[:at[0]]
		}
		ev.Text = paragraphs(text)
		source.Complete(ev)
		leadWith(section, whole, ev)
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

// leadWith puts the section of whole first, the article with the parts at its end that ev's text
// lacks. A section of nothing but tables has no text in the extract.
func leadWith(section, whole string, ev *job.Evidence) {
	if section == "" {
		return
	}
	part, _, found := outline.Part(whole, section)
	if old := unescaped(section); !found && old != section {
		section = old
		part, _, found = outline.Part(whole, section)
	}
	if _, body, _ := strings.Cut(part, "\n"); !found || strings.TrimSpace(body) == "" {
		ev.MarkPartial("of the section " + text.Clip(text.OneLine(strings.ReplaceAll(section, "_", " ")), 60) +
			", which the link names, there is no text")
		return
	}
	rest := ev.Text
	if _, without, ok := outline.Part(ev.Text, section); ok {
		rest = without
	}
	ev.Text, ev.Lead = strings.TrimSpace(part+"\n\n"+rest), len(part)
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
			d.Add(render.Fragment(hit.Snippet))
		}
		ev.Title, ev.SiteName, ev.Text = "Search", "Wikipedia", d.String()
		ev.MarkPartial("these are search results, not an article")
		return true, nil
	}
	ev.Lang = m[1]
	return true, fill(a, sectionOf(in.URL.Fragment), ev)
}
