package github

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/repofile"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// repoInfo is the answer about a repository.
type repoInfo struct {
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
	Owner  userInfo `json:"owner"`
	Parent *struct {
		FullName string `json:"full_name"`
	} `json:"parent"`
}

// userInfo is an account as other answers name it.
type userInfo struct {
	Login string `json:"login"`
}

// fetchRepo reads a repository: its facts, its latest release and its README, at the branch, tag
// or commit ref, where the link names one. A part that is missing makes the evidence partial;
// only the facts are needed.
func (a Adapter) fetchRepo(ctx context.Context, web source.Web, at spot, ref string, ev *job.Evidence) error {
	var repo repoInfo
	res, err := get(ctx, web, at.api, at.repo, &repo)
	if err != nil {
		return err
	}
	if repo.FullName == "" {
		return source.NotTheAPI(at.repo, nil)
	}
	source.Add(ev, outline.First(repo.HTMLURL, res.URL), repo.FullName, res.FetchedAt)
	d := fillRepo(repo, ev)
	if ref != "" {
		d.Facts(outline.Fact("At", ref))
		ev.FinalURL = ev.URL
	}
	// After a rename the interface redirects; ask on where it led.
	link := res.FinalURL.String()
	if !a.WithoutReleases && ref == "" {
		rel, err := releaseOf(ctx, web, at.api, link+"/releases/latest")
		switch {
		case err == nil:
			d.Section("Latest release "+rel.label(), text.Clip(rel.notes(), 3000))
		case fetch.ReasonOf(err) != fetch.NotFound: // many have none
			ev.MarkPartial("the latest release could not be had (" + source.Cause(err) + ")")
		}
	}
	if a.WithoutReadme {
		ev.Text = d.String()
		ev.MarkPartial("the README was not asked for, by the rules for github.com")
		return nil
	}
	base, _ := url.Parse(repo.HTMLURL + "/blob/" + outline.First(ref, repo.Branch, "HEAD") + "/")
	readme, links, err := readmeAt(ctx, web, at.api, link+"/readme", ref, base, ev)
	if err != nil {
		ev.MarkPartial("the README could not be had (" + source.Cause(err) + ")")
		ev.Text = d.String()
		return nil
	}
	ev.Links = append(ev.Links, links...)
	d.Section("README", readme)
	ev.Text = d.String()
	source.Complete(ev)
	repofile.LeadWith(at.anchor, "README", ev)
	return nil
}

