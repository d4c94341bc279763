package fetch

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/technoshare/commentator/internal/address"
)

// maxURLBytes is a bound on links; longer ones are data URLs or attacks.
const maxURLBytes = 8 << 10

const tooLong = "the link is longer than 8 kB"

// Parse reads a link as a person types it and returns it in the form that is fetched: http or
// https, host canonical, no user info, no fragment, a bare percent sign escaped. It is stricter than net/url and, for
// hosts, as lenient as browsers: what a browser would open in a private network must not look
// like a public name here. Errors show at most 200 characters of the link.
func Parse(raw string) (*url.URL, error) {
	s := strings.TrimSpace(raw)
	shown := s
	if len(shown) > 200 {
		shown = shown[:200] + "…"
	}
	bad := func(detail string) error {
		return NewError(NotAURL, shown, detail, "give a whole link such as https://example.com/page")
	}
	switch {
	case s == "":
		return nil, NewError(NotAURL, "", "the link is empty", "give a whole link such as https://example.com/page")
	case len(s) > maxURLBytes:
		return nil, bad(tooLong)
	case strings.ContainsAny(s, " \t\r\n") || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return nil, bad("this is not a link: it contains spaces or control characters")
	}
	u, err := url.Parse(address.Mend(s))
	if err != nil {
		return nil, bad("this is not a link that can be read")
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		u.Scheme = strings.ToLower(u.Scheme)
	case "":
		return nil, bad("this is not a whole link: the scheme is missing")
	default:
		return nil, NewError(WrongScheme, shown,
			"links of the kind "+strconv.Quote(u.Scheme+":")+" are not fetched", "only http and https links are")
	}
	if u.Opaque != "" || u.Hostname() == "" {
		return nil, bad("this link names no host")
	}
	host, err := canonicalHost(u.Hostname())
	if err != nil {
		return nil, bad("the host name in this link is not valid")
	}
	port := u.Port()
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return nil, bad("the port in this link is not a number from 1 to 65535")
		}
		if u.Scheme == "http" && n == 80 || u.Scheme == "https" && n == 443 {
			port = ""
		}
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	u.Host = host
	if strings.Contains(host, ":") {
		u.Host = "[" + host + "]"
	}
	if port != "" {
		u.Host += ":" + port
	}
	if u.Path == "" {
		u.Path = "/"
	}
	if len(u.String()) > maxURLBytes { // escaped, a byte is three
		return nil, bad(tooLong)
	}
	return u, nil
}

// canonicalHost lower-cases, converts to ASCII, and writes any of the forms in which the URL
// standard allows an IPv4 address as four decimal numbers. Such as 127.1, 0x7f000001 and
// 017700000001, all of which are 127.0.0.1. The zone of an IPv6 address names an interface of
// this machine and goes.
func canonicalHost(host string) (string, error) {
	if strings.Contains(host, ":") {
		a, err := netip.ParseAddr(host)
		if err != nil {
			return "", err
		}
		if a.Is4In6() {
			a = a.Unmap()
		}
		return a.WithZone("").String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		// Names with underscores are not IDNA but are in use.
		if ascii, err = idna.Punycode.ToASCII(strings.ToLower(host)); err != nil {
			return "", err
		}
	}
	ascii = strings.TrimSuffix(strings.ToLower(ascii), ".")
	if ascii == "" || len(ascii) > 253 || slices.Contains(strings.Split(ascii, "."), "") ||
		strings.ContainsAny(ascii, "/\\?#@%[]<>^|`{}\"' ") {
		return "", errors.New("not a host name")
	}
	if a, isNumber, ok := parseIPv4(ascii); isNumber {
		if !ok {
			return "", errors.New("not an IPv4 address")
		}
		return a.String(), nil
	}
	return ascii, nil
}

// parseIPv4 is the IPv4 parser of the WHATWG URL standard: one to four parts, each decimal,
// octal (0…) or hexadecimal (0x…), the last filling the rest. isNumber reports whether the
// last part is a number, which makes the host an address or nothing; ok whether it is one.
func parseIPv4(host string) (a netip.Addr, isNumber, ok bool) {
	parts := strings.Split(host, ".")
	last := parts[len(parts)-1]
	if _, err := parseIPv4Number(last); err != nil && !allDigits(last) {
		return a, false, false
	}
	if len(parts) > 4 {
		return a, true, false
	}
	var value uint64
	for i, p := range parts {
		n, err := parseIPv4Number(p)
		if err != nil {
			return a, true, false
		}
		if i < len(parts)-1 {
			if n > 255 {
				return a, true, false
			}
			value |= n << (8 * (3 - i))
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return a, true, false
		}
		value |= n
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true, true
}

// parseIPv4Number reads one part of an address, of at most 40 bits. 40 bits are more than any
// part may have, so that the caller sees too large a value as such.
func parseIPv4Number(s string) (uint64, error) {
	switch {
	case s == "":
		return 0, errors.New("empty")
	case strings.HasPrefix(s, "0x"):
		if s == "0x" {
			return 0, nil
		}
		return strconv.ParseUint(s[2:], 16, 40)
	case len(s) > 1 && s[0] == '0':
		return strconv.ParseUint(s[1:], 8, 40)
	}
	return strconv.ParseUint(s, 10, 40)
}

// allDigits reports whether s is a decimal number, however long.
func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// portOf is the port that u is fetched from.
func portOf(u *url.URL) uint16 {
	if p := u.Port(); p != "" {
		n, _ := strconv.ParseUint(p, 10, 16)
		return uint16(n)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
