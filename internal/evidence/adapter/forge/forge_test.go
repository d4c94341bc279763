package forge_test

import (
	"io"
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/forge"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFilesAreToldByTheirPath(t *testing.T) {
	evidencetest.Match(t, forge.Adapter{Server: "https://{host}"}, map[string]bool{
		"https://gitlab.com/g/sub/p/-/blob/main/a/b.go#L1":       true,
		"https://gitlab.example.com/g/p/-/blame/v1/b.go":         true,
		"https://codeberg.org/o/r/src/branch/main/a.go":          true,
		"https://gitea.example.com/o/r/src/commit/0a1b/d/a.go":   true,
		"https://bitbucket.org/ws/r/src/main/a.go#lines-3":       true,
		"https://git.sr.ht/~u/r/tree/master/item/a.go#L3":        true,
		"https://gitlab.com/g/p":                                 false,
		"https://gitlab.com/g/p/-/tree/main/a":                   false,
		"https://gitlab.com/g/p/-/issues/1":                      false,
		"https://codeberg.org/o/r/src/branch/main":               false,
		"https://codeberg.org/o/r/src/branch/main/a/":            false,
		"https://example.com/ws/r/src/main/a.go":                 false,
		"https://docs.example.com/guide/src/branching/main/a.go": false,
	})
}

func TestLinesComeBeforeTheirFileOnAllForges(t *testing.T) {
	const file = "=one()\ntwo()\nthree()\n"
	for link, path := range map[string]string{
		"https://gitlab.com/g/sub/p/-/blob/main/a/b.go#L2-3":         "/g/sub/p/-/raw/main/a/b.go",
		"https://gitlab.com/g/p/-/blob/main/b%20c.go?ref=x#L2-3":     "/g/p/-/raw/main/b%20c.go",
		"https://codeberg.org/o/r/src/branch/main/b.go#L2-L3":        "/o/r/raw/branch/main/b.go",
		"https://bitbucket.org/ws/r/src/main/b.go#lines-2:3":         "/ws/r/raw/main/b.go",
		"https://git.sr.ht/~u/r/tree/master/item/b.go#L2-3":          "/~u/r/blob/master/b.go",
		"https://gitlab.example.com/g/p/-/blame/main/b.go#L2-3":      "/g/p/-/raw/main/b.go",
		"https://gitea.example.com/o/r/src/commit/0a1b/d/b.go#L2-L3": "/o/r/raw/commit/0a1b/d/b.go",
	} {
		evidencetest.Leads(t, evidencetest.Named{
			URL: link, Routes: map[string]string{path: file}, Coverage: job.CoverageFull, Requests: 1,
			Lead: []string{"## Lines 2–3 of ", "```go\ntwo()\nthree()\n```"}, Around: []string{"## The whole file", "one()"},
		})
	}
}

func TestAPageInPlaceOfTheFileIsNone(t *testing.T) {
	s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html><body>Sign in</body></html>")
	}))
	ev, err := evidencetest.Fetch(t, forge.Adapter{Server: s.URL}, "https://gitlab.com/g/p/-/blob/main/b.go")
	if err == nil {
		t.Errorf("got %q", ev.Text)
	}
}
