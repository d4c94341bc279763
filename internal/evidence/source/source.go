// Package source is what adapters have in common: what an adapter is, what it
// is given to reach the web, and how it records what it found.
//
// An adapter is a value that holds its settings only. What it needs at run time,
// a [Web], comes with each call, so adapters know neither the retriever that
// asks them nor one another.
package source

import (
	"context"
	"net/url"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// GenericName is the adapter's name in evidence that no adapter claims.
const GenericName = "GenericAdapter"

// MaxComments bounds the comments of an issue, a thread or a story that become
// evidence; the first ones explain, the later ones repeat.
const MaxComments = 12

// Adapter knows one kind of link. It is safe for concurrent use.
type Adapter interface {
	// Name is the adapter's name in evidence, such as "GithubAdapter". Rules name
	// it without the ending and in any case.
	Name() string
	// Match returns how to retrieve u, or nil when u is not of the adapter's kind.
	// It decides by what stands in u only, which may have a fragment, and does no I/O.
	Match(u *url.URL) Task
}

// Task retrieves one link into ev, which is as [NewEvidence] made it. When it
// fails, what it wrote into ev is thrown away and the page itself is read
// instead, unless the error is [NoSuch]'s.
type Task func(ctx context.Context, web Web, ev *job.Evidence) error

// Recognizer is an Adapter that also reads answers of its API that are at hand,
// from a file or because the link that was shared is the API's own.
type Recognizer interface {
	Adapter
	// Recognize fills ev from in and reports whether in is an answer that the
	// adapter knows. The error is why a known answer gives no evidence.
	Recognize(in Answer, ev *job.Evidence) (known bool, err error)
}

// Answer is a body at hand and where it came from.
type Answer struct {
	Kind Kind
	URL  *url.URL // never nil; empty when unknown
	Body []byte
}

// Kind is what a body is, by its bytes rather than by what its server says.
type Kind string

// The kinds of bodies that are read. A body of another kind has its media type
// for one.
const (
	HTML Kind = "html"
	Text Kind = "text"
	PDF  Kind = "pdf"
	Feed Kind = "feed"
	JSON Kind = "json"
	XML  Kind = "xml"
)

// Web is how an adapter reaches the web. It is safe for concurrent use.
type Web interface {
	// Get fetches; its error is always a [*fetch.Error].
	Get(ctx context.Context, r fetch.Request) (*fetch.Response, error)
	// Page reads what is at u as what its bytes are, asking no adapter for it.
	Page(ctx context.Context, u *url.URL, ev *job.Evidence) error
	// Link reads what is at u by the adapter of its kind, or as a page.
	Link(ctx context.Context, u *url.URL, ev *job.Evidence) error
}
