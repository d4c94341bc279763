package github_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/adapter/github"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, github.Adapter{API: "https://api.github.com"}, map[string]bool{
		"https://github.com/a/b":                            true,
		"https://github.com/a/b.git":                        true,
		"https://github.com/a/b/tree/main":                  true,
		"https://github.com/a/b/releases/tag/v1":            true,
		"https://github.com/a/b/commit/abc":                 true,
		"https://gist.github.com/a/0123":                    true,
		"https://github.com/a/b/discussions/3":              false,
		"https://github.com/a/b/pull/3.diff":                false,
		"https://github.com/a/b/commit/abc.patch":           false,
		"https://gist.github.com/torvalds":                  false,
		"https://gist.github.com/a/0123/raw/x":              false,
		"https://github.com/advisories/GHSA-jfh8-c2jp-5v3q": true,
		"https://github.com/advisories":                     false,
		"https://nbviewer.org/github/a/b/blob/main/n.ipynb": true,
		"https://colab.research.google.com/drive/1aB":       false,
		"https://github.com/a/b/wiki":                       false,
		"https://github.com/features/actions":               false,
		"https://github.com/":                               false,
		"https://github.com.evil.com/a/b":                   false,
		"https://evilgithub.com/a/b":                        false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "github_repository", URL: "https://github.com/sigmavirus24/github3.py",
			Adapter: "GithubAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{
				"/repos/sigmavirus24/github3.py":                 "github/repo.http.json",
				"/repos/sigmavirus24/github3.py/readme":          "github/readme.http.json",
				"/repos/sigmavirus24/github3.py/releases/latest": "github/releases_latest.http.json",
			},
			Says: []string{"Stars: 744", "Latest release 0.9.3", "extraordinarily stable"},
		},
		evidencetest.Link{
			Name: "github_renamed_repository", URL: "https://github.com/github3py/github3.py",
			Adapter: "GithubAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{
				"/repos/github3py/github3.py":  "github/moved_301.http.json",
				"/repositories/4464822":        "github/repo.http.json",
				"/repositories/4464822/readme": "github/contents_readme.http.json",
			},
			Says: []string{"Python library", "# hello-world"},
		},
		evidencetest.Link{
			Name: "github_issue", URL: "https://github.com/sigmavirus24/github3.py/issues/1#issuecomment-1",
			Adapter: "GithubAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/repos/sigmavirus24/github3.py/issues/1": "github/issue.http.json"},
			Says:   []string{"State: closed", "`_api` attribute"},
			Notes:  []string{"the comment that the link names could not be had", "comments could not be had"},
		},
		evidencetest.Link{
			Name: "github_pull_request", URL: "https://github.com/sigmavirus24/github3.py/pull/301/files",
			Adapter: "GithubAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{
				"/repos/sigmavirus24/github3.py/issues/301": "github/issue_that_is_a_pull.http.json",
				"/repos/sigmavirus24/github3.py/pulls/301":  "github/pull.http.json",
				"/repos/sigmavirus24/github3.py/pulls/301/files": `=[{"filename":"github3/github.py","status":"modified",` +
					`"patch":"@@ -1 +1,2 @@\n-a\n+b"},{"filename":"AUTHORS.rst","status":"modified"}]`,
			},
			Says: []string{"## Changed files\n\n### github3/github.py (modified)", "Pull request: ", "2 files, +15 −4 lines", "merged 2016-04-07"},
		},
		evidencetest.Link{
			Name: "github_file", URL: "https://github.com/hiki/hikidoc/blob/master/NEWS.ja",
			Adapter: "GithubAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{
				"/repos/hiki/hikidoc/contents/NEWS.ja?ref=master": "github/changelog_japanese_contents.json",
			},
			Says: []string{"変更"},
		},
		evidencetest.Link{
			Name: "github_account", URL: "https://github.com/sigmavirus24",
			Adapter: "GithubAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/users/sigmavirus24": "github/user.http.json"},
			Says:   []string{"Ian Cordasco", "Rackspace"},
			Notes:  []string{"profile"},
		},
	)
}

func TestAnswersAtHandBecomeEvidence(t *testing.T) {
	evidencetest.Extract(t,
		evidencetest.Body{File: "github/gist_dotjson.http.json", Coverage: job.CoveragePartial},
		evidencetest.Body{
			File: "github/dmca_451.json", URL: "https://api.github.com/repos/a/b", Coverage: job.CoverageFailed,
			Reason: fetch.NotFound,
		},
	)
}

