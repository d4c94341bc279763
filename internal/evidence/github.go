package evidence

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
)

// maxComments bounds the comments of an issue, a thread or a story that become
// evidence; the first ones explain, the later ones repeat.
const maxComments = 12

var githubName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// githubReserved are first path parts of github.com that are no account.
var githubReserved = map[string]bool{
	"about": true, "apps": true, "blog": true, "codespaces": true, "collections": true, "contact": true, "customer-stories": true,
	"enterprise": true, "events": true, "explore": true, "features": true, "issues": true, "join": true, "login": true, "logout": true,
	"marketplace": true, "new": true, "nonprofit": true, "notifications": true, "orgs": true, "pricing": true, "pulls": true,
	"readme": true, "search": true, "security": true, "settings": true, "site": true, "sponsors": true, "stars": true, "topics": true,
	"trending": true, "users": true, "team": true, "resources": true, "solutions": true, "models": true, "copilot": true, "advisories": true,
}

// githubAPI is one server's interface.
type githubAPI struct {
	base  string
	token string
}

func (r *Retriever) githubFor(host string) (githubAPI, bool) {
	host = strings.ToLower(strings.TrimPrefix(host, "www."))
	switch host {
	case "github.com", "gist.github.com":
		return githubAPI{r.cfg.APIs.GitHub, r.cfg.Tokens.GitHub}, true
	}
	base, ok := r.cfg.APIs.GitHubHosts[host]
	return githubAPI{strings.TrimRight(base, "/"), r.cfg.Tokens.GitHubHosts[host]}, ok
}

// github matches repositories and what is in them; pages without an interface
// (discussions, wikis, blog) are read as pages.
func (r *Retriever) github(u *url.URL) task {
	api, ok := r.githubFor(u.Hostname())
	if !ok {
		return nil
	}
	s := segments(u)
	if hostIs(u.Hostname(), "gist.github.com") || len(s) > 0 && s[0] == "gist" {
		id := lastOf(s)
		if id == "" || !githubName.MatchString(id) || len(s) > 3 {
			return nil
		}
		return func(ctx context.Context, ev *Evidence) error { return r.githubGist(ctx, api, id, ev) }
	}
	if len(s) == 0 || githubReserved[strings.ToLower(s[0])] || !githubName.MatchString(s[0]) {
		return nil
	}
	if len(s) == 1 {
		return func(ctx context.Context, ev *Evidence) error { return r.githubAccount(ctx, api, s[0], ev) }
	}
	s[1] = strings.TrimSuffix(s[1], ".git")
	if !githubName.MatchString(s[1]) {
		return nil
	}
	repo := api.base + "/repos/" + s[0] + "/" + s[1]
	if len(s) == 2 {
		return func(ctx context.Context, ev *Evidence) error { return r.githubRepo(ctx, api, repo, ev) }
	}
	rest := s[3:]
	switch kind := s[2]; {
	case (kind == "issues" || kind == "pull") && len(rest) > 0 && isNumber(rest[0]):
		return func(ctx context.Context, ev *Evidence) error { return r.githubIssue(ctx, api, repo, rest[0], ev) }
	case kind == "commit" && len(rest) == 1:
		return func(ctx context.Context, ev *Evidence) error { return r.githubCommit(ctx, api, repo, rest[0], ev) }
	case kind == "blob" && len(rest) > 1:
		return func(ctx context.Context, ev *Evidence) error {
			return r.githubFile(ctx, api, repo, rest[0], strings.Join(rest[1:], "/"), ev)
		}
	case kind == "tree" && len(rest) == 1:
		return func(ctx context.Context, ev *Evidence) error { return r.githubRepo(ctx, api, repo, ev) }
	case kind == "releases" && (len(rest) == 0 || rest[0] == "latest"):
		return func(ctx context.Context, ev *Evidence) error {
			return r.githubRelease(ctx, api, repo+"/releases/latest", ev)
		}
	case kind == "releases" && len(rest) == 2 && rest[0] == "tag":
		return func(ctx context.Context, ev *Evidence) error {
			return r.githubRelease(ctx, api, repo+"/releases/tags/"+url.PathEscape(rest[1]), ev)
		}
	}
	return nil
}

