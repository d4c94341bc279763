package generic_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
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

func TestThePageThatALinkNamesComesFirst(t *testing.T) {
	r := evidencetest.New(t, evidence.Config{CacheDir: evidencetest.CacheDir(t)})
	body := evidencetest.Payload(t, "pdf/latex_4_pages.pdf")
	whole, err := r.Extract(t.Context(), body, "application/pdf", "https://example.com/a.pdf")
	if err != nil {
		t.Fatal(err)
	}
	for fragment, n := range map[string]int{"page=3": 3, "zoom=100&page=2&view=Fit": 2} {
		ev, err := r.Extract(t.Context(), body, "application/pdf", "https://example.com/a.pdf#"+fragment)
		if err != nil || ev.Coverage != job.CoverageFull || !strings.HasPrefix(ev.Text, fmt.Sprintf("## Page %d, which the link names\n\n", n)) ||
			!strings.HasSuffix(ev.Text, whole.Text) || ev.Lead < 100 {
			t.Errorf("#%s: %v %s, lead %d of\n%.300s", fragment, err, ev.Coverage, ev.Lead, ev.Text)
		}
		// Those behind the lead are counted as before.
		last, same := ev.Snippets[len(ev.Snippets)-1], whole.Snippets[len(whole.Snippets)-1]
		p, _, _ := strings.Cut(same.Position, " · ")
		if !strings.HasPrefix(last.Position, p) || strings.Contains(last.Position, "which the link") || !strings.HasPrefix(p, "page ") {
			t.Errorf("#%s: the last snippet is at %q, not %q", fragment, last.Position, same.Position)
		}
	}
	ev, err := r.Extract(t.Context(), body, "application/pdf", "https://example.com/a.pdf#page=40")
	if err != nil || ev.Coverage != job.CoveragePartial || ev.Text != whole.Text {
		t.Errorf("%v %s %v", err, ev.Coverage, ev.Errors)
	}
}
