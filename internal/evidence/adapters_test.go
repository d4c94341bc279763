package evidence

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// replayed are links with the recorded answers that their adapters get. The
// expected adapter, coverage and a few words stand here; the whole evidence is
// in a golden file.
var replayed = []struct {
	name, link, adapter string
	coverage            job.Coverage
	routes              map[string]string
	says                []string
	errors              []string // parts of the notes
}{
	{"arxiv_abstract", "https://arxiv.org/abs/1605.08386", "ArxivAdapter", job.CoveragePartial,
		map[string]string{"/api/query?1605.08386": "arxiv/id_1605.08386.xml"},
		[]string{"Caprice Stanley", "## Abstract", "Graphs on lattice points"}, []string{"only the abstract"}},
	{"arxiv_pdf_full_text", "https://arxiv.org/pdf/1605.08386v1.pdf", "ArxivAdapter", job.CoverageFull,
		map[string]string{"/api/query?1605.08386v1": "arxiv/id_1605.08386.xml", "/pdf/1605.08386v1": "pdf/latex_4_pages.pdf"},
		[]string{"## Full text", "Huardest gefburn"}, nil},
	{"arxiv_old_id", "https://arxiv.org/abs/astro-ph/0601001", "ArxivAdapter", job.CoveragePartial,
		map[string]string{"/api/query?astro-ph%2F0601001": "arxiv/id_oldstyle_astro-ph_0601001.xml"},
		[]string{"ActaAstron.56:1-50,2006", "Andrew Gould"}, []string{"only the abstract"}},
	{"github_repository", "https://github.com/sigmavirus24/github3.py", "GithubAdapter", job.CoverageFull,
		map[string]string{"/repos/sigmavirus24/github3.py": "github/repo.http.json", "/repos/sigmavirus24/github3.py/readme": "github/readme.http.json",
			"/repos/sigmavirus24/github3.py/releases/latest": "github/releases_latest.http.json"},
		[]string{"Stars: 744", "Latest release 0.9.3", "extraordinarily stable"}, nil},
	{"github_renamed_repository", "https://github.com/github3py/github3.py", "GithubAdapter", job.CoverageFull,
		map[string]string{"/repos/github3py/github3.py": "github/moved_301.http.json", "/repositories/4464822": "github/repo.http.json",
			"/repositories/4464822/readme": "github/contents_readme.http.json"},
		[]string{"Python library", "# hello-world"}, nil},
	{"github_issue", "https://github.com/sigmavirus24/github3.py/issues/1#issuecomment-1", "GithubAdapter", job.CoveragePartial,
		map[string]string{"/repos/sigmavirus24/github3.py/issues/1": "github/issue.http.json"},
		[]string{"State: closed", "`_api` attribute"}, []string{"comments could not be had"}},
	{"github_pull_request", "https://github.com/sigmavirus24/github3.py/pull/301/files", "GithubAdapter", job.CoverageFull,
		map[string]string{"/repos/sigmavirus24/github3.py/issues/301": "github/issue_that_is_a_pull.http.json", "/repos/sigmavirus24/github3.py/pulls/301": "github/pull.http.json"},
		[]string{"Pull request: ", "2 files, +15 −4 lines", "merged 2016-04-07"}, nil},
	{"github_file", "https://github.com/hiki/hikidoc/blob/master/NEWS.ja", "GithubAdapter", job.CoverageFull,
		map[string]string{"/repos/hiki/hikidoc/contents/NEWS.ja?ref=master": "github/changelog_japanese_contents.json"},
		[]string{"変更"}, nil},
	{"github_account", "https://github.com/sigmavirus24", "GithubAdapter", job.CoveragePartial,
		map[string]string{"/users/sigmavirus24": "github/user.http.json"}, []string{"Ian Cordasco", "Rackspace"}, []string{"profile"}},
	{"hackernews_story", "https://news.ycombinator.com/item?id=1", "HackerNewsAdapter", job.CoveragePartial,
		map[string]string{"/api/v1/items/1": "hn/algolia_item_1.json"},
		[]string{"rising star of venture capital", "Sandhill Road", "Points: 57"}, []string{"links to could not be read"}},
	{"hackernews_ask_by_firebase", "https://news.ycombinator.com/item?id=121003", "HackerNewsAdapter", job.CoverageFull,
		map[string]string{"/v0/item/121003.json": "hn/firebase_ask_121003.json", "/v0/item/121016.json": "hn/firebase_comment_2921983.json"},
		[]string{"the Next Iteration", "Aw shucks"}, nil},
	{"youtube_title_only", "https://youtu.be/eiHXASgRTcA?t=10", "YouTubeAdapter", job.CoveragePartial,
		map[string]string{"/oembed": "youtube/oembed.http.json", "/watch": "youtube/consent_page.html"},
		[]string{"Noisy kittens", "smshdchrb"}, []string{"only title and channel"}},
	{"youtube_playlist", "https://www.youtube.com/playlist?list=PL4qTakKkQATKOyZPJG_cAMnRtF7fAIdST", "YouTubeAdapter", job.CoveragePartial,
		map[string]string{"/oembed": "youtube/oembed_playlist.http.json"}, []string{"De espaldas al patriarcado"}, []string{"playlist's title"}},
	{"huggingface_model", "https://huggingface.co/bert-base-uncased", "HuggingFaceAdapter", job.CoverageFull,
		map[string]string{"/api/models/bert-base-uncased": "huggingface/api_model_redirect_307.http.json", "/api/models/google-bert/bert-base-uncased": "huggingface/api_model_bert.http.json",
			"/google-bert/bert-base-uncased/raw/main/README.md": "huggingface/card_model_rubert.md"},
		[]string{"Task: fill-mask", "RuBERT (Russian, cased"}, nil},
	{"huggingface_model_without_card", "https://huggingface.co/google-bert/bert-base-uncased/tree/main", "HuggingFaceAdapter", job.CoveragePartial,
		map[string]string{"/api/models/google-bert/bert-base-uncased": "huggingface/api_model_bert.http.json"}, []string{"Likes: 2065"}, []string{"card (README.md) could not be had"}},
	{"pypi_project", "https://pypi.org/project/luigi/", "PyPIAdapter", job.CoverageFull,
		map[string]string{"/pypi/luigi/json": "pypi/project_luigi.json"}, []string{"Version: 2.6.0", "build complex pi"}, nil},
	{"pypi_version", "https://pypi.org/project/attrs/17.4.0/#description", "PyPIAdapter", job.CoveragePartial,
		map[string]string{"/pypi/attrs/17.4.0/json": "pypi/version_attrs_17.4.0.json"}, []string{"Classes Without Boilerplate"}, []string{"no description"}},
	{"npm_package", "https://www.npmjs.com/package/is-stream", "NpmAdapter", job.CoverageFull,
		map[string]string{"/is-stream": "npm/is-stream.json"}, []string{"Licence: MIT", "Check if something is a Node.js stream"}, nil},
	{"npm_version_with_string_repository", "https://www.npmjs.com/package/etag/v/1.0.1", "NpmAdapter", job.CoverageFull,
		map[string]string{"/etag": "npm/string_repository.json"}, []string{"Version: 1.0.1", "https://github.com/jshttp/etag"}, nil},
	{"npm_without_readme", "https://www.npmjs.com/package/left-pad", "NpmAdapter", job.CoveragePartial,
		map[string]string{"/left-pad": "npm/left-pad.json"}, []string{"String left pad"}, []string{"no README"}},
	{"wikipedia_article", "https://en.m.wikipedia.org/wiki/Albert_Einstein#Life", "WikipediaAdapter", job.CoverageFull,
		map[string]string{"/w/api.php?titles=Albert+Einstein": "wikipedia/action_extracts_intro.http.json"}, []string{"theoretical physicist"}, nil},
	{"reddit_post", "https://old.reddit.com/r/redditdev/comments/2gmzqe/praw_https_enabled/", "RedditAdapter", job.CoverageFull,
		map[string]string{"/comments/2gmzqe.json": "reddit/comments_selftext.http.json"}, []string{"PRAW client developers", "## Comments"}, nil},
	{"reddit_share_link", "https://www.reddit.com/r/redditdev/s/nGnQE1QkLC", "RedditAdapter", job.CoverageFull,
		map[string]string{"/r/redditdev/s/nGnQE1QkLC": "reddit/share_link_301.http.json", "/comments/2gmzqe/_/cklhv0f.json": "reddit/comments_selftext.http.json"},
		[]string{"PRAW client developers"}, nil},
	{"reddit_poll", "https://redd.it/g9zfex", "RedditAdapter", job.CoverageFull,
		map[string]string{"/comments/g9zfex.json": "reddit/comments_poll.http.json"}, []string{"- <50% and chocolate cake"}, nil},
	{"reddit_refused", "https://www.reddit.com/r/investing/comments/7pfpeq/x/", "RedditAdapter", job.CoveragePartial,
		map[string]string{"/comments/7pfpeq.json": "reddit/quarantined_403.http.json", "/oembed": "reddit/oembed.http.json"},
		[]string{"Buffett on cyrptocurrencies"}, []string{"only the post's title and author", "403"}},
	{"doi_work", "https://doi.org/10.1371/journal.pone.0033693", "DOIAdapter", job.CoveragePartial,
		map[string]string{"/works/10.1371%2Fjournal.pone.0033693": "doi/crossref_work.http.json"}, []string{"PLoS", "DOI: 10.1371/journal.pone.0033693"}, []string{"only the bibliographic data"}},
	{"doi_other_agency", "https://dx.doi.org/10.1126/science.169.3946.635", "DOIAdapter", job.CoveragePartial,
		map[string]string{"/works/10.1126%2Fscience.169.3946.635": "doi/crossref_404.http.json", "/10.1126/science.169.3946.635": "doi/citeproc_json.http.json"},
		[]string{"Henry S. Frank", "structure of cold water"}, []string{"only the abstract"}},
	{"x_post", "https://x.com/pepephone/status/436461658601713664?s=20", "XAdapter", job.CoveragePartial,
		map[string]string{"/oembed": "x/oembed.http.json"}, []string{"Pepephone rompe la baraja"}, []string{"only the text of the post"}},
	{"mastodon_status", "https://example.social/@mastodonpy_test/117020583223442465", "MastodonAdapter", job.CoverageFull,
		map[string]string{"/api/v1/statuses/117020583223442465": "mastodon/status.http.json"}, []string{"Toot!"}, nil},
	{"mastodon_status_with_card", "https://example.social/@mastodonpy_test/117020609135389699", "MastodonAdapter", job.CoveragePartial,
		map[string]string{"/api/v1/statuses/117020609135389699": "mastodon/status_with_card.http.json"}, []string{"Example Domain"}, []string{"links to could not be read"}},
}

