package evidence

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
)

// Retriever retrieves. It is safe for concurrent use.
type Retriever struct {
	cfg    Config
	client *fetch.Client
}

// New checks the configuration.
func New(c Config) (*Retriever, error) {
	c = c.withDefaults()
	client, err := fetch.New(fetch.Options{
		Allow: c.Allow, UserAgent: c.UserAgent, Timeout: c.Timeout, HeaderTimeout: c.HeaderTimeout,
		Proxy: c.Proxy, ProxyResolves: c.ProxyResolves, Resolver: c.Resolver, TLS: c.TLS,
		TracerProvider: c.TracerProvider,
	})
	if err != nil {
		return nil, fmt.Errorf("evidence settings: %w", err)
	}
	return &Retriever{cfg: c, client: client}, nil
}

// Close drops idle connections.
func (r *Retriever) Close() { r.client.Close() }

// Retrieve fetches rawURL and reads it. The evidence is never nil; with an
// error, always an *Error, it holds nothing to comment on.
func (r *Retriever) Retrieve(ctx context.Context, rawURL string) (*Evidence, error) {
	ev := newEvidence(rawURL)
	u, err := fetch.Parse(rawURL)
	if err != nil {
		return ev.fail(err)
	}
	if err := r.generic(ctx, u, ev); err != nil {
		return ev.fail(err)
	}
	return r.finish(ev)
}

// Extract reads a body that is at hand, as if it had come from pageURL.
func (r *Retriever) Extract(ctx context.Context, body []byte, contentType, pageURL string) (*Evidence, error) {
	ev := newEvidence(pageURL)
	u, err := url.Parse(pageURL)
	if err != nil || pageURL == "" {
		u = &url.URL{}
	}
	ev.FinalURL = ev.URL
	ev.addSource(ev.URL, "", time.Now().UTC())
	if err := r.readBody(ctx, body, contentType, u, ev); err != nil {
		return ev.fail(err)
	}
	return r.finish(ev)
}

func newEvidence(rawURL string) *Evidence {
	return &Evidence{
		URL: fetch.Redact(rawURL), AdapterName: "GenericAdapter", Coverage: Failed,
		Sources: []Source{}, Snippets: []Snippet{}, Links: []string{}, Errors: []string{},
	}
}

// fail makes err an *Error, and says it in the evidence.
func (ev *Evidence) fail(err error) (*Evidence, error) {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Reason: fetch.ParserFailed, URL: ev.URL, Detail: "the page could not be read", Hint: "share another link or paste the text", Err: err}
	}
	ev.Coverage = Failed
	ev.Errors = append(ev.Errors, e.Error())
	return ev, e
}

// partial lowers the coverage and says why.
func (ev *Evidence) partial(why string) {
	ev.Coverage = Partial
	ev.Errors = append(ev.Errors, why)
}

func (ev *Evidence) addSource(link, title string, at time.Time) {
	ev.Sources = append(ev.Sources, Source{URL: fetch.Redact(link), Title: title, FetchedAt: at})
}

// finish cuts the snippets and fills what all adapters have in common.
func (r *Retriever) finish(ev *Evidence) (*Evidence, error) {
	if ev.Text == "" {
		return ev.fail(&Error{Reason: fetch.Empty, URL: ev.URL, Detail: "the page has no text that could be read", Hint: "share another link or paste the text"})
	}
	source := ev.FinalURL
	if source == "" {
		source = ev.URL
	}
	ev.Snippets = cutSnippets(ev.Text, source, r.cfg.Snippets)
	for i, l := range ev.Links {
		ev.Links[i] = fetch.Redact(l)
	}
	if len(ev.Sources) > 0 && ev.Sources[0].Title == "" {
		ev.Sources[0].Title = ev.Title
	}
	if ev.Coverage == Failed {
		ev.Coverage = Full
	}
	return ev, nil
}
