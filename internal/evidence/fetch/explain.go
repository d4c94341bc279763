package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"github.com/technoshare/commentator/internal/retry"
)

// explain turns a transport error into one sentence. The transport's own text
// is kept as the cause only: it may repeat the URL with its secrets.
func (c *Client) explain(ctx context.Context, u *url.URL, err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	e := c.classify(ctx, u, err)
	e.Err = err
	return e
}

// classify finds the Reason of a transport error. The order matters: a refusal of the
// guard reaches us wrapped in the dialer's error, a deadline in any of the others.
func (c *Client) classify(ctx context.Context, u *url.URL, err error) *Error {
	at, host := u.String(), u.Hostname()
	var (
		dns      *net.DNSError
		viaProxy *proxyError
		netErr   net.Error
		certErr  *tls.CertificateVerificationError
		recErr   tls.RecordHeaderError
		unknown  x509.UnknownAuthorityError
	)
	switch {
	case errors.Is(err, context.Canceled) && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return NewError(Canceled, at, "the fetch was cancelled", "")
	case errors.Is(err, ssrf.ErrProhibitedPort):
		return NewError(ForbiddenPort, at,
			fmt.Sprintf("port %d is not fetched", portOf(u)), "if it is meant, add "+u.Host+" to COMMENTATOR_FETCH_ALLOW")
	case refused(err):
		return c.privateError(u, "is or resolves to a private, local or special-purpose address")
	case errors.As(err, &dns) && !dns.IsTimeout:
		if dns.IsNotFound {
			return NewError(DNS, at, "the host "+host+" does not exist (no DNS entry)", "check the spelling of the link")
		}
		return NewError(DNS, at, "the name "+host+" could not be resolved", "check the name service of this machine and try again")
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return NewError(Timeout, at, fmt.Sprintf("the answer was not complete within %s", c.opts.Timeout), "try again later")
	case errors.As(err, &netErr) && netErr.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) ||
		strings.Contains(err.Error(), "timeout awaiting response headers"):
		return NewError(Timeout, at, fmt.Sprintf("the server %s did not answer within %s", host, c.opts.HeaderTimeout), "try again later")
	case errors.As(err, &certErr) || errors.As(err, &unknown):
		return NewError(TLS, at, "the certificate of "+host+" is not valid", "tell the owner of the site, or share another link")
	case errors.As(err, &recErr):
		return NewError(TLS, at, "the server "+host+" does not speak HTTPS on this port", "try the link with http")
	case errors.As(err, &viaProxy):
		return NewError(Proxy, at,
			"the HTTP proxy could not reach the page",
			"check HTTP_PROXY, HTTPS_PROXY and the proxy's rules; a proxy that filters by name needs COMMENTATOR_FETCH_PROXY_RESOLVES=true")
	case strings.Contains(err.Error(), "server response headers exceeded"):
		return NewError(TooLarge, at, "the server sends too many response headers", "share another address of the page")
	}
	return NewError(Connect, at, "no connection to "+u.Host+" ("+plainCause(err)+")", "check that the site is up and try again")
}

// plainCause is the innermost error, which names no URL. Such as "connection refused". A text
// that is long or holds an address is not shown.
func plainCause(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			break
		}
		err = next
	}
	s := err.Error()
	if len(s) > 120 || strings.Contains(s, "://") {
		return "network error"
	}
	return s
}

// Err is the error that an answer with an error status stands for, nil for a good one. It
// matters with Request.AnyStatus only. It takes a redirect that was not followed for an error
// too.
func (r *Response) Err() error {
	if r.Status < 300 {
		return nil
	}
	return statusError(r.FinalURL, r.Status, r.Header)
}

// longestRetryAfter bounds the wait that an answer may ask for: what a queue keeps a
// job for is not the server's to decide.
const longestRetryAfter = time.Hour

// RetryAfter is how long the answer asks to wait before the next request, at most
// an hour, or 0 where it does not say.
func (r *Response) RetryAfter() time.Duration { return retryAfter(r.Header) }

// retryAfter reads the header Retry-After.
func retryAfter(h http.Header) time.Duration {
	return min(retry.ParseAfter(h.Get("Retry-After"), time.Now()), longestRetryAfter)
}

// statusError describes an answer that is no page. What 429 and 503 ask to wait is in its
// field After (RFC 9110, section 10.2.3; RFC 6585, section 4). 407 comes from a proxy, which
// wants a login like 401's server. What is below 300 does not come here.
func statusError(u *url.URL, status int, h http.Header) *Error {
	at := u.String()
	text := fmt.Sprintf("the server answered %d %s", status, http.StatusText(status))
	text = strings.TrimSpace(text)
	e := func(r Reason, hint string) *Error {
		err := NewError(r, at, text, hint)
		err.Status = status
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			err.After = retryAfter(h)
		}
		return err
	}
	switch s := status; {
	case s == 404 || s == 410:
		return e(NotFound, "check that the link is complete and the page still exists")
	case s == 401 || s == 407:
		return e(LoginNeeded, "the page needs a login; share a public link or paste the text")
	case s == 403 || s == 451:
		return e(Forbidden, "the site refuses automatic readers or this region; share another link or paste the text")
	case s == 429:
		return e(RateLimited, "the site asks for fewer requests; try again later")
	case s >= 500:
		return e(ServerError, "the site has a problem of its own; try again later")
	case s >= 300 && s < 400:
		return e(BadRedirect, "the redirect leads nowhere; share the address of the page itself")
	}
	return e(HTTPStatus, "check the link")
}
