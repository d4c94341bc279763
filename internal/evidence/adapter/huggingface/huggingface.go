// Package huggingface reads models, datasets and spaces of the Hugging Face Hub, their files and
// discussions, and papers. In goes a link to one of these; out come, for a repository, the Hub's
// facts and the card, the README.md at its root, and what the link names within its page before
// all else.
package huggingface

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/repofile"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// namePattern is the form of names of accounts and repositories.
var namePattern = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)

// reserved are first path parts of huggingface.co that are no account.
var reserved = map[string]bool{
	"api": true, "blog": true, "chat": true, "collections": true, "docs": true, "enterprise": true, "inference": true, "join": true,
	"learn": true, "login": true, "models": true, "new": true, "organizations": true, "papers": true, "posts": true, "pricing": true,
	"settings": true, "spaces": true, "datasets": true, "tasks": true, "terms-of-service": true, "privacy": true,
	"support": true, "join-us": true,
}

// Credential is the name of the credential for the API.
const Credential = "huggingface"

// Adapter is the adapter of repositories on the Hub.
type Adapter struct {
	API string // base address: https://huggingface.co
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "HuggingFaceAdapter" }

// repository is a model, a dataset or a space and a place in it.
type repository struct {
	kind, id         string
	revision, anchor string // "" for the main branch; the fragment of the link
}

// prefix is what stands before the name in addresses of pages.
func (r repository) prefix() string {
	if r.kind == "models" {
		return ""
	}
	return r.kind + "/"
}

// Match matches models, datasets and spaces, pages within them, and papers. A name without an
// account, such as bert-base-uncased, is told from an account's page by its hyphen. Commits are
// read as pages.
func (a Adapter) Match(u *url.URL) source.Task {
	if !source.HostIs(u.Hostname(), "huggingface.co", "www.huggingface.co", "hf.co") {
		return nil
	}
	s, r := source.Segments(u), repository{kind: "models", anchor: u.Fragment}
	if len(s) == 2 && s[0] == "papers" && paperPattern.MatchString(s[1]) {
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.paper(ctx, web, s[1], u.Fragment, ev)
		}
	}
	if len(s) > 0 && (s[0] == "datasets" || s[0] == "spaces") {
		r.kind, s = s[0], s[1:]
	}
	if len(s) == 0 || reserved[s[0]] || !namePattern.MatchString(s[0]) {
		return nil
	}
	r.id = s[0] // old models and datasets have no account in their name
	if len(s) > 1 && namePattern.MatchString(s[1]) && !tabs[s[1]] {
		r.id += "/" + s[1]
		s = s[1:]
	} else if r.kind == "spaces" || len(s) == 1 && r.kind == "models" && !strings.Contains(r.id, "-") {
		return nil // more likely an account's page
	}
	return a.matchWithin(r, s[1:])
}

// tabs are the pages within a repository.
var tabs = map[string]bool{"tree": true, "blob": true, "resolve": true, "raw": true, "discussions": true, "commit": true, "commits": true}

// matchWithin matches what rest names within r.
func (a Adapter) matchWithin(r repository, rest []string) source.Task {
	tab := ""
	if len(rest) > 0 {
		tab = rest[0]
	}
	switch {
	case tab == "commit" || tab == "commits":
		return nil
	case tab == "discussions" && len(rest) == 2 && source.IsNumber(rest[1]):
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.discussion(ctx, web, r, rest[1], ev)
		}
	case tab == "discussions":
		return nil
	case (tab == "blob" || tab == "resolve" || tab == "raw") && len(rest) > 2:
		r.revision = rest[1]
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.file(ctx, web, r, strings.Join(rest[2:], "/"), ev)
		}
	case tab == "tree" && len(rest) > 1:
		r.revision = outline.Unless(rest[1], "main")
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.repository(ctx, web, r, strings.Join(rest[2:], "/"), true, ev)
		}
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		return a.repository(ctx, web, r, "", false, ev)
	}
}

// info is the Hub's answer about a model, dataset or space.
type info struct {
	ID        string   `json:"id"`
	Author    string   `json:"author"`
	Task      string   `json:"pipeline_tag"`
	Library   string   `json:"library_name"`
	SDK       string   `json:"sdk"`
	Tags      []string `json:"tags"`
	Downloads int      `json:"downloads"`
	Likes     int      `json:"likes"`
	Modified  string   `json:"lastModified"`
	Created   string   `json:"createdAt"`
	Gated     any      `json:"gated"`
	Disabled  bool     `json:"disabled"`
	Params    *struct {
		Total int64 `json:"total"`
	} `json:"safetensors"`
	Card any `json:"cardData"`
}

