package httpserver

import (
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// OnlyHosts serves h to requests whose Host header, without its port, is allowed, and answers
// 421 to others. A site whose name was made to lead to this machine (DNS rebinding) is kept out
// by it: the browser takes such a site's pages and ours for one origin, but names the site.
func OnlyHosts(h http.Handler, allowed func(host string) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allowed(hostname(r.Host)) {
			http.Error(w, "this server is not known by that name: ask for it as localhost or by its address", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// hostname is the Host header without port and brackets, in lower case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// Loopback reports whether host names this machine itself: localhost or a name below it
// (RFC 6761, section 6.3), or a loopback address.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// Local reports whether host can be no site's name on the internet: [Loopback], any address,
// or a name without a dot, as those of containers.
func Local(host string) bool {
	return Loopback(host) || net.ParseIP(host) != nil || host != "" && !strings.Contains(host, ".")
}

// cookieName names the cookie of Changes.
const cookieName = "commentator_page"

// Changes serves h so that only its own pages can change something through it. Requests of
// other origins are refused by what the browser says of them (Sec-Fetch-Site, Origin), whatever
// its age; and a request with a method other than GET, HEAD and OPTIONS needs the token that
// an earlier answer set as a cookie, which no other site's page is sent with (SameSite=Strict).
// The token is made anew for each handler; a page that was open before a restart is to be
// loaded again.
func Changes(h http.Handler) http.Handler {
	token := rand.Text()
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		has := hasToken(r, token)
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			if !has {
				http.SetCookie(w, &http.Cookie{Name: cookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			}
		default:
			if !has {
				http.Error(w, "a change needs the cookie that this page sets: load the page again", http.StatusForbidden)
				return
			}
		}
		h.ServeHTTP(w, r)
	}))
}

// hasToken looks at all cookies of the name: another server on this host may have set its own.
func hasToken(r *http.Request, token string) bool {
	for _, c := range r.CookiesNamed(cookieName) {
		if subtle.ConstantTimeCompare([]byte(c.Value), []byte(token)) == 1 {
			return true
		}
	}
	return false
}
