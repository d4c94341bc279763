package evidence

import (
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
)

// APIs are the base addresses that adapters ask, without a trailing slash. They
// are settings so that a mirror or a test can stand in; empty fields take the
// public service. A base address that is set may be fetched even if private.
type APIs struct {
	ArxivAPI      string // http(s)://export.arxiv.org
	ArxivSite     string // full texts: https://arxiv.org
	GitHub        string // https://api.github.com
	GitHubRaw     string // files by themselves: https://raw.githubusercontent.com
	HackerNews    string // Algolia's: https://hn.algolia.com
	HackerNewsRaw string // Firebase's: https://hacker-news.firebaseio.com
	YouTube       string // https://www.youtube.com
	HuggingFace   string // https://huggingface.co
	PyPI          string // https://pypi.org
	Npm           string // https://registry.npmjs.org
	Wikipedia     string // "{lang}" is replaced: https://{lang}.wikipedia.org
	Reddit        string // https://www.reddit.com
	StackExchange string // https://api.stackexchange.com
	Crossref      string // https://api.crossref.org
	DOI           string // https://doi.org
	X             string // https://publish.twitter.com
	// Mastodon is the server asked for a status, "{host}" being that of the link:
	// https://{host}
	Mastodon string
	// Forge is the server asked for a file on GitLab and the like, "{host}" being that of the
	// link: https://{host}
	Forge string
	// GitHubHosts maps the host of a GitHub Enterprise server to its API base,
	// e.g. "github.example.com": "https://github.example.com/api/v3".
	GitHubHosts map[string]string
}

// Tokens are sent to their API only. All are optional.
type Tokens struct {
	GitHub      string
	HuggingFace string
	// GitHubHosts holds the tokens of GitHub Enterprise servers, by host.
	GitHubHosts map[string]string
}

// apiBase is a field of APIs and the public service it stands for.
type apiBase struct {
	address *string
	public  string
}

// bases lists the fields of a that hold one address. A new API is a field and a line here; its
// default and the permission to fetch it follow from it.
func (a *APIs) bases() []apiBase {
	return []apiBase{
		{&a.ArxivAPI, "https://export.arxiv.org"},
		{&a.ArxivSite, "https://arxiv.org"},
		{&a.GitHub, "https://api.github.com"},
		{&a.GitHubRaw, "https://raw.githubusercontent.com"},
		{&a.HackerNews, "https://hn.algolia.com"},
		{&a.HackerNewsRaw, "https://hacker-news.firebaseio.com"},
		{&a.YouTube, "https://www.youtube.com"},
		{&a.HuggingFace, "https://huggingface.co"},
		{&a.PyPI, "https://pypi.org"},
		{&a.Npm, "https://registry.npmjs.org"},
		{&a.Wikipedia, "https://{lang}.wikipedia.org"},
		{&a.Reddit, "https://www.reddit.com"},
		{&a.StackExchange, "https://api.stackexchange.com"},
		{&a.Crossref, "https://api.crossref.org"},
		{&a.DOI, "https://doi.org"},
		{&a.X, "https://publish.twitter.com"},
		{&a.Mastodon, "https://{host}"},
		{&a.Forge, "https://{host}"},
	}
}

// withDefaults fills empty fields with the public services. a is a copy: the caller's value
// stays as it was set.
func (a APIs) withDefaults() APIs {
	for _, b := range a.bases() {
		*b.address = strings.TrimRight(*b.address, "/")
		if *b.address == "" {
			*b.address = b.public
		}
	}
	return a
}

// hosts returns host:port of all base addresses, the public services' included.
// They may be fetched whatever they resolve to: the operator trusts them by name.
// An address with a placeholder names no host.
func (a APIs) hosts() []string {
	var addresses []string
	for _, b := range a.bases() {
		addresses = append(addresses, *b.address)
	}
	addresses = slices.AppendSeq(addresses, maps.Values(a.GitHubHosts))
	var out []string
	for _, s := range addresses {
		u, err := url.Parse(s)
		if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, "{}") {
			continue
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		out = append(out, net.JoinHostPort(u.Hostname(), port))
	}
	return out
}
