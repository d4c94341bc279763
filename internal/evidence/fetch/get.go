package fetch

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/address"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// defaultAccept prefers pages, as servers that can answer in several forms decide by it.
const defaultAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.8,application/pdf;q=0.8,*/*;q=0.5"

// Get fetches. The error is always an *Error. It returns once the whole body is in memory. An
// answer with an error status is an error unless AnyStatus is set.
func (c *Client) Get(ctx context.Context, r Request) (*Response, error) {
	u, err := Parse(r.URL)
	if err != nil {
		return nil, err
	}
	if err := c.checkRobots(ctx, u); err != nil {
		return nil, err
	}
	return c.fetch(ctx, r)
}

// fetch is Get without robots.txt, which is itself fetched.
func (c *Client) fetch(ctx context.Context, r Request) (*Response, error) {
	u, err := Parse(r.URL)
	if err != nil {
		return nil, err
	}
	if err := c.admissible(u); err != nil {
		return nil, err
	}
	// Waiting for the turn of a host, or for the fetches of others, does not count as its slowness.
	if err := c.turn(ctx, u.Hostname()); err != nil {
		return nil, c.explain(ctx, u, err)
	}
	began := time.Now()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, c.explain(ctx, u, ctx.Err())
	}
	c.waited(ctx, "wait for other fetches", u.Hostname(), began)
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()

	// Each hop is checked like the first: by name here, by address at the socket or before the
	// proxy.
	start, seen := u, map[string]bool{}
	for hop := 0; ; hop++ {
		if seen[u.String()] {
			return nil, NewError(RedirectLoop, start.String(),
				"the server redirects in a circle", "open the link in a browser and share the address where it ends")
		}
		seen[u.String()] = true
		if err := c.admissible(u); err != nil {
			return nil, err
		}
		// A redirect may lead to a host with a pace of its own.
		if hop > 0 {
			if err := c.turn(ctx, u.Hostname()); err != nil {
				return nil, c.explain(ctx, u, err)
			}
		}
		res, next, err := c.hop(ctx, u, r, u.Host == start.Host)
		if err != nil {
			return nil, err
		}
		if next == nil {
			res.URL = redact.URL(r.URL)
			return res, nil
		}
		if hop == maxRedirects {
			return nil, NewError(TooManyHops, start.String(),
				"the server redirects more than "+strconv.Itoa(maxRedirects)+" times",
				"open the link in a browser and share the address where it ends")
		}
		u = next
	}
}

// turn waits until the next request to the host may go.
func (c *Client) turn(ctx context.Context, host string) error {
	began := time.Now()
	defer c.waited(ctx, "wait for the turn of "+host, host, began)
	return c.pace.wait(ctx, host)
}

// LongWait is how long a wait takes at least that has a span of its own.
const LongWait = 5 * time.Millisecond

// waited makes a span of a wait that is over, so that a trace shows where the time went.
func (c *Client) waited(ctx context.Context, name, host string, began time.Time) {
	if time.Since(began) < LongWait {
		return
	}
	_, span := c.tracer.Start(ctx, name, trace.WithTimestamp(began), trace.WithAttributes(
		mlflowattr.SpanTypeKey.String(mlflowattr.TypeTask), attribute.String("server.address", host)))
	span.End()
}

// admissible refuses by name and port what no look-up can make acceptable. Addresses are not
// judged here: that takes a look-up, whose answer may change until the connection.
func (c *Client) admissible(u *url.URL) error {
	host, port := u.Hostname(), portOf(u)
	if c.guard.allowsName(host, port) {
		return nil
	}
	if reservedName(host) {
		return c.privateError(u, "is the name of a host in a private network")
	}
	return nil
}

// privateError is the refusal of a target that is not public.
func (c *Client) privateError(u *url.URL, detail string) *Error {
	return NewError(PrivateAddress, u.String(),
		u.Hostname()+" "+detail+" and is not fetched", "if it is meant, add "+u.Host+" to COMMENTATOR_FETCH_ALLOW")
}

// hop does one request; next is where it redirects to. It has a span of its own, so a redirect
// shows as two, and the host is in its name, since that is what a page of traces shows. firstHost says
// whether the request's own headers, which may hold a token, may be sent.
func (c *Client) hop(ctx context.Context, u *url.URL, r Request, firstHost bool) (res *Response, next *url.URL, err error) {
	ctx, span := c.tracer.Start(ctx, http.MethodGet+" "+u.Hostname(), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		mlflowattr.SpanTypeKey.String(mlflowattr.TypeTask),
		attribute.String("http.request.method", http.MethodGet),
		attribute.String("server.address", u.Hostname()),
		attribute.Int("server.port", int(portOf(u))),
		attribute.String("url.full", redact.URL(u.String())),
	))
	defer func() {
		if err != nil {
			span.SetAttributes(attribute.String("error.type", string(ReasonOf(err))))
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, NewError(NotAURL, u.String(), "this is not a link that can be requested", "")
	}
	// Compared with the first host, so a redirect back to it gets the headers again.
	if firstHost {
		for k, v := range r.Header {
			req.Header[k] = v
		}
		c.authorize(req, r.Credential)
	}
	req.Header.Set("User-Agent", c.opts.UserAgent)
	req.Header.Set("Accept", defaultAccept)
	if r.Accept != "" {
		req.Header.Set("Accept", r.Accept)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("Accept-Language", "en;q=0.9,*;q=0.5")
	cached := c.cache.get(cacheKey(u, req.Header))
	cached.setValidators(req.Header)

	raw, err := c.roundTrip(req)
	if err != nil {
		return nil, nil, c.explain(ctx, u, err)
	}
	defer raw.Body.Close()
	span.SetAttributes(attribute.Int("http.response.status_code", raw.StatusCode))

	// A 304 without an entry, from a server that ignores the rules, is a status like others.
	if raw.StatusCode == http.StatusNotModified && cached != nil {
		res := cached.response(u)
		span.SetAttributes(attribute.Bool("commentator.cache.hit", true))
		return res, nil, nil
	}
	if loc := raw.Header.Get("Location"); loc != "" && isRedirect(raw.StatusCode) && !r.NoRedirect {
		next, err := redirectTarget(u, loc)
		return nil, next, err
	}
	if raw.StatusCode >= 300 && !r.AnyStatus && !(r.NoRedirect && raw.StatusCode < 400) {
		return nil, nil, statusError(u, raw.StatusCode, raw.Header)
	}
	body, cut, err := c.readBody(ctx, u, raw, r)
	if err != nil {
		return nil, nil, err
	}
	span.SetAttributes(attribute.Int("http.response.body.size", len(body)))
	res = &Response{
		FinalURL: u, Status: raw.StatusCode, Header: raw.Header,
		ContentType: raw.Header.Get("Content-Type"), Body: body, FetchedAt: time.Now().UTC(),
		Truncated: cut == truncated, BrokeOff: cut == brokeOff,
	}
	c.cache.put(cacheKey(u, req.Header), res)
	return res, nil, nil
}

// authorize sets the credential of that name, where req is for an address that it is for. The path of
// its base is compared by whole parts.
func (c *Client) authorize(req *http.Request, name string) {
	for _, known := range c.credentials {
		if known.name != name {
			continue
		}
		path := strings.TrimSuffix(known.base.Path, "/") + "/"
		if req.URL.Scheme == known.base.Scheme && req.URL.Host == known.base.Host && strings.HasPrefix(req.URL.Path+"/", path) {
			req.Header.Set("Authorization", known.authorization)
			return
		}
	}
}

// isRedirect reports whether status asks to follow its Location.
func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// redirectTarget is where the answer of the address from leads to. A target is read as strictly
// as a link that somebody typed. Its fragment stays, as in browsers, since it may say what on the
// page is meant; it is sent to nobody.
func redirectTarget(from *url.URL, location string) (*url.URL, error) {
	ref, err := from.Parse(address.Mend(location))
	if err != nil {
		return nil, NewError(BadRedirect, from.String(),
			"the server redirects to something that is not an address", "open the link in a browser and share the address where it ends")
	}
	next, err := Parse(ref.String())
	if err != nil {
		return nil, NewError(BadRedirect, from.String(),
			"the server redirects to an address that is not fetched ("+string(ReasonOf(err))+")", "share the address of the page itself")
	}
	next.Fragment, next.RawFragment = ref.Fragment, ref.RawFragment
	return next, nil
}
