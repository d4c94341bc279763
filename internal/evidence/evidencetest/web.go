package evidencetest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// apiOnly is a web of which nothing but APIs on this machine can be reached.
type apiOnly struct{ *fetch.Client }

var errNoPages = errors.New("no pages in this test")

// Page implements [source.Web].
func (apiOnly) Page(context.Context, *url.URL, *job.Evidence) error { return errNoPages }

// Link implements [source.Web].
func (apiOnly) Link(context.Context, *url.URL, *job.Evidence) error { return errNoPages }

// Fetch runs one adapter alone: link is retrieved by a from APIs on this machine, without
// falling back to the page. It is for adapters' own tests of refusals and limits, whose errors
// a Retriever would hide behind the page's. The web has these credentials.
func Fetch(t testing.TB, a source.Adapter, link string, credentials ...fetch.Credential) (*job.Evidence, error) {
	t.Helper()
	client, err := fetch.New(fetch.Options{
		Allow:    []string{"127.0.0.1"},
		Proxy:    func(*http.Request) (*url.URL, error) { return nil, nil },
		Resolver: NoNames(), Credentials: credentials,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	u, err := source.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	run := a.Match(u)
	if run == nil {
		t.Fatalf("%s is not for %s", link, a.Name())
	}
	ev := source.NewEvidence(link)
	return ev, run(t.Context(), apiOnly{client}, ev)
}
