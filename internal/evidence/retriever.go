package evidence

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/generic"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/pdf"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/text"
)

// Retriever retrieves evidence. It implements [job.Retriever], is safe for
// concurrent use, and is to be closed after its last call.
type Retriever struct {
	snippets SnippetRules // as set; zero fields are the rules' to say
	web      *router
	pdf      *pdf.Reader
	close    func()
}

// New returns a Retriever, or an error that names the setting that cannot be used. It does no
// I/O. PDFium is not started before the first PDF.
//
// It reads what it fetched within this process. For input that nobody vouches for there is package
// isolate.
func New(c Config) (*Retriever, error) {
	client, err := NewClient(c)
	if err != nil {
		return nil, err
	}
	r, err := NewOver(c, client)
	if err != nil {
		client.Close()
		return nil, err
	}
	r.close = client.Close
	return r, nil
}

// NewOver is New with another's client, which stays the caller's to close. Of the settings, those of
// fetches and the tokens are not used.
func NewOver(c Config, client fetch.Getter) (*Retriever, error) {
	c = c.withDefaults()
	rules, err := ParseRules(c.Rules)
	if err != nil {
		return nil, fmt.Errorf("evidence settings: %w", err)
	}
	code := c.PDFCode
	if code == nil {
		code = pdf.InFolder(PDFCodeDir(c.CacheDir))
	}
	reader, all := pdf.New(code, c.UsedCPU), registry(c, rules)
	return &Retriever{
		snippets: c.Snippets, pdf: reader, close: func() {},
		web: &router{client: client, rules: rules, adapters: all, page: generic.New(client, reader, all)},
	}, nil
}

// PDFCodeDir is the folder of the PDF reader's compiled code below cacheDir; "" for none.
func PDFCodeDir(cacheDir string) string {
	if cacheDir == "" {
		return ""
	}
	return filepath.Join(cacheDir, "pdfium")
}

// NewClient returns the client of a Retriever. Of the settings, those of fetches, the tokens, and the
// pauses that the rules say are used.
func NewClient(c Config) (*fetch.Client, error) {
	c = c.withDefaults()
	rules, err := ParseRules(c.Rules)
	if err != nil {
		return nil, fmt.Errorf("evidence settings: %w", err)
	}
	pauses := rules.pauses()
	if c.NoPauses {
		pauses = nil
	}
	client, err := fetch.New(fetch.Options{
		Allow: append(slices.Clone(c.Allow), c.APIs.hosts()...), UserAgent: c.UserAgent,
		Timeout: c.Timeout, HeaderTimeout: c.HeaderTimeout,
		Proxy: c.Proxy, ProxyResolves: c.ProxyResolves, Resolver: c.Resolver, TLS: c.TLS,
		TracerProvider: c.TracerProvider, Rates: pauses, Robots: c.Robots, CacheBytes: c.CacheBytes,
		Credentials: credentials(c),
	})
	if err != nil {
		return nil, fmt.Errorf("evidence settings: %w", err)
	}
	return client, nil
}

// Close drops idle connections and stops the PDF reader. It does not wait for calls that run.
func (r *Retriever) Close() error {
	r.close()
	return r.pdf.Close()
}

// Retrieve fetches rawURL and reads it. The evidence is never nil; with an
// error, always an *Error, it holds nothing to comment on.
func (r *Retriever) Retrieve(ctx context.Context, rawURL string) (*job.Evidence, error) {
	ev := source.NewEvidence(rawURL)
	u, err := source.Parse(rawURL)
	if err != nil {
		return fail(ev, err)
	}
	u = unwrapped(u)
	if t := r.web.rules.forHost(u.Hostname()).Timeout; t > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(t))
		defer cancel()
	}
	if err := r.web.Link(ctx, u, ev); err != nil {
		return fail(ev, err)
	}
	return r.finish(u, ev)
}

// CheckLink reports what keeps a link from being fetched at all, whatever its server says, such as a
// scheme that is missing. It makes no request. The error is an [Error], with secrets of the link replaced.
func CheckLink(rawURL string) error {
	_, err := source.Parse(rawURL)
	return err
}

