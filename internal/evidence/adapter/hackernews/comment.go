package hackernews

import (
	"context"
	"fmt"
	"slices"

	"github.com/technoshare/commentator/internal/evidence/page/render"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// maxParents bounds the comments above one that are read.
const maxParents = 8

// thread is a comment and what it stands below.
type thread struct {
	comment itemInfo
	parents []itemInfo // from the story down; none when the comment answers the story
	story   itemInfo   // without an ID when it is not known
}

// comment reads what a comment stands below and writes it. Algolia names the story, whose tree
// has the comments between the two; else they are asked for one by one.
func (a Adapter) comment(ctx context.Context, web source.Web, c itemInfo, ev *job.Evidence) error {
	t := thread{comment: c}
	if c.StoryID != 0 {
		if story, _, err := a.item(ctx, web, fmt.Sprint(c.StoryID)); err == nil && story.ID != 0 {
			t.story = story
			if path := pathTo(story.Children, fmt.Sprint(c.ID)); path != nil {
				t.parents = path[:len(path)-1]
			}
		}
	} else {
		t.parents, t.story = a.above(ctx, web, c)
	}
	if t.story.ID == 0 {
		ev.MarkPartial("the story that the comment is on could not be had")
	}
	a.write(ctx, web, t, ev)
	return nil
}

// above asks for what c stands below, step by step. The story stays without an ID when it is too
// far up.
func (a Adapter) above(ctx context.Context, web source.Web, c itemInfo) (parents []itemInfo, story itemInfo) {
	for up := c.parent(); up != 0 && len(parents) <= maxParents; {
		var item itemInfo
		if _, err := a.raw(ctx, web, fmt.Sprint(up), &item); err != nil || item.ID == 0 {
			return parents, story
		}
		if up = item.parent(); up == 0 {
			return parents, item
		}
		parents = slices.Insert(parents, 0, item)
	}
	return parents, story
}

// pathTo is the way from one of items down to the item with this id, both included, or nil.
func pathTo(items []itemInfo, id string) []itemInfo {
	for _, i := range items {
		if fmt.Sprint(i.ID) == id {
			return []itemInfo{i}
		}
		if path := pathTo(i.Children, id); path != nil {
			return append([]itemInfo{i}, path...)
		}
	}
	return nil
}

// write writes a comment first, then its replies, what it answers, from the nearest up, and the
// story with its page.
func (a Adapter) write(ctx context.Context, web source.Web, t thread, ev *job.Evidence) {
	c := t.comment
	d := &outline.Text{}
	day := outline.Day(outline.First(c.Created, outline.UnixTime(c.Time)))
	label := "## Comment by " + c.name()
	if day != "" {
		label += ", " + day
	}
	d.Add(label)
	plain := render.Fragment(c.Text)
	switch {
	case c.Deleted:
		plain = "(This comment was deleted by its author.)"
		ev.MarkPartial("the comment that the link names was deleted: only what is around it could be had")
	case c.Dead || plain == "[flagged]" || plain == "[dead]":
		ev.MarkPartial("the comment that the link names was taken down by users or moderators")
	}
	d.Add(outline.First(page.Headings(plain, 3), "(no text)"))
	ev.Lead = len(d.String())
	d.Section("Replies", formatComments(c.Children))
	above := &outline.Text{}
	parents := t.parents[max(0, len(t.parents)-maxParents):]
	for _, p := range slices.Backward(parents) {
		above.Add("### " + p.name())
		above.Add(outline.First(text.Clip(render.Fragment(p.Text), 2000), "(deleted)"))
	}
	d.Section("In reply to", above.String())
	story := t.story
	about := source.NewEvidence(ev.URL)
	if story.ID != 0 {
		a.addOptions(ctx, web, &story, ev)
		d.Section("The story: "+outline.First(text.OneLine(story.Title), "without a title"), page.Headings(fill(story, about).String(), 3))
		source.AddLinked(ctx, web, story.URL, d, ev)
	}
	ev.Title = "Comment by " + c.name()
	if about.Title != "" {
		ev.Title += " on: " + about.Title
	}
	ev.Author, ev.SiteName = c.name(), "Hacker News"
	ev.Published = outline.First(c.Created, outline.UnixTime(c.Time))
	ev.FinalURL = fmt.Sprint("https://news.ycombinator.com/item?id=", c.ID)
	ev.CanonicalURL = ev.FinalURL
	ev.Links = append(ev.Links, about.Links...)
	ev.Text = d.String()
	source.Complete(ev)
}
