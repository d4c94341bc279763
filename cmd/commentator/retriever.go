package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/otel/namedfile"
)

// newRetriever makes the retriever that the settings describe, which reads pages in child
// processes. c has what is not of the settings of retrieval; tp may be nil.
// It reads the file of rules, and caches in the data folder, across processes.
func newRetriever(s config.Settings, tp trace.TracerProvider, c isolate.Config) (*isolate.Retriever, error) {
	apis, err := apiBases(s.Fetch)
	if err != nil {
		return nil, err
	}
	var rules []byte
	if s.Fetch.RulesFile != "" {
		if rules, err = namedfile.Read(s.Fetch.RulesFile, maxRulesFile); err != nil {
			return nil, fmt.Errorf("read COMMENTATOR_DOMAIN_RULES: %w", err)
		}
	}
	cache, err := filepath.Abs(filepath.Join(s.Storage.DataDir, "cache"))
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	c.Evidence = evidence.Config{
		Allow: s.Fetch.Allow, Contact: s.Fetch.Contact, Timeout: s.Fetch.Timeout, ProxyResolves: s.Fetch.ProxyResolves,
		Robots: s.Fetch.Robots, Rules: rules, APIs: apis,
		Tokens:   evidence.Tokens{GitHub: s.Fetch.GithubToken.Reveal(), HuggingFace: s.Fetch.HFToken.Reveal()},
		CacheDir: cache, TracerProvider: tp,
	}
	c.PDFCode = readyPDFReader()
	return isolate.New(c)
}

// apiBases reads COMMENTATOR_APIS and COMMENTATOR_GITHUB_HOSTS. Names that no
// adapter has are refused with the list of those that exist: a misspelt one
// would leave the original address in use.
func apiBases(f config.Fetch) (evidence.APIs, error) {
	apis := evidence.APIs{}
	for host, base := range f.GithubHosts {
		if apis.GitHubHosts == nil {
			apis.GitHubHosts = map[string]string{}
		}
		apis.GitHubHosts[host] = base.Reveal()
	}
	// Pointers to the fields of apis, by the names that users write.
	fields := map[string]*string{
		"arxiv": &apis.ArxivAPI, "arxiv-site": &apis.ArxivSite, "github": &apis.GitHub, "github-raw": &apis.GitHubRaw,
		"hackernews":     &apis.HackerNews,
		"hackernews-raw": &apis.HackerNewsRaw, "youtube": &apis.YouTube, "huggingface": &apis.HuggingFace, "pypi": &apis.PyPI,
		"npm": &apis.Npm, "wikipedia": &apis.Wikipedia, "reddit": &apis.Reddit,
		"stackexchange": &apis.StackExchange, "crossref": &apis.Crossref, "doi": &apis.DOI, "x": &apis.X, "mastodon": &apis.Mastodon,
		"forge": &apis.Forge,
	}
	for name, base := range f.APIs {
		field, ok := fields[name]
		if !ok {
			return apis, fmt.Errorf("COMMENTATOR_APIS names %q: the names are %s", name, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		*field = base.Reveal()
	}
	return apis, nil
}
