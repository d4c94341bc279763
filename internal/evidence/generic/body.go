package generic

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/feed"
	"github.com/technoshare/commentator/internal/evidence/format/jsondata"
	"github.com/technoshare/commentator/internal/evidence/format/notebook"
	"github.com/technoshare/commentator/internal/evidence/format/oembed"
	"github.com/technoshare/commentator/internal/evidence/format/xmltext"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// Read fills ev from a body that came from at, by what the bytes are. A fragment of at says
// what of it the link names. next is an address that
// the page forwards to, when it has nothing else to say; it may come with an error. A gzip
// file is unpacked first. UTF-16 is decoded before the bytes are looked at, as every other
// byte of it would be NUL; XML in it needs no mark.
func (r *Reader) Read(ctx context.Context, body []byte, contentType string, at *url.URL, ev *job.Evidence) (next string, err error) {
	if body, err = fetch.Inflate(body, ev.URL, maxBytesFor(contentType)); err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return "", fetch.NewError(fetch.Empty, ev.URL, "the page is empty", "check the link")
	}
	switch {
	case bytes.HasPrefix(body, []byte("<\x00?\x00")):
		body = append([]byte{0xff, 0xfe}, body...)
	case bytes.HasPrefix(body, []byte("\x00<\x00?")):
		body = append([]byte{0xfe, 0xff}, body...)
	}
	if bytes.HasPrefix(body, []byte{0xff, 0xfe}) || bytes.HasPrefix(body, []byte{0xfe, 0xff}) {
		body, _ = page.Decode(body, contentType)
	}
	switch kind := sniff(body, contentType); kind {
	case source.HTML:
		html, err := recovered(func() (decodedPage, error) { return decode(body, contentType), nil })
		if err != nil {
			return "", parserError(err, ev)
		}
		next, err := r.readHTML(body, html, at, ev)
		if err == nil && ev.Lead == 0 {
			leadWithAnchor(html.text, anchorOf(at), ev)
		}
		return next, err
	case source.PDF:
		if err := r.readPDF(ctx, body, ev); err != nil {
			return "", err
		}
		leadWithPage(at.Fragment, ev)
		return "", nil
	case source.Feed, source.JSON:
		// A parser that panics leaves evidence half written, so it gets its own.
		sub, err := recovered(func() (*job.Evidence, error) {
			own := clone(ev)
			if kind == source.JSON {
				return own, r.readJSON(body, at, own)
			}
			return own, r.readFeed(body, contentType, at, own)
		})
		if err != nil {
			return "", parserError(err, ev)
		}
		*ev = *sub
		return "", nil
	case source.XML:
		readXML(body, contentType, ev)
		return "", nil
	case source.Text:
		return "", r.readText(body, contentType, at, ev)
	default:
		return "", fetch.NewError(fetch.NotText, ev.URL, "this is not a page with text but "+string(kind), "share a page that describes it")
	}
}

// recognize asks the adapters whether in is an answer of theirs. The first that knows it has
// it; the error is that adapter's.
func (r *Reader) recognize(in source.Answer, ev *job.Evidence) (known bool, err error) {
	for _, a := range r.recognizers {
		if known, err := a.Recognize(in, ev); known {
			if ev.AdapterName == source.GenericName {
				ev.AdapterName = a.Name()
			}
			return true, err
		}
	}
	return false, nil
}

// clone is a copy that shares nothing that is appended to.
func clone(ev *job.Evidence) *job.Evidence {
	c := *ev
	c.Sources, c.Links, c.Errors = slices.Clone(ev.Sources), slices.Clone(ev.Links), slices.Clone(ev.Errors)
	return &c
}

// readFeed reads a feed; that of an API is what its adapter makes of it.
func (r *Reader) readFeed(body []byte, contentType string, at *url.URL, ev *job.Evidence) error {
	if known, err := r.recognize(source.Answer{Kind: source.Feed, URL: at, Body: body}, ev); known {
		return err
	}
	if ev.AdapterName == source.GenericName {
		ev.AdapterName = "FeedAdapter"
	}
	return feed.Read(body, contentType, at, ev)
}

// readJSON reads an answer of an API that an adapter knows, an oEmbed answer, a notebook, or
// else any JSON.
func (r *Reader) readJSON(body []byte, at *url.URL, ev *job.Evidence) error {
	if known, err := r.recognize(source.Answer{Kind: source.JSON, URL: at, Body: body}, ev); known {
		return err
	}
	if known, err := oembed.Read(body, ev); known {
		return err
	}
	if notebook.Read(body, path.Base(at.Path), at, at.Fragment, ev) {
		return nil
	}
	return jsondata.Read(body, at, ev)
}

// parserError says to a reader why a parser gave nothing. Other errors, [*fetch.Error] among
// them, are returned as they are.
func parserError(err error, ev *job.Evidence) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, page.ErrTooComplex):
		return fetch.NewError(fetch.TooComplex, ev.URL, "the page is built too deep to be read", "share another link or paste the text")
	}
	return err
}

// readText reads plain text, or Markdown by its name.
func (r *Reader) readText(body []byte, contentType string, at *url.URL, ev *job.Evidence) error {
	decoded, _ := page.Decode(body, contentType)
	plain := string(decoded)
	name := path.Base(at.Path)
	switch ext := strings.ToLower(path.Ext(name)); {
	case strings.Contains(contentType, "markdown") || ext == ".md" || ext == ".markdown" || ext == ".rst":
		// Cards of Hugging Face are plain text.
		if known, err := r.recognize(source.Answer{Kind: source.Text, URL: at, Body: decoded}, ev); known {
			return err
		}
		facts, rest := outline.FrontMatter(plain)
		d := &outline.Text{}
		d.Facts(facts...)
		readable, links := outline.Markup(name, rest, at)
		d.Add(readable)
		ev.Text, ev.Links = d.String(), append(ev.Links, links...)
		ev.Title = headingTitle(readable)
	default:
		ev.Text = strings.TrimSpace(strings.ReplaceAll(plain, "\r\n", "\n"))
		if name != "." && name != "/" {
			ev.Title = name
		}
	}
	ev.Coverage = job.CoverageFull
	return nil
}

// readXML reads a caption file, or the text in any other XML.
func readXML(body []byte, contentType string, ev *job.Evidence) {
	decoded, _ := page.Decode(body, contentType)
	if plain := xmltext.Captions(xmltext.Repair(decoded)); plain != "" {
		ev.Title, ev.Text, ev.Coverage = "Captions", plain, job.CoverageFull
		return
	}
	ev.Text = xmltext.Plain(decoded)
	ev.MarkPartial("this is data for programs, not a page")
}

// headingTitle is the first heading of text, if it opens it.
func headingTitle(plain string) string {
	line, _, _ := strings.Cut(plain, "\n")
	if strings.HasPrefix(line, "#") {
		return text.OneLine(strings.TrimLeft(line, "# "))
	}
	return ""
}
