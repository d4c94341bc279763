package evidence

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

// oembedAnswer is an answer of any oEmbed provider (oembed.com).
type oembedAnswer struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Author      string `json:"author_name"`
	Provider    string `json:"provider_name"`
	Description string `json:"description"`
	HTML        string `json:"html"`
	URL         string `json:"url"`
	Version     any    `json:"version"`
}

func (r *Retriever) oembed(ctx context.Context, link string) (oembedAnswer, error) {
	var e oembedAnswer
	_, err := r.getJSON(ctx, link, nil, &e)
	if err == nil && e.Title == "" && e.HTML == "" && e.Author == "" {
		err = notTheAPI(link, nil)
	}
	return e, err
}

// fill writes what an answer says; the HTML of a post holds its text, that of a
// video only a frame.
func (e oembedAnswer) fill(ev *job.Evidence) {
	text := page.Fragment(e.HTML)
	ev.Title = first(oneLine(e.Title), clip(oneLine(strings.ReplaceAll(text, "> ", "")), 100), ev.Title)
	ev.Author, ev.SiteName = first(oneLine(e.Author), ev.Author), first(oneLine(e.Provider), ev.SiteName)
	ev.Description = first(oneLine(e.Description), ev.Description)
	d := &doc{}
	d.facts(fact{"Title", e.Title}, fact{"By", ev.Author}, fact{"Kind", e.Type}, fact{"Site", ev.SiteName})
	d.add(e.Description)
	d.add(text)
	ev.Text = d.String()
}

var xStatus = regexp.MustCompile(`^/(?:[A-Za-z0-9_]{1,20}|i/web)/status(?:es)?/(\d{1,19})`)

// x matches posts of X, whose pages are empty without JavaScript: the text of a
// post comes from its oEmbed answer.
func (r *Retriever) x(u *url.URL) task {
	if !hostIs(u.Hostname(), ".x.com", ".twitter.com") || !xStatus.MatchString(u.Path) {
		return nil
	}
	return func(ctx context.Context, ev *job.Evidence) error {
		link := "https://twitter.com" + xStatus.FindString(u.Path)
		e, err := r.oembed(ctx, r.cfg.APIs.X+"/oembed?omit_script=1&dnt=1&url="+url.QueryEscape(link))
		if err != nil {
			return err
		}
		e.fill(ev)
		ev.FinalURL, ev.CanonicalURL = link, link
		addSource(ev, link, ev.Title, r.now())
		ev.MarkPartial("only the text of the post could be had, not what it shows or who answered")
		return nil
	}
}

// oembedRead reads an oEmbed answer from any provider.
func (r *Retriever) oembedRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	var e oembedAnswer
	if decodeJSON(body, &e) != nil || e.Version == nil && e.Provider == "" || e.Type == "" || e.Title == "" && e.HTML == "" {
		return false, nil
	}
	switch e.Type {
	case "photo", "video", "link", "rich":
	default:
		return false, nil
	}
	e.fill(ev)
	if strings.HasPrefix(e.URL, "http") {
		ev.CanonicalURL = e.URL
	}
	ev.MarkPartial("this is an embedding answer: title, author and caption only")
	return true, nil
}
