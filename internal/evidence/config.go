package evidence

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/trace"
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
	// Snippets bounds the snippets; zero fields take 12 snippets of 500
	// characters within 1,500 tokens.
	Snippets SnippetRules
	// TracerProvider gets one CLIENT span per HTTP fetch; nil for none.
	TracerProvider trace.TracerProvider
}

// DefaultSnippets are the rules where none are set.
var defaultSnippets = SnippetRules{Max: 12, MaxChars: 500, Tokens: 1500}

func (c Config) withDefaults() Config {
	if c.Snippets.Max <= 0 {
		c.Snippets.Max = defaultSnippets.Max
	}
	if c.Snippets.MaxChars <= 0 {
		c.Snippets.MaxChars = defaultSnippets.MaxChars
	}
	if c.Snippets.Tokens <= 0 {
		c.Snippets.Tokens = defaultSnippets.Tokens
	}
	if c.UserAgent == "" {
		c.UserAgent = "TechnoShareCommentator/1.0"
		if c.Contact != "" {
			c.UserAgent += " (+" + c.Contact + ")"
		}
	}
	return c
}
