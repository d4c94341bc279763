package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"code.dny.dev/ssrf"
)

// resolveChecked returns an address of host that may be connected to, and an error when any of
// its addresses may not: a name that mixes public and private answers is an attack. With
// ProxyResolves an unresolvable name gives no address and no error. Of several good addresses
// it takes an IPv4 one, as proxies without IPv6 are common.
func (c *Client) resolveChecked(ctx context.Context, host string, port uint16) (netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a, c.guard.checkAddr(netip.AddrPortFrom(a, port))
	}
	r := c.opts.Resolver
	if r == nil {
		r = net.DefaultResolver
	}
	addrs, err := r.LookupNetIP(ctx, "ip", host)
	if err != nil {
		if c.opts.ProxyResolves && ctx.Err() == nil {
			return netip.Addr{}, nil
		}
		return netip.Addr{}, err
	}
	var first netip.Addr
	for _, a := range addrs {
		a = a.Unmap()
		if err := c.guard.checkAddr(netip.AddrPortFrom(a, port)); err != nil {
			return netip.Addr{}, err
		}
		if !first.IsValid() || a.Is4() && first.Is6() {
			first = a
		}
	}
	if !first.IsValid() {
		return netip.Addr{}, &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	if c.opts.ProxyResolves {
		return netip.Addr{}, nil
	}
	return first, nil
}

// refused reports whether err is the guard's.
func refused(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) ||
		errors.Is(err, ssrf.ErrInvalidHostPort)
}