// fillRepo writes the facts of a repository and returns the text so far. NOASSERTION is what
// GitHub says of a licence file that it does not recognise.
func fillRepo(repo repoInfo, ev *job.Evidence) *outline.Text {
	ev.Title, ev.Description = repo.FullName, text.OneLine(repo.Description)
	ev.Author, ev.SiteName = repo.Owner.Login, "GitHub"
	ev.Published = repo.Created
	ev.CanonicalURL, ev.FinalURL = repo.HTMLURL, repo.HTMLURL
	d := &outline.Text{}
	d.Add(ev.Description)
	license := ""
	if repo.License != nil {
		license = outline.First(outline.Unless(repo.License.SPDX, "NOASSERTION"), repo.License.Name)
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
	d.Facts(
		outline.Fact("Language", repo.Language), outline.Fact("Licence", license),
		outline.Fact("Stars", repo.Stars), outline.Fact("Forks", repo.Forks),
		outline.Fact("Open issues", repo.OpenIssues), outline.Fact("Topics", strings.Join(repo.Topics, ", ")),
		outline.Fact("Homepage", repo.Homepage), outline.Fact("Created", outline.Day(repo.Created)),
		outline.Fact("Last push", outline.Day(repo.Pushed)), outline.Fact("Fork of", forkOf),
		outline.Fact("State", state),
	)
	if repo.Homepage != "" {
		ev.Links = append(ev.Links, repo.Homepage)
	}
	return d
}

// readmeInfo is the answer about a README, see content.
type readmeInfo struct {
	Name     string `json:"name"`
	Size     int64  `json:"size"`
	Encoding string `json:"encoding"`
}

// readmeAt reads the README at link, whose name GitHub finds, with its headings from the third
// level on. Relative links in it are made absolute against base. Of a file above 1 MB the answer
// holds the name and the size only; then the bytes themselves are asked for.
func readmeAt(
	ctx context.Context, web source.Web, api server, link, ref string, base *url.URL, ev *job.Evidence,
) (string, []string, error) {
	if ref != "" {
		link += "?ref=" + url.QueryEscape(ref)
	}
	res, err := web.Get(ctx, api.request(link, "application/vnd.github+json"))
	if err != nil {
		return "", nil, err
	}
	if err := checkStatus(res); err != nil {
		return "", nil, err
	}
	name, plain := content(res.Body)
	var info readmeInfo
	if source.DecodeJSON(res.Body, &info) == nil && info.Encoding != "base64" && info.Size > 0 {
		raw, err := getRaw(ctx, web, api, link)
		if err != nil {
			return "", nil, err
		}
		source.MarkMissing(ev, raw, "README")
		name = info.Name
		decoded, _ := page.Decode(raw.Body, "")
		plain = string(decoded)
	}
	readable, links := outline.Markup(name, plain, base)
	if readable == "" {
		return "", nil, fetch.NewError(fetch.Empty, link, "it is empty", "")
	}
	return page.Headings(readable, 3), links, nil
}

// content reads a contents answer: JSON with base64, or the raw text. GitHub breaks base64
// into lines, which Go's decoder for the standard alphabet is not relied on to skip.
func content(body []byte) (name, text string) {
	var c struct {
		Name, Type, Encoding, Content string
	}
	if source.DecodeJSON(body, &c) == nil && c.Type == "file" && c.Encoding == "none" {
		return c.Name, "" // above 1 MB
	}
	if source.DecodeJSON(body, &c) == nil && c.Type == "file" && c.Encoding == "base64" {
		raw, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\n", "", "\r", "").Replace(c.Content))
		if err == nil {
			body = raw
		}
		name = c.Name
	}
	decoded, _ := page.Decode(body, "")
	return name, string(decoded)
}

// profileInfo is the answer about an account, a person's or an organisation's.
type profileInfo struct {
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

// fetchAccount reads an account and the repositories that it changed last. With the
// repositories the evidence is full, so what the profile alone has said against it is taken
// back.
func fetchAccount(ctx context.Context, web source.Web, api server, login string, ev *job.Evidence) error {
	var p profileInfo
	res, err := get(ctx, web, api, api.base+"/users/"+login, &p)
	if err != nil {
		return err
	}
	fillProfile(p, ev)
	source.Add(ev, outline.First(p.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	var repos []repoInfo
	if _, err := get(ctx, web, api, api.base+"/users/"+login+"/repos?sort=pushed&per_page=20", &repos); err == nil {
		var lines []string
		for _, repo := range repos {
			lines = append(lines, text.OneLine(fmt.Sprintf("- %s (%d stars): %s", repo.FullName, repo.Stars, repo.Description)))
			ev.Links = append(ev.Links, repo.HTMLURL)
		}
		if len(lines) > 0 {
			ev.Text += "\n\n## Recently active repositories\n\n" + strings.Join(lines, "\n")
			ev.Coverage, ev.Errors = job.CoverageFull, []string{} // the profile alone was all that was missing
		}
	}
	return nil
}

// fillProfile writes the profile alone, which is partial evidence: what an account is
// about is in its repositories.
func fillProfile(p profileInfo, ev *job.Evidence) {
	ev.Title, ev.SiteName, ev.Author = outline.First(p.Name, p.Login), "GitHub", p.Login
	ev.Description = text.OneLine(outline.First(p.Bio, p.Description))
	ev.CanonicalURL, ev.FinalURL, ev.Published = p.HTMLURL, outline.First(p.HTMLURL, ev.URL), p.Created
	d := &outline.Text{}
	d.Add(ev.Description)
	d.Facts(
		outline.Fact("Account", p.Login), outline.Fact("Name", p.Name), outline.Fact("Kind", p.Type),
		outline.Fact("Company", p.Company), outline.Fact("Location", p.Location), outline.Fact("Site", p.Blog),
		outline.Fact("Public repositories", p.Repos), outline.Fact("Followers", p.Followers),
		outline.Fact("Since", outline.Day(p.Created)),
	)
	ev.Text = d.String()
	ev.MarkPartial("only the account's profile could be read")
}