// offline is a network in which nothing but the replay server exists.
func offline(t *testing.T, p *replay) *Retriever {
	t.Helper()
	return newRetriever(t, Config{
		APIs: apis(p.URL), CacheDir: wasmCache(t),
		Proxy:    func(*http.Request) (*url.URL, error) { return nil, nil },
		Resolver: noNames(),
	})
}

func TestAdaptersMakeEvidenceOfRecordedAnswers(t *testing.T) {
	for _, c := range replayed {
		t.Run(c.name, func(t *testing.T) {
			p := newReplay(t, c.routes)
			ev, err := offline(t, p).Retrieve(t.Context(), c.link)
			if err != nil {
				t.Fatalf("%v (asked %v)", err, p.paths())
			}
			if ev.AdapterName != c.adapter || ev.Coverage != c.coverage {
				t.Errorf("adapter %s, coverage %s (%v), want %s, %s", ev.AdapterName, ev.Coverage, ev.Errors, c.adapter, c.coverage)
			}
			for _, w := range c.says {
				if !strings.Contains(ev.Text, w) {
					t.Errorf("text lacks %q:\n%s", w, ev.Text)
				}
			}
			for _, w := range c.errors {
				if !strings.Contains(strings.Join(ev.Errors, "\n"), w) {
					t.Errorf("errors lack %q: %q", w, ev.Errors)
				}
			}
			if len(ev.Snippets) == 0 || len(ev.Sources) == 0 || ev.Title == "" || ev.FinalURL == "" {
				t.Errorf("incomplete: %+v", ev)
			}
			golden(t, c.name, ev, p.URL)
		})
	}
}

