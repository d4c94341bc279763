package evidence

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/evidence/fetch"
)

// Config is everything that can be set. The zero value retrieves public pages.
type Config struct {
	// Allow names hosts, host:port pairs or CIDRs that may be fetched although
	// they are private or on an unusual port (COMMENTATOR_FETCH_ALLOW).
	Allow []string
	// UserAgent is sent as is; Contact, a URL or address, is added to the default one.
	UserAgent string
	Contact   string
	// Timeout bounds one fetch, HeaderTimeout the wait for its first bytes; zero
	// takes 20 s and 10 s.
	Timeout, HeaderTimeout time.Duration
	// Proxy and ProxyResolves: see fetch.Options.
	Proxy         func(*http.Request) (*url.URL, error)
	ProxyResolves bool
	Resolver      *net.Resolver
	TLS           *tls.Config
	// CacheDir holds compiled code of the PDF reader, 21 MB; without it the first
	// PDF of a process takes seconds.
	CacheDir string
	// PDFCode is asked for the folder with that code, in place of CacheDir, before each file
	// until it has given one; its error is that of the file.
	PDFCode func(ctx context.Context) (dir string, err error)
	// UsedCPU is the processor time that this process has used. With it the work on a PDF is
	// bounded by that, without by time.
	UsedCPU func() time.Duration
	// CacheBytes bounds the answers kept for conditional requests; zero takes
	// 16 MiB, negative none.
	CacheBytes int64
	// Robots says for which fetches robots.txt is honoured: "" or "off" for none,
	// since a person asked for the page; "all" for all.
	Robots string
	// Rules is a YAML file of rules per host; nil for the built-in ones alone.
	Rules []byte
	// Snippets bounds the snippets of all pages; fields that are zero are taken
	// from the rules: 12 snippets of 500 characters within 1,500 tokens.
	Snippets SnippetRules
	APIs     APIs
	Tokens   Tokens
	// NoPauses switches the pauses between requests to one host off, for a
	// service of one's own.
	NoPauses bool
	// TracerProvider gets one CLIENT span per HTTP fetch; nil for none.
	TracerProvider trace.TracerProvider
}

// Bounds of evidence.
const (
	maxText  = 2 << 20
	maxLinks = 500
	// maxAddress is in bytes, as of a link that is fetched.
	maxAddress = 8 << 10
)

// withDefaults fills in what need not be set.
func (c Config) withDefaults() Config {
	if c.UserAgent == "" {
		c.UserAgent = fetch.DefaultUserAgent
		if c.Contact != "" {
			c.UserAgent += " (+" + c.Contact + ")"
		}
	}
	c.APIs = c.APIs.withDefaults()
	return c
}
