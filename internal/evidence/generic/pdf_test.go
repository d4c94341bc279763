package generic_test

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
)

func TestPDFSnippetsNameTheirPage(t *testing.T) {
	r := evidencetest.New(t, evidence.Config{CacheDir: evidencetest.CacheDir(t)})
	ev, err := r.Extract(t.Context(), evidencetest.Payload(t, "pdf/latex_4_pages.pdf"), "", "https://example.com/x.pdf")
	if err != nil {
		t.Fatal(err)
	}
	last := ev.Snippets[len(ev.Snippets)-1]
	if !strings.HasPrefix(ev.Snippets[0].Position, "page 1 ") || !strings.HasPrefix(last.Position, "page 4 ") {
		t.Errorf("first %q, last %q", ev.Snippets[0].Position, last.Position)
	}
	cut := evidencetest.Payload(t, "pdf/latex_4_pages.pdf")[:300]
	if _, err := r.Extract(t.Context(), cut, "application/pdf", "https://example.com/x.pdf"); fetch.ReasonOf(err) != fetch.Broken {
		t.Errorf("cut off: %v", err)
	}
}
