package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/otel/internal/plaintext"
	"github.com/technoshare/commentator/otel/internal/retry"
)

// probeAge is how long findings about a server count without a new look. A server
// that is replaced is noticed much earlier, by the requests that fail meanwhile; this
// is for one that was replaced while nobody asked.
const probeAge = 5 * time.Minute

// probePause is the least time between two looks because of failed requests: a
// server that is merely overloaded must not be asked even more.
const probePause = time.Second

// probe remembers what a server can do.
type probe struct {
	mu      sync.Mutex // held while the server is asked, so that it is asked once
	found   Capabilities
	at      time.Time // of the last look; zero: the next call has to look
	breaks  uint64    // Interruptions at the last look
	learned map[Feature]string
	taught  time.Time    // when something was learned for the first time
	failed  retry.Shared // the last look that failed
}

// Capabilities returns what the server can do. The first call asks it, with up to
// four requests; later ones answer from memory until requests to the server failed
// ([Client.Interruptions]), an answer contradicted it ([Client.Contradict]), or five
// minutes have passed. An error is that of a server that does not answer, lets
// nobody in, or is none of MLflow's; what hides only its version is no error.
func (c *Client) Capabilities(ctx context.Context) (Capabilities, error) {
	return c.capabilities(ctx, time.Now())
}

// capabilities is Capabilities for a caller who has waited since asked.
func (c *Client) capabilities(ctx context.Context, asked time.Time) (Capabilities, error) {
	p := &c.probe
	p.mu.Lock()
	defer p.mu.Unlock()
	breaks, now := c.Interruptions(), time.Now()
	if age := now.Sub(p.at); age < probePause || p.breaks == breaks && age < probeAge {
		return p.found.without(p.learned), nil
	}
	if err := p.failed.Since(asked); err != nil {
		return Capabilities{}, err
	}
	found, err := c.look(ctx)
	if err != nil {
		err = fmt.Errorf("ask what the MLflow server can do: %w", err)
		p.failed.Keep(ctx, err)
		return Capabilities{}, err
	}
	if p.breaks != breaks || found.Version != p.found.Version || found.Store != p.found.Store || now.Sub(p.taught) >= probeAge {
		p.learned = nil // it may be another server, or what stands before it was put right
	}
	p.found, p.at, p.breaks = found, now, breaks
	return found.without(p.learned), nil
}

// Contradict takes note that the server refused, with err, what Capabilities said it
// has. The feature counts as missing for five minutes, longer if it is refused then too,
// and the next call of Capabilities asks the server anew: it may have been replaced by
// another release.
func (c *Client) Contradict(f Feature, err error) {
	p := &c.probe
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.learned == nil {
		p.learned, p.taught = map[Feature]string{}, time.Now()
	}
	if p.learned[f] == "" { // else another delivery found out at the same time
		p.learned[f] = err.Error()
		p.at = time.Time{}
	}
}

// look asks the server.
func (c *Client) look(ctx context.Context) (Capabilities, error) {
	version, err := c.Version(ctx)
	if err != nil && !hides(err) {
		return Capabilities{}, err
	}
	if _, ok := parseRelease(version); !ok {
		version = "" // a login page, or what a proxy says at this path
	}
	found := capabilitiesOf(version)
	if found.Store, err = c.store(ctx); err != nil && !hides(err) {
		return Capabilities{}, err
	}
	missing := map[Feature]string{}
	if found.Store == "FileStore" {
		missing[FeatureOTLP] = "a server that keeps its data in files takes no spans; give it a database (--backend-store-uri)"
		missing[FeatureDatasets] = "a server that keeps its data in files has no datasets; give it a database (--backend-store-uri)"
	}
	if found.without(missing).Has(FeatureOTLP) {
		if err := c.lookOTLP(ctx, missing); err != nil {
			return Capabilities{}, err
		}
	}
	return found.without(missing), nil
}

// hides reports whether an answer says only that this one path is not for us.
func hides(err error) bool {
	e, ok := answer(err)
	var foreign *NotMLflowError
	return ok && e.Status < 500 && e.Status != http.StatusTooManyRequests || errors.As(err, &foreign)
}

// maxStoreName bounds, in characters, what is kept of the name of a class.
const maxStoreName = 100

