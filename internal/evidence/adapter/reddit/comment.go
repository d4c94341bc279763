package reddit

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// maxDepth bounds how far down a tree of comments one is looked for. Reddit answers with ten
// levels and eight of context.
const maxDepth = 30

// replies are the comments below one.
func (e entry) replies() listing {
	var l listing
	_ = json.Unmarshal(e.Replies, &l) // "" where there are none
	return l
}

// pathTo is the way from a comment of l down to the one with this id, both included, or nil.
func pathTo(l listing, id string, depth int) []entry {
	if depth > maxDepth {
		return nil
	}
	for _, c := range l.Data.Children {
		if c.Kind != "t1" {
			continue
		}
		if c.Data.ID == id {
			return []entry{c.Data}
		}
		if path := pathTo(c.Data.replies(), id, depth+1); path != nil {
			return append([]entry{c.Data}, path...)
		}
	}
	return nil
}

// writeComment writes the last comment of path first, then its replies and what it answers, from
// the nearest up, and names ev after it. A comment that was taken down is said to be.
func writeComment(path []entry, d *outline.Text, ev *job.Evidence) {
	c, above := path[len(path)-1], path[:len(path)-1]
	label := fmt.Sprintf("## Comment by %s (score %d)", c.Author, c.Score)
	if day := outline.Day(outline.UnixTime(int64(c.Created))); day != "" {
		label += ", " + day
	}
	d.Add(label)
	if why := c.removal(); why != "" {
		d.Add("This comment was " + why + ".")
		ev.MarkPartial("the comment that the link names was " + why + ": only what is around it could be had")
	}
	d.Add(page.Headings(c.words(ev), 3))
	ev.Lead = len(d.String())
	d.Section("Replies", formatComments(c.replies()))
	parents := &outline.Text{}
	for _, p := range slices.Backward(above) {
		parents.Add(fmt.Sprintf("### %s (score %d)", p.Author, p.Score))
		parents.Add(outline.First(page.Headings(text.Clip(p.words(ev), 2000), 4), "(taken down)"))
	}
	d.Section("In reply to", parents.String())
	ev.Title = "Comment by " + c.Author + " on: " + ev.Title
	ev.Author, ev.Published = c.Author, outline.First(outline.UnixTime(int64(c.Created)), ev.Published)
	if c.Permalink != "" {
		ev.CanonicalURL = "https://www.reddit.com" + c.Permalink
	}
}

// formatComments writes the first comments of people and one reply to each.
func formatComments(comments listing) string {
	d := &outline.Text{}
	n := 0
	for _, c := range comments.Data.Children {
		if n == source.MaxComments {
			break
		}
		if c.Kind != "t1" || c.Data.Stickied || c.Data.Author == "[deleted]" || c.Data.Author == "AutoModerator" {
			continue
		}
		plain, _ := page.Markdown(html.UnescapeString(c.Data.Body), &url.URL{})
		if plain == "" {
			continue
		}
		n++
		d.Add(fmt.Sprintf("### %s (score %d)", c.Data.Author, c.Data.Score))
		d.Add(page.Headings(text.Clip(plain, 2000), 4))
		if replies := c.Data.replies(); len(replies.Data.Children) > 0 {
			if r := replies.Data.Children[0]; r.Kind == "t1" && r.Data.Body != "" {
				d.Add("> " + r.Data.Author + ": " + strings.ReplaceAll(text.Clip(html.UnescapeString(r.Data.Body), 600), "\n", "\n> "))
			}
		}
	}
	return d.String()
}
