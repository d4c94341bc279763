// Package hackernews reads items of Hacker News: the story, its first comments and the page
// that the story links to. In goes the link of an item; out come the three as one text, in
// this order.
package hackernews

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// Adapter is the adapter of items.
type Adapter struct {
	Algolia  string // base address of the search API: https://hn.algolia.com
	Firebase string // asked where Algolia's fails: https://hacker-news.firebaseio.com
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "HackerNewsAdapter" }

// Match matches item pages.
func (a Adapter) Match(u *url.URL) source.Task {
	if !source.HostIs(u.Hostname(), "news.ycombinator.com") || u.Path != "/item" {
		return nil
	}
	id := u.Query().Get("id")
	if !source.IsNumber(id) {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error { return a.fetch(ctx, web, id, ev) }
}

// itemInfo is an item of Algolia's interface (hn.algolia.com/api), and the fields that
// Firebase's names differently (github.com/HackerNews/API). One type for both: the fields that
// an interface does not have stay empty.
type itemInfo struct {
	ID       int64      `json:"id"`
	Author   string     `json:"author"`
	By       string     `json:"by"`
	Title    string     `json:"title"`
	URL      string     `json:"url"`
	Text     string     `json:"text"`
	Type     string     `json:"type"`
	Points   int        `json:"points"`
	Score    int        `json:"score"`
	Created  string     `json:"created_at"`
	Time     int64      `json:"time"`
	Children []itemInfo `json:"children"`
	Kids     []int64    `json:"kids"`
	Comments int        `json:"descendants"`
	Deleted  bool       `json:"deleted"`
	Dead     bool       `json:"dead"`
	StoryID  int64      `json:"story_id"`
}

// fetch reads an item from Algolia, whose answer holds the whole tree of comments. A new item
// may not be there yet, so Firebase is asked next, for the item and its first comments one by
// one. An unknown id is answered by Firebase with null, which leaves an item without an id.
func (a Adapter) fetch(ctx context.Context, web source.Web, id string, ev *job.Evidence) error {
	var item itemInfo
	res, err := source.GetJSON(ctx, web, a.Algolia+"/api/v1/items/"+id, nil, &item)
	if err != nil {
		raw := a.Firebase + "/v0/item/"
		if res, err = source.GetJSON(ctx, web, raw+id+".json", nil, &item); err != nil {
			return err
		}
		for _, kid := range item.Kids[:min(len(item.Kids), 5)] {
			var c itemInfo
			if _, err := source.GetJSON(ctx, web, fmt.Sprint(raw, kid, ".json"), nil, &c); err == nil {
				item.Children = append(item.Children, c)
			}
		}
	}
	if item.ID == 0 || item.Deleted {
		return source.NoSuch(ev, "Hacker News has no such item, or it was deleted")
	}
	ev.FinalURL = "https://news.ycombinator.com/item?id=" + id
	source.Add(ev, ev.FinalURL, item.Title, res.FetchedAt)
	d := fill(item, ev)
	ev.Coverage = job.CoverageFull
	source.AddLinked(ctx, web, item.URL, d, ev)
	d.Section("Comments", formatComments(item.Children))
	ev.Text = d.String()
	return nil
}

// fill writes what an item says of itself.
func fill(item itemInfo, ev *job.Evidence) *outline.Text {
	ev.Author = outline.First(item.Author, item.By)
	ev.Title, ev.SiteName = outline.First(text.OneLine(item.Title), "Comment by "+ev.Author), "Hacker News"
	ev.Published = outline.First(item.Created, outline.UnixTime(item.Time))
	ev.CanonicalURL = fmt.Sprint("https://news.ycombinator.com/item?id=", item.ID)
	if item.URL != "" {
		ev.Links = append(ev.Links, item.URL)
	}
	d := &outline.Text{}
	points := max(item.Points, item.Score)
	d.Facts(
		outline.Fact("Posted by", ev.Author), outline.Fact("Date", outline.Day(ev.Published)),
		outline.Fact("Points", points), outline.Fact("Comments", max(item.Comments, count(item.Children))),
		outline.Fact("Link", item.URL),
	)
	d.Add(page.Fragment(item.Text))
	return d
}

// count is the number of items and of all their children.
func count(items []itemInfo) int {
	n := 0
	for _, c := range items {
		n += 1 + count(c.Children)
	}
	return n
}

// formatComments writes the first comments and one reply to each; Algolia gives them in the
// order of the page. Deleted and dead ones don't count. The text is HTML.
func formatComments(items []itemInfo) string {
	d := &outline.Text{}
	written := 0
	for _, c := range items {
		if written == source.MaxComments {
			break
		}
		plain := page.Fragment(c.Text)
		if plain == "" || c.Deleted || c.Dead {
			continue
		}
		written++
		d.Add("### " + outline.First(c.Author, c.By, "somebody"))
		d.Add(text.Clip(plain, 2000))
		for _, reply := range c.Children[:min(len(c.Children), 1)] {
			if t := page.Fragment(reply.Text); t != "" {
				d.Add("> " + outline.First(reply.Author, reply.By) + ": " + strings.ReplaceAll(text.Clip(t, 600), "\n", "\n> "))
			}
		}
	}
	return d.String()
}

// Recognize implements [source.Recognizer] for answers of both APIs.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	if in.Kind != source.JSON || !source.HostIs(in.URL.Hostname(), "hn.algolia.com", "hacker-news.firebaseio.com") {
		return false, nil
	}
	var item itemInfo
	if source.DecodeJSON(in.Body, &item) != nil || item.ID == 0 {
		return false, nil
	}
	d := fill(item, ev)
	d.Section("Comments", formatComments(item.Children))
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
	if item.URL != "" {
		ev.MarkPartial("the page that the post links to is not in the answer")
	}
	return true, nil
}
