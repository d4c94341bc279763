package fetch

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Defaults of Options and of a Request.
const (
	DefaultUserAgent     = "TechnoShareCommentator/1.0"
	DefaultTimeout       = 20 * time.Second
	DefaultHeaderTimeout = 10 * time.Second
	DefaultMaxBytes      = 5 << 20 // of a decoded body
)

// Bounds that are not to be set.
const (
	// maxHeaderBytes bounds the headers of an answer.
	maxHeaderBytes = 256 << 10
	// maxRedirects bounds the redirects of one fetch.
	maxRedirects = 5
	// maxFetches bounds the fetches at once, over all hosts.
	maxFetches = 8
)

// Options configure a Client. The zero value fetches public hosts only.
type Options struct {
	// Allow names what may be fetched although it is private or on an unusual
	// port: host, host:port, address, address:port or CIDR.
	Allow []string
	// UserAgent is sent as is. It should say who runs the program and where
	// complaints go.
	UserAgent string
	// Timeout bounds a whole fetch from the time that it may begin, redirects and body included, HeaderTimeout the
	// wait for the connection and for the first bytes of an answer; zero takes the
	// defaults.
	Timeout, HeaderTimeout time.Duration
	// Proxy chooses the proxy of a request; nil reads HTTP_PROXY, HTTPS_PROXY
	// and NO_PROXY.
	Proxy func(*http.Request) (*url.URL, error)
	// ProxyResolves leaves name resolution to the proxy, for proxies that filter
	// by name or hosts that resolve nothing. Such a proxy must itself refuse
	// private targets: a name that is not resolved here is not checked here.
	ProxyResolves  bool
	Resolver       *net.Resolver
	TLS            *tls.Config
	TracerProvider trace.TracerProvider
	// Rates are the pauses between two requests to a host, "" for all others.
	Rates map[string]time.Duration
	// Robots "all" honours robots.txt; "" or "off" does not ask for it.
	Robots string
	// Credentials are for requests that ask for them.
	Credentials []Credential
	// CacheBytes bounds the cache of answers that carry a validator; 0 takes the
	// default, negative switches the cache off.
	CacheBytes int64
}

// Credential is what an API wants to see. Requests name it; what it is, only the client knows.
type Credential struct {
	Name string
	// Base is the base address of the API. The credential is sent to addresses below it only.
	Base string
	// Authorization is the value of the header of that name.
	Authorization string
}

// Getter fetches as [Client.Get] does. It is safe for concurrent use.
type Getter interface {
	Get(ctx context.Context, r Request) (*Response, error)
}

// Client fetches. It is safe for concurrent use and holds idle connections until Close. direct
// connects to hosts itself and checks each address at the socket; through a proxy each request
// has a transport of its own, see viaProxy. slots bounds what runs at once.
type Client struct {
	opts   Options
	guard  *guard
	proxy  func(*http.Request) (*url.URL, error)
	direct *http.Transport
	slots  chan struct{}
	tracer trace.Tracer
	pace   *pacer
	cache  *cache
	robots *robots // nil when robots.txt is not asked for

	credentials []credential
}

// credential is a Credential whose base has been read.
type credential struct {
	name          string
	base          *url.URL
	authorization string
}

// Request is one GET. Only GET is ever sent: a link that somebody shared must not change
// anything where it leads.
type Request struct {
	URL    string
	Accept string
	// Header is sent to the host of URL only, never past a redirect to another.
	Header http.Header
	// Credential names one of the client's, which is sent under the same rule as Header, where the
	// client has it and URL is below its base address.
	Credential string
	// MaxBytes bounds the decoded body; 0 takes 5 MiB. MaxFileBytes does for a PDF and for a file
	// without a declared type, which may be one; 0 is the same as for others.
	MaxBytes, MaxFileBytes int64
	// Truncate returns the beginning of a body that breaks off, or is too large, if the server
	// says how long the whole is; an endless one is an error. The caller asks [Response.Missing] then.
	Truncate bool
	// NoRedirect returns a redirect as the answer.
	NoRedirect bool
	// AnyStatus returns answers with an error status instead of an *Error.
	AnyStatus bool
}

// Response is an answer whose body was read, to its end unless Truncated or BrokeOff says otherwise.
type Response struct {
	URL         string // as asked for, secrets replaced
	FinalURL    *url.URL
	Status      int
	Header      http.Header
	ContentType string
	Body        []byte
	FetchedAt   time.Time
	FromCache   bool
	Truncated   bool // Body is the beginning only, which is all that was asked for
	BrokeOff    bool // Body is what came before the connection or the compression broke
}

// New checks the options. The error names an entry of Allow or a value of Robots that can't be
// read.
func New(o Options) (*Client, error) {
	if o.UserAgent == "" {
		o.UserAgent = DefaultUserAgent
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.HeaderTimeout <= 0 {
		o.HeaderTimeout = DefaultHeaderTimeout
	}
	if o.TracerProvider == nil {
		o.TracerProvider = noop.NewTracerProvider()
	}
	g, err := newGuard(o.Allow)
	if err != nil {
		return nil, err
	}
	c := &Client{
		opts: o, guard: g, proxy: o.Proxy,
		slots:  make(chan struct{}, maxFetches),
		tracer: o.TracerProvider.Tracer("github.com/technoshare/commentator/internal/evidence/fetch"),
		pace:   newPacer(o.Rates),
		cache:  newCache(o.CacheBytes),
	}
	if c.proxy == nil {
		c.proxy = http.ProxyFromEnvironment
	}
	switch o.Robots {
	case "", "off":
	case "all":
		c.robots = newRobots(o.UserAgent)
	default:
		return nil, fmt.Errorf("robots setting %q is unknown; write off or all", o.Robots)
	}
	for _, given := range o.Credentials {
		base, err := Parse(given.Base)
		if err != nil {
			return nil, fmt.Errorf("read the address that a credential is for: %w", err)
		}
		c.credentials = append(c.credentials, credential{given.Name, base, given.Authorization})
	}
	c.direct = c.transport()
	c.direct.DialContext = c.dial
	return c, nil
}

// Close drops idle connections. Fetches that run go on; the client could still be used.
func (c *Client) Close() { c.direct.CloseIdleConnections() }

// transport returns a transport with the bounds of the options.
func (c *Client) transport() *http.Transport {
	return &http.Transport{
		TLSClientConfig:        c.opts.TLS.Clone(),
		TLSHandshakeTimeout:    c.opts.HeaderTimeout,
		ResponseHeaderTimeout:  c.opts.HeaderTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true, // decoded here, under a bound
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           16,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
	}
}

// dial connects to host:port. Names that the operator allows are not checked; any other
// address is, at the socket. The check is at the socket rather than before the dial, since a
// name may resolve to another address the second time it is asked for.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := &net.Dialer{Timeout: c.opts.HeaderTimeout, Resolver: c.opts.Resolver}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	n, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return nil, err
	}
	if !c.guard.allowsName(strings.ToLower(host), uint16(n)) {
		d.ControlContext = c.guard.control
	}
	return d.DialContext(ctx, network, addr)
}
