package evidence

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

type githubCommit struct {
	SHA     string `json:"sha"`
	HTMLURL string `json:"html_url"`
	Commit  struct {
		Message string `json:"message"`
		Author  struct {
			Name string `json:"name"`
			Date string `json:"date"`
		} `json:"author"`
	} `json:"commit"`
	Stats struct{ Additions, Deletions int } `json:"stats"`
	Files []struct {
		Filename string `json:"filename"`
		Status   string `json:"status"`
		Patch    string `json:"patch"`
	} `json:"files"`
}

func (r *Retriever) githubCommit(ctx context.Context, api githubAPI, repo, sha string, ev *job.Evidence) error {
	var c githubCommit
	res, err := r.githubGet(ctx, api, repo+"/commits/"+url.PathEscape(sha), &c)
	if err != nil {
		return err
	}
	fillCommit(c, ev)
	addSource(ev, first(c.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	return nil
}

func fillCommit(c githubCommit, ev *job.Evidence) {
	subject, rest, _ := strings.Cut(c.Commit.Message, "\n")
	ev.Title, ev.SiteName, ev.Author, ev.Published = oneLine(subject), "GitHub", c.Commit.Author.Name, c.Commit.Author.Date
	ev.CanonicalURL, ev.FinalURL = c.HTMLURL, first(c.HTMLURL, ev.URL)
	d := &doc{}
	d.facts(fact{"Commit", clip(c.SHA, 12)}, fact{"By", ev.Author}, fact{"Date", day(ev.Published)},
		fact{"Change", fmt.Sprintf("%d files, +%d −%d lines", len(c.Files), c.Stats.Additions, c.Stats.Deletions)})
	d.add(subject)
	d.add(rest)
	for _, f := range c.Files[:min(len(c.Files), 30)] {
		d.add("### " + f.Filename + " (" + f.Status + ")")
		if f.Patch != "" {
			d.add("```\n" + clip(f.Patch, 2000) + "\n```")
		}
	}
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
}

func (r *Retriever) githubFile(ctx context.Context, api githubAPI, repo, ref, name string, ev *job.Evidence) error {
	res, err := r.client.Get(ctx, fetch.Request{
		URL: repo + "/contents/" + escapePath(name) + "?ref=" + url.QueryEscape(ref), Header: api.header(""),
		Accept: "application/vnd.github.raw+json", MaxBytes: apiBytes, AnyStatus: true,
	})
	if err != nil {
		return err
	}
	if err := githubStatus(res); err != nil {
		return err
	}
	fillFile(name, res.Body, ev)
	addSource(ev, ev.URL, ev.Title, res.FetchedAt)
	if ev.Text == "" {
		return fetch.NewError(fetch.NotText, ev.URL, "this file is not text", "share a page that describes it")
	}
	return nil
}

func fillFile(name string, body []byte, ev *job.Evidence) {
	own, text := githubContent(body)
	name = first(name, own)
	ev.SiteName, ev.FinalURL, ev.CanonicalURL = "GitHub", ev.URL, ev.URL
	ev.Title = path.Base(name)
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return
	}
	base, _ := url.Parse(ev.URL)
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".mdx", ".rst", ".html", ".htm", ".txt":
		ev.Text, ev.Links = markup(name, text, base)
	case "":
		ev.Text = strings.TrimSpace(text)
	default:
		ev.Text = "```\n" + strings.Trim(text, "\n") + "\n```"
	}
	ev.Coverage = job.CoverageFull
}

func (r *Retriever) githubGist(ctx context.Context, api githubAPI, id string, ev *job.Evidence) error {
	var g githubGist
	res, err := r.githubGet(ctx, api, api.base+"/gists/"+url.PathEscape(strings.TrimSuffix(id, ".git")), &g)
	if err != nil {
		return err
	}
	fillGist(g, ev)
	addSource(ev, first(g.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	return nil
}

type githubGist struct {
	Description string     `json:"description"`
	HTMLURL     string     `json:"html_url"`
	Created     string     `json:"created_at"`
	Owner       githubUser `json:"owner"`
	Files       map[string]struct {
		Filename  string `json:"filename"`
		Language  string `json:"language"`
		Content   string `json:"content"`
		Truncated bool   `json:"truncated"`
	} `json:"files"`
}

func fillGist(g githubGist, ev *job.Evidence) {
	ev.SiteName, ev.Author, ev.Published = "GitHub Gist", g.Owner.Login, g.Created
	ev.CanonicalURL, ev.FinalURL = g.HTMLURL, first(g.HTMLURL, ev.URL)
	ev.Description, ev.Coverage = oneLine(g.Description), job.CoverageFull
	d := &doc{}
	d.add(ev.Description)
	names := sortedKeys(g.Files)
	ev.Title = first(ev.Description, strings.Join(names, ", "))
	for _, name := range names {
		f := g.Files[name]
		d.add("## " + name)
		if ext := strings.ToLower(path.Ext(name)); ext == ".md" || ext == ".markdown" || ext == ".rst" || ext == ".txt" {
			base, _ := url.Parse(g.HTMLURL)
			text, links := markup(name, f.Content, base)
			ev.Links = append(ev.Links, links...)
			d.add(page.Headings(text, 3))
		} else {
			d.add("```\n" + strings.Trim(f.Content, "\n") + "\n```")
		}
		if f.Truncated {
			ev.MarkPartial("the file " + name + " is longer than the interface gives")
		}
	}
	ev.Text = d.String()
}
