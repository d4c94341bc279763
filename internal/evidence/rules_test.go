package evidence_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
)

func TestRulesChooseAdapterAndSnippets(t *testing.T) {
	rules := []byte("rules:\n  default:\n    adapter: generic\n    extraction: readability\n    max_snippets: 2\n" +
		"    max_chars_per_snippet: 100\n    timeout: 15\n" +
		"  github.com:\n    adapter: github\n    fetch_readme: false\n    fetch_releases: false\n    max_snippets: 1\n" +
		"  arxiv.org:\n    adapter: generic\n    timeout: 2s\n")
	p := evidencetest.NewReplay(t, map[string]string{"/repos/a/b": "github/repo.http.json"})
	r := evidencetest.New(t, evidence.Config{APIs: evidencetest.APIs(p.URL), Rules: rules, Resolver: evidencetest.NoNames()})
	ev, err := r.Retrieve(t.Context(), "https://github.com/a/b")
	if err != nil || len(ev.Snippets) != 1 || len(p.Seen()) != 1 ||
		!strings.Contains(strings.Join(ev.Errors, ""), "README was not asked for") {
		t.Errorf("%v %+v %v", err, ev.Errors, p.Paths())
	}
	ev, _ = r.Retrieve(t.Context(), "https://arxiv.org/abs/2401.00001")
	if ev.AdapterName != "GenericAdapter" || slices.Contains(p.Paths(), "/api/query") {
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
		if _, err := evidence.New(evidence.Config{Rules: []byte(bad)}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
