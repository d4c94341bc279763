package gates

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

// page is a real page, cut short, with comments that a careful person wrote on
// it. See the field source for where it comes from.
type page struct {
	Source, URL, Title, Lang, Language, Text string
	Good                                     []job.Comment
}

var themes = []string{"LLMOps & Evaluation", "RAG / Retrieval", "Agentic Workflows", "Data Labeling & Synthetic Data", "Multimodal / Video"}

func (p page) evidence() *job.Evidence {
	return &job.Evidence{
		URL: p.URL, Title: p.Title, Lang: p.Lang, Text: p.Text, Coverage: job.CoverageFull, AdapterName: "GenericAdapter",
		Sources:  []job.Source{{URL: p.URL, Title: p.Title}},
		Snippets: []job.Snippet{{ID: "s1", Content: p.Text, SourceURL: p.URL}},
	}
}

func (p page) options() Options { return Options{Language: p.Language, ProjectThemes: themes} }

func pages(t testing.TB) map[string]page {
	t.Helper()
	files, err := filepath.Glob("testdata/pages/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	out := map[string]page{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var p page
		if err := json.Unmarshal(b, &p); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".json")] = p
	}
	return out
}

func TestHonestCommentsPass(t *testing.T) {
	for name, p := range pages(t) {
		for _, good := range p.Good {
			r := Check(p.evidence(), &good, p.options())
			if !r.Passed() || len(r.Warnings()) > 0 {
				t.Errorf("%s:\n%s", name, strings.Join(append(r.Failures(), r.Warnings()...), "\n"))
			}
			if r.Score() != 1 {
				t.Errorf("%s: score %v", name, r.Score())
			}
		}
	}
}
