// Package mastodon reads statuses of Mastodon servers, whose pages need JavaScript. In goes a
// link to a status on any server; out come its text and what it attaches, then the page that it
// links to, what it answers and its replies.
package mastodon

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// statusPath tells a status on any host by its path: an account and a number that no other
// software has. It matches /@user/109999999999999999, /@user@other.example/109999999999999999,
// /users/user/statuses/109999999999999999, and these behind /web, /deck and /ap.
var statusPath = lazyregexp.New(`^/(?:(?:web/|deck/)?@[A-Za-z0-9_.@-]{1,100}|(?:ap/)?users/[A-Za-z0-9_]+/statuses|web/statuses)` +
	`/(\d{15,20})(?:/(?:embed|activity|reblogs|favourites|quotes))?/?$`)

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
		return fetchStatus(ctx, web, strings.ReplaceAll(a.Server, "{host}", u.Host)+"/api/v1/statuses/"+m[1], ev)
	}
}

// fetchStatus reads the status at link. The thread that it stands in takes one more request, when
// there is one.
func fetchStatus(ctx context.Context, web source.Web, link string, ev *job.Evidence) error {
	var s status
	res, err := web.Get(ctx, fetch.Request{URL: link, Accept: "application/json", MaxBytes: source.MaxAnswer, AnyStatus: true})
	if err != nil {
		return err
	}
	if err := res.Err(); err != nil {
		var refusal struct {
			Error string `json:"error"`
		}
		// Mastodon's own words; a server that is no Mastodon has others.
		if res.Status == 404 && source.DecodeJSON(res.Body, &refusal) == nil && refusal.Error == "Record not found" {
			return source.NoSuch(ev, "the server has no such post: it was deleted, or is not public")
		}
		return err
	}
	if err := source.DecodeJSON(res.Body, &s); err != nil {
		return source.NotTheAPI(link, err)
	}
	if s.ID == "" {
		return source.NotTheAPI(res.URL, nil)
	}
	d := s.fill(ev)
	source.Add(ev, ev.FinalURL, ev.Title, res.FetchedAt)
	own := s
	if s.Reblog != nil {
		own = *s.Reblog
	}
	if own.ReplyTo != "" || own.Replies > 0 {
		ev.Lead = len(d.String())
	}
	if own.Card != nil {
		source.AddLinked(ctx, web, own.Card.URL, d, ev)
	}
	if ev.Lead > 0 {
		var thread struct{ Ancestors, Descendants []status }
		if _, err := source.GetJSON(ctx, web, link[:strings.LastIndexByte(link, '/')+1]+own.ID+"/context", "", &thread); err != nil {
			ev.MarkPartial("the thread that the post stands in could not be had (" + source.Cause(err) + ")")
		}
		first := max(0, len(thread.Ancestors)-source.MaxComments)
		d.Section("In reply to", formatStatuses(thread.Ancestors[first:]))
		d.Section("Replies", formatStatuses(thread.Descendants[:min(len(thread.Descendants), source.MaxComments)]))
	}
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}

