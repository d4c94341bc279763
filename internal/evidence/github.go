package evidence

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
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
		return func(ctx context.Context, ev *job.Evidence) error { return r.githubGist(ctx, api, id, ev) }
	}
	if len(s) == 0 || githubReserved[strings.ToLower(s[0])] || !githubName.MatchString(s[0]) {
		return nil
	}
	if len(s) == 1 {
		return func(ctx context.Context, ev *job.Evidence) error { return r.githubAccount(ctx, api, s[0], ev) }
	}
	s[1] = strings.TrimSuffix(s[1], ".git")
	if !githubName.MatchString(s[1]) {
		return nil
	}
	repo := api.base + "/repos/" + s[0] + "/" + s[1]
	if len(s) == 2 {
		return func(ctx context.Context, ev *job.Evidence) error { return r.githubRepo(ctx, api, repo, ev) }
	}
	rest := s[3:]
	switch kind := s[2]; {
	case (kind == "issues" || kind == "pull") && len(rest) > 0 && isNumber(rest[0]):
		return func(ctx context.Context, ev *job.Evidence) error { return r.githubIssue(ctx, api, repo, rest[0], ev) }
	case kind == "commit" && len(rest) == 1:
		return func(ctx context.Context, ev *job.Evidence) error { return r.githubCommit(ctx, api, repo, rest[0], ev) }
	case kind == "blob" && len(rest) > 1:
		return func(ctx context.Context, ev *job.Evidence) error {
			return r.githubFile(ctx, api, repo, rest[0], strings.Join(rest[1:], "/"), ev)
		}
	case kind == "tree" && len(rest) == 1:
		return func(ctx context.Context, ev *job.Evidence) error { return r.githubRepo(ctx, api, repo, ev) }
	case kind == "releases" && (len(rest) == 0 || rest[0] == "latest"):
		return func(ctx context.Context, ev *job.Evidence) error {
			return r.githubRelease(ctx, api, repo+"/releases/latest", ev)
		}
	case kind == "releases" && len(rest) == 2 && rest[0] == "tag":
		return func(ctx context.Context, ev *job.Evidence) error {
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
