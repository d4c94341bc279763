package reddit

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// maxPictures bounds the pictures of a gallery that are named; Reddit takes twenty.
const maxPictures = 30

// listing is a list of things, which Reddit wraps twice. The answer about a post is two
// listings: the post alone, and its comments.
type listing struct {
	Data struct {
		Children []thing `json:"children"`
	} `json:"data"`
}

// thing is anything in a listing: a post (t3), a comment (t1), or "more".
type thing struct {
	Kind string `json:"kind"`
	Data entry  `json:"data"`
}

// entry is a post or a comment.
type entry struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	Author     string          `json:"author"`
	Selftext   string          `json:"selftext"`
	Body       string          `json:"body"`
	URL        string          `json:"url"`
	Permalink  string          `json:"permalink"`
	Subreddit  string          `json:"subreddit"`
	Score      int             `json:"score"`
	Comments   int             `json:"num_comments"`
	Created    float64         `json:"created_utc"`
	IsSelf     bool            `json:"is_self"`
	IsVideo    bool            `json:"is_video"`
	IsGallery  bool            `json:"is_gallery"`
	Hint       string          `json:"post_hint"`
	RemovedBy  string          `json:"removed_by_category"`
	Stickied   bool            `json:"stickied"`
	Replies    json.RawMessage `json:"replies"` // a listing, or ""
	Flair      string          `json:"link_flair_text"`
	Crossposts []entry         `json:"crosspost_parent_list"`
	Poll       *poll           `json:"poll_data"`
	Gallery    *struct {
		Items []picture `json:"items"`
	} `json:"gallery_data"`
	Media map[string]struct {
		Status string `json:"status"`
		Type   string `json:"m"`
	} `json:"media_metadata"`
}

// poll is a poll. Votes are null for those who have not voted while it is open.
type poll struct {
	Options []struct {
		Text  string `json:"text"`
		Votes *int   `json:"vote_count"`
	} `json:"options"`
	Total int     `json:"total_vote_count"`
	End   float64 `json:"voting_end_timestamp"` // in milliseconds
}

// picture is one of a gallery.
type picture struct {
	ID       string `json:"media_id"`
	Caption  string `json:"caption"`
	Outbound string `json:"outbound_url"`
}

// title is the readable title.
func (e entry) title() string { return text.OneLine(html.UnescapeString(e.Title)) }

// removals says who took a post down, by what Reddit calls it.
var removals = map[string]string{
	"moderator": "removed by the moderators of the subreddit", "automod_filtered": "held back by the subreddit's filter",
	"deleted": "deleted by its author", "author": "deleted by its author", "copyright_takedown": "taken down after a copyright claim",
	"reddit": "removed by Reddit", "anti_evil_ops": "removed by Reddit", "community_ops": "removed by Reddit",
	"content_takedown": "removed by Reddit",
}

// removal says why a post or a comment is not there, "" when it is. Its text is a word in
// brackets then.
func (e entry) removal() string {
	if e.RemovedBy != "" {
		return outline.First(removals[e.RemovedBy], "removed ("+text.Clip(text.OneLine(e.RemovedBy), 40)+")")
	}
	switch strings.ToLower(strings.TrimSpace(e.Selftext + e.Body)) {
	case "[removed]":
		return "removed by the moderators of the subreddit"
	case "[deleted]":
		return "deleted by its author"
	case "[ removed by reddit ]":
		return "removed by Reddit"
	}
	return ""
}

// words is the readable text of a post or a comment, without what Reddit writes in its place.
func (e entry) words(ev *job.Evidence) string {
	switch strings.ToLower(strings.TrimSpace(e.Selftext + e.Body)) {
	case "[removed]", "[deleted]", "[ removed by reddit ]":
		return ""
	}
	base, _ := url.Parse("https://www.reddit.com" + e.Permalink)
	plain, links := page.Markdown(html.UnescapeString(e.Selftext+e.Body), base)
	ev.Links = append(ev.Links, links...)
	return plain
}

