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
	"github.com/technoshare/commentator/internal/evidence/pdf"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
)

// Retriever retrieves. It is safe for concurrent use; Close it.
type Retriever struct {
	cfg    Config
	client *fetch.Client
	pdf    *pdf.Reader
	rules  Rules
	now    func() time.Time
}

// New checks the configuration.
func New(c Config) (*Retriever, error) {
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
		Allow: append(slices.Clone(c.Allow), c.APIs.ownHosts()...), UserAgent: c.UserAgent,
		Timeout: c.Timeout, HeaderTimeout: c.HeaderTimeout,
		Proxy: c.Proxy, ProxyResolves: c.ProxyResolves, Resolver: c.Resolver, TLS: c.TLS,
		TracerProvider: c.TracerProvider, Rates: pauses, Robots: c.Robots, CacheBytes: c.CacheBytes,
	})
	if err != nil {
		return nil, fmt.Errorf("evidence settings: %w", err)
	}
	cacheDir := ""
	if c.CacheDir != "" {
		cacheDir = filepath.Join(c.CacheDir, "pdfium")
	}
	return &Retriever{
		cfg: c, client: client, pdf: pdf.New(cacheDir), rules: rules,
		now: func() time.Time { return time.Now().UTC() },
	}, nil
}

// Close drops idle connections and stops the PDF reader.
func (r *Retriever) Close() error {
	r.client.Close()
	return r.pdf.Close()
}

// Retrieve fetches rawURL and reads it. The evidence is never nil; with an
// error, always an *Error, it holds nothing to comment on.
func (r *Retriever) Retrieve(ctx context.Context, rawURL string) (*job.Evidence, error) {
	ev := newEvidence(rawURL)
	u, err := fetch.Parse(rawURL)
	if err != nil {
		return fail(ev, err)
	}
	if t := r.rules.forHost(u.Hostname()).Timeout; t > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(t))
		defer cancel()
	}
	if err := r.route(ctx, u, ev); err != nil {
		return fail(ev, err)
	}
	return r.finish(u, ev)
}

// Extract reads a body that is at hand, as if it had come from pageURL, which
// may be empty. It fetches nothing.
func (r *Retriever) Extract(ctx context.Context, body []byte, contentType, pageURL string) (*job.Evidence, error) {
	ev := newEvidence(pageURL)
	u, err := fetch.Parse(pageURL)
	if err != nil {
		u = &url.URL{}
	}
	ev.FinalURL = ev.URL
	addSource(ev, ev.URL, "", r.now())
	if _, err := r.readBody(ctx, body, contentType, u, ev); err != nil {
		return fail(ev, err)
	}
	return r.finish(u, ev)
}

func newEvidence(rawURL string) *job.Evidence {
	return &job.Evidence{
		URL: redact.Line(rawURL), AdapterName: genericName, Coverage: job.CoverageFailed,
		Sources: []job.Source{}, Snippets: []job.Snippet{}, Links: []string{}, Errors: []string{},
	}
}

// finish bounds the evidence, takes secrets out and cuts the snippets.
func (r *Retriever) finish(u *url.URL, ev *job.Evidence) (*job.Evidence, error) {
	ev.Text = strings.TrimSpace(ev.Text)
	if ev.Text == "" {
		return fail(ev, fetch.NewError(fetch.Empty, ev.URL, "the page has no text that could be read", "share another link or paste the text"))
	}
	if ev.Coverage == job.CoverageFailed {
		ev.Coverage = job.CoverageFull
	}
	if len(ev.Text) > maxText {
		ev.Text = clip(ev.Text, maxText)
		ev.MarkPartial(fmt.Sprintf("the text is longer than %d kB: only its beginning is kept", maxText>>10))
	}
	ev.FinalURL, ev.CanonicalURL = redact.URL(first(ev.FinalURL, ev.URL)), redact.URL(ev.CanonicalURL)
	ev.Title = clip(first(ev.Title, firstLine(ev.Text), ev.FinalURL), 500)
	ev.Description, ev.Author = clip(ev.Description, 4000), clip(ev.Author, 1000)
	ev.SiteName = clip(first(ev.SiteName, u.Hostname()), 200)
	links := make([]string, 0, min(len(ev.Links), maxLinks))
	seen := map[string]bool{}
	for _, l := range ev.Links {
		l = redact.URL(l)
		if len(links) < maxLinks && !seen[l] && (strings.HasPrefix(l, "http://") || strings.HasPrefix(l, "https://")) {
			seen[l] = true
			links = append(links, l)
		}
	}
	ev.Links = links
	for i := range ev.Sources {
		ev.Sources[i].Title = first(ev.Sources[i].Title, ev.Title)
	}
	ev.Snippets = cutSnippets(ev, r.snippetRules(u.Hostname()))
	return ev, nil
}

func (r *Retriever) snippetRules(host string) SnippetRules {
	rules, rule := r.cfg.Snippets, r.rules.forHost(host)
	return SnippetRules{
		Max:      firstPositive(rules.Max, rule.MaxSnippets, 12),
		MaxChars: firstPositive(rules.MaxChars, rule.MaxChars, 500),
		Tokens:   firstPositive(rules.Tokens, rule.MaxTokens, 1500),
	}
}

func firstPositive(values ...int) int {
	for _, v := range values {
		if v > 0 {
			return v
		}
	}
	return 0
}

// firstLine is the first line of text without its heading mark.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return clip(oneLine(strings.TrimLeft(line, "#-> ")), 120)
}
