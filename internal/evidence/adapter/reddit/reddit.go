// Package reddit reads posts of Reddit with their first comments and the page that they link
// to. In goes a link in one of the several forms that Reddit gives out; out come post, linked
// page and comments as one text, or title and author alone where Reddit refuses its interface.
package reddit

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/oembed"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// idPattern is the form of ids of posts and comments, numbers in base 36.
var idPattern = regexp.MustCompile(`^[a-z0-9]{4,10}$`)

// Adapter is the adapter of posts.
type Adapter struct {
	API string // base address: https://www.reddit.com
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "RedditAdapter" }

// Match matches posts, single comments, short links and share links.
func (a Adapter) Match(u *url.URL) source.Task {
	s := source.Segments(u)
	switch {
	case source.HostIs(u.Hostname(), "redd.it") && len(s) == 1 && idPattern.MatchString(s[0]):
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.post(ctx, web, s[0], "", ev)
		}
	case !source.HostIs(u.Hostname(), "reddit.com", ".reddit.com"):
		return nil
	}
	// /r/x/s/abc is a share link: it redirects to the post.
	if len(s) == 4 && (s[0] == "r" || s[0] == "u") && s[2] == "s" {
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			res, err := web.Get(ctx, fetch.Request{URL: a.API + u.EscapedPath(), NoRedirect: true})
			if err != nil {
				return err
			}
			to, err := res.FinalURL.Parse(res.Header.Get("Location"))
			if err != nil || to.Path == u.Path {
				return source.NotTheAPI(u.String(), err)
			}
			if post, comment := postPath(source.Segments(to)); post != "" {
				return a.post(ctx, web, post, comment, ev)
			}
			return source.NotTheAPI(u.String(), nil)
		}
	}
	if post, comment := postPath(s); post != "" {
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.post(ctx, web, post, comment, ev)
		}
	}
	return nil
}

// postPath reads [r/sub/]comments/id[/slug[/comment]]. post is empty for other paths. The slug
// between the two ids is for people and may be anything.
func postPath(s []string) (post, comment string) {
	if len(s) >= 2 && (s[0] == "r" || s[0] == "user" || s[0] == "u") {
		s = s[2:]
	}
	if len(s) < 2 || s[0] != "comments" || !idPattern.MatchString(s[1]) {
		return "", ""
	}
	if len(s) >= 4 && idPattern.MatchString(s[3]) {
		comment = s[3]
	}
	return s[1], comment
}

// thing is anything in a listing: a post (t3), a comment (t1), or "more".
type thing struct {
	Kind string `json:"kind"`
	Data struct {
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
		Gallery    bool            `json:"is_gallery"`
		Stickied   bool            `json:"stickied"`
		Replies    json.RawMessage `json:"replies"` // a listing, or ""
		Flair      string          `json:"link_flair_text"`
		Crossposts []struct {
			Title    string `json:"title"`
			Selftext string `json:"selftext"`
			URL      string `json:"url"`
		} `json:"crosspost_parent_list"`
		Poll *struct {
			Options []struct {
				Text string `json:"text"`
			} `json:"options"`
		} `json:"poll_data"`
	} `json:"data"`
}

// listing is a list of things, which Reddit wraps twice. The answer about a post is two
// listings: the post alone, and its comments.
type listing struct {
	Data struct {
		Children []thing `json:"children"`
	} `json:"data"`
}

// post reads a post, its comments, or those around one comment, and the page that it
// links to.
func (a Adapter) post(ctx context.Context, web source.Web, post, comment string, ev *job.Evidence) error {
	var pair []listing
	link := a.API + "/comments/" + post
	if comment != "" {
		link += "/_/" + comment
	}
	// raw_json=1 asks for text that is not escaped as HTML.
	res, err := source.GetJSON(ctx, web, link+".json?raw_json=1&limit=50", nil, &pair)
	if err != nil {
		return a.embed(ctx, web, post, err, ev)
	}
	d, target, err := fill(pair, ev)
	if err != nil {
		return err
	}
	source.Add(ev, outline.First(ev.CanonicalURL, res.URL), ev.Title, res.FetchedAt)
	ev.FinalURL = outline.First(ev.CanonicalURL, ev.URL)
	ev.Coverage = job.CoverageFull
	source.AddLinked(ctx, web, target, d, ev)
	d.Section("Comments", formatComments(pair))
	ev.Text = d.String()
	return nil
}