// fill writes a post into d and returns the page that it points to, if any. The text is Markdown,
// and escaped as HTML where raw_json=1 was not asked for, as in answers at hand.
func (e entry) fill(d *outline.Text, ev *job.Evidence) (target string) {
	ev.Title, ev.Author, ev.SiteName = e.title(), e.Author, "Reddit r/"+e.Subreddit
	ev.Published = outline.UnixTime(int64(e.Created))
	if e.Permalink != "" {
		ev.CanonicalURL = "https://www.reddit.com" + e.Permalink
	}
	if why := e.removal(); why != "" {
		d.Add("This post was " + why + ".")
		ev.MarkPartial("the post was " + why + ": its title and what others wrote may be all that is left")
	}
	d.Facts(
		outline.Fact("Posted by", e.Author), outline.Fact("In", "r/"+e.Subreddit),
		outline.Fact("Date", outline.Day(ev.Published)), outline.Fact("Score", e.Score),
		outline.Fact("Comments", e.Comments), outline.Fact("Flair", e.Flair),
	)
	if len(e.Crossposts) == 0 {
		return e.content(d, ev)
	}
	d.Add(page.Headings(e.words(ev), 2))
	original := e.Crossposts[0]
	own := &outline.Text{}
	if why := original.removal(); why != "" {
		own.Add("That post was " + why + ".")
		ev.MarkPartial("the post that this is a crosspost of was " + why)
	}
	own.Facts(outline.Fact("Posted by", original.Author), outline.Fact("In", "r/"+original.Subreddit))
	target = original.content(own, ev)
	d.Section("Crosspost of: "+outline.First(original.title(), "a post"), page.Headings(own.String(), 3))
	return target
}

// content writes what a post holds: poll, pictures, text, link.
func (e entry) content(d *outline.Text, ev *job.Evidence) (target string) {
	e.addPoll(d)
	e.addGallery(d, ev)
	if e.Poll != nil || e.Gallery != nil {
		d.Section("Text", page.Headings(e.words(ev), 3))
	} else {
		d.Add(page.Headings(e.words(ev), 2))
	}
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || e.IsSelf || u.Host == "" || e.IsGallery:
	case e.IsVideo || source.HostIs(u.Hostname(), "v.redd.it"):
		ev.MarkPartial("the film of the post is not read")
	case source.HostIs(u.Hostname(), "i.redd.it", "preview.redd.it"):
		d.Facts(outline.Fact("Picture", e.URL))
		ev.MarkPartial("the picture of the post is not read")
	case source.HostIs(u.Hostname(), ".reddit.com") && strings.TrimSuffix(u.Path, "/") == strings.TrimSuffix(e.Permalink, "/"):
	default:
		target = e.URL
		ev.Links = append(ev.Links, e.URL)
		d.Facts(outline.Fact("Link", e.URL))
	}
	return target
}

// addPoll writes the options of a poll, with their votes where Reddit shows them.
func (e entry) addPoll(d *outline.Text) {
	if e.Poll == nil {
		return
	}
	var lines []string
	for _, o := range e.Poll.Options {
		line := "- " + text.OneLine(html.UnescapeString(o.Text))
		if o.Votes != nil {
			line += fmt.Sprintf(" (%d votes)", *o.Votes)
		}
		lines = append(lines, line)
	}
	d.Section("Poll", strings.Join(lines, "\n"))
	d.Facts(outline.Fact("Votes", e.Poll.Total), outline.Fact("Open until", outline.Day(outline.UnixTime(int64(e.Poll.End/1000)))))
}

// addGallery names the pictures of a gallery with their captions, in its order.
func (e entry) addGallery(d *outline.Text, ev *job.Evidence) {
	if !e.IsGallery && e.Gallery == nil {
		return
	}
	if e.Gallery == nil || len(e.Gallery.Items) == 0 {
		ev.MarkPartial("the pictures of the gallery are gone")
		return
	}
	items := e.Gallery.Items
	var lines []string
	for i, p := range items[:min(len(items), maxPictures)] {
		line := fmt.Sprintf("- Picture %d: %s", i+1, outline.First(text.OneLine(html.UnescapeString(p.Caption)), "without a caption"))
		media := e.Media[p.ID]
		_, kind, _ := strings.Cut(media.Type, "/")
		if media.Status == "valid" && kind != "" {
			ev.Links = append(ev.Links, "https://i.redd.it/"+url.PathEscape(p.ID)+"."+url.PathEscape(kind))
		}
		if p.Outbound != "" {
			line += " (links to " + text.OneLine(p.Outbound) + ")"
			ev.Links = append(ev.Links, p.Outbound)
		}
		lines = append(lines, line)
	}
	d.Section(fmt.Sprintf("Gallery of %d pictures", len(items)), strings.Join(lines, "\n"))
	ev.MarkPartial("the pictures of the post are not read, only their captions")
}
