package generic

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/pdf"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// readPDF fills ev from a PDF file. It is chosen by what the bytes are, so that a PDF behind
// any address is read. PageOffsets has an entry for each page that was read, empty ones
// included, so that page numbers are those of the file.
func (r *Reader) readPDF(ctx context.Context, body []byte, ev *job.Evidence) error {
	if ev.AdapterName == source.GenericName {
		ev.AdapterName = "PDFAdapter"
	}
	d, err := r.pdf.Read(ctx, body)
	var known *fetch.Error // of what has to be there before a file can be read
	switch {
	case errors.As(err, &known):
		own := *known
		own.URL = ev.URL
		return &own
	case errors.Is(err, pdf.ErrEncrypted):
		return fetch.NewError(fetch.Encrypted, ev.URL, "this PDF is encrypted and asks for a password", "share a copy without a password")
	case errors.Is(err, pdf.ErrNoText):
		return fetch.NewError(fetch.Scanned, ev.URL,
			"this PDF holds only scanned pages or pictures, no text", "share a copy with text, or a page that describes it")
	case errors.Is(err, pdf.ErrDeadline):
		return fetch.NewError(fetch.ParserTimeout, ev.URL, "reading this PDF takes too long", "share a smaller file")
	case errors.Is(err, pdf.ErrMemory):
		return fetch.NewError(fetch.TooComplex, ev.URL,
			"reading this PDF takes too much memory", "share a smaller file, or a page that describes it")
	case errors.Is(err, pdf.ErrBroken):
		e := fetch.NewError(fetch.Broken, ev.URL, "this PDF is damaged or cut off and cannot be opened", "check that the file opens in a viewer")
		e.Err = err
		return e
	case ctx.Err() != nil:
		return fetch.NewError(fetch.Canceled, ev.URL, "reading the PDF was cancelled", "")
	case err != nil:
		e := fetch.NewError(fetch.ParserFailed, ev.URL, "this PDF could not be read", "share another link")
		e.Err = err
		return e
	}
	ev.Title, ev.Author, ev.Published = outline.First(d.Title, path.Base(ev.FinalURL)), d.Author, d.Created
	ev.Coverage = job.CoverageFull
	var b strings.Builder
	for _, p := range d.Pages {
		if b.Len() > 0 && p != "" {
			b.WriteString("\n\n")
		}
		ev.PageOffsets = append(ev.PageOffsets, b.Len())
		b.WriteString(p)
	}
	ev.Text = b.String()
	switch {
	case d.Cut && len(d.Pages) == d.Total:
		ev.MarkPartial("parts of the PDF could not be read")
	case d.Cut:
		ev.MarkPartial(fmt.Sprintf("only %d of the %d pages of the PDF were read", len(d.Pages), d.Total))
	}
	return nil
}
