package evidence

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

type githubRepo struct {
	FullName    string   `json:"full_name"`
	HTMLURL     string   `json:"html_url"`
	Description string   `json:"description"`
	Homepage    string   `json:"homepage"`
	Language    string   `json:"language"`
	Stars       int      `json:"stargazers_count"`
	Forks       int      `json:"forks_count"`
	OpenIssues  int      `json:"open_issues_count"`
	Topics      []string `json:"topics"`
	Archived    bool     `json:"archived"`
	Fork        bool     `json:"fork"`
	Created     string   `json:"created_at"`
	Pushed      string   `json:"pushed_at"`
	Branch      string   `json:"default_branch"`
	License     *struct {
		Name string `json:"name"`
		SPDX string `json:"spdx_id"`
	} `json:"license"`
	Owner  githubUser `json:"owner"`
	Parent *struct {
		FullName string `json:"full_name"`
	} `json:"parent"`
}

type githubUser struct {
	Login string `json:"login"`
}

func (r *Retriever) githubRepo(ctx context.Context, api githubAPI, link string, ev *job.Evidence) error {
	var repo githubRepo
	res, err := r.githubGet(ctx, api, link, &repo)
	if err != nil {
		return err
	}
	if repo.FullName == "" {
		return notTheAPI(link, nil)
	}
	addSource(ev, first(repo.HTMLURL, res.URL), repo.FullName, res.FetchedAt)
	d := fillRepo(repo, ev)
	// After a rename the interface redirects; ask on where it led.
	link = res.FinalURL.String()
	rules := r.rules.forHost("github.com")
	if !off(rules.FetchReleases) {
		if rel, err := r.githubReleaseOf(ctx, api, link+"/releases/latest"); err == nil {
			d.section("Latest release "+rel.label(), clip(rel.notes(), 3000))
		}
	}
	if off(rules.FetchReadme) {
		ev.Text = d.String()
		ev.MarkPartial("the README was not asked for, by the rules for github.com")
		return nil
	}
	readme, links, err := r.githubReadme(ctx, api, link, repo)
	if err != nil {
		ev.MarkPartial("the README could not be had (" + sentence(err) + ")")
		ev.Text = d.String()
		return nil
	}
	ev.Links = append(ev.Links, links...)
	d.section("README", page.Headings(readme, 3))
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
	return nil
}

func fillRepo(repo githubRepo, ev *job.Evidence) *doc {
	ev.Title, ev.Description = repo.FullName, oneLine(repo.Description)
	ev.Author, ev.SiteName = repo.Owner.Login, "GitHub"
	ev.Published = repo.Created
	ev.CanonicalURL, ev.FinalURL = repo.HTMLURL, repo.HTMLURL
	d := &doc{}
	d.add(ev.Description)
	license := ""
	if repo.License != nil {
		license = first(unlessSame(repo.License.SPDX, "NOASSERTION"), repo.License.Name)
	}
	forkOf := ""
	if repo.Fork {
		forkOf = "yes"
		if repo.Parent != nil {
			forkOf = repo.Parent.FullName
		}
	}
	state := ""
	if repo.Archived {
		state = "archived, read-only"
	}
	d.facts(fact{"Language", repo.Language}, fact{"Licence", license}, fact{"Stars", repo.Stars}, fact{"Forks", repo.Forks},
		fact{"Open issues", repo.OpenIssues}, fact{"Topics", strings.Join(repo.Topics, ", ")}, fact{"Homepage", repo.Homepage},
		fact{"Created", day(repo.Created)}, fact{"Last push", day(repo.Pushed)}, fact{"Fork of", forkOf}, fact{"State", state})
	if repo.Homepage != "" {
		ev.Links = append(ev.Links, repo.Homepage)
	}
	return d
}

func (r *Retriever) githubReadme(ctx context.Context, api githubAPI, link string, repo githubRepo) (string, []string, error) {
	res, err := r.client.Get(ctx, fetch.Request{URL: link + "/readme", Header: api.header(""), Accept: "application/vnd.github+json", MaxBytes: apiBytes, AnyStatus: true})
	if err != nil {
		return "", nil, err
	}
	if err := githubStatus(res); err != nil {
		return "", nil, err
	}
	name, text := githubContent(res.Body)
	base, _ := url.Parse(repo.HTMLURL + "/blob/" + first(repo.Branch, "HEAD") + "/")
	text, links := markup(name, text, base)
	if text == "" {
		return "", nil, fetch.NewError(fetch.Empty, link, "it is empty", "")
	}
	return text, links, nil
}

// githubContent reads a contents answer: JSON with base64, or the raw text.
func githubContent(body []byte) (name, text string) {
	var c struct {
		Name, Encoding, Content string
	}
	if decodeJSON(body, &c) == nil && c.Encoding == "base64" {
		raw, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\n", "", "\r", "").Replace(c.Content))
		if err == nil {
			body = raw
		}
		name = c.Name
	}
	decoded, _ := page.Decode(body, "")
	return name, string(decoded)
}