// embed is what is left when Reddit refuses its interface, as it does to many data centres.
// When oEmbed is refused too, cause is the error, as it says more about what was asked first.
func (a Adapter) embed(ctx context.Context, web source.Web, post string, cause error, ev *job.Evidence) error {
	link := "https://www.reddit.com/comments/" + post + "/"
	e, err := oembed.Get(ctx, web, a.API+"/oembed?format=json&url="+url.QueryEscape(link))
	if err != nil {
		return cause
	}
	e.Fill(ev)
	ev.FinalURL = link
	source.Add(ev, link, ev.Title, time.Now().UTC())
	ev.MarkPartial("only the post's title and author could be had (" + source.Cause(cause) + ")")
	return nil
}

// fill reads [post, comments]; target is the page a link post points to. The text is Markdown,
// and escaped as HTML where raw_json=1 was not asked for, as in answers at hand. Pictures and
// films of Reddit's own are no pages to read.
func fill(pair []listing, ev *job.Evidence) (d *outline.Text, target string, err error) {
	if len(pair) == 0 || len(pair[0].Data.Children) == 0 {
		return nil, "", source.NoSuch(ev, "Reddit has no such post, or it was deleted")
	}
	p := pair[0].Data.Children[0].Data
	ev.Title, ev.Author, ev.SiteName = text.OneLine(html.UnescapeString(p.Title)), p.Author, "Reddit r/"+p.Subreddit
	ev.Published = outline.UnixTime(int64(p.Created))
	if p.Permalink != "" {
		ev.CanonicalURL = "https://www.reddit.com" + p.Permalink
	}
	d = &outline.Text{}
	d.Facts(
		outline.Fact("Posted by", p.Author), outline.Fact("In", "r/"+p.Subreddit),
		outline.Fact("Date", outline.Day(ev.Published)), outline.Fact("Score", p.Score),
		outline.Fact("Comments", p.Comments), outline.Fact("Flair", p.Flair),
	)
	base, _ := url.Parse("https://www.reddit.com" + p.Permalink)
	plain, links := page.Markdown(html.UnescapeString(p.Selftext), base)
	ev.Links = append(ev.Links, links...)
	d.Add(page.Headings(plain, 2))
	for _, c := range p.Crossposts {
		original, _ := page.Markdown(html.UnescapeString(c.Selftext), base)
		d.Section("Crosspost of: "+text.OneLine(c.Title), outline.First(original, c.URL))
	}
	if p.Poll != nil {
		var options []string
		for _, o := range p.Poll.Options {
			options = append(options, "- "+text.OneLine(o.Text))
		}
		d.Section("Poll", strings.Join(options, "\n"))
	}
	if u, err := url.Parse(p.URL); err == nil && !p.IsSelf && u.Host != "" &&
		!source.HostIs(u.Hostname(), ".reddit.com", "i.redd.it", "v.redd.it") {
		target = p.URL
		ev.Links = append(ev.Links, p.URL)
		d.Facts(outline.Fact("Link", p.URL))
	}
	if p.Gallery {
		ev.MarkPartial("the pictures of the post are not read")
	}
	return d, target, nil
}

// formatComments writes the first comments of people and one reply to each.
func formatComments(pair []listing) string {
	if len(pair) < 2 {
		return ""
	}
	d := &outline.Text{}
	n := 0
	for _, c := range pair[1].Data.Children {
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
		var replies listing
		if json.Unmarshal(c.Data.Replies, &replies) == nil && len(replies.Data.Children) > 0 {
			if r := replies.Data.Children[0]; r.Kind == "t1" && r.Data.Body != "" {
				d.Add("> " + r.Data.Author + ": " + strings.ReplaceAll(text.Clip(html.UnescapeString(r.Data.Body), 600), "\n", "\n> "))
			}
		}
	}
	return d.String()
}

// Recognize implements [source.Recognizer] for a post with its comments and for
// oEmbed answers.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	if in.Kind != source.JSON || !source.HostIs(in.URL.Hostname(), "reddit.com", ".reddit.com") {
		return false, nil
	}
	if in.URL.Path == "/oembed" {
		return oembed.Read(in.Body, ev)
	}
	var pair []listing
	if source.DecodeJSON(in.Body, &pair) != nil || len(pair) == 0 {
		return false, nil
	}
	d, target, err := fill(pair, ev)
	if err != nil {
		return true, err
	}
	d.Section("Comments", formatComments(pair))
	ev.Text = d.String()
	if ev.Coverage != job.CoveragePartial {
		ev.Coverage = job.CoverageFull
	}
	if target != "" {
		ev.MarkPartial("the page that the post links to is not in the answer")
	}
	return true, nil
}
