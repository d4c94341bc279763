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

func TestAdaptersFallBackToThePage(t *testing.T) {
	for _, c := range []struct{ link, adapter, api string }{
		{"https://huggingface.co/google-bert/bert-base-uncased", "HuggingFaceAdapter", "500"},
		{"https://pypi.org/project/luigi/", "PyPIAdapter", "500"},
		{"https://www.npmjs.com/package/is-stream", "NpmAdapter", "503"},
		{"https://arxiv.org/abs/1605.08386", "ArxivAdapter", "503"},
		{"https://github.com/a/b", "GithubAdapter", "500"},
	} {
		p := evidencetest.NewReplay(t, map[string]string{})
		r := evidencetest.Offline(t, p.URL)
		ev, err := r.Retrieve(t.Context(), c.link)
		if fetch.ReasonOf(err) == "" || ev.AdapterName != c.adapter {
			t.Errorf("%s: %v %s", c.link, err, ev.AdapterName)
		}
	}
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
