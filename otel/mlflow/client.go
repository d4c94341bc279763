package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/otel/internal/plaintext"
)

// Client talks to one tracking server. It is safe for concurrent use.
type Client struct {
	base    *url.URL // without credentials and trailing slash
	http    *http.Client
	auth    *authTransport // of http
	storage *http.Client   // of presigned addresses, without any credentials
	breaks  *atomic.Uint64 // see Interruptions
	probe   probe

	presignedOnly atomic.Bool // the proxy refused an artifact for want of a presigned upload
}

// maxAnswer bounds one answer; the largest here are search pages.
const maxAnswer = 32 << 20

// errTooLarge says that an answer is beyond maxAnswer.
var errTooLarge = errors.New("is larger than")

// NewClient makes a client of the server at uri, which may hold a path prefix
// and credentials (http://user:password@host/prefix), see [ParseURI]. It sends no
// request. An error, which shows no credentials, says that uri is no address of a
// tracking server ([*URIError]), or that a file or a setting cannot be used.
func NewClient(uri string, opts ...Option) (*Client, error) {
	u, err := ParseURI(uri)
	if err != nil {
		return nil, err
	}
	password, _ := u.User.Password()
	cfg := newConfig(u.User.Username(), password, opts)
	u.User = nil
	auth, err := newAuthTransport(u, cfg)
	if err != nil {
		return nil, err
	}
	storage, err := newStorageClient(cfg)
	if err != nil {
		return nil, err
	}
	breaks := new(atomic.Uint64)
	return &Client{base: u, auth: auth, storage: storage, breaks: breaks, http: &http.Client{
		Transport: &watchTransport{next: auth, breaks: breaks},
		Timeout:   cfg.timeout,
		// A followed redirect would turn POST into GET, or carry credentials
		// elsewhere: it becomes an APIError that names the new place.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// URI returns the server's address, without credentials.
func (c *Client) URI() string { return c.base.String() }

// Workspace returns the workspace of the client's requests, "" where none is named.
func (c *Client) Workspace() string { return c.auth.headers.Get(workspaceHeader) }

// OTLPEndpoint returns where the server takes spans over OTLP/HTTP; the header
// x-mlflow-experiment-id must name the experiment.
func (c *Client) OTLPEndpoint() string { return c.base.String() + "/" + otlpPath }

// otlpPath is where spans go, below the server's address.
const otlpPath = "v1/traces"

// Timeout returns the bound of one request.
func (c *Client) Timeout() time.Duration { return c.http.Timeout }

// CloseIdle closes kept-alive connections.
func (c *Client) CloseIdle() {
	c.http.CloseIdleConnections()
	c.storage.CloseIdleConnections()
}

// url joins an API path whose segments are escaped already.
func (c *Client) url(path string, query url.Values) string {
	u := c.base.String() + "/" + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	return u
}

// call sends in as JSON and decodes the answer into out; nil means that it holds nothing.
// What MLflow does not answer is a [*NotMLflowError].
func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body []byte
	header := http.Header{}
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode %s: %w", path, err)
		}
		body = b
		header.Set("Content-Type", "application/json")
	}
	answer, err := c.do(ctx, method, path, query, header, body)
	if err != nil {
		return err
	}
	return c.object(method, path, answer, out)
}

// do sends a request. Whether the answer, if it is inside 2xx, is MLflow's is the caller's
// to say.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, header http.Header, body []byte) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url(path, query), bytes.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("build request %s: %w", path, err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, fmt.Errorf("call MLflow: %w", plaintext.Error(err))
	}
	defer resp.Body.Close()
	answer, err := readReply(resp, maxAnswer)
	if err != nil {
		return reply{}, fmt.Errorf("read answer of %s %s: %w", method, path, err)
	}
	if len(answer.body) > maxAnswer {
		return reply{}, fmt.Errorf("answer of %s %s %w %d MiB", method, path, errTooLarge, maxAnswer>>20)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		if resp.StatusCode == http.StatusBadRequest && strings.HasPrefix(string(answer.body), plainOnTLS) {
			return reply{}, &NotMLflowError{URI: c.URI(), Err: errors.New("it speaks https, and the address says http")}
		}
		return reply{}, c.apiError(method, path, resp, answer.body)
	}
	return answer, nil
}

// plainOnTLS is what Go's HTTP server, and so Traefik and Caddy, answers with 400 to a
// request without TLS at a port for it. It says nothing about the request.
const plainOnTLS = "Client sent an HTTP request to an HTTPS server"