// markup makes the text of a README-like file readable, by its name.
func markup(name, text string, base *url.URL) (string, []string) {
	switch strings.ToLower(path.Ext(name)) {
	case ".rst":
		return page.ReStructured(text, base)
	case ".md", ".markdown", ".mdx", ".qmd", "":
		return page.Markdown(text, base)
	case ".html", ".htm":
		return page.Fragment(text), nil
	}
	return strings.TrimSpace(text), nil
}

type githubRelease struct {
	Tag       string     `json:"tag_name"`
	Name      string     `json:"name"`
	Body      string     `json:"body"`
	Published string     `json:"published_at"`
	HTMLURL   string     `json:"html_url"`
	Author    githubUser `json:"author"`
}

func (g githubRelease) label() string {
	l := first(g.Name, g.Tag)
	if g.Tag != "" && !strings.Contains(l, g.Tag) {
		l += " (" + g.Tag + ")"
	}
	if d := day(g.Published); d != "" {
		l += ", " + d
	}
	return oneLine(l)
}

func (g githubRelease) notes() string {
	base, _ := url.Parse(g.HTMLURL)
	text, _ := page.Markdown(g.Body, base)
	return page.Headings(first(text, "(no notes)"), 3)
}

func (r *Retriever) githubReleaseOf(ctx context.Context, api githubAPI, link string) (githubRelease, error) {
	var rel githubRelease
	_, err := r.githubGet(ctx, api, link, &rel)
	return rel, err
}

func (r *Retriever) githubRelease(ctx context.Context, api githubAPI, link string, ev *job.Evidence) error {
	var rel githubRelease
	res, err := r.githubGet(ctx, api, link, &rel)
	if err != nil {
		return err
	}
	fillRelease(rel, ev)
	addSource(ev, first(rel.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	return nil
}

func fillRelease(rel githubRelease, ev *job.Evidence) {
	ev.Title, ev.SiteName, ev.Author = "Release "+rel.label(), "GitHub", rel.Author.Login
	ev.Published, ev.CanonicalURL, ev.FinalURL = rel.Published, rel.HTMLURL, first(rel.HTMLURL, ev.URL)
	ev.Text, ev.Coverage = rel.notes(), job.CoverageFull
}

type githubProfile struct {
	Login       string `json:"login"`
	Name        string `json:"name"`
	Type        string `json:"type"`
	Bio         string `json:"bio"`
	Description string `json:"description"`
	Company     string `json:"company"`
	Blog        string `json:"blog"`
	Location    string `json:"location"`
	Repos       int    `json:"public_repos"`
	Followers   int    `json:"followers"`
	Created     string `json:"created_at"`
	HTMLURL     string `json:"html_url"`
}

func (r *Retriever) githubAccount(ctx context.Context, api githubAPI, login string, ev *job.Evidence) error {
	var p githubProfile
	res, err := r.githubGet(ctx, api, api.base+"/users/"+login, &p)
	if err != nil {
		return err
	}
	fillProfile(p, ev)
	addSource(ev, first(p.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	var repos []githubRepo
	if _, err := r.githubGet(ctx, api, api.base+"/users/"+login+"/repos?sort=pushed&per_page=20", &repos); err == nil {
		var lines []string
		for _, repo := range repos {
			lines = append(lines, oneLine(fmt.Sprintf("- %s (%d stars): %s", repo.FullName, repo.Stars, repo.Description)))
			ev.Links = append(ev.Links, repo.HTMLURL)
		}
		if len(lines) > 0 {
			ev.Text += "\n\n## Recently active repositories\n\n" + strings.Join(lines, "\n")
			ev.Coverage, ev.Errors = job.CoverageFull, []string{}
		}
	}
	return nil
}

func fillProfile(p githubProfile, ev *job.Evidence) {
	ev.Title, ev.SiteName, ev.Author = first(p.Name, p.Login), "GitHub", p.Login
	ev.Description = oneLine(first(p.Bio, p.Description))
	ev.CanonicalURL, ev.FinalURL, ev.Published = p.HTMLURL, first(p.HTMLURL, ev.URL), p.Created
	d := &doc{}
	d.add(ev.Description)
	d.facts(fact{"Account", p.Login}, fact{"Name", p.Name}, fact{"Kind", p.Type}, fact{"Company", p.Company}, fact{"Location", p.Location}, fact{"Site", p.Blog},
		fact{"Public repositories", p.Repos}, fact{"Followers", p.Followers}, fact{"Since", day(p.Created)})
	ev.Text = d.String()
	ev.MarkPartial("only the account's profile could be read")
}
