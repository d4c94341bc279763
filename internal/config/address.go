package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/redact"
)

// Address is the URL of a server, which may carry a user and a password. It
// prints, formats, logs and marshals without them; only Reveal gives all of it.
// It need not be valid: Check says so later, and what is shown of a malformed
// one holds no password either.
type Address string

// Reveal returns the address with its credentials, for the client that connects.
func (a Address) Reveal() string { return string(a) }

// String returns the address without credentials. Of one with an @ behind its host,
// which may be the end of a password that was not escaped, only the scheme is left.
func (a Address) String() string {
	if scheme, rest, ok := strings.Cut(string(a), "://"); ok && strings.Contains(rest, "@") {
		if end := strings.IndexAny(rest, "/?#"); end >= 0 && strings.Contains(rest[end:], "@") {
			return scheme + "://" + Mask
		}
	}
	return redact.URL(string(a))
}

// Format writes what String returns for every verb of package fmt.
func (a Address) Format(f fmt.State, verb rune) { format(f, verb, a.String()) }

// LogValue returns what String returns.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText returns what String returns. The encoders of JSON, XML and YAML call it.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes the address as it is. The command line's parser calls it.
func (a *Address) UnmarshalText(text []byte) error {
	*a = Address(text)
	return nil
}

// passwordParameters are the query parameters in which libpq's connection URIs
// carry secrets (PostgreSQL documentation, 32.1.2 "Parameter Key Words").
var passwordParameters = []string{"password", "sslpassword"}

// credentials returns the user and every form of a password that the address
// carries. An address that does not parse is read by its punctuation: it is no
// reason to show its password.
// The written form is the one in the address, percent-encoded as it is there;
// the decoded one is added, since servers repeat either. Without "://" there
// are no credentials.
func (a Address) credentials() (user string, passwords []string) {
	_, rest, found := strings.Cut(string(a), "://")
	if !found {
		rest = string(a) // user:password@host, the scheme forgotten
	}
	authority := rest
	// A password with an unescaped / is read up to the last @: the first / ends
	// the authority only if there is an @ before it.
	if end := strings.IndexAny(rest, "/?#"); end >= 0 && strings.Contains(rest[:end], "@") {
		authority = rest[:end]
	}
	// Of one with more than one @, the password may end at each.
	for _, part := range []string{authority, rest} {
		if at := strings.LastIndex(part, "@"); at >= 0 {
			var written string
			user, written, _ = strings.Cut(part[:at], ":")
			if !slices.Contains(passwords, written) {
				passwords = append(passwords, written)
			}
		}
	}
	u, err := url.Parse(string(a))
	if err != nil {
		return user, passwords
	}
	if password, ok := u.User.Password(); ok {
		user, passwords = u.User.Username(), append(passwords, password)
	}
	for _, name := range passwordParameters {
		passwords = append(passwords, u.Query()[name]...)
	}
	return user, passwords
}
