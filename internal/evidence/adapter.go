package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// adapter knows one kind of link.
type adapter struct {
	name string
	// match returns how to retrieve u, or nil when u is not its kind. It decides
	// by parsed host and path only and does no I/O.
	match func(u *url.URL) task
	// read fills evidence from an answer of the adapter's API that is at hand; it
	// returns false when body at u is none. nil when there is no such API.
	read func(u *url.URL, body []byte, ev *job.Evidence) (bool, error)
}

// task retrieves one link into ev. When it fails ev must be as it was, so that
// the page itself can be read instead.
type task func(ctx context.Context, ev *job.Evidence) error

// adapters is the list, asked in this order. A new kind of link is one file
// with a match function and one line here.
func (r *Retriever) adapters() []adapter {
	return []adapter{
		{"ArxivAdapter", r.arxiv, r.arxivRead},
		{"GithubAdapter", r.github, r.githubRead},
		{"HackerNewsAdapter", r.hackerNews, r.hackerNewsRead},
		{"YouTubeAdapter", r.youtube, r.youtubeRead},
		{"HuggingFaceAdapter", r.huggingFace, r.huggingFaceRead},
		{"PyPIAdapter", r.pypi, r.pypiRead},
		{"NpmAdapter", r.npm, r.npmRead},
		{"WikipediaAdapter", r.wikipedia, r.wikipediaRead},
		{"RedditAdapter", r.reddit, r.redditRead},
		{"StackExchangeAdapter", r.stackExchange, r.stackExchangeRead},
		{"DOIAdapter", r.doi, r.doiRead},
		{"XAdapter", r.x, nil},
		{"MastodonAdapter", r.mastodon, r.mastodonRead},
	}
}

// route retrieves u by its adapter, and by reading the page when there is none
// or it fails.
func (r *Retriever) route(ctx context.Context, u *url.URL, ev *job.Evidence) error {
	rules := r.rules.forHost(u.Hostname())
	if rules.Adapter == genericName {
		return r.generic(ctx, u, ev)
	}
	for _, a := range r.adapters() {
		run := a.match(u)
		if run == nil || rules.Adapter != "" && rules.Adapter != a.name {
			continue
		}
		ev.AdapterName = a.name
		err := run(ctx, ev)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || final(err) {
			return err
		}
		return r.fallback(ctx, u, ev, err)
	}
	return r.generic(ctx, u, ev)
}

// final says whether err settles that there is nothing to be had, so that the
// page need not be asked as well.
func final(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == fetch.NotFound && e.Status == 0
}

// fallback reads the page itself after its adapter failed with cause.
func (r *Retriever) fallback(ctx context.Context, u *url.URL, ev *job.Evidence, cause error) error {
	name := ev.AdapterName
	*ev = *newEvidence(ev.URL)
	ev.AdapterName = name
	if err := r.generic(ctx, u, ev); err != nil {
		return err
	}
	ev.AdapterName = name
	ev.MarkPartial(fmt.Sprintf("%s could not be used (%s); the page itself was read instead", strings.TrimSuffix(name, "Adapter")+"'s interface", sentence(cause)))
	return nil
}

// sentence is the text of a cause inside another sentence.
func sentence(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return "its answer could not be read"
}

// getJSON fetches an API answer and decodes it into v.
func (r *Retriever) getJSON(ctx context.Context, link string, header http.Header, v any) (*fetch.Response, error) {
	res, err := r.client.Get(ctx, fetch.Request{URL: link, Accept: "application/json", Header: header, MaxBytes: apiBytes})
	if err != nil {
		return nil, err
	}
	if err := decodeJSON(res.Body, v); err != nil {
		return nil, notTheAPI(link, err)
	}
	return res, nil
}

func decodeJSON(body []byte, v any) error {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	return json.Unmarshal(body, v)
}

func notTheAPI(link string, cause error) error {
	e := fetch.NewError(fetch.ParserFailed, link, "the interface answered something that is not what it documents", "try again later")
	e.Err = cause
	return e
}

func noSuch(ev *job.Evidence, what string) error {
	return &Error{Reason: fetch.NotFound, URL: ev.URL, Detail: what, Hint: "check that the link is complete"}
}

func apiBytes(string) int64 { return 16 << 20 }

// hostIs says whether host is one of names, or below one that starts with a dot.
func hostIs(host string, names ...string) bool {
	host = strings.ToLower(host)
	for _, n := range names {
		if host == n || strings.HasPrefix(n, ".") && (host == n[1:] || strings.HasSuffix(host, n)) {
			return true
		}
	}
	return false
}

// segments are the non-empty parts of the path.
func segments(u *url.URL) []string {
	return strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' })
}

// doc assembles the text of evidence from parts.
type doc struct{ parts []string }

// add appends a block, if there is anything in it.
func (d *doc) add(text string) {
	if text = strings.TrimSpace(text); text != "" {
		d.parts = append(d.parts, text)
	}
}

// section appends a heading and its text, if there is any text.
func (d *doc) section(heading, text string) {
	if strings.TrimSpace(text) != "" {
		d.add("## " + heading)
		d.add(text)
	}
}

// fact is one "Name: value" line; empty and zero values give none.
type fact struct {
	name  string
	value any
}

// facts appends lines of facts as one block.
func (d *doc) facts(list ...fact) {
	var lines []string
	for _, f := range list {
		v := strings.TrimSpace(fmt.Sprint(f.value))
		if f.value == nil || v == "" || v == "0" || v == "<nil>" || v == "false" || v == "[]" {
			continue
		}
		lines = append(lines, f.name+": "+v)
	}
	d.add(strings.Join(lines, "\n"))
}

func (d *doc) String() string { return strings.Join(d.parts, "\n\n") }
