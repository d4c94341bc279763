package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
)

const (
	genericName  = "GenericAdapter"
	maxPageBytes = 5 << 20
	maxPDFBytes  = 20 << 20
	// parseDeadline bounds the parsers of one page; they take some 10 ms.
	parseDeadline = 5 * time.Second
	// minText is the number of characters below which a page's text is not taken
	// for its content.
	minText = 250
	// minAny is the number below which there is nothing to comment on.
	minAny = 20
	// shortText is the number below which the description is worth more than the
	// text.
	shortText = 600
	// maxRefreshes bounds meta refreshes, which are redirects by other means.
	maxRefreshes = 2
)

// generic fetches u and reads what it is: a page, a PDF, a feed, a text.
func (r *Retriever) generic(ctx context.Context, u *url.URL, ev *job.Evidence) error {
	asked := u
	for hop := 0; ; hop++ {
		res, err := r.client.Get(ctx, fetch.Request{URL: u.String(), MaxBytes: maxBytesFor, AnyStatus: true, Truncate: true})
		if err != nil {
			return err
		}
		ev.FinalURL = redact.URL(res.FinalURL.String())
		if err := res.Err(); err != nil {
			return r.explainStatus(ctx, res, err)
		}
		if res.Truncated && sniff(res.Body, res.ContentType) == kindPDF {
			return fetch.NewError(fetch.TooLarge, ev.URL, fmt.Sprintf("the PDF is larger than %d MB", len(res.Body)>>20), "share a smaller file, or a page that describes it")
		}
		next, err := r.readBody(ctx, res.Body, res.ContentType, res.FinalURL, ev)
		if next != "" && hop < maxRefreshes {
			if to, perr := fetch.Parse(next); perr == nil && to.String() != res.FinalURL.String() {
				u = to
				*ev = *restart(ev)
				continue
			}
		}
		addSource(ev, ev.FinalURL, "", res.FetchedAt)
		if err != nil {
			return err
		}
		if res.Truncated {
			ev.MarkPartial(fmt.Sprintf("the page is larger than %d MB: only its beginning was read", len(res.Body)>>20))
		}
		if lostOnTheWay(asked, res.FinalURL) && ev.AdapterName == genericName {
			return fetch.NewError(fetch.SoftNotFound, ev.URL, "the site leads from this address to a general page ("+ev.FinalURL+"), so the page is gone", "check that the page still exists")
		}
		return nil
	}
}

// restart is ev before its page was read.
func restart(ev *job.Evidence) *job.Evidence {
	fresh := newEvidence(ev.URL)
	fresh.AdapterName = ev.AdapterName
	return fresh
}

// explainStatus says more about an error status when the page that came with
// it does: a robot check answers 403 or 503.
func (r *Retriever) explainStatus(ctx context.Context, res *fetch.Response, err error) error {
	if len(res.Body) == 0 || sniff(res.Body, res.ContentType) != kindHTML {
		return err
	}
	p, perr := guarded(ctx, parseDeadline, func() (*page.Page, error) { return page.Parse(res.Body, res.ContentType, res.FinalURL) })
	if perr == nil && p.Wall == page.BotCheck {
		e := wallError(page.BotCheck, res.URL)
		e.Status = res.Status
		return e
	}
	return err
}

func maxBytesFor(contentType string) int64 {
	if strings.Contains(contentType, "pdf") || strings.Contains(contentType, "octet-stream") {
		return maxPDFBytes
	}
	return maxPageBytes
}

// lostOnTheWay says whether a redirect led from a page to the front of its site
// or of a section: at least two steps up the same path, or from a deep path to
// the root.
func lostOnTheWay(asked, got *url.URL) bool {
	from, to := segments(asked), segments(got)
	if bareWWW(asked) != bareWWW(got) || len(from) < 2 || got.RawQuery != "" || asked.EscapedPath() == got.EscapedPath() {
		return false
	}
	if len(to) > 0 && !slices.Contains(from, to[0]) && languagePart.MatchString(to[0]) {
		to = to[1:] // a front page in the reader's language
	}
	if len(to) > len(from)-2 && len(to) > 0 {
		return false
	}
	for i := range to {
		if from[i] != to[i] {
			return false
		}
	}
	return true
}

var languagePart = regexp.MustCompile(`^[a-z]{2}(?:[-_][A-Za-z]{2})?$`)

func bareWWW(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }

// Kinds of bodies.
const (
	kindHTML = "html"
	kindText = "text"
	kindPDF  = "pdf"
	kindFeed = "feed"
	kindJSON = "json"
	kindXML  = "xml"
)

