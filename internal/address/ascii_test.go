package address_test

import (
	"net/url"
	"testing"

	"github.com/technoshare/commentator/internal/address"
)

func TestHostsOfOtherScriptsAreShownInASCII(t *testing.T) {
	for host, want := range map[string]string{
		"аррӏе.com":       "xn--80ak6aa92e.com",
		"bücher.de:8080":  "xn--bcher-kva.de:8080",
		"Example.com":     "Example.com",
		"a_b.example:443": "a_b.example:443",
		"[::1]:80":        "[::1]:80",
		"bü_cher.de":      "", // not allowed
	} {
		got, err := address.ASCIIHost(&url.URL{Host: host})
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v; want %q", host, got, err, want)
		}
	}
}