func (a githubAPI) header(accept string) http.Header {
	h := http.Header{"X-Github-Api-Version": {"2022-11-28"}}
	if a.token != "" {
		h.Set("Authorization", "Bearer "+a.token)
	}
	if accept != "" {
		h.Set("Accept", accept)
	}
	return h
}

func (r *Retriever) githubGet(ctx context.Context, api githubAPI, link string, v any) (*fetch.Response, error) {
	res, err := r.client.Get(ctx, fetch.Request{URL: link, Accept: "application/vnd.github+json", Header: api.header(""), MaxBytes: apiBytes, AnyStatus: true})
	if err != nil {
		return nil, err
	}
	if err := githubStatus(res); err != nil {
		return nil, err
	}
	if err := decodeJSON(res.Body, v); err != nil {
		return nil, notTheAPI(link, err)
	}
	return res, nil
}

// githubStatus explains an error answer. A 403 is a limit only when headers or
// message say so (docs.github.com/rest/using-the-rest-api/rate-limits).
func githubStatus(res *fetch.Response) error {
	if res.Status < 300 {
		return nil
	}
	var body struct {
		Message string `json:"message"`
	}
	_ = decodeJSON(res.Body, &body)
	message := strings.ToLower(body.Message)
	e := fetch.NewError(fetch.HTTPStatus, res.URL, fmt.Sprintf("GitHub answered %d", res.Status), "try again later")
	e.Status = res.Status
	switch {
	case res.Status == 404:
		e.Reason, e.Detail, e.Hint = fetch.NotFound, "GitHub knows nothing public at this address", "check the link; a private repository needs GITHUB_TOKEN"
	case res.Status == 451:
		e.Reason, e.Detail, e.Hint = fetch.Forbidden, "GitHub has blocked this repository for legal reasons", "share another link"
	case res.Status == 401:
		e.Reason, e.Detail, e.Hint = fetch.LoginNeeded, "GitHub does not accept the token", "check GITHUB_TOKEN"
	case res.Status == 429, res.Status == 403 && (res.Header.Get("X-Ratelimit-Remaining") == "0" || res.Header.Get("Retry-After") != "" ||
		res.Header.Get("Gh-Limited-By") != "" || strings.Contains(message, "rate limit") || strings.Contains(message, "abuse")):
		e.Reason, e.Detail, e.Hint = fetch.RateLimited, "GitHub's request limit is used up", "set GITHUB_TOKEN for a higher limit, or try again later"
	case res.Status == 403:
		e.Reason, e.Detail = fetch.Forbidden, "GitHub refuses access"
	case res.Status >= 500:
		e.Reason = fetch.ServerError
	}
	return e
}

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

func (r *Retriever) githubRepo(ctx context.Context, api githubAPI, link string, ev *Evidence) error {
	var repo githubRepo
	res, err := r.githubGet(ctx, api, link, &repo)
	if err != nil {
		return err
	}
	if repo.FullName == "" {
		return notTheAPI(link, nil)
	}
	ev.addSource(first(repo.HTMLURL, res.URL), repo.FullName, res.FetchedAt)
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
		ev.partial("the README was not asked for, by the rules for github.com")
		return nil
	}
	readme, links, err := r.githubReadme(ctx, api, link, repo)
	if err != nil {
		ev.partial("the README could not be had (" + sentence(err) + ")")
		ev.Text = d.String()
		return nil
	}
	ev.Links = append(ev.Links, links...)
	d.section("README", page.Headings(readme, 3))
	ev.Text, ev.Coverage = d.String(), Full
	return nil
}

