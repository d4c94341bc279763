// Package github reads repositories, issues, pull requests, commits, files, releases, gists,
// advisories and accounts of GitHub and of GitHub Enterprise servers by their REST API
// (docs.github.com/rest). In goes a link to one of these; out come its facts and its text: for
// a repository the README and the latest release, for an issue its first comments. What a link
// names within its page, such as a comment, some lines or a section, comes first, then what is
// around it. A token is not needed, but GitHub allows few requests without.
package github

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// namePattern is the form of names of accounts and repositories. It is wider than what GitHub
// accepts and keeps only what would be another path out of API addresses.
var namePattern = lazyregexp.New(`^[A-Za-z0-9._-]{1,100}$`)

// reserved are first path parts of github.com that are no account.
var reserved = map[string]bool{
	"about": true, "apps": true, "blog": true, "codespaces": true, "collections": true, "contact": true, "customer-stories": true,
	"enterprise": true, "events": true, "explore": true, "features": true, "issues": true, "join": true, "login": true, "logout": true,
	"marketplace": true, "new": true, "nonprofit": true, "notifications": true, "orgs": true, "pricing": true, "pulls": true,
	"readme": true, "search": true, "security": true, "settings": true, "site": true, "sponsors": true, "stars": true, "topics": true,
	"trending": true, "users": true, "team": true, "resources": true, "solutions": true, "models": true, "copilot": true, "advisories": true,
}

// Adapter is the adapter of everything on GitHub that its API gives.
type Adapter struct {
	API string // base address: https://api.github.com
	Raw string // base address of files, without a limit of requests: https://raw.githubusercontent.com; optional
	// Hosts maps the host of an Enterprise server to its API's base address.
	Hosts map[string]string
	// WithoutReadme and WithoutReleases leave these parts of a repository out.
	WithoutReadme, WithoutReleases bool
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "GithubAdapter" }

// server is one server's interface.
type server struct {
	base       string
	credential string
	raw        string // base address of files; "" where there is none
}

// Credential is the name of the credential for the API of the Enterprise server at host, or of
// GitHub itself where host is "".
func Credential(host string) string { return "github:" + host }

// serverOf returns the server whose pages are at host. The credential of one server is never
// sent to another.
func (a Adapter) serverOf(host string) (server, bool) {
	host = strings.ToLower(strings.TrimPrefix(host, "www."))
	switch host {
	case "github.com", "gist.github.com":
		return server{base: a.API, credential: Credential(""), raw: a.Raw}, true
	}
	base, ok := a.Hosts[host]
	return server{base: strings.TrimRight(base, "/"), credential: Credential(host)}, ok
}

// request is one for link, whose error statuses checkStatus explains. The version pins the form
// of the answers (docs.github.com/rest/about-the-rest-api/api-versions).
func (a server) request(link, accept string) fetch.Request {
	return fetch.Request{
		URL: link, Accept: accept, Header: http.Header{"X-Github-Api-Version": {"2022-11-28"}}, Credential: a.credential,
		MaxBytes: source.MaxAnswer, AnyStatus: true,
	}
}

// get fetches an answer of the API and decodes it into v.
func get(ctx context.Context, web source.Web, api server, link string, v any) (*fetch.Response, error) {
	res, err := web.Get(ctx, api.request(link, "application/vnd.github+json"))
	if err != nil {
		return nil, err
	}
	if err := checkStatus(res); err != nil {
		return nil, err
	}
	if err := source.DecodeJSON(res.Body, v); err != nil {
		return nil, source.NotTheAPI(link, err)
	}
	return res, nil
}

// checkStatus explains an error answer. A 403 is a limit only when headers or
// message say so (docs.github.com/rest/using-the-rest-api/rate-limits).
func checkStatus(res *fetch.Response) error {
	if res.Status < 300 {
		return nil
	}
	var body struct {
		Message string `json:"message"`
	}
	_ = source.DecodeJSON(res.Body, &body) // without a message the status says enough
	message := strings.ToLower(body.Message)
	e := fetch.NewError(fetch.HTTPStatus, res.URL, fmt.Sprintf("GitHub answered %d", res.Status), "try again later")
	e.Status = res.Status
	switch {
	// GitHub also answers 404 for what exists but may not be seen with this token.
	case res.Status == 404:
		e.Reason, e.Detail, e.Hint = fetch.NotFound, "GitHub knows nothing public at this address",
			"check the link; a private repository needs GITHUB_TOKEN"
	case res.Status == 410: // an issue that was deleted, or issues that are switched off
		why := outline.First(text.Clip(text.OneLine(body.Message), 200), "gone")
		e.Reason, e.Status, e.Detail, e.Hint = fetch.NotFound, 0, "GitHub no longer has this: "+why, "check that the link is complete"
	case res.Status == 451:
		e.Reason, e.Detail, e.Hint = fetch.Forbidden, "GitHub has blocked this repository for legal reasons", "share another link"
	case res.Status == 401:
		e.Reason, e.Detail, e.Hint = fetch.LoginNeeded, "GitHub does not accept the token", "check GITHUB_TOKEN"
	case res.Status == 429, res.Status == 403 && (res.Header.Get("X-Ratelimit-Remaining") == "0" || res.Header.Get("Retry-After") != "" ||
		res.Header.Get("Gh-Limited-By") != "" || strings.Contains(message, "rate limit") || strings.Contains(message, "abuse")):
		e.Reason, e.Detail, e.Hint = fetch.RateLimited, "GitHub's request limit is used up",
			"set GITHUB_TOKEN for a higher limit, or try again later"
		e.After = res.RetryAfter()
	case res.Status == 403:
		e.Reason, e.Detail = fetch.Forbidden, "GitHub refuses access"
	case res.Status >= 500:
		e.Reason, e.After = fetch.ServerError, res.RetryAfter()
	}
	return e
}
