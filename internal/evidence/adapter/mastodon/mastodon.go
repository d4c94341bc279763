// Package mastodon reads statuses of Mastodon servers, whose pages need JavaScript. In goes a
// link to a status on any server; out come its text, what it attaches, and the page that it
// links to.
package mastodon

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// statusPath tells a status on any host by its path: an account and a number that no other
// software has. It matches /@user/109999999999999999, /@user@other.example/109999999999999999
// and /users/user/statuses/109999999999999999.
var statusPath = regexp.MustCompile(`^/(?:@[A-Za-z0-9_.@-]{1,100}|users/[A-Za-z0-9_]+/statuses|deck/@[A-Za-z0-9_.@-]{1,100})` +
	`/(\d{15,20})/?$`)

// Adapter is the adapter of statuses.
type Adapter struct {
	// Server is the base address of the server asked, with "{host}" for the host of
	// the link: https://{host}
	Server string
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "MastodonAdapter" }

// Match matches statuses. It can't know whether the host runs Mastodon: when it does not, its
// answer is no status, and the page is read instead.
func (a Adapter) Match(u *url.URL) source.Task {
	m := statusPath.FindStringSubmatch(u.Path)
	if m == nil || u.Scheme != "https" {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		var s status
		res, err := source.GetJSON(ctx, web, strings.ReplaceAll(a.Server, "{host}", u.Host)+"/api/v1/statuses/"+m[1], nil, &s)
		if err != nil {
			return err
		}
		if s.ID == "" {
			return source.NotTheAPI(res.URL, nil)
		}
		ev.FinalURL = outline.First(s.URL, ev.URL)
		d := s.fill(ev)
		source.Add(ev, ev.FinalURL, ev.Title, res.FetchedAt)
		if s.Card != nil {
			source.AddLinked(ctx, web, s.Card.URL, d, ev)
		}
		ev.Text = d.String()
		return nil
	}
}

// status is a status of docs.joinmastodon.org/entities/Status.
type status struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Created   string `json:"created_at"`
	Language  string `json:"language"`
	Spoiler   string `json:"spoiler_text"`
	Content   string `json:"content"`
	Favourite int    `json:"favourites_count"`
	Boosts    int    `json:"reblogs_count"`
	Replies   int    `json:"replies_count"`
	Account   struct {
		Name string `json:"display_name"`
		Acct string `json:"acct"`
	} `json:"account"`
	Reblog *status `json:"reblog"`
	Card   *struct {
		URL         string `json:"url"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"card"`
	Media []struct {
		Type        string `json:"type"`
		Description string `json:"description"`
	} `json:"media_attachments"`
}

// fill writes a status and returns the text so far; a boost is the status that it
// boosts.
func (s status) fill(ev *job.Evidence) *outline.Text {
	if s.Reblog != nil && s.Content == "" {
		return s.Reblog.fill(ev)
	}
	plain := page.Fragment(s.Content)
	ev.Author, ev.SiteName, ev.Published = outline.First(s.Account.Name, s.Account.Acct), "Mastodon", s.Created
	ev.Title = outline.First(text.OneLine(s.Spoiler), text.Clip(text.OneLine(plain), 100), "Post by "+ev.Author)
	ev.CanonicalURL, ev.Lang, ev.Coverage = s.URL, s.Language, job.CoverageFull
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Posted by", strings.TrimSpace(ev.Author+" @"+s.Account.Acct)),
		outline.Fact("Date", outline.Day(s.Created)), outline.Fact("Boosts", s.Boosts),
		outline.Fact("Favourites", s.Favourite), outline.Fact("Replies", s.Replies),
	)
	d.Add(s.Spoiler)
	d.Add(plain)
	for _, m := range s.Media {
		if m.Description != "" {
			d.Add("(" + m.Type + ": " + text.OneLine(m.Description) + ")")
		}
	}
	if s.Card != nil {
		d.Facts(
			outline.Fact("Link", s.Card.URL), outline.Fact("Link title", s.Card.Title),
			outline.Fact("Link description", s.Card.Description),
		)
		ev.Links = append(ev.Links, s.Card.URL)
	}
	return d
}

// Recognize implements [source.Recognizer] for the answer about a status, of any
// server.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	var s status
	if in.Kind != source.JSON || !strings.HasPrefix(in.URL.Path, "/api/v1/statuses/") ||
		source.DecodeJSON(in.Body, &s) != nil || s.ID == "" || s.Account.Acct == "" {
		return false, nil
	}
	ev.Text = s.fill(ev).String()
	return true, nil
}
