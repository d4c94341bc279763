package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

var redditID = regexp.MustCompile(`^[a-z0-9]{4,10}$`)

// reddit matches posts, single comments, short links and share links.
func (r *Retriever) reddit(u *url.URL) task {
	s := segments(u)
	switch {
	case hostIs(u.Hostname(), "redd.it") && len(s) == 1 && redditID.MatchString(s[0]):
		return func(ctx context.Context, ev *job.Evidence) error { return r.redditPost(ctx, s[0], "", ev) }
	case !hostIs(u.Hostname(), "reddit.com", ".reddit.com"):
		return nil
	}
	// /r/x/s/abc is a share link: it redirects to the post.
	if len(s) == 4 && (s[0] == "r" || s[0] == "u") && s[2] == "s" {
		return func(ctx context.Context, ev *job.Evidence) error {
			res, err := r.client.Get(ctx, fetch.Request{URL: r.cfg.APIs.Reddit + u.EscapedPath(), NoRedirect: true})
			if err != nil {
				return err
			}
			to, err := res.FinalURL.Parse(res.Header.Get("Location"))
			if err != nil || to.Path == u.Path {
				return notTheAPI(u.String(), err)
			}
			if post, comment := redditPath(segments(to)); post != "" {
				return r.redditPost(ctx, post, comment, ev)
			}
			return notTheAPI(u.String(), nil)
		}
	}
	if post, comment := redditPath(s); post != "" {
		return func(ctx context.Context, ev *job.Evidence) error { return r.redditPost(ctx, post, comment, ev) }
	}
	return nil
}

// redditPath reads [r/sub/]comments/id[/slug[/comment]].
func redditPath(s []string) (post, comment string) {
	if len(s) >= 2 && (s[0] == "r" || s[0] == "user" || s[0] == "u") {
		s = s[2:]
	}
	if len(s) < 2 || s[0] != "comments" || !redditID.MatchString(s[1]) {
		return "", ""
	}
	if len(s) >= 4 && redditID.MatchString(s[3]) {
		comment = s[3]
	}
	return s[1], comment
}

