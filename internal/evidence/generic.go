package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
)

const (
	maxPageBytes = 5 << 20
	maxPDFBytes  = 20 << 20
	// parseDeadline bounds the parsers of one page; they take some 15 ms.
	parseDeadline = 5 * time.Second
	// minText is the number of characters below which a page's text is not taken
	// for its content.
	minText = 250
)

// generic fetches u and reads it as a page, whatever it is.
func (r *Retriever) generic(ctx context.Context, u *url.URL, ev *Evidence) error {
	res, err := r.client.Get(ctx, fetch.Request{URL: u.String(), MaxBytes: maxBytesFor})
	if err != nil {
		return err
	}
	ev.FinalURL = fetch.Redact(res.FinalURL.String())
	ev.addSource(ev.FinalURL, "", res.FetchedAt)
	return r.readBody(ctx, res.Body, res.ContentType, res.FinalURL, ev)
}

func maxBytesFor(contentType string) int64 {
	if strings.Contains(contentType, "pdf") || strings.Contains(contentType, "octet-stream") {
		return maxPDFBytes
	}
	return maxPageBytes
}

// readBody fills ev from a body, by what the bytes are.
func (r *Retriever) readBody(ctx context.Context, body []byte, contentType string, at *url.URL, ev *Evidence) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return fetch.NewError(fetch.Empty, ev.URL, "the page is empty", "check the link")
	}
	switch kind := sniff(body, contentType); kind {
	case "html":
		return r.readHTML(ctx, body, contentType, at, ev)
	case "text":
		text, _ := page.Decode(body, contentType)
		ev.Text = strings.TrimSpace(string(text))
		ev.Coverage = Full
		return nil
	default:
		return fetch.NewError(fetch.NotText, ev.URL, "this is not a page with text but "+kind, "share a page that describes it")
	}
}

// readHTML runs the page parsers under a deadline.
func (r *Retriever) readHTML(ctx context.Context, body []byte, contentType string, at *url.URL, ev *Evidence) error {
	p, err := guarded(ctx, parseDeadline, func() (*page.Page, error) { return page.Parse(body, contentType, at) })
	switch {
	case errors.Is(err, page.ErrTooComplex):
		return fetch.NewError(fetch.TooComplex, ev.URL, "the page is built too deep or too wide to be read", "share another link or paste the text")
	case errors.Is(err, errDeadline):
		return fetch.NewError(fetch.ParserTimeout, ev.URL, fmt.Sprintf("reading the page took longer than %s", parseDeadline), "share another link or paste the text")
	case err != nil:
		return err
	}
	ev.Title, ev.Description, ev.Lang = p.Title, p.Description, p.Lang
	ev.Author, ev.SiteName, ev.Published = p.Author, p.SiteName, p.Published
	ev.CanonicalURL = fetch.Redact(p.Canonical)
	ev.Links = append(ev.Links, p.Links...)
	ev.Text, ev.Coverage = p.Text, Full
	if utf8.RuneCountInString(p.Text) < minText && p.Description != "" && utf8.RuneCountInString(p.Description) > utf8.RuneCountInString(p.Text) {
		ev.Text = p.Description
		ev.partial("only the page's description of itself could be read")
	}
	return nil
}

// sniff says what body is: "html", "text", "pdf", "feed", or a media type that
// is none of these.
func sniff(body []byte, contentType string) string {
	kind := http.DetectContentType(body)
	declared := strings.ToLower(contentType)
	head := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 1024)]))
	switch {
	case bytes.HasPrefix(body, []byte("%PDF-")):
		return "pdf"
	case strings.HasPrefix(kind, "text/html"), bytes.Contains(head, []byte("<html")), bytes.Contains(head, []byte("<!doctype html")):
		return "html"
	case strings.Contains(declared, "html"):
		if bytes.IndexByte(body[:min(len(body), 1024)], 0) >= 0 && !strings.HasPrefix(kind, "text/") {
			return kind
		}
		return "html"
	case strings.HasPrefix(kind, "text/"):
		return "text"
	}
	return kind
}