func TestAdaptersFallBackToThePage(t *testing.T) {
	for _, c := range []struct{ link, adapter, api string }{
		{"https://huggingface.co/google-bert/bert-base-uncased", "HuggingFaceAdapter", "500"},
		{"https://pypi.org/project/luigi/", "PyPIAdapter", "500"},
		{"https://www.npmjs.com/package/is-stream", "NpmAdapter", "503"},
		{"https://arxiv.org/abs/1605.08386", "ArxivAdapter", "503"},
		{"https://github.com/a/b", "GithubAdapter", "500"},
	} {
		p := newReplay(t, map[string]string{})
		r := offline(t, p)
		ev, err := r.Retrieve(t.Context(), c.link)
		if fetch.ReasonOf(err) == "" || ev.AdapterName != c.adapter {
			t.Errorf("%s: %v %s", c.link, err, ev.AdapterName)
		}
	}
	// An enterprise host is a page and an interface at one address.
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/v3/") {
			w.WriteHeader(500)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(article))
	}))
	host := strings.TrimPrefix(s.URL, "http://")
	name, _, _ := strings.Cut(host, ":")
	r := newRetriever(t, Config{APIs: APIs{GitHubHosts: map[string]string{name: s.URL + "/api/v3"}}})
	ev, err := r.Retrieve(t.Context(), s.URL+"/people/ropes")
	if err != nil || ev.AdapterName != "GithubAdapter" || ev.Coverage != job.CoveragePartial || !strings.Contains(ev.Text, "binary tree") ||
		!strings.Contains(strings.Join(ev.Errors, " "), "the page itself was read instead") {
		t.Errorf("%v %s %s %v", err, ev.AdapterName, ev.Coverage, ev.Errors)
	}
}

