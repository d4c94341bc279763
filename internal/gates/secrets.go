package gates

import (
	"fmt"
	"regexp"
	"strings"
)

var secretPatterns = []struct {
	what    string
	pattern *regexp.Regexp
	confirm func(string) bool
}{
	{"an AWS key", regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`), nil},
	{"a Slack token", regexp.MustCompile(`\bx(?:ox[abeprs]|app)-[A-Za-z0-9-]{8,}`), nil},
	{"a Slack webhook", regexp.MustCompile(`hooks\.slack\.com/services/\S+`), nil},
	{"a GitHub token", regexp.MustCompile(`\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})`), nil},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{16,}`), nil},
	{"an API key", regexp.MustCompile(`\bsk-[A-Za-z0-9_-]{16,}`), nil},
	{"a Google key", regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{30,}`), nil},
	{"a Hugging Face token", regexp.MustCompile(`\bhf_[A-Za-z0-9]{20,}`), nil},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`), nil},
	{"a JSON web token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`), nil},
	{"a bearer token", regexp.MustCompile(`(?i)\bbearer\s+[A-Za-z0-9._~+/-]{16,}`), hasDigit},
	{"a password", regexp.MustCompile(`(?i)\b(?:password|passwd|pwd|secret|api[_-]?key)\s*[:=]\s*["']?[^\s"']{6,}`), nil},
	{"a password in a link", regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s/@:]+:[^\s/@]+@`), nil},
	{"a card number", regexp.MustCompile(`\b(?:\d[ -]?){13,19}\b`), luhn},
}

// hasDigit tells a token from a word.
func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// checkSecrets never repeats what it found: its detail goes where the comment
// must not go.
func checkSecrets(in *input) verdict {
	var found []string
	for _, p := range in.parts() {
		for _, s := range secretPatterns {
			for _, hit := range s.pattern.FindAllString(p.text, 20) {
				if s.confirm == nil || s.confirm(hit) {
					found = append(found, fmt.Sprintf("%s in %s", s.what, p.name))
				}
			}
		}
	}
	return faults(distinct(found), 1, "none found")
}

// luhn is the check of ISO/IEC 7812 on card numbers.
func luhn(s string) bool {
	sum, double, first := 0, false, byte(0)
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