// repository asks the Hub for the facts and reads the card, at the revision that the link names. A
// repository without a card is partial evidence. listed says that the link is to the list of
// files, folder which.
func (a Adapter) repository(ctx context.Context, web source.Web, r repository, folder string, listed bool, ev *job.Evidence) error {
	var info info
	res, err := source.GetJSON(ctx, web, a.API+"/api/"+r.kind+"/"+r.id, Credential, &info)
	if err != nil {
		return err
	}
	r.id = outline.First(info.ID, r.id)
	ev.CanonicalURL = "https://huggingface.co/" + r.prefix() + r.id
	ev.FinalURL = ev.CanonicalURL
	source.Add(ev, res.URL, r.id, res.FetchedAt)
	d := &outline.Text{}
	if listed {
		ev.FinalURL = ev.URL
		a.addFiles(ctx, web, r, folder, d, ev)
		if folder != "" {
			ev.Lead = len(d.String())
		}
	}
	facts := fill(r.kind, info, ev)
	facts.Facts(outline.Fact("At", r.revision))
	at := a.API + "/" + r.prefix() + r.id + "/raw/" + url.PathEscape(outline.First(r.revision, "main")) + "/README.md"
	card, err := web.Get(ctx, fetch.Request{URL: at, Credential: Credential, MaxBytes: source.MaxAnswer})
	if err != nil {
		ev.MarkPartial("the card (README.md) could not be had (" + source.Cause(err) + ")")
	} else {
		source.Add(ev, card.URL, "Card of "+r.id, card.FetchedAt)
		addCard(string(card.Body), facts, ev)
	}
	if ev.Lead > 0 {
		d.Add(facts.String())
		ev.Text = d.String()
	} else {
		facts.Add(d.String())
		ev.Text = facts.String()
		repofile.LeadWith(r.anchor, "card", ev)
	}
	source.Complete(ev)
	return nil
}

// fill writes the facts and returns the text so far. Tags that are pairs (license:mit) are
// facts of their own. Gated is false, or the word "auto" or "manual".
func fill(kind string, info info, ev *job.Evidence) *outline.Text {
	ev.Title, ev.SiteName = info.ID, "Hugging Face"
	owner, _, _ := strings.Cut(info.ID, "/")
	ev.Author = outline.First(info.Author, outline.Unless(owner, info.ID))
	ev.Published = outline.First(info.Created, info.Modified)
	var tags, licence, langs, papers []string
	for _, t := range info.Tags {
		switch name, value, ok := strings.Cut(t, ":"); {
		case ok && name == "license":
			licence = append(licence, value)
		case ok && name == "language":
			langs = append(langs, value)
		case ok && name == "arxiv":
			papers = append(papers, "https://arxiv.org/abs/"+value)
		case ok && (name == "region" || name == "base_model" || name == "deploy"):
		default:
			tags = append(tags, t)
		}
	}
	ev.Links = append(ev.Links, papers...)
	gated := fmt.Sprint(info.Gated)
	if info.Gated == nil || gated == "false" {
		gated = ""
	}
	params := ""
	if info.Params != nil && info.Params.Total > 0 {
		params = fmt.Sprintf("%.1f million", float64(info.Params.Total)/1e6)
	}
	d := &outline.Text{}
	d.Facts(
		outline.Fact(strings.ToUpper(kind[:1])+strings.TrimSuffix(kind[1:], "s"), info.ID),
		outline.Fact("Task", info.Task), outline.Fact("Library", info.Library), outline.Fact("SDK", info.SDK),
		outline.Fact("Parameters", params), outline.Fact("Licence", strings.Join(licence, ", ")),
		outline.Fact("Languages", strings.Join(langs, ", ")), outline.Fact("Downloads (month)", info.Downloads),
		outline.Fact("Likes", info.Likes), outline.Fact("Created", outline.Day(info.Created)),
		outline.Fact("Changed", outline.Day(info.Modified)), outline.Fact("Gated", gated),
		outline.Fact("Papers", strings.Join(papers, ", ")),
		outline.Fact("Tags", strings.Join(tags[:min(len(tags), 25)], ", ")),
	)
	return d
}

// addCard appends a card: its front matter's facts and its text. The description is the first
// paragraph of the card, as the Hub has none of its own.
func addCard(card string, d *outline.Text, ev *job.Evidence) {
	meta, body := outline.FrontMatter(card)
	d.Facts(meta...)
	base, _ := url.Parse(ev.CanonicalURL + "/blob/main/")
	plain, links := page.Markdown(body, base)
	ev.Links = append(ev.Links, links...)
	ev.Description = outline.First(ev.Description, text.Clip(text.OneLine(outline.FirstParagraph(plain)), 300))
	d.Section("Card", page.Headings(plain, 3))
	if plain == "" {
		ev.MarkPartial("the card has no text")
	}
}

// Recognize implements [source.Recognizer] for the Hub's answers and for cards,
// which are plain text.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	s := source.Segments(in.URL)
	if in.Kind != source.JSON && in.Kind != source.Text || !source.HostIs(in.URL.Hostname(), "huggingface.co", "hf.co") || len(s) < 2 {
		return false, nil
	}
	if source.Last(s) == "README.md" {
		for i, part := range s {
			if part == "raw" || part == "blob" || part == "resolve" {
				ev.Title, ev.SiteName = strings.Join(s[:i], "/"), "Hugging Face"
				ev.CanonicalURL = "https://huggingface.co/" + ev.Title
				d := &outline.Text{}
				addCard(string(in.Body), d, ev)
				ev.Text = d.String()
				source.Complete(ev)
				return true, nil
			}
		}
	}
	if len(s) > 3 && s[0] == "api" && s[len(s)-2] == "discussions" {
		var about thread
		if source.DecodeJSON(in.Body, &about) != nil || about.Title == "" {
			return false, nil
		}
		about.fill(strings.Join(s[2:len(s)-2], "/"), in.URL.Fragment, ev)
		return true, nil
	}
	if s[0] != "api" || s[1] != "models" && s[1] != "datasets" && s[1] != "spaces" {
		return false, nil
	}
	var info info
	if source.DecodeJSON(in.Body, &info) != nil || info.ID == "" {
		return false, nil
	}
	ev.Text = fill(s[1], info, ev).String()
	ev.MarkPartial("only the facts are in the answer, not the card")
	return true, nil
}
