package isolate_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/internal/retry"
)

// hostile are inputs that take more memory or time than any page should, in the process itself up to
// gigabytes. Each has another kind of parser against it.
func hostile() map[string][]byte {
	repeat := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	return map[string][]byte{
		// Each paragraph opens again all formatting elements that were not closed.
		"formatting elements": []byte("<html><body><p>" + repeat(400, "<b id=%d>") + strings.Repeat("<p>x", 22_000)),
		"deep feed":           []byte(`<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>` + strings.Repeat("<item>", 700_000)),
		"deep feed of XHTML": []byte(`<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>` +
			`<entry><content type="xhtml">` + strings.Repeat("<b>", 1_000_000)),
		"deep JSON":  []byte(strings.Repeat("[", 5_000_000)),
		"wide JSON":  []byte("[" + strings.Repeat("{},", 1_700_000) + "{}]"),
		"large PDF":  pdfOf(strings.Repeat("BT /F1 9 Tf (abc) Tj ET ", 4_000_000)),
		"PDF of q's": pdfOf(strings.Repeat("q ", 30_000_000)),
		"deep PDF":   pdfOf(strings.Repeat("[", 20_000_000)),
	}
}

// pdfOf is a PDF of one page whose content, packed, is a bomb.
func pdfOf(content string) []byte {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write([]byte(content)) // into memory
	_ = z.Close()
	var b bytes.Buffer
	offsets := make([]int, 0, 5)
	b.WriteString("%PDF-1.7\n")
	for i, object := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
		fmt.Sprintf("<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream", packed.Len(), packed.Bytes()),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	} {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	at := b.Len()
	b.WriteString("xref\n0 6\n0000000000 65535 f \n")
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF", at)
	return b.Bytes()
}

// Whatever an input does, it gives evidence or an error that says why not and is final, within the limits, which
// the child puts upon itself; and the page after it is read.
func TestHostileInputsHarmNobodyElse(t *testing.T) {
	if testing.Short() {
		t.Skip("uses processors for long")
	}
	r := newRetriever(t, isolate.Config{Evidence: offline(t, "http://127.0.0.1:1"), Most: 2})
	for name, body := range hostile() {
		t.Run(name, func(t *testing.T) {
			if len(body) > 5<<20 {
				t.Fatalf("%d bytes", len(body))
			}
			ev, err := r.Extract(t.Context(), body, "", "https://example.com/x")
			switch reason := fetch.ReasonOf(err); reason {
			case "", fetch.TooComplex, fetch.ParserTimeout, fetch.Empty, fetch.ParserFailed, fetch.Broken, fetch.Scanned:
				t.Logf("%q %v: %v", reason, err, errors.Unwrap(err))
			default:
				t.Errorf("reason %q: %v", reason, err)
			}
			if err != nil && retry.Retryable(err) || ev == nil || ev.URL != "https://example.com/x" {
				t.Errorf("%v, %+v", err, ev)
			}
		})
		if _, err := r.Extract(t.Context(), []byte(evidencetest.Article), "text/html", "https://example.com/y"); err != nil {
			t.Errorf("after %s: %v: %v", name, err, errors.Unwrap(err))
		}
	}
}

// Pages that are much work are all answered though they come at once: how long one takes beside others
// says nothing about it.
func TestHeavyPagesAtOnceAreAllAnswered(t *testing.T) {
	if testing.Short() {
		t.Skip("uses processors for long")
	}
	page := []byte("<html><head><title>Long</title></head><body><article><h1>Long</h1><table>" +
		strings.Repeat("<tr><td>1</td><td>value of <b>ropes</b></td><td><a href=/x>trees</a></td></tr>\n", 60_000) + "</table></article>")
	if len(page) > 5<<20 {
		t.Fatalf("%d bytes", len(page))
	}
	r := newRetriever(t, isolate.Config{Evidence: offline(t, "http://127.0.0.1:1"), Most: 4, Idle: 4})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if ev, err := r.Extract(t.Context(), page, "text/html", "https://example.com/x"); err != nil || len(ev.Text) < 100_000 {
				t.Errorf("%v: %v, %d bytes", err, errors.Unwrap(err), len(ev.Text))
			}
		})
	}
	all.Wait()
}
