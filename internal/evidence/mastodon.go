package evidence

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

// The pages of Mastodon servers need JavaScript. They stand on any host, and
// are known by their path: an account and a number that no other software has.
var mastodonPath = regexp.MustCompile(`^/(?:@[A-Za-z0-9_.@-]{1,100}|users/[A-Za-z0-9_]+/statuses|deck/@[A-Za-z0-9_.@-]{1,100})/(\d{15,20})/?$`)

// mastodon matches statuses.
func (r *Retriever) mastodon(u *url.URL) task {
	m := mastodonPath.FindStringSubmatch(u.Path)
	if m == nil || u.Scheme != "https" {
		return nil
	}
	return func(ctx context.Context, ev *job.Evidence) error {
		var s mastodonStatus
		res, err := r.getJSON(ctx, strings.ReplaceAll(r.cfg.APIs.Mastodon, "{host}", u.Host)+"/api/v1/statuses/"+m[1], nil, &s)
		if err != nil {
			return err
		}
		if s.ID == "" {
			return notTheAPI(res.URL, nil)
		}
		ev.FinalURL = first(s.URL, ev.URL)
		d := s.fill(ev)
		addSource(ev, ev.FinalURL, ev.Title, res.FetchedAt)
		if s.Card != nil {
			r.addLinked(ctx, s.Card.URL, d, ev)
		}
		ev.Text = d.String()
		return nil
	}
}

// mastodonStatus is a status of docs.joinmastodon.org/entities/Status.
type mastodonStatus struct {
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
	Reblog *mastodonStatus `json:"reblog"`
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

func (s mastodonStatus) fill(ev *job.Evidence) *doc {
	if s.Reblog != nil && s.Content == "" {
		return s.Reblog.fill(ev)
	}
	text := page.Fragment(s.Content)
	ev.Author, ev.SiteName, ev.Published = first(s.Account.Name, s.Account.Acct), "Mastodon", s.Created
	ev.Title = first(oneLine(s.Spoiler), clip(oneLine(text), 100), "Post by "+ev.Author)
	ev.CanonicalURL, ev.Lang, ev.Coverage = s.URL, s.Language, job.CoverageFull
	d := &doc{}
	d.facts(fact{"Posted by", strings.TrimSpace(ev.Author + " @" + s.Account.Acct)}, fact{"Date", day(s.Created)},
		fact{"Boosts", s.Boosts}, fact{"Favourites", s.Favourite}, fact{"Replies", s.Replies})
	d.add(s.Spoiler)
	d.add(text)
	for _, m := range s.Media {
		if m.Description != "" {
			d.add("(" + m.Type + ": " + oneLine(m.Description) + ")")
		}
	}
	if s.Card != nil {
		d.facts(fact{"Link", s.Card.URL}, fact{"Link title", s.Card.Title}, fact{"Link description", s.Card.Description})
		ev.Links = append(ev.Links, s.Card.URL)
	}
	return d
}

func (r *Retriever) mastodonRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	var s mastodonStatus
	if !strings.HasPrefix(u.Path, "/api/v1/statuses/") || decodeJSON(body, &s) != nil || s.ID == "" || s.Account.Acct == "" {
		return false, nil
	}
	ev.Text = s.fill(ev).String()
	return true, nil
}
