package evidence

import (
	"strings"

	"github.com/technoshare/commentator/internal/evidence/adapter/arxiv"
	"github.com/technoshare/commentator/internal/evidence/adapter/doi"
	"github.com/technoshare/commentator/internal/evidence/adapter/forge"
	"github.com/technoshare/commentator/internal/evidence/adapter/github"
	"github.com/technoshare/commentator/internal/evidence/adapter/hackernews"
	"github.com/technoshare/commentator/internal/evidence/adapter/huggingface"
	"github.com/technoshare/commentator/internal/evidence/adapter/mastodon"
	"github.com/technoshare/commentator/internal/evidence/adapter/packages"
	"github.com/technoshare/commentator/internal/evidence/adapter/reddit"
	"github.com/technoshare/commentator/internal/evidence/adapter/stackexchange"
	"github.com/technoshare/commentator/internal/evidence/adapter/wikipedia"
	"github.com/technoshare/commentator/internal/evidence/adapter/xcom"
	"github.com/technoshare/commentator/internal/evidence/adapter/youtube"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/source"
)

// registry lists the adapters in the order in which they are asked. A new kind
// of link is one package and one line here.
func registry(c Config, rules Rules) []source.Adapter {
	at := c.APIs
	gitHub, arXiv := rules.forHost("github.com"), rules.forHost("arxiv.org")
	return []source.Adapter{
		arxiv.Adapter{API: at.ArxivAPI, Site: at.ArxivSite, AbstractOnly: off(arXiv.FetchPDFText)},
		github.Adapter{
			API: at.GitHub, Raw: at.GitHubRaw, Hosts: at.GitHubHosts,
			WithoutReadme: off(gitHub.FetchReadme), WithoutReleases: off(gitHub.FetchReleases),
		},
		hackernews.Adapter{Algolia: at.HackerNews, Firebase: at.HackerNewsRaw},
		youtube.Adapter{API: at.YouTube},
		huggingface.Adapter{API: at.HuggingFace},
		packages.PyPI{API: at.PyPI},
		packages.Npm{API: at.Npm},
		wikipedia.Adapter{API: at.Wikipedia},
		reddit.Adapter{API: at.Reddit},
		stackexchange.Adapter{API: at.StackExchange},
		doi.Adapter{Crossref: at.Crossref, Resolver: at.DOI},
		xcom.Adapter{API: at.X},
		forge.Adapter{Server: at.Forge}, // last: these claim paths on any host
		mastodon.Adapter{Server: at.Mastodon},
	}
}

// credentials are the tokens under the names by which the adapters ask for them, each for its own
// API. An adapter knows the name alone.
func credentials(c Config) []fetch.Credential {
	var known []fetch.Credential
	add := func(name, base, token string) {
		if token != "" && base != "" {
			known = append(known, fetch.Credential{Name: name, Base: base, Authorization: "Bearer " + token})
		}
	}
	add(github.Credential(""), c.APIs.GitHub, c.Tokens.GitHub)
	for host, token := range c.Tokens.GitHubHosts {
		add(github.Credential(host), c.APIs.GitHubHosts[host], token)
	}
	add(huggingface.Credential, c.APIs.HuggingFace, c.Tokens.HuggingFace)
	return known
}

// adapterName is the name of the adapter that a rule names in any case, with or without the
// ending "Adapter"; "" when there is none. It makes the registry anew to ask for the names, so
// that there is no second list to keep.
func adapterName(said string) string {
	said = strings.TrimSuffix(said, "Adapter")
	if strings.EqualFold(said, strings.TrimSuffix(source.GenericName, "Adapter")) {
		return source.GenericName
	}
	for _, a := range registry(Config{}, Rules{}) {
		if strings.EqualFold(said, strings.TrimSuffix(a.Name(), "Adapter")) {
			return a.Name()
		}
	}
	return ""
}
