package github

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// commitInfo is the answer about a commit; files come with it, up to 300.
type commitInfo struct {
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

// fetchCommit reads a commit: its message and what it changed.
func fetchCommit(ctx context.Context, web source.Web, api server, repo, sha string, ev *job.Evidence) error {
	var c commitInfo
	res, err := get(ctx, web, api, repo+"/commits/"+url.PathEscape(sha), &c)
	if err != nil {
		return err
	}
	fillCommit(c, ev)
	source.Add(ev, outline.First(c.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	return nil
}

// fillCommit writes the message and the beginnings of the changes, which say what a
// commit is about; all of a large one would crowd out the rest.
func fillCommit(c commitInfo, ev *job.Evidence) {
	subject, rest, _ := strings.Cut(c.Commit.Message, "\n")
	ev.Title, ev.SiteName, ev.Author, ev.Published = text.OneLine(subject), "GitHub", c.Commit.Author.Name, c.Commit.Author.Date
	ev.CanonicalURL, ev.FinalURL = c.HTMLURL, outline.First(c.HTMLURL, ev.URL)
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Commit", text.Clip(c.SHA, 12)), outline.Fact("By", ev.Author),
		outline.Fact("Date", outline.Day(ev.Published)),
		outline.Fact("Change", fmt.Sprintf("%d files, +%d −%d lines", len(c.Files), c.Stats.Additions, c.Stats.Deletions)),
	)
	d.Add(subject)
	d.Add(rest)
	for _, f := range c.Files[:min(len(c.Files), 30)] {
		d.Add("### " + f.Filename + " (" + f.Status + ")")
		if f.Patch != "" {
			d.Add("```\n" + text.Clip(f.Patch, 2000) + "\n```")
		}
	}
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
}

// fetchFile reads one file at a branch, tag or commit. The first part of the path behind blob
// is taken for the branch: a branch with a slash in its name is not found, and the page is
// read instead.
func fetchFile(ctx context.Context, web source.Web, api server, repo, ref, name string, ev *job.Evidence) error {
	link := repo + "/contents/" + source.EscapePath(name) + "?ref=" + url.QueryEscape(ref)
	res, err := web.Get(ctx, api.request(link, "application/vnd.github.raw+json"))
	if err != nil {
		return err
	}
	if err := checkStatus(res); err != nil {
		return err
	}
	fillFile(name, res.Body, ev)
	source.Add(ev, ev.URL, ev.Title, res.FetchedAt)
	if ev.Text == "" {
		return fetch.NewError(fetch.NotText, ev.URL, "this file is not text", "share a page that describes it")
	}
	return nil
}

// fillFile writes a file's content, prose as prose and anything else as code. Text stays empty
// for a file that is not text. body may also be the JSON form of the contents API, see
// content.
func fillFile(name string, body []byte, ev *job.Evidence) {
	own, text := content(body)
	name = outline.First(name, own)
	ev.SiteName, ev.FinalURL, ev.CanonicalURL = "GitHub", ev.URL, ev.URL
	ev.Title = path.Base(name)
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return
	}
	base, _ := url.Parse(ev.URL)
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".mdx", ".rst", ".html", ".htm", ".txt":
		ev.Text, ev.Links = outline.Markup(name, text, base)
	case "":
		ev.Text = strings.TrimSpace(text)
	default:
		ev.Text = "```\n" + strings.Trim(text, "\n") + "\n```"
	}
	ev.Coverage = job.CoverageFull
}

// fetchGist reads a gist with all its files. Ids are unique without the account that stands
// before them in links.
func fetchGist(ctx context.Context, web source.Web, api server, id string, ev *job.Evidence) error {
	var g gistInfo
	res, err := get(ctx, web, api, api.base+"/gists/"+url.PathEscape(strings.TrimSuffix(id, ".git")), &g)
	if err != nil {
		return err
	}
	fillGist(g, ev)
	source.Add(ev, outline.First(g.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	return nil
}

// gistInfo is the answer about a gist. Content is cut at about 1 MB.
type gistInfo struct {
	Description string   `json:"description"`
	HTMLURL     string   `json:"html_url"`
	Created     string   `json:"created_at"`
	Owner       userInfo `json:"owner"`
	Files       map[string]struct {
		Filename  string `json:"filename"`
		Language  string `json:"language"`
		Content   string `json:"content"`
		Truncated bool   `json:"truncated"`
	} `json:"files"`
}

// fillGist writes the files of a gist in the order of their names.
func fillGist(g gistInfo, ev *job.Evidence) {
	ev.SiteName, ev.Author, ev.Published = "GitHub Gist", g.Owner.Login, g.Created
	ev.CanonicalURL, ev.FinalURL = g.HTMLURL, outline.First(g.HTMLURL, ev.URL)
	ev.Description, ev.Coverage = text.OneLine(g.Description), job.CoverageFull
	d := &outline.Text{}
	d.Add(ev.Description)
	names := slices.Sorted(maps.Keys(g.Files))
	ev.Title = outline.First(ev.Description, strings.Join(names, ", "))
	for _, name := range names {
		f := g.Files[name]
		d.Add("## " + name)
		if ext := strings.ToLower(path.Ext(name)); ext == ".md" || ext == ".markdown" || ext == ".rst" || ext == ".txt" {
			base, _ := url.Parse(g.HTMLURL)
			text, links := outline.Markup(name, f.Content, base)
			ev.Links = append(ev.Links, links...)
			d.Add(page.Headings(text, 3))
		} else {
			d.Add("```\n" + strings.Trim(f.Content, "\n") + "\n```")
		}
		if f.Truncated {
			ev.MarkPartial("the file " + name + " is longer than the interface gives")
		}
	}
	ev.Text = d.String()
}