// status is a status of docs.joinmastodon.org/entities/Status.
type status struct {
	ID        string  `json:"id"`
	URL       string  `json:"url"`
	Created   string  `json:"created_at"`
	Edited    string  `json:"edited_at"`
	ReplyTo   string  `json:"in_reply_to_id"`
	Language  string  `json:"language"`
	Spoiler   string  `json:"spoiler_text"`
	Content   string  `json:"content"`
	Favourite int     `json:"favourites_count"`
	Boosts    int     `json:"reblogs_count"`
	Replies   int     `json:"replies_count"`
	Account   account `json:"account"`
	Reblog    *status `json:"reblog"`
	Poll      *poll   `json:"poll"`
	Quote     *struct {
		State  string  `json:"state"`
		Status *status `json:"quoted_status"`
	} `json:"quote"`
	Card *struct {
		URL         string `json:"url"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"card"`
	Media []struct {
		Type        string `json:"type"`
		Description string `json:"description"`
	} `json:"media_attachments"`
}

// account is whose status it is.
type account struct {
	Name string `json:"display_name"`
	Acct string `json:"acct"`
}

// String is the name and the address of an account.
func (a account) String() string {
	return strings.TrimSpace(text.OneLine(outline.First(a.Name, a.Acct)) + " @" + a.Acct)
}

// poll is a poll of docs.joinmastodon.org/entities/Poll. Votes are null while it hides them.
type poll struct {
	Expires  string `json:"expires_at"`
	Expired  bool   `json:"expired"`
	Multiple bool   `json:"multiple"`
	Votes    int    `json:"votes_count"`
	Voters   int    `json:"voters_count"`
	Options  []struct {
		Title string `json:"title"`
		Votes *int   `json:"votes_count"`
	} `json:"options"`
}

// write writes a poll into d.
func (p *poll) write(d *outline.Text) {
	if p == nil {
		return
	}
	var lines []string
	for _, o := range p.Options {
		line := "- " + text.OneLine(o.Title)
		if o.Votes != nil {
			line += fmt.Sprintf(" (%d votes)", *o.Votes)
		}
		lines = append(lines, line)
	}
	d.Section("Poll", strings.Join(lines, "\n"))
	until := "Open until"
	if p.Expired {
		until = "Closed"
	}
	d.Facts(
		outline.Fact("Votes", p.Votes), outline.Fact("Voters", p.Voters), outline.Fact("Several answers", p.Multiple),
		outline.Fact(until, outline.Day(p.Expires)),
	)
}

// fill writes a status and returns the text so far; a boost is the status that it boosts, and who
// boosted it.
func (s status) fill(ev *job.Evidence) *outline.Text {
	boosted := ""
	if s.Reblog != nil {
		boosted = s.Account.String()
		s = *s.Reblog
	}
	plain := render.Fragment(s.Content)
	ev.Author, ev.SiteName, ev.Published = outline.First(s.Account.Name, s.Account.Acct), "Mastodon", s.Created
	ev.Title = outline.First(text.OneLine(s.Spoiler), text.Clip(text.OneLine(plain), 100), "Post by "+ev.Author)
	ev.CanonicalURL, ev.Lang = s.URL, s.Language
	ev.FinalURL = outline.First(s.URL, ev.URL)
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Boosted by", boosted), outline.Fact("Posted by", s.Account.String()),
		outline.Fact("Date", outline.Day(s.Created)), outline.Fact("Edited", outline.Day(s.Edited)), outline.Fact("Boosts", s.Boosts),
		outline.Fact("Favourites", s.Favourite), outline.Fact("Replies", s.Replies),
	)
	d.Facts(outline.Fact("Content warning", text.OneLine(s.Spoiler)))
	d.Add(plain)
	s.Poll.write(d)
	mute := 0
	for _, m := range s.Media {
		if m.Description == "" {
			mute++
			continue
		}
		d.Add("(" + m.Type + ": " + text.OneLine(m.Description) + ")")
	}
	if mute > 0 {
		ev.MarkPartial(fmt.Sprintf("what is attached without a description (%d) is not read", mute))
	}
	if q := s.Quote; q != nil && q.Status != nil {
		d.Section("Quoted: "+q.Status.Account.String(), page.Headings(render.Fragment(q.Status.Content), 3))
	} else if q != nil {
		ev.MarkPartial("the post that it quotes is not shown (" + outline.First(text.OneLine(q.State), "unknown") + ")")
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

// formatStatuses writes the others of a thread, with their polls.
func formatStatuses(list []status) string {
	d := &outline.Text{}
	for _, s := range list {
		own := &outline.Text{}
		own.Facts(outline.Fact("Content warning", text.OneLine(s.Spoiler)))
		own.Add(text.Clip(render.Fragment(s.Content), 2000))
		s.Poll.write(own)
		if own.String() != "" {
			d.Add("### " + s.Account.String())
			d.Add(page.Headings(own.String(), 4))
		}
	}
	return d.String()
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
	if s.ReplyTo != "" {
		ev.MarkPartial("what the post answers is not in the answer")
	}
	source.Complete(ev)
	return true, nil
}
