package evidence

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

// hackerNews matches item pages. The evidence is the story, its top comments
// and the page that the story links to.
func (r *Retriever) hackerNews(u *url.URL) task {
	if !hostIs(u.Hostname(), "news.ycombinator.com") || u.Path != "/item" {
		return nil
	}
	id := u.Query().Get("id")
	if !isNumber(id) {
		return nil
	}
	return func(ctx context.Context, ev *job.Evidence) error { return r.hackerNewsItem(ctx, id, ev) }
}

// hnItem is an item of Algolia's interface (hn.algolia.com/api), and the fields
// that Firebase's names differently (github.com/HackerNews/API).
type hnItem struct {
	ID       int64    `json:"id"`
	Author   string   `json:"author"`
	By       string   `json:"by"`
	Title    string   `json:"title"`
	URL      string   `json:"url"`
	Text     string   `json:"text"`
	Type     string   `json:"type"`
	Points   int      `json:"points"`
	Score    int      `json:"score"`
	Created  string   `json:"created_at"`
	Time     int64    `json:"time"`
	Children []hnItem `json:"children"`
	Kids     []int64  `json:"kids"`
	Comments int      `json:"descendants"`
	Deleted  bool     `json:"deleted"`
	Dead     bool     `json:"dead"`
	StoryID  int64    `json:"story_id"`
}

func (r *Retriever) hackerNewsItem(ctx context.Context, id string, ev *job.Evidence) error {
	var item hnItem
	res, err := r.getJSON(ctx, r.cfg.APIs.HackerNews+"/api/v1/items/"+id, nil, &item)
	if err != nil {
		raw := r.cfg.APIs.HackerNewsRaw + "/v0/item/"
		if res, err = r.getJSON(ctx, raw+id+".json", nil, &item); err != nil {
			return err
		}
		for _, kid := range item.Kids[:min(len(item.Kids), 5)] {
			var c hnItem
			if _, err := r.getJSON(ctx, fmt.Sprint(raw, kid, ".json"), nil, &c); err == nil {
				item.Children = append(item.Children, c)
			}
		}
	}
	if item.ID == 0 || item.Deleted {
		return noSuch(ev, "Hacker News has no such item, or it was deleted")
	}
	ev.FinalURL = "https://news.ycombinator.com/item?id=" + id
	addSource(ev, ev.FinalURL, item.Title, res.FetchedAt)
	d := fillHN(item, ev)
	ev.Coverage = job.CoverageFull
	r.addLinked(ctx, item.URL, d, ev)
	d.section("Comments", hnComments(item.Children))
	ev.Text = d.String()
	return nil
}

// addLinked retrieves the page that a post is about and puts its text into d.
func (r *Retriever) addLinked(ctx context.Context, link string, d *doc, ev *job.Evidence) {
	if link == "" {
		return
	}
	u, err := fetch.Parse(link)
	sub := newEvidence(link)
	if err == nil {
		if hostIs(u.Hostname(), "news.ycombinator.com", ".reddit.com", "redd.it") {
			return // a post about a post: one step is enough
		}
		err = r.route(ctx, u, sub)
	}
	if err != nil {
		ev.MarkPartial("the page that the post links to could not be read (" + sentence(err) + ")")
		return
	}
	ev.Sources = append(ev.Sources, sub.Sources...)
	ev.Links = append(ev.Links, sub.Links...)
	ev.Description, ev.Lang = first(ev.Description, sub.Description), first(sub.Lang, ev.Lang)
	for _, e := range sub.Errors {
		ev.MarkPartial("the page that the post links to: " + e)
	}
	d.section("The linked page: "+first(sub.Title, sub.URL), page.Headings(sub.Text, 3))
}

func fillHN(item hnItem, ev *job.Evidence) *doc {
	ev.Author = first(item.Author, item.By)
	ev.Title, ev.SiteName = first(oneLine(item.Title), "Comment by "+ev.Author), "Hacker News"
	ev.Published = first(item.Created, unixTime(item.Time))
	ev.CanonicalURL = fmt.Sprint("https://news.ycombinator.com/item?id=", item.ID)
	if item.URL != "" {
		ev.Links = append(ev.Links, item.URL)
	}
	d := &doc{}
	points := max(item.Points, item.Score)
	d.facts(fact{"Posted by", ev.Author}, fact{"Date", day(ev.Published)}, fact{"Points", points},
		fact{"Comments", max(item.Comments, countHN(item.Children))}, fact{"Link", item.URL})
	d.add(page.Fragment(item.Text))
	return d
}

func countHN(items []hnItem) int {
	n := 0
	for _, c := range items {
		n += 1 + countHN(c.Children)
	}
	return n
}

// hnComments writes the first comments and one reply to each; Algolia gives
// them in the order of the page.
func hnComments(items []hnItem) string {
	d := &doc{}
	written := 0
	for _, c := range items {
		if written == maxComments {
			break
		}
		text := page.Fragment(c.Text)
		if text == "" || c.Deleted || c.Dead {
			continue
		}
		written++
		d.add("### " + first(c.Author, c.By, "somebody"))
		d.add(clip(text, 2000))
		for _, reply := range c.Children[:min(len(c.Children), 1)] {
			if t := page.Fragment(reply.Text); t != "" {
				d.add("> " + first(reply.Author, reply.By) + ": " + strings.ReplaceAll(clip(t, 600), "\n", "\n> "))
			}
		}
	}
	return d.String()
}

func (r *Retriever) hackerNewsRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	if !hostIs(u.Hostname(), "hn.algolia.com", "hacker-news.firebaseio.com") {
		return false, nil
	}
	var item hnItem
	if decodeJSON(body, &item) != nil || item.ID == 0 {
		return false, nil
	}
	d := fillHN(item, ev)
	d.section("Comments", hnComments(item.Children))
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
	if item.URL != "" {
		ev.MarkPartial("the page that the post links to is not in the answer")
	}
	return true, nil
}