// store asks for the class of the tracking store; "" where there is no such route.
func (c *Client) store(ctx context.Context) (string, error) {
	b, err := c.do(ctx, http.MethodGet, "api/3.0/mlflow/server-info", nil, nil, nil)
	var info struct {
		Store string `json:"store_type"`
	}
	if err != nil || json.Unmarshal(b.body, &info) != nil {
		return "", err
	}
	return plaintext.Line(info.Store, maxStoreName), nil
}

// emptyRequest is an ExportTraceServiceRequest with one resource and no span. A server
// with the route answers 200 to it and stores nothing; one without spans at all, and
// without a resource, would be refused as if it were damaged.
const emptyRequest = "\x0a\x00"

// gzippedRequest is emptyRequest as gzip writes it.
const gzippedRequest = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xe3\x62\x00\x00\x75\xfa\x36\xbb\x02\x00\x00\x00"

// lookOTLP sends spans, none, to find out whether there is a way for them. It adds
// what is missing.
func (c *Client) lookOTLP(ctx context.Context, missing map[Feature]string) error {
	err := c.tryOTLP(ctx, gzippedRequest, "gzip")
	if e, ok := answer(err); ok && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnsupportedMediaType) {
		gzipErr := err
		if err = c.tryOTLP(ctx, emptyRequest, ""); err == nil {
			missing[FeatureOTLPGzip] = gzipErr.Error()
		}
	}
	switch {
	case err == nil, IsUnauthorized(err): // which may be about experiment 0 only
	case IsRouteClosed(err):
		missing[FeatureOTLP] = err.Error()
	default:
		if e, ok := answer(err); ok && e.Status < 500 && e.Status != http.StatusTooManyRequests {
			return nil // it has the route, and will say about real spans what it does not like
		}
		return err
	}
	return nil
}

func (c *Client) tryOTLP(ctx context.Context, body, encoding string) error {
	header := http.Header{"Content-Type": {"application/x-protobuf"}, "X-Mlflow-Experiment-Id": {"0"}}
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	r, err := c.do(ctx, http.MethodPost, otlpPath, nil, header, []byte(body))
	if err == nil {
		_, err = c.spans(http.MethodPost, otlpPath, r)
	}
	return err
}

// IsRouteClosed reports whether an answer says that nothing gets through on the path
// that was asked, on this server or because of a proxy in front of it, rather than
// that this request is not liked: there is no such route, it is for others, or what
// answers is not MLflow. It is meaningful only while the same server's other paths
// answer; else the server as a whole is out of reach.
func IsRouteClosed(err error) bool {
	if e, ok := answer(err); ok {
		return IsUnsupported(err) || e.unauthorized() || e.Status < 400 ||
			e.HTML && e.Status < 500 && e.Status != http.StatusRequestEntityTooLarge
	}
	var foreign *NotMLflowError
	return errors.As(err, &foreign)
}

// Interruptions counts the requests that got no answer, or that of a gateway whose
// server is away. Whoever remembers something about the server should look again
// when the number has grown: another server may be there.
func (c *Client) Interruptions() uint64 { return c.breaks.Load() }

// watchTransport counts interruptions.
type watchTransport struct {
	next   http.RoundTripper
	breaks *atomic.Uint64
}

func (t *watchTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	switch {
	case err != nil && req.Context().Err() == nil,
		err == nil && (resp.StatusCode == http.StatusBadGateway || resp.StatusCode == http.StatusServiceUnavailable):
		t.breaks.Add(1)
	}
	return resp, err
}

func (t *watchTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// maxTitle bounds, in characters, what is kept of the title of a page.
const maxTitle = 80

// pageTitle is the title of an HTML page, "" where body is none or has none.
func pageTitle(body []byte) (title string, isPage bool) {
	text := strings.TrimSpace(string(body[:min(len(body), 64<<10)]))
	if !strings.HasPrefix(text, "<") {
		return "", false
	}
	lower := strings.ToLower(text)
	_, rest, found := strings.Cut(lower, "<title")
	if !found {
		return "", true
	}
	start := strings.IndexByte(rest, '>')
	end := strings.Index(rest, "</title")
	if start < 0 || end < start || len(lower) != len(text) {
		return "", true
	}
	offset := len(text) - len(rest)
	return plaintext.Line(text[offset+start+1:offset+end], maxTitle), true
}