func TestWhatDoesNotExistIsSaid(t *testing.T) {
	for _, c := range []struct{ link, file, path, says string }{
		{"https://arxiv.org/abs/0000.0000", "arxiv/not_found_0000.0000.xml", "/api/query", "no paper with this number"},
		{"https://arxiv.org/abs/1234.5678", "arxiv/error_malformed_id_abc.xml", "/api/query", "does not accept"},
		{"https://pypi.org/project/nothing/", "404", "/pypi/nothing/json", "no project"},
		{"https://www.npmjs.com/package/nothing", "404", "/nothing", "no package"},
		{"https://en.wikipedia.org/wiki/Nothing", "wikipedia/action_missing.http.json", "/w/api.php", "no article named"},
		{"https://www.youtube.com/watch?v=aaaaaaaaaaa", "youtube/player_unavailable.json", "/watch", ""},
	} {
		p := newReplay(t, map[string]string{c.path: c.file})
		ev, err := offline(t, p).Retrieve(t.Context(), c.link)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), c.says) || ev.Coverage != job.CoverageFailed {
			t.Errorf("%s: %v", c.link, err)
		}
	}
}

func TestGitHubRefusalsAreToldApart(t *testing.T) {
	for file, want := range map[string]Reason{
		"github/rate_limited_403.wiremock.json":      fetch.RateLimited,
		"github/secondary_limit_403.wiremock.json":   fetch.RateLimited,
		"github/forbidden_403_integration.http.json": fetch.Forbidden,
		"github/not_found_404.http.json":             fetch.NotFound,
	} {
		p := newReplay(t, map[string]string{"/repos/a/b": file})
		r := offline(t, p)
		var v any
		_, err := r.githubGet(t.Context(), githubAPI{base: p.URL}, p.URL+"/repos/a/b", &v)
		if fetch.ReasonOf(err) != want {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestTokenIsSentToItsInterfaceOnly(t *testing.T) {
	p := newReplay(t, map[string]string{"/repos/a/b": "github/repo.http.json"})
	r := newRetriever(t, Config{APIs: apis(p.URL), Tokens: Tokens{GitHub: "s3cr3t"}, Resolver: noNames()})
	ev, err := r.Retrieve(t.Context(), "https://github.com/a/b")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.seen) == 0 || p.seen[0].Header.Get("Authorization") != "Bearer s3cr3t" {
		t.Error("no token")
	}
	if strings.Contains(ev.Text+strings.Join(ev.Errors, ""), "s3cr3t") {
		t.Error("the token is in the evidence")
	}
}

// Links are judged by host and path, never by a substring.
func TestAdaptersMatchByHostAndPath(t *testing.T) {
	r := newRetriever(t, Config{})
	for link, want := range map[string]string{
		"https://arxiv.org/abs/2401.00001v2":                   "ArxivAdapter",
		"https://arxiv.org/html/2401.00001":                    "ArxivAdapter",
		"https://ar5iv.labs.arxiv.org/html/math/0309136":       "ArxivAdapter",
		"https://arxiv.org/abs/math.GT/0309136":                "ArxivAdapter",
		"https://arxiv.org/list/cs.AI/recent":                  "",
		"https://info.arxiv.org/abs/2401.00001":                "",
		"https://notarxiv.org/abs/2401.00001":                  "",
		"https://arxiv.org.evil.com/abs/2401.00001":            "",
		"https://evil.com/?u=https://arxiv.org/abs/2401.00001": "",
		"https://github.com/a/b":                               "GithubAdapter",
		"https://github.com/a/b.git":                           "GithubAdapter",
		"https://github.com/a/b/tree/main":                     "GithubAdapter",
		"https://github.com/a/b/releases/tag/v1":               "GithubAdapter",
		"https://github.com/a/b/commit/abc":                    "GithubAdapter",
		"https://gist.github.com/a/0123":                       "GithubAdapter",
		"https://github.com/a/b/discussions/3":                 "",
		"https://github.com/a/b/wiki":                          "",
		"https://github.com/features/actions":                  "",
		"https://github.com/":                                  "",
		"https://github.com.evil.com/a/b":                      "",
		"https://evilgithub.com/a/b":                           "",
		"https://news.ycombinator.com/item?id=1":               "HackerNewsAdapter",
		"https://news.ycombinator.com/":                        "",
		"https://www.youtube.com/shorts/eiHXASgRTcA":           "YouTubeAdapter",
		"https://m.youtube.com/watch?v=eiHXASgRTcA&t=1":        "YouTubeAdapter",
		"https://www.youtube.com/@channel":                     "",
		"https://huggingface.co/datasets/imdb":                 "HuggingFaceAdapter",
		"https://huggingface.co/spaces/a/b":                    "HuggingFaceAdapter",
		"https://huggingface.co/blog/x":                        "",
		"https://huggingface.co/docs/a/b":                      "",
		"https://pypi.org/project/requests/":                   "PyPIAdapter",
		"https://pypi.org/search/?q=x":                         "",
		"https://www.npmjs.com/package/@a/b":                   "NpmAdapter",
		"https://de.wikipedia.org/wiki/Go":                     "WikipediaAdapter",
		"https://en.wikipedia.org/wiki/Special:Search":         "",
		"https://www.reddit.com/r/golang/comments/abc123/x/":   "RedditAdapter",
		"https://www.reddit.com/r/golang/":                     "",
		"https://stackoverflow.com/questions/1/x":              "StackExchangeAdapter",
		"https://unix.stackexchange.com/a/12":                  "StackExchangeAdapter",
		"https://stackoverflow.com/tags":                       "",
		"https://doi.org/10.1000/182":                          "DOIAdapter",
		"https://doi.org/the-identifier":                       "",
		"https://twitter.com/a/status/12":                      "XAdapter",
		"https://x.com/a":                                      "",
		"https://netflix.com/a/status/12":                      "",
		"https://hachyderm.io/@a/117020583223442465":           "MastodonAdapter",
		"https://medium.com/@a/some-post-117020583223":         "",
	} {
		u, err := fetch.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, a := range r.adapters() {
			if a.match(u) != nil {
				got = a.name
				break
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", link, got, want)
		}
	}
}

func TestRulesChooseAdapterAndSnippets(t *testing.T) {
	rules := []byte("rules:\n  default:\n    adapter: generic\n    extraction: trafilatura\n    max_snippets: 2\n    max_chars_per_snippet: 100\n    timeout: 15\n" +
		"  github.com:\n    adapter: github\n    fetch_readme: false\n    fetch_releases: false\n    max_snippets: 1\n  arxiv.org:\n    adapter: generic\n    timeout: 2s\n")
	p := newReplay(t, map[string]string{"/repos/a/b": "github/repo.http.json"})
	r := newRetriever(t, Config{APIs: apis(p.URL), Rules: rules, Resolver: noNames()})
	ev, err := r.Retrieve(t.Context(), "https://github.com/a/b")
	if err != nil || len(ev.Snippets) != 1 || len(p.seen) != 1 || !strings.Contains(strings.Join(ev.Errors, ""), "README was not asked for") {
		t.Errorf("%v %+v %v", err, ev.Errors, p.paths())
	}
	ev, _ = r.Retrieve(t.Context(), "https://arxiv.org/abs/2401.00001")
	if ev.AdapterName != "GenericAdapter" || slices.Contains(p.paths(), "/api/query") {
		t.Errorf("adapter %s", ev.AdapterName)
	}
	for bad, says := range map[string]string{
		"rules:\n  a.com:\n    adapter: nothing\n": "no adapter",
		"rules:\n  a.com:\n    max_snipets: 3\n":   "max_snipets",
		"rules:\n  a.com:\n    timeout: soon\n":    "no time",
		"rules:\n  a.com:\n    max_snippets: -1\n": "negative",
		"rule:\n  a.com: {}\n":                     "rule",
		"rules: [":                                 "YAML",
	} {
		if _, err := New(Config{Rules: []byte(bad)}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestCancelledRetrievalEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := newRetriever(t, Config{})
	if _, err := r.Retrieve(ctx, "https://example.com/"); fetch.ReasonOf(err) != fetch.Canceled {
		t.Errorf("got %v", err)
	}
}
