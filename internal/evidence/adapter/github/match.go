package github

import (
	"context"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// spot is what a link names: a repository, or without one the server, and a place on the page.
type spot struct {
	api    server
	repo   string // the repository's address in the API
	anchor string // the link's fragment
}

// Match matches repositories, what is in them, gists and accounts; also the sites that only show
// what is on GitHub. Pages without an interface that takes no token (discussions, wikis, blog)
// are read as pages.
func (a Adapter) Match(u *url.URL) source.Task {
	if shown := shownHere(u); shown != nil {
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error { return web.Link(ctx, shown, ev) }
	}
	api, ok := a.serverOf(u.Hostname())
	if !ok {
		return nil
	}
	at, s := spot{api: api, anchor: u.Fragment}, source.Segments(u)
	if source.HostIs(u.Hostname(), "gist.github.com") || len(s) > 0 && s[0] == "gist" {
		return at.matchGist(strings.TrimPrefix(u.Path, "/gist"), u.Query())
	}
	if len(s) == 2 && s[0] == "advisories" && advisoryPattern.MatchString(s[1]) {
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchAdvisory(ctx, web, api, api.base+"/advisories/"+s[1], ev)
		}
	}
	if len(s) == 0 || reserved[strings.ToLower(s[0])] || !namePattern.MatchString(s[0]) {
		return nil
	}
	if len(s) == 1 {
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchAccount(ctx, web, api, s[0], ev)
		}
	}
	s[1] = strings.TrimSuffix(s[1], ".git")
	if !namePattern.MatchString(s[1]) {
		return nil
	}
	at.repo = api.base + "/repos/" + s[0] + "/" + s[1]
	if len(s) == 2 {
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.fetchRepo(ctx, web, at, "", ev)
		}
	}
	switch s[2] {
	case "issues", "pull", "pulls":
		return at.matchIssue(s[3:])
	case "commit", "commits", "compare":
		return at.matchCommits(s[2], s[3:])
	case "blob", "blame", "raw", "tree":
		return a.matchFiles(at, s[2], s[3:])
	case "releases", "tags":
		return at.matchReleases(s[2], s[3:])
	case "security":
		if rest := s[3:]; len(rest) == 2 && rest[0] == "advisories" && advisoryPattern.MatchString(rest[1]) {
			return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
				return fetchAdvisory(ctx, web, api, at.repo+"/security-advisories/"+rest[1], ev)
			}
		}
	}
	return nil
}

// matchIssue matches an issue or a pull request and the tabs of the latter. rest is the path
// behind the word.
func (at spot) matchIssue(rest []string) source.Task {
	if len(rest) == 0 || !source.IsNumber(rest[0]) {
		return nil
	}
	tab := ""
	if len(rest) > 1 {
		tab = rest[1]
	}
	if tab == "commits" && len(rest) == 3 {
		return at.matchCommits("commit", rest[2:])
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		return fetchIssue(ctx, web, at, rest[0], tab, ev)
	}
}

// matchCommits matches a commit, a list of commits and a comparison.
func (at spot) matchCommits(kind string, rest []string) source.Task {
	switch {
	case kind == "commit" && len(rest) == 1 && !strings.HasSuffix(rest[0], ".patch") && !strings.HasSuffix(rest[0], ".diff"):
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchCommit(ctx, web, at, rest[0], ev)
		}
	case kind == "commits":
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchHistory(ctx, web, at, rest, ev)
		}
	case kind == "compare" && len(rest) > 0:
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchComparison(ctx, web, at, strings.Join(rest, "/"), ev)
		}
	}
	return nil
}

// matchFiles matches a file or a folder at a branch, tag or commit.
func (a Adapter) matchFiles(at spot, kind string, rest []string) source.Task {
	// The long form of a name, refs/heads/main.
	if len(rest) > 2 && rest[0] == "refs" && (rest[1] == "heads" || rest[1] == "tags") {
		rest = rest[2:]
	}
	switch {
	case len(rest) == 0:
		return nil
	case kind == "tree" && len(rest) == 1:
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.fetchRepo(ctx, web, at, rest[0], ev)
		}
	case kind == "tree":
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.fetchFolder(ctx, web, at, rest, ev)
		}
	case len(rest) > 1:
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchFile(ctx, web, at, rest, ev)
		}
	}
	return nil
}

// matchReleases matches the list of releases, one release, and a file of one. Names of tags may
// have slashes.
func (at spot) matchReleases(kind string, rest []string) source.Task {
	switch {
	case kind == "tags" || len(rest) == 0:
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchReleases(ctx, web, at, ev)
		}
	case rest[0] == "latest":
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchRelease(ctx, web, at, "/releases/latest", source.Last(rest[1:]), ev)
		}
	case len(rest) > 1 && (rest[0] == "tag" || rest[0] == "expanded_assets"):
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchRelease(ctx, web, at, "/releases/tags/"+url.PathEscape(strings.Join(rest[1:], "/")), "", ev)
		}
	case len(rest) > 2 && rest[0] == "download":
		tag, file := strings.Join(rest[1:len(rest)-1], "/"), rest[len(rest)-1]
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchRelease(ctx, web, at, "/releases/tags/"+url.PathEscape(tag), file, ev)
		}
	}
	return nil
}
