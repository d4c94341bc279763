package gates

import (
	"fmt"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// secretPatterns find what gives access, by the fixed prefixes that vendors
// gave their keys for this very purpose, or by the words beside it. A pattern
// that also matches harmless text has a second test, confirm, which gets the
// match; nil is none.
var secretPatterns = []struct {
	what    string
	pattern *lazyregexp.Regexp
	confirm func(string) bool
}{
	{"an AWS key", lazyregexp.New(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`), nil},
	{"a Slack token", lazyregexp.New(`\bx(?:ox[abeprs]|app)-[A-Za-z0-9-]{8,}`), nil},
	{"a Slack webhook", lazyregexp.New(`hooks\.slack\.com/services/\S+`), nil},
	{"a GitHub token", lazyregexp.New(`\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})`), nil},
	{"a GitLab token", lazyregexp.New(`\bglpat-[A-Za-z0-9_-]{16,}`), nil},
	{"an API key", lazyregexp.New(`\bsk-[A-Za-z0-9_-]{16,}`), nil},
	{"a Google key", lazyregexp.New(`\bAIza[0-9A-Za-z_-]{30,}`), nil},
	{"a Hugging Face token", lazyregexp.New(`\bhf_[A-Za-z0-9]{20,}`), nil},
	{"a private key", lazyregexp.New(`-----BEGIN [A-Z ]*PRIVATE KEY-----`), nil},
	{"a JSON web token", lazyregexp.New(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`), nil},
	// "Bearer of good news" has no digit.
	{"a bearer token", lazyregexp.New(`(?i)\bbearer\s+[A-Za-z0-9._~+/-]{16,}`), hasDigit},
	{"a password", lazyregexp.New(`(?i)\b(?:password|passwd|pwd|secret|api[_-]?key)\s*[:=]\s*["']?[^\s"']{6,}`), nil},
	// https://user:password@host.
	{"a password in a link", lazyregexp.New(`(?i)\b[a-z][a-z0-9+.-]*://[^\s/@:]+:[^\s/@]+@`), nil},
	{"a card number", lazyregexp.New(`\b(?:\d[ -]?){13,19}\b`), luhn},
}

// hasDigit tells a token from a word.
func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// checkSecrets looks for secrets in all parts. It never repeats what it found:
// its detail goes where the comment must not go. The page is no excuse: what it
// leaks is not to be spread.
func checkSecrets(in *input) verdict {
	var found []string
	for _, p := range in.parts() {
		for _, what := range secretsIn(p.text) {
			found = append(found, fmt.Sprintf("%s in %s", what, p.name))
		}
	}
	return faults(distinct(found), 1, "none found")
}

// secretsIn are the kinds of secrets in a text.
func secretsIn(text string) []string {
	var found []string
	body := withoutAccounts(text)
	for _, s := range secretPatterns {
		for _, hit := range s.pattern.FindAllString(body, 20) {
			if s.confirm == nil || s.confirm(hit) {
				found = append(found, s.what)
			}
		}
	}
	return found
}

// luhn reports whether the digits of s have a valid check digit (ISO/IEC
// 7812-1) and begin as the cards of the large networks do, with 3 to 6. A tenth
// of all numbers passes the check digit alone; the first digit also keeps times
// in milliseconds out, which begin with 1. Spaces and hyphens are skipped.
func luhn(s string) bool {
	sum, double, first := 0, false, byte(0)
	// From the right, every second digit is doubled; first ends as the
	// leftmost.
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if first = s[i]; double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		double = !double
		sum += d
	}
	return sum%10 == 0 && first >= '3' && first <= '6'
}

// withoutAccounts blanks the numbers of bank accounts, which are made to be
// given away: a card's number has no letters before it.
func withoutAccounts(s string) string {
	return accountNumber.ReplaceAllStringFunc(s, func(hit string) string {
		if !validIBAN(hit) {
			return hit
		}
		return " "
	})
}

// validIBAN checks the two digits behind the country (ISO 13616): read as a
// number with the first four characters at the end, and A as 10, it is 1 more
// than a multiple of 97.
func validIBAN(s string) bool {
	s = strings.ReplaceAll(s, " ", "")
	if len(s) < 15 {
		return false
	}
	rest := 0
	for _, c := range []byte(s[4:] + s[:4]) {
		switch {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		default:
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}
