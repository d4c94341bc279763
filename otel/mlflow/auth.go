package mlflow

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/otel/internal/retry"
)

// credentials give the Authorization header of requests. They are safe for
// concurrent use.
type credentials interface {
	// header returns the value of the header, within ctx.
	header(ctx context.Context) (string, error)
	// accepted is told that the server took a request with the value.
	accepted(value string)
	// refused is told that the server answered 401 to a request with the value
	// used. It returns the value to try once more with, or "" where there is none
	// other.
	refused(ctx context.Context, used string) (string, error)
	// secrets returns what must not be shown of them, at the moment.
	secrets() []string
}

// newCredentials picks the most specific of what was set, nil where nothing was.
// tokens is the transport to the token endpoint.
func newCredentials(c config, tokens http.RoundTripper) (credentials, error) {
	switch {
	case c.token != "":
		return fixed{"Bearer " + c.token, []string{c.token}}, nil
	case c.tokenFile != "":
		return newTokenFile(c.tokenFile, "token file", "check MLFLOW_TRACKING_TOKEN_FILE")
	case c.oauth2 != OAuth2{}:
		return newOAuth2Source(c.oauth2, tokens)
	case c.kubernetes:
		return newServiceAccount(c.serviceAccount)
	case c.user != "" || c.password != "":
		basic := base64.StdEncoding.EncodeToString([]byte(c.user + ":" + c.password))
		return fixed{"Basic " + basic, []string{basic, c.password}}, nil
	}
	return nil, nil
}

// fixed credentials never change.
type fixed struct {
	value  string
	hidden []string
}

func (f fixed) header(context.Context) (string, error)          { return f.value, nil }
func (f fixed) refused(context.Context, string) (string, error) { return "", nil }
func (f fixed) accepted(string)                                 {}
func (f fixed) secrets() []string                               { return f.hidden }

// CredentialsError says that the credentials for a request could not be had, so
// that it was not sent: a token file cannot be read, or the token endpoint is away
// or refuses. Its text holds no secret.
type CredentialsError struct {
	Source string        // what was asked, such as "token endpoint https://idp/token"
	Advice string        // what to check; may be empty
	Wait   time.Duration // that the token endpoint asked for before another try; 0: none
	Err    error
}

var _ retry.Hint = (*CredentialsError)(nil)

func (e *CredentialsError) Error() string {
	text := fmt.Sprintf("get credentials for MLflow from %s: %v", e.Source, e.Err)
	if e.Advice != "" {
		text += " (" + e.Advice + ")"
	}
	return text
}

// Unwrap gives why.
func (e *CredentialsError) Unwrap() error { return e.Err }

// Retryable reports true: the source may be back, or be put right, at any time.
func (e *CredentialsError) Retryable() bool { return true }

// RetryAfter returns the wait that the token endpoint asked for, 0 when it did not.
func (e *CredentialsError) RetryAfter() time.Duration { return e.Wait }

// authTransport adds to requests what says who sends them: credentials, headers,
// workspace and cookies. A request that the server answers with 401 is sent once
// more when there are newer credentials.
type authTransport struct {
	next    http.RoundTripper
	base    *url.URL // requests to other hosts pass as they are: credentials are for this one
	auth    credentials
	headers http.Header // not over what a request has already
	hidden  []string    // values of headers that may be secrets
	cookies *cookies
}

func newAuthTransport(base *url.URL, c config) (*authTransport, error) {
	t := &authTransport{next: c.transport, base: base, hidden: c.headerSecrets(), cookies: newCookies()}
	if t.next == nil {
		network, err := newTransport(c)
		if err != nil {
			return nil, err
		}
		t.next = network
	}
	var err error
	if t.headers, err = c.requestHeaders(); err != nil {
		return nil, err
	}
	t.auth, err = newCredentials(c, t.next)
	return t, err
}

func (t *authTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != t.base.Scheme || req.URL.Host != t.base.Host {
		return t.send(req)
	}
	if t.auth == nil {
		return t.sendAs(req, "")
	}
	value, err := t.auth.header(req.Context())
	if err != nil {
		closeBody(req) // as a RoundTripper must
		return nil, err
	}
	resp, err := t.sendAs(req, value)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusUnauthorized {
		t.auth.accepted(value)
		return resp, nil
	}
	again, ok := repeated(req)
	if !ok {
		return resp, nil
	}
	value, err = t.auth.refused(req.Context(), value)
	if err != nil || value == "" {
		closeBody(again)
		return resp, nil //nolint:nilerr // the server's own answer says more
	}
	// What is left unread would cost the connection.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
	if resp, err = t.sendAs(again, value); err == nil && resp.StatusCode != http.StatusUnauthorized {
		t.auth.accepted(value)
	}
	return resp, err
}

// sendAs sends a copy of req under an Authorization; "" is none.
func (t *authTransport) sendAs(req *http.Request, authorization string) (*http.Response, error) {
	req = req.Clone(req.Context())
	for k, v := range t.headers {
		if _, set := req.Header[k]; !set {
			req.Header[k] = v
		}
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	t.cookies.add(req)
	resp, err := t.send(req)
	if err == nil {
		t.cookies.keep(req.URL, resp)
	}
	return resp, err
}

func (t *authTransport) send(req *http.Request) (*http.Response, error) {
	if n, ok := req.Context().Value(countKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
	return t.next.RoundTrip(req)
}

// repeated returns a copy of a request that was sent, with its body from the
// start. One whose body cannot be had again, as net/http puts it, is not repeated.
func repeated(req *http.Request) (*http.Request, bool) {
	again := req.Clone(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return again, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	again.Body = body
	return again, true
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

func (t *authTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
