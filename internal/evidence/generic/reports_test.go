package generic_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
)

// report is a page made after a public bug report of some reader of pages, with what its text
// must have, must not have, and must have once.
type report struct {
	File    string   `json:"file"`
	Why     string   `json:"why"`
	Title   string   `json:"title"`
	Must    []string `json:"must"`
	MustNot []string `json:"mustnot"`
	Once    []string `json:"once"`
}

func TestReportedPagesAreReadRight(t *testing.T) {
	dir := filepath.Join(evidencetest.Testdata(t), "reports")
	raw, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var reports []report
	if err := json.Unmarshal(raw, &reports); err != nil {
		t.Fatal(err)
	}
	r := evidencetest.New(t, evidence.Config{CacheDir: evidencetest.CacheDir(t)})
	for _, c := range reports {
		t.Run(c.File, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(dir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			ev, err := r.Extract(t.Context(), body, "", "https://example.org/"+c.File)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.Must {
				if !strings.Contains(ev.Text, s) {
					t.Errorf("%s: lacks %q in\n%s", c.Why, s, ev.Text)
				}
			}
			for _, s := range c.MustNot {
				if strings.Contains(ev.Text, s) {
					t.Errorf("%s: has %q in\n%s", c.Why, s, ev.Text)
				}
			}
			for _, s := range c.Once {
				if n := strings.Count(ev.Text, s); n != 1 {
					t.Errorf("%s: has %q %d times in\n%s", c.Why, s, n, ev.Text)
				}
			}
			if c.Title != "" && ev.Title != c.Title {
				t.Errorf("%s: title %q, want %q", c.Why, ev.Title, c.Title)
			}
		})
	}
}
