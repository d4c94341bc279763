package address

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// ASCIIHost is the host of u, with its port, as it is to be shown: in its ASCII form where it has letters of other scripts,
// which may look like another's. Other hosts are as they are. The error is of a host that IDNA does not allow.
func ASCIIHost(u *url.URL) (string, error) {
	if !strings.ContainsFunc(u.Host, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return u.Host, nil
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return "", fmt.Errorf("write host in ASCII: %w", err)
	}
	return strings.Replace(u.Host, u.Hostname(), host, 1), nil
}
