package evidence

import (
	"net/url"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/source"
)

func TestRulesCanNameEveryAdapter(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range registry(Config{}, Rules{}) {
		short, ok := strings.CutSuffix(a.Name(), "Adapter")
		if !ok || seen[a.Name()] {
			t.Errorf("the name %q has no ending or is not the only one", a.Name())
		}
		seen[a.Name()] = true
		for _, said := range []string{short, strings.ToLower(short), a.Name()} {
			if got := adapterName(said); got != a.Name() {
				t.Errorf("%q names %q, want %q", said, got, a.Name())
			}
		}
	}
	if adapterName("generic") != source.GenericName || adapterName("") != "" || adapterName("gopher") != "" {
		t.Error("a name stands for something else")
	}
}

// The order matters only where two adapters claim a link; the one that claims
// paths on any host must not take those of others.
func TestAdaptersClaimDifferentLinks(t *testing.T) {
	all := registry(Config{}.withDefaults(), Rules{})
	for link, want := range map[string]string{
		"https://arxiv.org/abs/2401.00001":                "ArxivAdapter",
		"https://github.com/a/b":                          "GithubAdapter",
		"https://news.ycombinator.com/item?id=1":          "HackerNewsAdapter",
		"https://youtu.be/eiHXASgRTcA":                    "YouTubeAdapter",
		"https://huggingface.co/a/b":                      "HuggingFaceAdapter",
		"https://pypi.org/project/requests/":              "PyPIAdapter",
		"https://www.npmjs.com/package/a":                 "NpmAdapter",
		"https://de.wikipedia.org/wiki/Go":                "WikipediaAdapter",
		"https://www.reddit.com/r/golang/comments/abc123": "RedditAdapter",
		"https://stackoverflow.com/questions/1/x":         "StackExchangeAdapter",
		"https://doi.org/10.1000/182":                     "DOIAdapter",
		"https://x.com/a/status/12":                       "XAdapter",
		"https://hachyderm.io/@a/117020583223442465":      "MastodonAdapter",
		"https://example.com/ropes":                       "",
	} {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		var claimed []string
		for _, a := range all {
			if a.Match(u) != nil {
				claimed = append(claimed, a.Name())
			}
		}
		if strings.Join(claimed, " ") != want {
			t.Errorf("%s: claimed by %v, want %q", link, claimed, want)
		}
	}
}

func TestAddressesOfAPIs(t *testing.T) {
	a := APIs{
		GitHub: "http://[::1]:8080/", PyPI: "https://mirror.example.com/pypi/",
		GitHubHosts: map[string]string{"g.example.com": "https://g.example.com/api/v3"},
	}
	got := a.withDefaults()
	if got.PyPI != "https://mirror.example.com/pypi" || got.GitHub != "http://[::1]:8080" ||
		got.ArxivAPI != "https://export.arxiv.org" || a.ArxivAPI != "" {
		t.Errorf("%+v", got)
	}
	hosts := " " + strings.Join(got.hosts(), " ") + " "
	for _, want := range []string{"[::1]:8080", "mirror.example.com:443", "g.example.com:443", "export.arxiv.org:443"} {
		if !strings.Contains(hosts, " "+want+" ") {
			t.Errorf("hosts %s lack %s", hosts, want)
		}
	}
	if strings.ContainsAny(hosts, "{}") {
		t.Errorf("a placeholder is a host: %s", hosts)
	}
}