// readBody fills ev from a body, by what the bytes are. next is an address that
// the page forwards to, when it has nothing else to say.
func (r *Retriever) readBody(ctx context.Context, body []byte, contentType string, at *url.URL, ev *job.Evidence) (next string, err error) {
	if body, err = fetch.Inflate(body, ev.URL, maxBytesFor(contentType)); err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return "", fetch.NewError(fetch.Empty, ev.URL, "the page is empty", "check the link")
	}
	if bytes.HasPrefix(body, []byte{0xff, 0xfe}) || bytes.HasPrefix(body, []byte{0xfe, 0xff}) {
		body, _ = page.Decode(body, contentType)
	}
	switch kind := sniff(body, contentType); kind {
	case kindHTML:
		return r.readHTML(ctx, body, contentType, at, ev)
	case kindPDF:
		return "", r.readPDF(ctx, body, ev)
	case kindFeed, kindJSON:
		// A parser may outlive its deadline, so it gets evidence of its own.
		sub, err := guarded(ctx, parseDeadline, func() (*job.Evidence, error) {
			own := clone(ev)
			if kind == kindJSON {
				return own, r.readJSON(body, at, own)
			}
			return own, r.readFeed(body, contentType, at, own)
		})
		if err != nil {
			return "", r.parserError(err, ev)
		}
		*ev = *sub
		return "", nil
	case kindXML:
		return "", r.readXML(body, contentType, ev)
	case kindText:
		return "", r.readText(body, contentType, at, ev)
	default:
		return "", fetch.NewError(fetch.NotText, ev.URL, "this is not a page with text but "+kind, "share a page that describes it")
	}
}

func (r *Retriever) parserError(err error, ev *job.Evidence) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, page.ErrTooComplex):
		return fetch.NewError(fetch.TooComplex, ev.URL, "the page is built too deep to be read", "share another link or paste the text")
	case errors.Is(err, errDeadline):
		return fetch.NewError(fetch.ParserTimeout, ev.URL, fmt.Sprintf("reading the page took longer than %s", parseDeadline), "share another link or paste the text")
	}
	return err
}

func (r *Retriever) readText(body []byte, contentType string, at *url.URL, ev *job.Evidence) error {
	decoded, _ := page.Decode(body, contentType)
	text := string(decoded)
	name := path.Base(at.Path)
	switch ext := strings.ToLower(path.Ext(name)); {
	case strings.Contains(contentType, "markdown") || ext == ".md" || ext == ".markdown" || ext == ".rst":
		for _, a := range r.adapters() { // cards of Hugging Face are plain text
			if a.name == "HuggingFaceAdapter" {
				if known, err := a.read(at, decoded, ev); known {
					ev.AdapterName = a.name
					return err
				}
			}
		}
		facts, rest := frontMatter(text)
		d := &doc{}
		d.facts(facts...)
		readable, links := markup(name, rest, at)
		d.add(readable)
		ev.Text, ev.Links = d.String(), append(ev.Links, links...)
		ev.Title = headingTitle(readable)
	default:
		ev.Text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
		if name != "." && name != "/" {
			ev.Title = name
		}
	}
	ev.Coverage = job.CoverageFull
	return nil
}

// readXML reads a caption file, or the text in any other XML.
func (r *Retriever) readXML(body []byte, contentType string, ev *job.Evidence) error {
	decoded, _ := page.Decode(body, contentType)
	decoded = xmlDeclaredUTF8(decoded)
	if text := captionText(decoded); text != "" {
		ev.Title, ev.Text, ev.Coverage = "Captions", text, job.CoverageFull
		return nil
	}
	ev.Text = page.Fragment(string(decoded))
	ev.MarkPartial("this is data for programs, not a page")
	return nil
}

// headingTitle is the first heading of text, if it opens it.
func headingTitle(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(line, "#") {
		return oneLine(strings.TrimLeft(line, "# "))
	}
	return ""
}

