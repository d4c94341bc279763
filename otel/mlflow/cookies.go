package mlflow

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"sync"
)

const (
	// maxCookies bounds the cookies that are kept, and maxCookie the bytes of one
	// (RFC 6265, 6.1 asks of clients for 50 a domain, and 4,096 bytes).
	maxCookies = 50
	maxCookie  = 4096
	// minSession is the length in bytes from which a cookie may be a session's; that
	// of a load balancer may be a word.
	minSession = 16
)

// cookies keep a session with what stands before the server, as MLflow's Python
// client does: load balancers send a client to the same replica, whose cache then
// knows its password, and authenticating proxies need not look it up again. The
// server itself sets none.
type cookies struct {
	mu       sync.Mutex
	jar      *cookiejar.Jar
	names    map[string]bool // with path and domain
	sessions []string        // values to mask, also of those that ended
}

func newCookies() *cookies {
	c := &cookies{}
	c.clear()
	return c
}

// clear forgets all. The caller holds the lock, or is alone.
func (c *cookies) clear() {
	c.jar, _ = cookiejar.New(nil) // never fails
	c.names = map[string]bool{}
}

// isHTML reports whether an answer says that it is a page: nginx answers one with 400 to too large a head.
func isHTML(resp *http.Response) bool { return reply{header: resp.Header}.mediaType() == "text/html" }

func (c *cookies) add(req *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cookie := range c.jar.Cookies(req.URL) {
		req.AddCookie(cookie)
	}
}

// keep takes the cookies of an answer. One that asks to sign in ends the session:
// a cookie must not stand in the way of credentials that are good. So does one to a head
// that is too large: some proxies set a further cookie with each refusal.
func (c *cookies) keep(u *url.URL, resp *http.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch s := resp.StatusCode; {
	case s == http.StatusUnauthorized, s >= 300 && s < 400,
		s == http.StatusRequestHeaderFieldsTooLarge, s == http.StatusBadRequest && isHTML(resp):
		c.clear()
		return
	}
	for _, cookie := range resp.Cookies() {
		id := cookie.Name + "\n" + cookie.Path + "\n" + cookie.Domain
		if len(cookie.Raw) > maxCookie || !c.names[id] && len(c.names) >= maxCookies {
			continue
		}
		c.names[id] = true
		c.jar.SetCookies(u, []*http.Cookie{cookie})
		if len(cookie.Value) >= minSession && !slices.Contains(c.sessions, cookie.Value) {
			c.sessions = append(c.sessions[max(0, len(c.sessions)+1-maxCookies):], cookie.Value)
		}
	}
}

// secrets returns the cookies of late by which somebody else could act as this
// client.
func (c *cookies) secrets() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sessions)
}
