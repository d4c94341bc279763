// Package hackernews reads items of Hacker News: stories, polls and comments. In goes the link of
// an item; out come a story with its first comments and the page that it links to, or a comment
// with its replies and then what it is an answer to.
package hackernews

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page/render"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
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
	id, within := u.Query().Get("id"), u.Fragment
	if !source.IsNumber(id) {
		return nil
	}
	if within == id || !source.IsNumber(within) {
		within = "" // the fragment of a story is the number of a comment, as of "context"
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		return a.fetch(ctx, web, id, within, ev)
	}
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
	ParentID int64      `json:"parent_id"`
	Parent   int64      `json:"parent"`
	Poll     int64      `json:"poll"`  // that an option belongs to
	Parts    []int64    `json:"parts"` // the options of a poll
	Options  []itemInfo `json:"-"`     // the same, once they are known
	missing  int        // comments that were asked for in vain
}

// parent is what an item is an answer to, 0 for a story.
func (i itemInfo) parent() int64 { return max(i.Parent, i.ParentID) }

// name is whose item it is.
func (i itemInfo) name() string { return outline.First(i.Author, i.By, "somebody") }

// fetch reads an item. within is the number of a comment below it that the link names, or "".
func (a Adapter) fetch(ctx context.Context, web source.Web, id, within string, ev *job.Evidence) error {
	item, res, err := a.item(ctx, web, id)
	if err != nil {
		return err
	}
	if item.ID == 0 || item.Deleted && item.parent() == 0 {
		return source.NoSuch(ev, "Hacker News has no such item, or it was deleted")
	}
	ev.FinalURL = "https://news.ycombinator.com/item?id=" + id
	source.Add(ev, ev.FinalURL, item.Title, res.FetchedAt)
	if option := item; option.Type == "pollopt" && max(option.Poll, option.parent()) > 0 {
		if item, _, err = a.item(ctx, web, fmt.Sprint(max(option.Poll, option.parent()))); err != nil {
			return err
		}
	}
	if item.parent() != 0 {
		return a.comment(ctx, web, item, ev)
	}
	if within != "" {
		if path := pathTo(item.Children, within); path != nil {
			a.write(ctx, web, thread{comment: path[len(path)-1], parents: path[:len(path)-1], story: item}, ev)
			return nil
		}
		found, _, err := a.item(ctx, web, within)
		if err == nil && found.ID != 0 {
			return a.comment(ctx, web, found, ev)
		}
		ev.MarkPartial("the comment that the link names is not there: it may have been deleted")
	}
	a.addOptions(ctx, web, &item, ev)
	d := fill(item, ev)
	if item.missing > 0 {
		ev.MarkPartial(fmt.Sprintf("comments (%d) could not be had", item.missing))
	}
	if item.Dead {
		ev.MarkPartial("the post was taken down by users or moderators")
	}
	source.AddLinked(ctx, web, item.URL, d, ev)
	d.Section("Comments", formatComments(item.Children))
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}

// item reads an item from Algolia, whose answer holds the whole tree of comments. A new or a
// deleted one may not be there, so Firebase is asked next, for the item and its first comments
// one by one. An unknown id is answered by Firebase with null, which leaves an item without an
// id.
func (a Adapter) item(ctx context.Context, web source.Web, id string) (itemInfo, *fetch.Response, error) {
	var item itemInfo
	res, err := source.GetJSON(ctx, web, a.Algolia+"/api/v1/items/"+id, "", &item)
	if err == nil && item.ID != 0 {
		return item, res, nil
	}
	item = itemInfo{}
	if res, err = a.raw(ctx, web, id, &item); err != nil {
		return item, nil, err
	}
	for _, kid := range item.Kids[:min(len(item.Kids), 5)] {
		var c itemInfo
		if _, err := a.raw(ctx, web, fmt.Sprint(kid), &c); err != nil {
			item.missing++
			continue
		}
		item.Children = append(item.Children, c)
	}
	return item, res, nil
}

// raw reads one item from Firebase.
func (a Adapter) raw(ctx context.Context, web source.Web, id string, item *itemInfo) (*fetch.Response, error) {
	return source.GetJSON(ctx, web, a.Firebase+"/v0/item/"+id+".json", "", item)
}

// maxOptions bounds the options of a poll that are asked for.
const maxOptions = 20

// addOptions adds the options of a poll, which only Firebase gives.
func (a Adapter) addOptions(ctx context.Context, web source.Web, item *itemInfo, ev *job.Evidence) {
	if item.Type != "poll" {
		return
	}
	var poll itemInfo
	missing := 0
	if len(item.Parts) == 0 {
		if _, err := a.raw(ctx, web, fmt.Sprint(item.ID), &poll); err != nil || len(poll.Parts) == 0 {
			ev.MarkPartial("the options of the poll could not be had (" + source.Cause(err) + ")")
			return
		}
		item.Parts = poll.Parts
	}
	for i, part := range item.Parts {
		var option itemInfo
		if i >= maxOptions {
			missing++
		} else if _, err := a.raw(ctx, web, fmt.Sprint(part), &option); err != nil || option.Text == "" {
			missing++
		} else {
			item.Options = append(item.Options, option)
		}
	}
	if missing > 0 {
		ev.MarkPartial(fmt.Sprintf("%d of the %d options of the poll could not be had", missing, len(item.Parts)))
	}
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
	d.Add(render.Fragment(item.Text))
	var options []string
	for _, o := range item.Options {
		options = append(options, fmt.Sprintf("- %s (%d points)", text.OneLine(render.Fragment(o.Text)), max(o.Score, o.Points)))
	}
	d.Section("Poll", strings.Join(options, "\n"))
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
		plain := render.Fragment(c.Text)
		if plain == "" || c.Deleted || c.Dead {
			continue
		}
		written++
		d.Add("### " + c.name())
		d.Add(text.Clip(plain, 2000))
		for _, reply := range c.Children[:min(len(c.Children), 1)] {
			if t := render.Fragment(reply.Text); t != "" {
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
	ev.Text = d.String()
	source.Complete(ev)
	switch {
	case item.Type == "poll" && len(item.Options) == 0:
		ev.MarkPartial("the options of the poll are not in the answer")
	case item.parent() != 0:
		ev.MarkPartial("what the comment is about is not in the answer")
	}
	if item.URL != "" {
		ev.MarkPartial("the page that the post links to is not in the answer")
	}
	return true, nil
}
