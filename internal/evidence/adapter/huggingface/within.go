package huggingface

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/repofile"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

var (
	// paperPattern is the form of the numbers of papers, which are arXiv's.
	paperPattern = lazyregexp.New(`^\d{4}\.\d{4,5}$`)
	// eventPattern is the form of the ids of comments.
	eventPattern = lazyregexp.New(`^[0-9a-f]{24}$`)
)

// maxFiles bounds the files of a folder that are named.
const maxFiles = 100

// addFiles names what is in a folder of a repository.
func (a Adapter) addFiles(ctx context.Context, web source.Web, r repository, folder string, d *outline.Text, ev *job.Evidence) {
	var list []struct {
		Type string `json:"type"`
		Path string `json:"path"`
		Size int64  `json:"size"`
	}
	link := a.API + "/api/" + r.kind + "/" + r.id + "/tree/" + url.PathEscape(outline.First(r.revision, "main"))
	if folder != "" {
		link += "/" + source.EscapePath(folder)
	}
	if _, err := source.GetJSON(ctx, web, link, Credential, &list); err != nil {
		ev.MarkPartial("the list of files, which the link names, could not be had (" + source.Cause(err) + ")")
		return
	}
	lines := make([]string, 0, min(len(list), maxFiles))
	for _, f := range list[:min(len(list), maxFiles)] {
		line := "- " + text.OneLine(f.Path)
		if f.Type == "directory" {
			line += "/"
		} else {
			line += fmt.Sprintf(" (%d bytes)", f.Size)
		}
		lines = append(lines, line)
	}
	if len(list) > maxFiles {
		ev.MarkPartial(fmt.Sprintf("of the %d files in the folder %d are named", len(list), maxFiles))
	}
	d.Section(strings.TrimSpace("Files "+folder), strings.Join(lines, "\n"))
}

// file reads one file of a repository at a revision; a card as a card.
func (a Adapter) file(ctx context.Context, web source.Web, r repository, name string, ev *job.Evidence) error {
	place := r.prefix() + r.id + "/raw/" + url.PathEscape(r.revision) + "/" + source.EscapePath(name)
	res, err := web.Get(ctx, fetch.Request{URL: a.API + "/" + place, Credential: Credential, MaxBytes: source.MaxAnswer, Truncate: true})
	if err != nil {
		return err
	}
	decoded, _ := page.Decode(res.Body, "")
	plain := string(decoded)
	if strings.ContainsRune(plain, 0) || !utf8.ValidString(plain) {
		return fetch.NewError(fetch.NotText, ev.URL, "this file is not text", "share a page that describes it")
	}
	ev.SiteName, ev.FinalURL, ev.CanonicalURL = "Hugging Face", ev.URL, ev.URL
	source.Add(ev, res.URL, r.id+": "+name, res.FetchedAt)
	base, _ := url.Parse("https://huggingface.co/" + r.prefix() + r.id + "/blob/" + url.PathEscape(r.revision) + "/" + source.EscapePath(name))
	if _, _, lines := repofile.LineRange(r.anchor); path.Base(name) == "README.md" && !lines {
		d := &outline.Text{}
		addCard(plain, d, ev)
		ev.Title, ev.Text = r.id, d.String()
		source.Complete(ev)
		repofile.LeadWith(r.anchor, "card", ev)
	} else {
		repofile.Fill(name, plain, base, r.anchor, ev)
	}
	source.MarkMissing(ev, res, "file")
	return nil
}

// thread is the Hub's answer about a discussion or a pull request, as huggingface_hub's
// get_discussion_details reads it.
type thread struct {
	Title   string  `json:"title"`
	Status  string  `json:"status"`
	Created string  `json:"createdAt"`
	IsPull  bool    `json:"isPullRequest"`
	Author  account `json:"author"`
	Events  []event `json:"events"`
}

// account is whose words they are.
type account struct {
	Name string `json:"name"`
}

// event is a comment, the opening one among them, or another step, which has no text.
type event struct {
	ID      string  `json:"id"`
	Type    string  `json:"type"`
	Created string  `json:"createdAt"`
	Author  account `json:"author"`
	Data    struct {
		Hidden bool `json:"hidden"`
		Latest struct {
			Raw string `json:"raw"`
		} `json:"latest"`
	} `json:"data"`
}

// discussion reads a discussion, the comment that the link names first.
func (a Adapter) discussion(ctx context.Context, web source.Web, r repository, number string, ev *job.Evidence) error {
	var t thread
	res, err := source.GetJSON(ctx, web, a.API+"/api/"+r.kind+"/"+r.id+"/discussions/"+number, Credential, &t)
	if err != nil {
		return err
	}
	if t.Title == "" {
		return source.NotTheAPI(res.URL, nil)
	}
	ev.CanonicalURL = "https://huggingface.co/" + r.prefix() + r.id + "/discussions/" + number
	ev.FinalURL = ev.URL
	t.fill(r.id, r.anchor, ev)
	source.Add(ev, ev.CanonicalURL, ev.Title, res.FetchedAt)
	return nil
}

