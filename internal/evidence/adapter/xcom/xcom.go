// Package xcom reads posts of X, whose pages are empty without JavaScript: the
// text of a post comes from its oEmbed answer. Links to the sites that only show posts of X, or
// make previews of them, are read alike.
package xcom

import (
	"context"
	"net/url"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/oembed"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// statusPath is the path of a post, by its author's name or without it.
var statusPath = lazyregexp.New(`^/(?:[A-Za-z0-9_]{1,20}|i/web)/status(?:es)?/(\d{1,19})`)

// hosts are those of X, and of sites that have its paths: front ends and makers of previews.
var hosts = []string{
	".x.com", ".twitter.com", "vxtwitter.com", ".fxtwitter.com", "fixvx.com", ".fixupx.com", "twittpr.com", "nitter.net",
	"xcancel.com", "nitter.poast.org",
}

// Adapter is the adapter of posts.
type Adapter struct {
	API string // base address: https://publish.twitter.com
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "XAdapter" }

// Match matches posts.
func (a Adapter) Match(u *url.URL) source.Task {
	if !source.HostIs(u.Hostname(), hosts...) || !statusPath.MatchString(u.Path) {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		link := "https://twitter.com" + statusPath.FindString(u.Path)
		e, err := oembed.Get(ctx, web, a.API+"/oembed?omit_script=1&dnt=1&url="+url.QueryEscape(link))
		switch fetch.ReasonOf(err) {
		case fetch.NotFound, fetch.Forbidden: // the page, which is empty, would not say it
			return source.NoSuch(ev, "X shows no such post: it was deleted, or it or its account is not public")
		}
		if err != nil {
			return err
		}
		e.Fill(ev)
		ev.FinalURL, ev.CanonicalURL = link, link
		source.Add(ev, link, ev.Title, time.Now().UTC())
		ev.MarkPartial("only the text of the post could be had, not what it shows or who answered")
		return nil
	}
}