// Extract reads a body that is at hand, as if it had come from pageURL, which may be empty. It
// fetches nothing. Where an adapter knows the body as an answer of its API, it reads it.
// Errors are as of Retrieve.
func (r *Retriever) Extract(ctx context.Context, body []byte, contentType, pageURL string) (*job.Evidence, error) {
	ev := source.NewEvidence(pageURL)
	u, err := source.Parse(pageURL)
	if err != nil {
		u = &url.URL{}
	}
	ev.FinalURL = ev.URL
	source.Add(ev, ev.URL, "", time.Now().UTC())
	if _, err := r.web.page.Read(ctx, body, contentType, u, ev); err != nil {
		return fail(ev, err)
	}
	return r.finish(u, ev)
}

// finish bounds the evidence, takes secrets out and cuts the snippets. Snippets come last:
// their offsets are those of the text as it is kept. A coverage that nobody has set is full,
// since an adapter or reader that misses something says so by MarkPartial.
func (r *Retriever) finish(u *url.URL, ev *job.Evidence) (*job.Evidence, error) {
	ev.Text = strings.TrimSpace(ev.Text)
	if ev.Text == "" {
		return fail(ev, fetch.NewError(fetch.Empty, ev.URL, "the page has no text that could be read", "share another link or paste the text"))
	}
	if ev.Coverage == job.CoverageFailed {
		ev.Coverage = job.CoverageFull
	}
	if len(ev.Text) > maxText {
		ev.Text = text.Clip(ev.Text, maxText)
		ev.MarkPartial(fmt.Sprintf("the text is longer than %d kB: only its beginning is kept", maxText>>10))
	}
	ev.Lead = min(ev.Lead, len(ev.Text))
	ev.FinalURL, ev.CanonicalURL = redact.URL(outline.First(ev.FinalURL, ev.URL)), named(ev.CanonicalURL)
	ev.Title = text.Clip(outline.First(ev.Title, outline.FirstLine(ev.Text), ev.FinalURL), 500)
	ev.Description, ev.Author = text.Clip(ev.Description, 4000), text.Clip(ev.Author, 1000)
	ev.Published, ev.Lang = text.Clip(ev.Published, 64), text.Clip(ev.Lang, 16)
	host := u.Hostname()
	if final, err := url.Parse(ev.FinalURL); err == nil && final.Hostname() != "" {
		host = final.Hostname() // a shortener is nobody's site
	}
	ev.SiteName = text.Clip(outline.First(ev.SiteName, host), 200)
	links := make([]string, 0, min(len(ev.Links), maxLinks))
	seen := map[string]bool{}
	for _, l := range ev.Links {
		l = named(l)
		if len(links) < maxLinks && !seen[l] && (strings.HasPrefix(l, "http://") || strings.HasPrefix(l, "https://")) {
			seen[l] = true
			links = append(links, l)
		}
	}
	ev.Links = links
	for i := range ev.Sources {
		ev.Sources[i].Title = text.Clip(outline.First(ev.Sources[i].Title, ev.Title), 500)
	}
	ev.Snippets = cutSnippets(ev, r.snippetRules(u.Hostname()))
	return ev, nil
}

// named is an address that a page named, without secrets; "" for one that is too long to be asked for.
func named(said string) string {
	if len(said) > maxAddress {
		return ""
	}
	return redact.URL(said)
}

// snippetRules are those that hold for a page of host: what is set before what
// the rules say, before the defaults.
func (r *Retriever) snippetRules(host string) SnippetRules {
	rules, rule := r.snippets, r.web.rules.forHost(host)
	return SnippetRules{
		Max:      firstPositive(rules.Max, rule.MaxSnippets, 12),
		MaxChars: firstPositive(rules.MaxChars, rule.MaxChars, 500),
		Tokens:   firstPositive(rules.Tokens, rule.MaxTokens, 1500),
	}
}

// firstPositive is the first value above zero, or 0.
func firstPositive(values ...int) int {
	for _, v := range values {
		if v > 0 {
			return v
		}
	}
	return 0
}
