// Package reddit reads posts of Reddit with their first comments and the page that they link
// to. In goes a link in one of the several forms that Reddit gives out; out come post, linked
// page and comments as one text, a comment before all else where the link names one, or title
// and author alone where Reddit refuses its interface.
package reddit

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/oembed"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// idPattern is the form of ids of posts and comments, numbers in base 36.
var idPattern = lazyregexp.New(`^[a-z0-9]{4,10}$`)

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
	case source.HostIs(u.Hostname(), "redd.it", "www.redd.it") && len(s) == 1 && idPattern.MatchString(s[0]):
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.post(ctx, web, s[0], "", ev)
		}
	case !source.HostIs(u.Hostname(), "reddit.com", ".reddit.com"):
		return nil
	}
	// /r/x/s/abc is a share link: it redirects to the post.
	if len(s) == 4 && (s[0] == "r" || s[0] == "u" || s[0] == "user") && s[2] == "s" {
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			res, err := web.Get(ctx, fetch.Request{URL: a.API + u.EscapedPath(), NoRedirect: true})
			if err != nil {
				return err
			}
			to, err := res.FinalURL.Parse(res.Header.Get("Location"))
			if err != nil || to.Path == u.Path {
				return source.NotTheAPI(u.String(), err)
			}
			if post, comment := postPath(to.Path); post != "" {
				return a.post(ctx, web, post, comment, ev)
			}
			return source.NotTheAPI(u.String(), nil)
		}
	}
	if post, comment := postPath(u.Path); post != "" {
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.post(ctx, web, post, comment, ev)
		}
	}
	return nil
}

// postPath reads the paths of posts and comments. post is empty for other paths. The words
// between the two ids are for people and may be anything, or nothing:
//
//	/r/x/comments/post/words/comment   /comments/post//comment   /r/x/comments/post/comment/comment
//	/gallery/post   /poll/post   /tb/post
func postPath(path string) (post, comment string) {
	s := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(s) > 2 && (s[0] == "r" || s[0] == "user" || s[0] == "u") {
		s = s[2:]
	}
	if last := len(s) - 1; last > 0 {
		s[last] = strings.TrimSuffix(s[last], ".json")
	}
	if len(s) < 2 || !idPattern.MatchString(s[1]) {
		return "", ""
	}
	switch s[0] {
	case "gallery", "poll", "tb", "duplicates":
		return s[1], ""
	case "comments":
	default:
		return "", ""
	}
	if len(s) > 3 && idPattern.MatchString(s[3]) {
		comment = s[3]
	}
	return s[1], comment
}

// post reads a post, its comments, or what is around one comment, and the page that it
// links to.
func (a Adapter) post(ctx context.Context, web source.Web, post, comment string, ev *job.Evidence) error {
	var pair []listing
	// raw_json=1 asks for text that is not escaped as HTML, context for the comments above the one
	// that is named, of which there may be eight (reddit.com/dev/api).
	link, query := a.API+"/comments/"+post, ".json?raw_json=1&limit=50"
	if comment != "" {
		link, query = link+"/_/"+comment, query+"&context=8"
	}
	res, err := a.get(ctx, web, link+query, &pair)
	if source.Final(err) {
		return err
	}
	if err != nil {
		return a.embed(ctx, web, post, comment, err, ev)
	}
	return a.write(ctx, web, pair, comment, res, ev)
}

// write makes the evidence of an answer about a post. Of answers at hand, web is nil: then the
// page that the post links to is missing.
func (a Adapter) write(ctx context.Context, web source.Web, pair []listing, comment string, res *fetch.Response, ev *job.Evidence) error {
	if len(pair) == 0 || len(pair[0].Data.Children) == 0 {
		return source.NoSuch(ev, "Reddit has no such post, or it was deleted")
	}
	p := pair[0].Data.Children[0].Data
	post := &outline.Text{}
	target := p.fill(post, ev)
	d := post
	var comments listing
	if len(pair) > 1 {
		comments = pair[1]
	}
	if comment != "" {
		d = &outline.Text{}
		if path := pathTo(comments, comment, 0); path != nil {
			writeComment(path, d, ev)
			comments = listing{}
			d.Section("The post: "+outline.First(p.title(), "without a title"), page.Headings(post.String(), 3))
		} else {
			ev.MarkPartial("the comment that the link names is not there: it may have been deleted")
			d = post
		}
	}
	if res != nil {
		source.Add(ev, outline.First(ev.CanonicalURL, res.URL), ev.Title, res.FetchedAt)
		ev.FinalURL = outline.First(ev.CanonicalURL, ev.URL)
	}
	switch {
	case web != nil:
		source.AddLinked(ctx, web, target, d, ev)
	case target != "":
		ev.MarkPartial("the page that the post links to is not in the answer")
	}
	d.Section("Comments", formatComments(comments))
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}

// get asks Reddit, which says of a subreddit that nobody may read why that is so
// (reddit.com/dev/api, reason). An answer 404 in JSON is Reddit's own: there is no such post.
func (a Adapter) get(ctx context.Context, web source.Web, link string, v any) (*fetch.Response, error) {
	res, err := web.Get(ctx, fetch.Request{URL: link, Accept: "application/json", MaxBytes: source.MaxAnswer, AnyStatus: true})
	if err != nil {
		return nil, err
	}
	if err := res.Err(); err != nil {
		var refusal struct {
			Reason string `json:"reason"`
			Error  int    `json:"error"`
		}
		if source.DecodeJSON(res.Body, &refusal) != nil {
			return nil, err
		}
		switch {
		case refusal.Reason != "":
			return nil, &fetch.Error{
				Reason: fetch.NotFound, URL: link, Hint: "share what it says",
				Detail: "Reddit shows this subreddit to nobody or to members only (" + text.Clip(text.OneLine(refusal.Reason), 40) + ")",
			}
		case res.Status == 404 && refusal.Error == 404:
			return nil, &fetch.Error{Reason: fetch.NotFound, URL: link, Detail: "Reddit has no such post", Hint: "check that the link is complete"}
		}
		return nil, err
	}
	if err := source.DecodeJSON(res.Body, v); err != nil {
		return nil, source.NotTheAPI(link, err)
	}
	return res, nil
}

// embed is what is left when Reddit refuses its interface, as it does to many data centres.
// When oEmbed is refused too, cause is the error, as it says more about what was asked first.
func (a Adapter) embed(ctx context.Context, web source.Web, post, comment string, cause error, ev *job.Evidence) error {
	link := "https://www.reddit.com/comments/" + post + "/"
	e, err := oembed.Get(ctx, web, a.API+"/oembed?format=json&url="+url.QueryEscape(link))
	if err != nil {
		return cause
	}
	e.Fill(ev)
	ev.FinalURL = link
	source.Add(ev, link, ev.Title, time.Now().UTC())
	missing := "only the post's title and author could be had"
	if comment != "" {
		missing += ", not the comment that the link names"
	}
	ev.MarkPartial(missing + " (" + source.Cause(cause) + ")")
	return nil
}

// Recognize implements [source.Recognizer] for a post with its comments and for
// oEmbed answers.
func (a Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
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
	_, comment := postPath(in.URL.Path)
	return true, a.write(context.Background(), nil, pair, comment, nil, ev)
}