// fill writes a thread about the repository id.
func (t thread) fill(id, anchor string, ev *job.Evidence) {
	ev.Title, ev.SiteName, ev.Author, ev.Published = text.OneLine(t.Title), "Hugging Face", t.Author.Name, t.Created
	kind := "Discussion"
	if t.IsPull {
		kind = "Pull request"
	}
	d, rest := &outline.Text{}, &outline.Text{}
	rest.Facts(
		outline.Fact(kind+" of", id), outline.Fact("State", t.Status), outline.Fact("By", t.Author.Name),
		outline.Fact("Opened", outline.Day(t.Created)),
	)
	shown, comments, found := 0, 0, false
	for _, e := range t.Events {
		if e.Type != "comment" {
			continue
		}
		comments++
		label := outline.First(e.Author.Name, "somebody") + ", " + outline.Day(e.Created)
		plain := e.words(ev)
		if e.ID == anchor && anchor != "" {
			found = true
			d.Add("## Comment by " + label)
			d.Add(plain)
			ev.Lead = len(d.String())
			ev.Title, ev.Author, ev.Published = "Comment by "+outline.First(e.Author.Name, "somebody")+" on: "+ev.Title, e.Author.Name, e.Created
			if e.Data.Hidden {
				ev.MarkPartial("the comment that the link names was hidden")
			}
		} else if shown <= source.MaxComments { // the opening one and as many answers
			shown++
			rest.Add("### " + label)
			rest.Add(page.Headings(text.Clip(plain, 8000), 4))
		}
	}
	if !found && eventPattern.MatchString(anchor) {
		ev.MarkPartial("the comment that the link names is not there: it may have been deleted")
	}
	if ev.Lead > 0 {
		d.Add("## " + kind + ": " + text.OneLine(t.Title))
	}
	d.Add(rest.String())
	if shown < comments-1 {
		d.Add(fmt.Sprintf("(%d of %d comments)", shown, comments))
	}
	ev.Text = d.String()
	source.Complete(ev)
}

// words is the readable text of a comment.
func (e event) words(ev *job.Evidence) string {
	if e.Data.Hidden {
		return "(This comment was hidden.)"
	}
	base, _ := url.Parse("https://huggingface.co/")
	plain, links := page.Markdown(e.Data.Latest.Raw, base)
	ev.Links = append(ev.Links, links...)
	return outline.First(page.Headings(plain, 3), "(no text)")
}

// paper reads what the Hub says of a paper, then the paper itself, which is on arXiv.
func (a Adapter) paper(ctx context.Context, web source.Web, id, anchor string, ev *job.Evidence) error {
	var p struct {
		Title     string `json:"title"`
		Summary   string `json:"summary"`
		Published string `json:"publishedAt"`
		Upvotes   int    `json:"upvotes"`
		Code      string `json:"githubRepo"`
		Project   string `json:"projectPage"`
		Authors   []struct {
			Name string `json:"name"`
		} `json:"authors"`
	}
	link := "https://arxiv.org/abs/" + id
	res, err := source.GetJSON(ctx, web, a.API+"/api/papers/"+id, "", &p)
	if u, perr := url.Parse(link); fetch.ReasonOf(err) == fetch.NotFound && perr == nil {
		return web.Link(ctx, u, ev) // the Hub has pages of papers that somebody spoke of
	}
	if err != nil {
		return err
	}
	names := make([]string, 0, len(p.Authors))
	for _, author := range p.Authors {
		names = append(names, text.OneLine(author.Name))
	}
	ev.Title, ev.Author, ev.SiteName, ev.Published = text.OneLine(p.Title), strings.Join(names, ", "), "Hugging Face", p.Published
	ev.CanonicalURL = "https://huggingface.co/papers/" + id
	ev.FinalURL, ev.Description = ev.CanonicalURL, text.OneLine(p.Summary)
	source.Add(ev, ev.FinalURL, ev.Title, res.FetchedAt)
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Authors", ev.Author), outline.Fact("Published", outline.Day(p.Published)), outline.Fact("Upvotes", p.Upvotes),
		outline.Fact("Code", p.Code), outline.Fact("Project page", p.Project),
	)
	d.Section("Abstract", ev.Description)
	ev.Links = append(ev.Links, p.Code, p.Project)
	if eventPattern.MatchString(anchor) {
		ev.MarkPartial("the comment that the link names could not be had: the interface gives none of papers")
	}
	source.AddLinked(ctx, web, link, d, ev)
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}
