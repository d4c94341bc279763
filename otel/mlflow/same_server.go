package mlflow

import (
	"net/netip"
	"net/url"
	"strings"
)

// SameServer reports whether two addresses, as [ParseURI] takes them, lead to one server:
// they differ in credentials at most, in the case of scheme and host, in a port that the
// scheme implies, in a dot or a slash at the end, or in how they name this machine
// (localhost, 127.0.0.1, ::1). No name is looked up, so two names of one server are two.
func SameServer(a, b string) bool {
	x, y := canonical(a), canonical(b)
	return x == y && x != ""
}

// canonical is the one spelling of an address; "" for what is none.
func canonical(uri string) string {
	u, err := ParseURI(uri)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + canonicalHost(u) + " " + port + u.EscapedPath()
}

func canonicalHost(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return host
	case ip.Unmap() == netip.AddrFrom4([4]byte{127, 0, 0, 1}), ip == netip.IPv6Loopback():
		return "localhost"
	}
	return ip.Unmap().String()
}