// redditThing is anything in a listing: a post (t3), a comment (t1), or "more".
type redditThing struct {
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

type redditListing struct {
	Data struct {
		Children []redditThing `json:"children"`
	} `json:"data"`
}

func (r *Retriever) redditPost(ctx context.Context, post, comment string, ev *job.Evidence) error {
	var pair []redditListing
	link := r.cfg.APIs.Reddit + "/comments/" + post
	if comment != "" {
		link += "/_/" + comment
	}
	res, err := r.getJSON(ctx, link+".json?raw_json=1&limit=50", nil, &pair)
	if err != nil {
		return r.redditEmbed(ctx, post, err, ev)
	}
	d, target, err := fillReddit(pair, ev)
	if err != nil {
		return err
	}
	addSource(ev, first(ev.CanonicalURL, res.URL), ev.Title, res.FetchedAt)
	ev.FinalURL = first(ev.CanonicalURL, ev.URL)
	ev.Coverage = job.CoverageFull
	r.addLinked(ctx, target, d, ev)
	d.section("Comments", redditComments(pair))
	ev.Text = d.String()
	return nil
}

// redditEmbed is what is left when Reddit refuses its interface, as it does to
// many data centres.
func (r *Retriever) redditEmbed(ctx context.Context, post string, cause error, ev *job.Evidence) error {
	link := "https://www.reddit.com/comments/" + post + "/"
	e, err := r.oembed(ctx, r.cfg.APIs.Reddit+"/oembed?format=json&url="+url.QueryEscape(link))
	if err != nil {
		return cause
	}
	e.fill(ev)
	ev.FinalURL = link
	addSource(ev, link, ev.Title, r.now())
	ev.MarkPartial("only the post's title and author could be had (" + sentence(cause) + ")")
	return nil
}

// fillReddit reads [post, comments]; target is the page a link post points to.
func fillReddit(pair []redditListing, ev *job.Evidence) (d *doc, target string, err error) {
	if len(pair) == 0 || len(pair[0].Data.Children) == 0 {
		return nil, "", noSuch(ev, "Reddit has no such post, or it was deleted")
	}
	p := pair[0].Data.Children[0].Data
	ev.Title, ev.Author, ev.SiteName = oneLine(html.UnescapeString(p.Title)), p.Author, "Reddit r/"+p.Subreddit
	ev.Published = unixTime(int64(p.Created))
	if p.Permalink != "" {
		ev.CanonicalURL = "https://www.reddit.com" + p.Permalink
	}
	d = &doc{}
	d.facts(fact{"Posted by", p.Author}, fact{"In", "r/" + p.Subreddit}, fact{"Date", day(ev.Published)}, fact{"Score", p.Score},
		fact{"Comments", p.Comments}, fact{"Flair", p.Flair})
	base, _ := url.Parse("https://www.reddit.com" + p.Permalink)
	text, links := page.Markdown(html.UnescapeString(p.Selftext), base)
	ev.Links = append(ev.Links, links...)
	d.add(page.Headings(text, 2))
	for _, c := range p.Crossposts {
		original, _ := page.Markdown(html.UnescapeString(c.Selftext), base)
		d.section("Crosspost of: "+oneLine(c.Title), first(original, c.URL))
	}
	if p.Poll != nil {
		var options []string
		for _, o := range p.Poll.Options {
			options = append(options, "- "+oneLine(o.Text))
		}
		d.section("Poll", strings.Join(options, "\n"))
	}
	if u, err := url.Parse(p.URL); err == nil && !p.IsSelf && u.Host != "" && !hostIs(u.Hostname(), ".reddit.com", "i.redd.it", "v.redd.it") {
		target = p.URL
		ev.Links = append(ev.Links, p.URL)
		d.facts(fact{"Link", p.URL})
	}
	if p.Gallery {
		ev.MarkPartial("the pictures of the post are not read")
	}
	return d, target, nil
}

func redditComments(pair []redditListing) string {
	if len(pair) < 2 {
		return ""
	}
	d := &doc{}
	n := 0
	for _, c := range pair[1].Data.Children {
		if n == maxComments {
			break
		}
		if c.Kind != "t1" || c.Data.Stickied || c.Data.Author == "[deleted]" || c.Data.Author == "AutoModerator" {
			continue
		}
		text, _ := page.Markdown(html.UnescapeString(c.Data.Body), &url.URL{})
		if text == "" {
			continue
		}
		n++
		d.add(fmt.Sprintf("### %s (score %d)", c.Data.Author, c.Data.Score))
		d.add(page.Headings(clip(text, 2000), 4))
		var replies redditListing
		if json.Unmarshal(c.Data.Replies, &replies) == nil && len(replies.Data.Children) > 0 {
			if r := replies.Data.Children[0]; r.Kind == "t1" && r.Data.Body != "" {
				d.add("> " + r.Data.Author + ": " + strings.ReplaceAll(clip(html.UnescapeString(r.Data.Body), 600), "\n", "\n> "))
			}
		}
	}
	return d.String()
}

func (r *Retriever) redditRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	if !hostIs(u.Hostname(), "reddit.com", ".reddit.com") {
		return false, nil
	}
	if u.Path == "/oembed" {
		return r.oembedRead(u, body, ev)
	}
	var pair []redditListing
	if decodeJSON(body, &pair) != nil || len(pair) == 0 {
		return false, nil
	}
	d, target, err := fillReddit(pair, ev)
	if err != nil {
		return true, err
	}
	d.section("Comments", redditComments(pair))
	ev.Text = d.String()
	if ev.Coverage != job.CoveragePartial {
		ev.Coverage = job.CoverageFull
	}
	if target != "" {
		ev.MarkPartial("the page that the post links to is not in the answer")
	}
	return true, nil
}
