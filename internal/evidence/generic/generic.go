// Package generic reads any resource as what its bytes are: a web page, a PDF, a feed, JSON,
// other XML or text. It is what remains when no adapter knows a link, or when the adapter's
// API fails. In goes an address or a body and evidence that is empty but for its link; out
// comes the evidence filled, or an error that says what stands in the page's place and what a
// reader can do about it.
package generic

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/address"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/pdf"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/redact"
)

// Bounds of fetches.
const (
	maxPageBytes = 5 << 20
	maxPDFBytes  = 20 << 20
	// maxForwarder is that of an answer that only forwards by its header; a larger one is a page
	// that also shows the next one after a while.
	maxForwarder = 4 << 10
)

// Reader reads resources that no adapter claims. It is safe for concurrent use.
type Reader struct {
	client      fetch.Getter
	pdf         *pdf.Reader
	adapters    []source.Adapter
	recognizers []source.Recognizer
}

// New returns a Reader that asks those of adapters that are Recognizers, in their
// order, whether a body is an answer of their API. client and pdf stay the
// caller's to close.
func New(client fetch.Getter, pdf *pdf.Reader, adapters []source.Adapter) *Reader {
	r := &Reader{client: client, pdf: pdf, adapters: adapters}
	for _, a := range adapters {
		if known, ok := a.(source.Recognizer); ok {
			r.recognizers = append(r.recognizers, known)
		}
	}
	return r
}

// Fetch fetches u and fills ev with what it is: a page, a PDF, a feed, a text. Its error is a
// [*fetch.Error], or one that says that a parser failed. next is where to read instead: a page
// that only forwards, a notice on the way to another page, or a redirect to a link of an
// adapter's. It is nil when follow is not set, or when ev is what was asked for; with it, ev is
// to be thrown away. A PDF that was cut off can't be read, other bodies can as far as they go.
func (r *Reader) Fetch(ctx context.Context, u *url.URL, ev *job.Evidence, follow bool) (next *url.URL, err error) {
	res, err := r.client.Get(ctx, fetch.Request{
		URL: u.String(), MaxBytes: maxPageBytes, MaxFileBytes: maxPDFBytes, AnyStatus: true, Truncate: true,
	})
	if err != nil {
		return nil, err
	}
	at := *res.FinalURL
	if at.Fragment == "" {
		at.Fragment, at.RawFragment = u.Fragment, u.RawFragment // as in a browser, redirects keep it
	}
	ev.FinalURL = redact.URL(res.FinalURL.String())
	if next := r.elsewhere(u, &at, res); follow && next != nil {
		return next, nil
	}
	if err := res.Err(); err != nil {
		return nil, r.explainStatus(res, err)
	}
	if res.Truncated && sniff(res.Body, res.ContentType) == source.PDF {
		return nil, fetch.NewError(fetch.TooLarge, ev.URL,
			fmt.Sprintf("the PDF is larger than %d MB", len(res.Body)>>20), "share a smaller file, or a page that describes it")
	}
	to, err := r.Read(ctx, res.Body, res.ContentType, &at, ev)
	if follow && to != "" {
		if next, perr := source.Parse(to); perr == nil && !samePlace(next, &at) {
			return next, nil
		}
	}
	source.Add(ev, ev.FinalURL, "", res.FetchedAt)
	if err != nil {
		return nil, err
	}
	source.MarkMissing(ev, res, "page")
	if lostOnTheWay(u, res.FinalURL) && ev.AdapterName == source.GenericName {
		return nil, fetch.NewError(fetch.SoftNotFound, ev.URL,
			"the site leads from this address to a general page ("+ev.FinalURL+"), so the page is gone", "check that the page still exists")
	}
	return nil, nil
}

// elsewhere is where to read instead of what came for u from at, nil for none. A redirector says
// in its address where it leads, whatever page it shows; an answer may forward by its header
// Refresh; and what a link shortener leads to may be a link that an adapter knows.
func (r *Reader) elsewhere(u, at *url.URL, res *fetch.Response) *url.URL {
	to := address.Unwrap(at)
	if m := refreshHeader.FindStringSubmatch(res.Header.Get("Refresh")); to == nil && m != nil && len(res.Body) < maxForwarder {
		to, _ = at.Parse(m[1])
	}
	if to == nil && bareWWW(u) != bareWWW(at) &&
		slices.ContainsFunc(r.adapters, func(a source.Adapter) bool { return a.Match(at) != nil }) {
		to = at
	}
	if to == nil {
		return nil
	}
	next, err := source.Parse(to.String())
	if err != nil || samePlace(next, u) {
		return nil
	}
	return next
}

// samePlace reports whether two addresses are one but for what they name on the page.
func samePlace(a, b *url.URL) bool {
	return a.Host == b.Host && a.EscapedPath() == b.EscapedPath() && a.RawQuery == b.RawQuery && a.Scheme == b.Scheme
}

// refreshHeader matches the header Refresh with a pause of at most five seconds, as in
// "0; url=https://a.example/".
var refreshHeader = lazyregexp.New(`^(?i:\s*[0-5](?:\.\d+)?\s*[;,]\s*(?:url\s*=\s*)?)["']?([^"'\s]+)`)

// explainStatus says more about an error status when the page that came with it does: a robot
// check answers 403 or 503. The status stays in the error, so that a 503 from a robot check is
// still seen as one.
func (r *Reader) explainStatus(res *fetch.Response, err error) error {
	if len(res.Body) == 0 || sniff(res.Body, res.ContentType) != source.HTML {
		return err
	}
	p, perr := recovered(func() (*page.Page, error) { return page.Parse(res.Body, res.ContentType, res.FinalURL) })
	if perr == nil && p.Wall == page.BotCheck {
		e := wallError(page.BotCheck, res.URL)
		e.Status = res.Status
		return e
	}
	return err
}

// maxBytesFor bounds a body by its media type, in bytes, as [fetch.Request] does.
func maxBytesFor(contentType string) int64 {
	if fetch.MayBePDF(contentType) {
		return maxPDFBytes
	}
	return maxPageBytes
}

// lostOnTheWay reports whether a redirect led from a page to the front of its site or of a
// section: at least two steps up the same path, or from a deep path to the root. From
// /blog/2020/old-post to /blog or to /, or to /en, a page is lost; from /a/b to /a/c it has
// moved. Only redirects within one site count, and none to an address with a query, which may
// be the page itself.
func lostOnTheWay(asked, got *url.URL) bool {
	from, to := source.Segments(asked), source.Segments(got)
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

// languagePart is a path part such as en or pt-BR.
var languagePart = lazyregexp.New(`^[a-z]{2}(?:[-_][A-Za-z]{2})?$`)

// bareWWW is the host without the name that most sites have in front.
func bareWWW(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }
