package evidence_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

func TestThePageIsAskedWhenTheAPIFails(t *testing.T) {
	down := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	r := evidencetest.Offline(t, down.URL)
	for link, adapter := range map[string]string{
		"https://huggingface.co/google-bert/bert-base-uncased": "HuggingFaceAdapter",
		"https://pypi.org/project/luigi/":                      "PyPIAdapter",
		"https://www.npmjs.com/package/is-stream":              "NpmAdapter",
		"https://arxiv.org/abs/1605.08386":                     "ArxivAdapter",
		"https://github.com/a/b":                               "GithubAdapter",
	} {
		// The page's host does not resolve: that it was asked for shows in the reason.
		ev, err := r.Retrieve(t.Context(), link)
		if fetch.ReasonOf(err) != fetch.DNS || ev.AdapterName != adapter {
			t.Errorf("%s: %v %s", link, err, ev.AdapterName)
		}
	}
}

func TestEvidenceSaysThatThePageWasReadInstead(t *testing.T) {
	// An enterprise host is a page and an interface at one address.
	s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/v3/") {
			w.WriteHeader(500)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(evidencetest.Article))
	}))
	host := strings.TrimPrefix(s.URL, "http://")
	name, _, _ := strings.Cut(host, ":")
	r := evidencetest.New(t, evidence.Config{APIs: evidence.APIs{GitHubHosts: map[string]string{name: s.URL + "/api/v3"}}})
	ev, err := r.Retrieve(t.Context(), s.URL+"/people/ropes")
	if err != nil || ev.AdapterName != "GithubAdapter" || ev.Coverage != job.CoveragePartial || !strings.Contains(ev.Text, "binary tree") ||
		!strings.Contains(strings.Join(ev.Errors, " "), "the page itself was read instead") {
		t.Errorf("%v %s %s %v", err, ev.AdapterName, ev.Coverage, ev.Errors)
	}
}