func TestTokenIsSentToItsInterfaceOnly(t *testing.T) {
	p := evidencetest.NewReplay(t, map[string]string{"/repos/a/b": "github/repo.http.json"})
	r := evidencetest.New(t, evidence.Config{
		APIs: evidencetest.APIs(p.URL), Tokens: evidence.Tokens{GitHub: "s3cr3t"}, Resolver: evidencetest.NoNames(),
	})
	ev, err := r.Retrieve(t.Context(), "https://github.com/a/b")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Seen()) == 0 || p.Seen()[0].Header.Get("Authorization") != "Bearer s3cr3t" {
		t.Error("no token")
	}
	if strings.Contains(ev.Text+strings.Join(ev.Errors, ""), "s3cr3t") {
		t.Error("the token is in the evidence")
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRefusalsAreToldApart(t *testing.T) {
	for file, want := range map[string]fetch.Reason{
		"github/rate_limited_403.wiremock.json":      fetch.RateLimited,
		"github/secondary_limit_403.wiremock.json":   fetch.RateLimited,
		"github/forbidden_403_integration.http.json": fetch.Forbidden,
		"github/not_found_404.http.json":             fetch.NotFound,
	} {
		p := evidencetest.NewReplay(t, map[string]string{"/repos/a/b": file})
		_, err := evidencetest.Fetch(t, github.Adapter{API: p.URL}, "https://github.com/a/b")
		if fetch.ReasonOf(err) != want {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestWhatWasDeletedIsSaid(t *testing.T) {
	s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusGone)
		_, _ = w.Write([]byte(`{"message":"This issue was deleted","documentation_url":"x"}`))
	}))
	_, err := evidencetest.Fetch(t, github.Adapter{API: s.URL}, "https://github.com/a/b/issues/7")
	if !source.Final(err) || !strings.Contains(err.Error(), "This issue was deleted") {
		t.Errorf("got %v", err)
	}
}

func TestLimitsSayWhenToComeBack(t *testing.T) {
	for _, c := range []struct {
		status    int
		after     string
		want      time.Duration
		retryable bool
	}{
		{403, "60", time.Minute, true}, // the secondary limit
		{429, "2", 2 * time.Second, true},
		{503, "7", 7 * time.Second, true},
		{429, "soon", 0, true},
		{503, "", 0, true},
		{404, "60", 0, false},
	} {
		s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", c.after)
			w.WriteHeader(c.status)
		}))
		_, err := evidencetest.Fetch(t, github.Adapter{API: s.URL}, "https://github.com/a/b")
		if retry.Retryable(err) != c.retryable || retry.After(err) != c.want {
			t.Errorf("%d, Retry-After %q: retryable %v after %s", c.status, c.after, retry.Retryable(err), retry.After(err))
		}
	}
}

func TestEachServerGetsItsOwnToken(t *testing.T) {
	own := evidencetest.NewReplay(t, map[string]string{"/repos/a/b": "github/repo.http.json"})
	a := github.Adapter{
		API: "https://api.github.com", Hosts: map[string]string{"github.example.com": own.URL + "/"},
		WithoutReadme: true, WithoutReleases: true,
	}
	_, err := evidencetest.Fetch(t, a, "https://github.example.com/a/b",
		fetch.Credential{Name: github.Credential(""), Base: own.URL, Authorization: "Bearer public"},
		fetch.Credential{Name: github.Credential("github.example.com"), Base: own.URL + "/", Authorization: "Bearer private"})
	if err != nil {
		t.Fatal(err)
	}
	if seen := own.Seen(); len(seen) != 1 || seen[0].Header.Get("Authorization") != "Bearer private" {
		t.Errorf("asked %v", own.Paths())
	}
}

// Recognised answers are told apart by their path.
func TestAnswersOfTheAPIAreRecognized(t *testing.T) {
	for _, c := range []struct{ path, file, title string }{
		{"/repos/sigmavirus24/github3.py", "github/repo.http.json", "sigmavirus24/github3.py"},
		{"/repos/sigmavirus24/github3.py/issues/1", "github/issue.http.json", ""},
		{"/repos/sigmavirus24/github3.py/pulls/301", "github/pull.http.json", ""},
		{"/repos/sigmavirus24/github3.py/readme", "github/readme.http.json", "README.rst"},
		{"/repos/sigmavirus24/github3.py/releases/latest", "github/releases_latest.http.json", ""},
		{"/users/sigmavirus24", "github/user.http.json", "Ian Cordasco"},
	} {
		u, _ := url.Parse("https://api.github.com" + c.path)
		ev := source.NewEvidence(u.String())
		in := source.Answer{Kind: source.JSON, URL: u, Body: []byte(evidencetest.Recording(t, c.file).Response.Body)}
		known, err := github.Adapter{}.Recognize(in, ev)
		if !known || err != nil || ev.Text == "" || ev.Title == "" || c.title != "" && ev.Title != c.title {
			t.Errorf("%s: known %v, %v, title %q", c.path, known, err, ev.Title)
		}
		in.URL, _ = url.Parse("https://api.example.com" + c.path)
		if known, _ := (github.Adapter{}).Recognize(in, source.NewEvidence("")); known {
			t.Errorf("%s is recognised on another host", c.path)
		}
	}
}

// bigReadme answers as the routes say, and gives readme to those who ask for bytes.
func bigReadme(routes map[string]string, readme string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/readme") && strings.Contains(r.Header.Get("Accept"), "raw") {
			_, _ = w.Write([]byte(readme))
			return
		}
		body, ok := strings.CutPrefix(routes[r.URL.Path], "=")
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(body))
	})
}
