package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// azureWireServer is a public-looking address that on Azure hosts answers with
// the machine's credentials. No registry lists it.
var azureWireServer = netip.MustParsePrefix("168.63.129.16/32")

// guard decides which hosts, addresses and ports may be connected to.
type guard struct {
	public   *ssrf.Guardian // special-purpose registries, ports 80 and 443
	names    map[string][]uint16
	prefixes []allowedPrefix
}

// allowedPrefix is an address range that the operator allows; port 0 is any.
type allowedPrefix struct {
	prefix netip.Prefix
	port   uint16
}

// newGuard reads the allow-list: host, host:port, address, address:port or CIDR. Everything
// else must be public by the IANA registries that the library follows, on port 80 or 443.
func newGuard(allow []string) (*guard, error) {
	g := &guard{
		public: ssrf.New(ssrf.WithDeniedV4Prefixes(azureWireServer)),
		names:  map[string][]uint16{},
	}
	for _, entry := range allow {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		if err := g.add(entry); err != nil {
			return nil, fmt.Errorf("allow-list entry %q: %w; write a host, host:port or CIDR", entry, err)
		}
	}
	return g, nil
}

// add reads one entry of the allow-list. The forms are tried from the most to the least
// specific: "10.0.0.0/8", "::1" or "[::1]", "127.0.0.1:8080", "wiki.example.com:8443", "wiki".
func (g *guard) add(entry string) error {
	if p, err := netip.ParsePrefix(entry); err == nil {
		g.prefixes = append(g.prefixes, allowedPrefix{prefix: p.Masked()})
		return nil
	}
	host, port := entry, uint16(0)
	if a, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
		g.addAddr(a, 0)
		return nil
	}
	if h, p, err := net.SplitHostPort(entry); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return errors.New("the port is not a number from 1 to 65535")
		}
		host, port = h, uint16(n)
	}
	if a, err := netip.ParseAddr(host); err == nil {
		g.addAddr(a, port)
		return nil
	}
	if strings.ContainsAny(host, "/:@ *") || host == "" {
		return errors.New("it is none of these forms")
	}
	name, err := canonicalHost(host)
	if err != nil {
		return err
	}
	g.names[name] = append(g.names[name], port)
	return nil
}

// addAddr allows one address on a port, 0 for any.
func (g *guard) addAddr(a netip.Addr, port uint16) {
	a = a.Unmap()
	g.prefixes = append(g.prefixes, allowedPrefix{prefix: netip.PrefixFrom(a, a.BitLen()), port: port})
}

// allowsName reports whether the operator allows this host on this port whatever
// address it has. host is canonical.
func (g *guard) allowsName(host string, port uint16) bool {
	for _, p := range g.names[host] {
		if p == 0 || p == port {
			return true
		}
	}
	return false
}

// checkAddr returns nil when the address may be connected to.
func (g *guard) checkAddr(ap netip.AddrPort) error {
	a := ap.Addr().Unmap().WithZone("")
	for _, p := range g.prefixes {
		if p.prefix.Contains(a) && (p.port == 0 || p.port == ap.Port()) {
			return nil
		}
	}
	// A mapped address is dialled as plain IPv4, so it is judged as that.
	return g.public.SafeAddrPort(netip.AddrPortFrom(a, ap.Port()))
}

// control is called by the dialer with the address it is about to connect to. At that moment
// the name is resolved for good: this address and no other is connected to. It runs for each
// address that the dialer tries, on several goroutines at once.
func (g *guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: %s", ssrf.ErrProhibitedNetwork, network)
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ssrf.ErrInvalidHostPort, address)
	}
	return g.checkAddr(ap)
}

// reservedNames never name a public host (RFC 6761, 6762, 8375, ICANN's
// reservation of .internal); refused before any look-up, because a proxy would
// resolve them in its own network.
var reservedNames = []string{"localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain", "corp"}

// reservedName reports whether host is one of the reserved names or below one.
func reservedName(host string) bool {
	for _, r := range reservedNames {
		if host == r || strings.HasSuffix(host, "."+r) {
			return true
		}
	}
	return false
}