// readHTML runs the page parsers under a deadline.
func (r *Retriever) readHTML(ctx context.Context, body []byte, contentType string, at *url.URL, ev *job.Evidence) (next string, err error) {
	for _, a := range r.adapters() {
		if a.name == "YouTubeAdapter" && bytes.Contains(body, []byte("ytInitialPlayerResponse")) {
			if known, err := a.read(at, body, ev); known {
				ev.AdapterName = a.name
				return "", err
			}
		}
	}
	p, err := guarded(ctx, parseDeadline, func() (*page.Page, error) { return page.Parse(body, contentType, at) })
	if err != nil {
		return "", r.parserError(err, ev)
	}
	chars := utf8.RuneCountInString(p.Text)
	if p.Refresh != "" && chars < minText && !p.Wall.Opaque() {
		next = p.Refresh
	}
	if next != "" && chars < minText && p.Wall != page.Paywall && len(p.Description) < 20 {
		return next, fetch.NewError(fetch.Empty, ev.URL, "the page has no text of its own and leads on to "+redact.URL(next), "share that address")
	}
	if p.Wall.Opaque() {
		return next, wallError(p.Wall, ev.URL)
	}
	ev.Title, ev.Description, ev.Lang = p.Title, p.Description, p.Lang
	ev.Author, ev.SiteName, ev.Published = p.Author, p.SiteName, p.Published
	ev.CanonicalURL = p.Canonical
	ev.Links = append(ev.Links, p.Links...)
	ev.Text, ev.Coverage = p.Text, job.CoverageFull
	described := utf8.RuneCountInString(p.Description)
	switch {
	case chars < minAny && described < 20 && p.Wall == page.NoWall:
		return next, fetch.NewError(fetch.Empty, ev.URL, "the page has hardly any text", "share another link or paste the text")
	case p.Wall == page.NeedsScript:
		if described < 20 {
			return next, wallError(page.NeedsScript, ev.URL)
		}
		ev.Text = p.Description
		ev.MarkPartial("the page needs JavaScript to show its content: only its description of itself could be read")
	case p.Wall == page.Paywall:
		if described > chars {
			ev.Text = p.Description
		}
		if ev.Text == "" {
			return next, wallError(page.Paywall, ev.URL)
		}
		ev.MarkPartial("the article is not free to read: this may be only its beginning")
	case described > 20 && chars < minText && described > chars, described > 20 && chars < shortText && unrelated(p):
		ev.Text = p.Description
		ev.MarkPartial("the page's main text could not be made out: this is its description of itself")
	case described > 20 && chars < shortText && !strings.Contains(oneLine(p.Text), oneLine(p.Description)):
		ev.Text = p.Description + "\n\n" + p.Text
	}
	if p.Cut {
		ev.MarkPartial("the page is very large: only its beginning was read")
	}
	return next, nil
}

// unrelated says whether a page's text has next to no word in common with its
// title and description, as a teaser for something else has not.
func unrelated(p *page.Page) bool {
	words := map[string]bool{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(p.Text), notWord) {
		words[w] = true
	}
	all, shared := 0, 0
	for w := range strings.FieldsFuncSeq(strings.ToLower(p.Title+" "+p.Description), notWord) {
		if utf8.RuneCountInString(w) >= 5 {
			all++
			if words[w] {
				shared++
			}
		}
	}
	return all >= 5 && shared*5 < all
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }

// wallError says what stands in place of the page.
func wallError(w page.Wall, link string) *Error {
	e := func(r Reason, detail, hint string) *Error { return fetch.NewError(r, link, detail, hint) }
	switch w {
	case page.BotCheck:
		return e(fetch.BotCheck, "the site shows a robot check instead of the page", "open it in a browser and paste the text, or share another link")
	case page.Consent:
		return e(fetch.ConsentWall, "the site shows a cookie consent page instead of the page", "share another link or paste the text")
	case page.Login:
		return e(fetch.LoginNeeded, "the site shows a login page instead of the page", "share a public link or paste the text")
	case page.NotFound:
		return e(fetch.SoftNotFound, "the site says that this page does not exist", "check that the link is complete and the page still exists")
	case page.Paywall:
		return e(fetch.Paywall, "the article is behind a paywall and shows nothing of itself", "share a free link or paste the text")
	}
	return e(fetch.NeedsScript, "the page is empty without JavaScript and does not describe itself", "share another link or paste the text")
}

// sniff says what body is: one of the kinds, or a media type that is none.
func sniff(body []byte, contentType string) string {
	kind := http.DetectContentType(body)
	declared := strings.ToLower(contentType)
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body[:min(len(body), 4096)], []byte("\xef\xbb\xbf")))
	head := bytes.ToLower(trimmed)
	pdfAt := bytes.Index(body[:min(len(body), 1024)], []byte("%PDF-"))
	switch {
	case pdfAt >= 0 && (pdfAt == 0 || !bytes.HasPrefix(head, []byte("<"))):
		return kindPDF
	case isFeed(body):
		return kindFeed
	case strings.HasPrefix(kind, "text/html"), bytes.Contains(head, []byte("<html")), bytes.Contains(head, []byte("<!doctype html")):
		return kindHTML
	case strings.Contains(declared, "json") || len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && jsonLike(body):
		return kindJSON
	case strings.Contains(declared, "html"):
		if bytes.IndexByte(body[:min(len(body), 1024)], 0) >= 0 && !strings.HasPrefix(kind, "text/") {
			return kind
		}
		return kindHTML
	case strings.HasPrefix(kind, "text/xml"):
		return kindXML
	case strings.HasPrefix(kind, "text/"):
		return kindText
	case strings.HasPrefix(declared, "text/plain") && bytes.IndexByte(body, 0) < 0:
		return kindText
	}
	return kind
}