func fillRepo(repo githubRepo, ev *Evidence) *doc {
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

func (r *Retriever) githubRelease(ctx context.Context, api githubAPI, link string, ev *Evidence) error {
	var rel githubRelease
	res, err := r.githubGet(ctx, api, link, &rel)
	if err != nil {
		return err
	}
	fillRelease(rel, ev)
	ev.addSource(first(rel.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	return nil
}

func fillRelease(rel githubRelease, ev *Evidence) {
	ev.Title, ev.SiteName, ev.Author = "Release "+rel.label(), "GitHub", rel.Author.Login
	ev.Published, ev.CanonicalURL, ev.FinalURL = rel.Published, rel.HTMLURL, first(rel.HTMLURL, ev.URL)
	ev.Text, ev.Coverage = rel.notes(), Full
}

type githubIssue struct {
	Number  int        `json:"number"`
	Title   string     `json:"title"`
	Body    string     `json:"body"`
	State   string     `json:"state"`
	Reason  string     `json:"state_reason"`
	HTMLURL string     `json:"html_url"`
	User    githubUser `json:"user"`
	Created string     `json:"created_at"`
	Closed  string     `json:"closed_at"`
	Merged  string     `json:"merged_at"`
	Draft   bool       `json:"draft"`
	Labels  []struct {
		Name string `json:"name"`
	} `json:"labels"`
	Comments    int `json:"comments"`
	Additions   int `json:"additions"`
	Deletions   int `json:"deletions"`
	Changed     int `json:"changed_files"`
	PullRequest *struct {
		Merged string `json:"merged_at"`
	} `json:"pull_request"`
	Base *struct {
		Label string `json:"label"`
	} `json:"base"`
}

type githubComment struct {
	Body    string     `json:"body"`
	User    githubUser `json:"user"`
	Created string     `json:"created_at"`
}

// githubIssue reads an issue or pull request: the issues interface answers for
// both, the pulls interface adds size and merge state.
func (r *Retriever) githubIssue(ctx context.Context, api githubAPI, repo, number string, ev *Evidence) error {
	var issue githubIssue
	res, err := r.githubGet(ctx, api, repo+"/issues/"+number, &issue)
	if err != nil {
		return err
	}
	if issue.PullRequest != nil {
		var pull githubIssue
		if _, err := r.githubGet(ctx, api, repo+"/pulls/"+number, &pull); err == nil {
			pull.Labels, pull.Comments, pull.PullRequest = issue.Labels, issue.Comments, issue.PullRequest
			issue = pull
		}
	}
	ev.addSource(first(issue.HTMLURL, res.URL), issue.Title, res.FetchedAt)
	d := fillIssue(issue, ev)
	ev.Coverage = Full
	if issue.Comments > 0 {
		var comments []githubComment
		if _, err := r.githubGet(ctx, api, repo+"/issues/"+number+"/comments?per_page=50", &comments); err != nil {
			ev.partial("the comments could not be had (" + sentence(err) + ")")
		}
		d.section("Comments", githubComments(comments, ev))
		if issue.Comments > maxComments && len(comments) > 0 {
			d.add(fmt.Sprintf("(%d of %d comments)", min(maxComments, len(comments)), issue.Comments))
		}
	}
	ev.Text = d.String()
	return nil
}

func fillIssue(i githubIssue, ev *Evidence) *doc {
	kind, state := "Issue", first(strings.TrimSpace(i.State+" "+i.Reason))
	if i.PullRequest != nil || i.Base != nil {
		kind = "Pull request"
		if i.Merged != "" || i.PullRequest != nil && i.PullRequest.Merged != "" {
			state = "merged " + day(first(i.Merged, pullMerged(i)))
		} else if i.Draft {
			state = "draft"
		}
	}
	var labels []string
	for _, l := range i.Labels {
		labels = append(labels, l.Name)
	}
	ev.Title = oneLine(i.Title)
	ev.SiteName, ev.Author, ev.Published = "GitHub", i.User.Login, i.Created
	ev.CanonicalURL, ev.FinalURL = i.HTMLURL, first(i.HTMLURL, ev.URL)
	d := &doc{}
	size := ""
	if i.Changed > 0 {
		size = fmt.Sprintf("%d files, +%d −%d lines", i.Changed, i.Additions, i.Deletions)
	}
	d.facts(fact{kind, githubPlace(i.HTMLURL, i.Number)}, fact{"State", strings.ReplaceAll(state, "_", " ")}, fact{"By", i.User.Login},
		fact{"Opened", day(i.Created)}, fact{"Closed", day(i.Closed)}, fact{"Labels", strings.Join(labels, ", ")}, fact{"Change", size})
	base, _ := url.Parse(i.HTMLURL)
	text, links := page.Markdown(i.Body, base)
	ev.Links = append(ev.Links, links...)
	ev.Description = clip(oneLine(firstParagraph(text)), 300)
	d.add(page.Headings(text, 2))
	return d
}

func pullMerged(i githubIssue) string {
	if i.PullRequest != nil {
		return i.PullRequest.Merged
	}
	return ""
}

// githubPlace is "owner/repo#7" from the page's address.
func githubPlace(link string, number int) string {
	u, err := url.Parse(link)
	if err != nil {
		return fmt.Sprint(number)
	}
	if s := segments(u); len(s) >= 2 {
		return fmt.Sprintf("%s/%s#%d", s[0], s[1], number)
	}
	return fmt.Sprint(number)
}

func githubComments(comments []githubComment, ev *Evidence) string {
	d := &doc{}
	for _, c := range comments[:min(len(comments), maxComments)] {
		base, _ := url.Parse(ev.FinalURL)
		text, links := page.Markdown(c.Body, base)
		if text == "" || strings.HasSuffix(c.User.Login, "[bot]") {
			continue
		}
		ev.Links = append(ev.Links, links...)
		d.add(fmt.Sprintf("### %s, %s", first(c.User.Login, "somebody"), day(c.Created)))
		d.add(page.Headings(clip(text, 2000), 4))
	}
	return d.String()
}

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

func (r *Retriever) githubCommit(ctx context.Context, api githubAPI, repo, sha string, ev *Evidence) error {
	var c githubCommit
	res, err := r.githubGet(ctx, api, repo+"/commits/"+url.PathEscape(sha), &c)
	if err != nil {
		return err
	}
	fillCommit(c, ev)
	ev.addSource(first(c.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	return nil
}

func fillCommit(c githubCommit, ev *Evidence) {
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
	ev.Text, ev.Coverage = d.String(), Full
}

func (r *Retriever) githubFile(ctx context.Context, api githubAPI, repo, ref, name string, ev *Evidence) error {
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
	ev.addSource(ev.URL, ev.Title, res.FetchedAt)
	if ev.Text == "" {
		return fetch.NewError(fetch.NotText, ev.URL, "this file is not text", "share a page that describes it")
	}
	return nil
}

func fillFile(name string, body []byte, ev *Evidence) {
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
	ev.Coverage = Full
}

func (r *Retriever) githubGist(ctx context.Context, api githubAPI, id string, ev *Evidence) error {
	var g githubGist
	res, err := r.githubGet(ctx, api, api.base+"/gists/"+url.PathEscape(strings.TrimSuffix(id, ".git")), &g)
	if err != nil {
		return err
	}
	fillGist(g, ev)
	ev.addSource(first(g.HTMLURL, res.URL), ev.Title, res.FetchedAt)
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

func fillGist(g githubGist, ev *Evidence) {
	ev.SiteName, ev.Author, ev.Published = "GitHub Gist", g.Owner.Login, g.Created
	ev.CanonicalURL, ev.FinalURL = g.HTMLURL, first(g.HTMLURL, ev.URL)
	ev.Description, ev.Coverage = oneLine(g.Description), Full
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
			ev.partial("the file " + name + " is longer than the interface gives")
		}
	}
	ev.Text = d.String()
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

func (r *Retriever) githubAccount(ctx context.Context, api githubAPI, login string, ev *Evidence) error {
	var p githubProfile
	res, err := r.githubGet(ctx, api, api.base+"/users/"+login, &p)
	if err != nil {
		return err
	}
	fillProfile(p, ev)
	ev.addSource(first(p.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	var repos []githubRepo
	if _, err := r.githubGet(ctx, api, api.base+"/users/"+login+"/repos?sort=pushed&per_page=20", &repos); err == nil {
		var lines []string
		for _, repo := range repos {
			lines = append(lines, oneLine(fmt.Sprintf("- %s (%d stars): %s", repo.FullName, repo.Stars, repo.Description)))
			ev.Links = append(ev.Links, repo.HTMLURL)
		}
		if len(lines) > 0 {
			ev.Text += "\n\n## Recently active repositories\n\n" + strings.Join(lines, "\n")
			ev.Coverage, ev.Errors = Full, []string{}
		}
	}
	return nil
}

func fillProfile(p githubProfile, ev *Evidence) {
	ev.Title, ev.SiteName, ev.Author = first(p.Name, p.Login), "GitHub", p.Login
	ev.Description = oneLine(first(p.Bio, p.Description))
	ev.CanonicalURL, ev.FinalURL, ev.Published = p.HTMLURL, first(p.HTMLURL, ev.URL), p.Created
	d := &doc{}
	d.add(ev.Description)
	d.facts(fact{"Account", p.Login}, fact{"Name", p.Name}, fact{"Kind", p.Type}, fact{"Company", p.Company}, fact{"Location", p.Location}, fact{"Site", p.Blog},
		fact{"Public repositories", p.Repos}, fact{"Followers", p.Followers}, fact{"Since", day(p.Created)})
	ev.Text = d.String()
	ev.partial("only the account's profile could be read")
}

// githubRead reads an answer of the interface itself.
func (r *Retriever) githubRead(u *url.URL, body []byte, ev *Evidence) (bool, error) {
	if !hostIs(u.Hostname(), "api.github.com") {
		return false, nil
	}
	s := segments(u)
	read := func(v any) bool { return decodeJSON(body, v) == nil }
	var message struct {
		Message string `json:"message"`
		URL     string `json:"url"`
	}
	if read(&message) && message.Message != "" && message.URL == "" {
		return true, noSuch(ev, "GitHub answers: "+clip(oneLine(message.Message), 200))
	}
	var (
		repo    githubRepo
		issue   githubIssue
		rel     githubRelease
		gist    githubGist
		commit  githubCommit
		profile githubProfile
	)
	n := len(s)
	switch {
	case n == 2 && s[0] == "gists" && read(&gist) && len(gist.Files) > 0:
		fillGist(gist, ev)
	case n >= 3 && s[n-1] == "readme", n >= 4 && s[0] == "repos" && s[3] == "contents":
		var list []struct{ Name, Type string }
		if read(&list) && len(list) > 0 {
			lines := make([]string, len(list))
			for i, f := range list {
				lines[i] = "- " + f.Name + " (" + f.Type + ")"
			}
			ev.Title, ev.SiteName, ev.Text = strings.Join(s[1:3], "/"), "GitHub", strings.Join(lines, "\n")
			ev.partial("this is a list of files, without their content")
			break
		}
		name := ""
		if n > 4 {
			name = strings.Join(s[4:], "/")
		}
		fillFile(name, body, ev)
	case n == 5 && (s[3] == "issues" || s[3] == "pulls") && read(&issue) && issue.Title != "":
		ev.Text, ev.Coverage = fillIssue(issue, ev).String(), Full
	case n >= 5 && s[3] == "releases" && read(&rel) && rel.Tag != "":
		fillRelease(rel, ev)
	case n == 5 && s[3] == "commits" && read(&commit) && commit.SHA != "":
		fillCommit(commit, ev)
	case (n == 3 && s[0] == "repos" || n == 2 && s[0] == "repositories") && read(&repo) && repo.FullName != "":
		ev.Text = fillRepo(repo, ev).String()
		ev.partial("only the repository's facts are in the answer, not its README")
	case n == 2 && (s[0] == "users" || s[0] == "orgs") && read(&profile) && profile.Login != "":
		fillProfile(profile, ev)
	default:
		return false, nil
	}
	ev.AdapterName = "GithubAdapter"
	return true, nil
}
