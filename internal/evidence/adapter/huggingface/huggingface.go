// Package huggingface reads models, datasets and spaces of the Hugging Face Hub: the Hub's
// facts and the card. In goes a link to a repository or to a page within it; out come facts
// and card, the README.md at its root.
package huggingface

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// namePattern is the form of names of accounts and repositories.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)

// reserved are first path parts of huggingface.co that are no account.
var reserved = map[string]bool{
	"api": true, "blog": true, "chat": true, "collections": true, "docs": true, "enterprise": true, "inference": true, "join": true,
	"learn": true, "login": true, "models": true, "new": true, "organizations": true, "papers": true, "posts": true, "pricing": true,
	"settings": true, "spaces": true, "datasets": true, "tasks": true, "terms-of-service": true, "privacy": true,
	"support": true, "join-us": true,
}

// Adapter is the adapter of repositories on the Hub.
type Adapter struct {
	API   string // base address: https://huggingface.co
	Token string // sent to API only; optional
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "HuggingFaceAdapter" }

// Match matches models, datasets and spaces, and pages within them. A name without an account,
// such as bert-base-uncased, is told from an account's page by its hyphen. Files, discussions
// and commits are read as pages.
func (a Adapter) Match(u *url.URL) source.Task {
	if !source.HostIs(u.Hostname(), "huggingface.co", "www.huggingface.co", "hf.co") {
		return nil
	}
	s, kind := source.Segments(u), "models"
	if len(s) > 0 && (s[0] == "datasets" || s[0] == "spaces") {
		kind, s = s[0], s[1:]
	}
	if len(s) == 0 || reserved[s[0]] || !namePattern.MatchString(s[0]) {
		return nil
	}
	id := s[0] // old models and datasets have no account in their name
	if len(s) > 1 && namePattern.MatchString(s[1]) && s[1] != "tree" && s[1] != "blob" {
		id += "/" + s[1]
		s = s[1:]
	} else if kind == "spaces" || len(s) == 1 && kind == "models" && !strings.Contains(id, "-") {
		return nil // more likely an account's page
	}
	if len(s) > 1 && (s[1] == "blob" || s[1] == "discussions" || s[1] == "resolve" || s[1] == "commit") {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		return a.repository(ctx, web, kind, id, ev)
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

// header carries the token, where there is one.
func (a Adapter) header() http.Header {
	if a.Token == "" {
		return nil
	}
	return http.Header{"Authorization": {"Bearer " + a.Token}}
}

// repository asks the Hub for the facts and reads the card. A repository without a
// card is partial evidence.
func (a Adapter) repository(ctx context.Context, web source.Web, kind, id string, ev *job.Evidence) error {
	base := a.API
	var info info
	res, err := source.GetJSON(ctx, web, base+"/api/"+kind+"/"+id, a.header(), &info)
	if err != nil {
		return err
	}
	prefix := ""
	if kind != "models" {
		prefix = kind + "/"
	}
	id = outline.First(info.ID, id)
	ev.CanonicalURL = "https://huggingface.co/" + prefix + id
	ev.FinalURL = ev.CanonicalURL
	source.Add(ev, res.URL, id, res.FetchedAt)
	d := fill(kind, info, ev)
	at := base + "/" + prefix + id + "/raw/main/README.md"
	card, err := web.Get(ctx, fetch.Request{URL: at, Header: a.header(), MaxBytes: source.MaxAnswer})
	if err != nil {
		ev.MarkPartial("the card (README.md) could not be had (" + source.Cause(err) + ")")
		ev.Text = d.String()
		return nil
	}
	source.Add(ev, card.URL, "Card of "+id, card.FetchedAt)
	addCard(string(card.Body), d, ev)
	ev.Text = d.String()
	if ev.Coverage != job.CoveragePartial {
		ev.Coverage = job.CoverageFull
	}
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
				ev.Title, ev.SiteName, ev.Coverage = strings.Join(s[:i], "/"), "Hugging Face", job.CoverageFull
				ev.CanonicalURL = "https://huggingface.co/" + ev.Title
				d := &outline.Text{}
				addCard(string(in.Body), d, ev)
				ev.Text = d.String()
				return true, nil
			}
		}
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
