package isolate_test

import (
	"os"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/internal/evidence/pdf"
)

// TestAPDFReaderCompiledBeforehandIsUsed: the one that comes with the program's image, which
// cannot be written. One that cannot be used is as none.
func TestAPDFReaderCompiledBeforehandIsUsed(t *testing.T) {
	compiled := evidence.PDFCodeDir(evidencetest.CacheDir(t))
	if err := pdf.Compile(t.Context(), compiled); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ready string
		used  bool
	}{"for this processor": {compiled, true}, "no such thing": {os.DevNull, false}} {
		t.Run(name, func(t *testing.T) {
			if !c.used && testing.Short() {
				t.Skip("compiles for seconds")
			}
			cache := t.TempDir()
			settings := offline(t, "http://127.0.0.1:1")
			settings.CacheDir = cache
			r := newRetriever(t, isolate.Config{Evidence: settings, Most: 1, PDFCode: c.ready})
			ev, err := r.Extract(t.Context(), pdfOf("BT /F1 12 Tf 72 700 Td (A sentence of a file that is read in a child process.) Tj ET"),
				"application/pdf", "https://example.com/a.pdf")
			if err != nil {
				t.Fatal(err)
			}
			if len(ev.Snippets) == 0 || !strings.Contains(ev.Snippets[0].Content, "a file that is read") {
				t.Errorf("snippets %+v", ev.Snippets)
			}
			if _, err := os.Stat(evidence.PDFCodeDir(cache)); os.IsNotExist(err) != c.used {
				t.Errorf("the data folder's: %v", err)
			}
		})
	}
}
