package fetch

import (
	"net/netip"
	"strings"
	"testing"
)

// What Parse accepts is in the form that is fetched: reading it again changes
// nothing, and no user info is left.
func FuzzParse(f *testing.F) {
	for _, host := range refusedAddresses {
		f.Add("http://" + host + "/")
	}
	for _, s := range []string{"https://u:p@e.com:443/a?b#c", "http://0x.0x", "http://1.2.3.08/", "https://xn--/", "http://[::1%25]/", "http://a_b..c/", "http://%31/"} {
		f.Add(s)
	}
	g, err := newGuard(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := Parse(raw)
		if err != nil {
			if ReasonOf(err) == "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v", err)
			}
			return
		}
		again, err := Parse(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%q is %q, then %v %v", raw, u, again, err)
		}
		if u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			t.Errorf("%q is %+v", raw, u)
		}
		// A host that a looser reader takes for an address is one here too.
		if last := u.Hostname()[strings.LastIndexByte(u.Hostname(), '.')+1:]; allDigits(last) {
			if _, err := netip.ParseAddr(u.Hostname()); err != nil {
				t.Errorf("%q keeps the host %q", raw, u.Hostname())
			}
		}
		_ = g.checkAddr(netip.AddrPortFrom(netip.IPv4Unspecified(), portOf(u)))
	})
}
