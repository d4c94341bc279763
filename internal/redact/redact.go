// Package redact takes secrets out of links. In goes a link as somebody shared it,
// out comes one that may be shown, logged and kept: without user and password, and
// with tokens, keys and signatures replaced.
package redact

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/address"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// redacted stands where a secret was. It needs no escaping in a URL.
const redacted = "REDACTED"

// Secrets travel in links under these parameter names; the list is of names in
// use by cloud storage signatures, OAuth, web hooks and common APIs.
var (
	secretName = lazyregexp.New(`(?i)(token|secret|passw(or)?d|pwd|api[-_.]?key|access[-_.]?key|auth[-_.]?key|signature|` +
		`credential|sess(ion)?[-_.]?id|jwt|authorization|bearer|assertion|verifier)`)
	secretFull = lazyregexp.New(`(?i)^(key|sig|pass|auth|sid|code|hmac|policy|private|otp|magic|invite|ticket|sso|` +
		`saml(request|response|art)?|hdn(ts|ea)|key-pair-id|client[-_]?id)$`)
	// Values that are secrets under any name.
	secretValue = lazyregexp.New(`(gh[opsru]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|` +
		`xox[a-z]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}|sk-[A-Za-z0-9_-]{16,}|hf_[A-Za-z0-9]{20,}|A(KI|SI)A[A-Z0-9]{12,}|` +
		`AIza[A-Za-z0-9_-]{30,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)`)
	// Of Slack, Discord, Telegram and Teams.
	pathSecret = lazyregexp.New(`^(/services/T[A-Z0-9]+/B[A-Z0-9]+/|/workflows/[TE][A-Z0-9]+/[A-Z0-9]+/[0-9]+/|` +
		`/triggers/[TE][A-Z0-9]+/[0-9]+/|/api/(?:v[0-9]+/)?webhooks/[0-9]+/|(?:/file)?/bot[0-9]+:|` +
		`/webhook[a-z0-9]*/[^/]+/IncomingWebhook/)[^/]+`)
	// User and password of a link anywhere in a text, also of one that no parser takes. A quotation mark is a sign of
	// theirs like others, unless the link stands in such marks.
	userinfoText = lazyregexp.New(`(?i)("[a-z][a-z0-9+.-]*://)(?:(?:\\"|[^/?#\s"])*@)?|` +
		`('[a-z][a-z0-9+.-]*://)(?:[^/?#\s']*@)?|([a-z][a-z0-9+.-]*://)[^/?#\s]*@`)
	// What stands behind the host's colon and is no port is a password, though it has a sign that would end the host.
	userinfoPort = lazyregexp.New(`(?i)(https?://)[^/?#\s"'<>()|,:@\[]*:[^/?#\s"'@]*[^0-9/?#\s"'@][^\s"'@]*@`)
	// A browser takes any number of slashes of either kind behind http:, and two of them without a scheme.
	userinfoSlashes = lazyregexp.New(`(?i)(https?:[/\\]+|["']//)[^/?#\s"']*@|((?:^|[\s<>()|,=])//)[^/?#\s]*@`)
	// A link whose scheme was left out, user:password@host, at the start of a text
	// or behind what parts words.
	userinfoBare = lazyregexp.New(`(^|[\s<>()|,])(?:[^/?#\s"'<>()|,:@]*:(?:[^/?#\s"'@][^/?#\s@]*)?@)+|` +
		`(["'])(?:[^/?#\s"'<>()|,:@]*:[^/?#\s"'@]*@)+`)
	paramText = lazyregexp.New(`([?&;#])([^=&;#\s]+)=([^&;#\s]*)`)
)

// maxRounds is how often a link is gone over. What one round takes out may bring
// what was on both sides of it together.
const maxRounds = 8

// URL returns rawURL without user info and with the values of parameters
// that carry secrets replaced. Text that is no URL is treated the same way as
// far as its form allows. What it returns, it returns as it is.
func URL(rawURL string) string {
	s := rawURL
	for range maxRounds {
		next := once(s, 0)
		if next == s {
			return s
		}
		s = next
	}
	return redacted // made to be cut in ever new ways
}

// once goes over a link once. depth is the number of links that it is escaped within.
func once(s string, depth int) string {
	s = userinfoText.ReplaceAllString(s, "$1$2$3")
	s = userinfoPort.ReplaceAllString(s, "$1")
	s = userinfoSlashes.ReplaceAllString(s, "$1$2")
	s = userinfoBare.ReplaceAllString(s, "$1$2")
	if u, err := url.Parse(s); err == nil && u.Path != "" {
		if p := pathSecret.ReplaceAllString(u.Path, "${1}"+redacted); p != u.Path {
			u.Path, u.RawPath = p, ""
			s = u.String()
		}
	}
	return secretValue.ReplaceAllString(params(s, depth), redacted)
}

// params replaces the values of parameters that carry secrets, also of those of
// a link within the value of another parameter.
func params(s string, depth int) string {
	if !strings.ContainsAny(s, "?#;") {
		return s
	}
	return paramText.ReplaceAllStringFunc(s, func(m string) string {
		p := paramText.FindStringSubmatch(m)
		name := p[2]
		if n, err := url.QueryUnescape(name); err == nil {
			name = n
		}
		switch {
		case p[3] == "":
			return m
		case secretName.MatchString(name), secretFull.MatchString(name):
			return p[1] + p[2] + "=" + redacted
		}
		return p[1] + p[2] + "=" + escaped(nested(p[3]), depth)
	})
}

// maxDepth is how often a link may be escaped within others: one that leads to a sign-in is it twice or three times.
const maxDepth = 4

// escaped is once for a link, or the end of one, that is the value of a parameter and escaped for that. It is
// escaped anew where something was taken out.
func escaped(value string, depth int) string {
	plain, err := url.QueryUnescape(value)
	if err != nil || !strings.Contains(value, "%") || !strings.ContainsAny(plain, "?#;@%") {
		return value
	}
	if depth == maxDepth {
		return redacted
	}
	clean := params(plain, depth+1)
	if strings.Contains(plain, "//") || strings.Contains(plain, ":/") {
		clean = once(plain, depth+1)
	}
	if clean == plain {
		clean = escaped(plain, depth+1) // all of it is escaped once more
	}
	if clean == plain {
		return value
	}
	return url.QueryEscape(clean)
}

// nested is params for a value, which begins behind the mark of its own link.
func nested(value string) string {
	i := strings.IndexByte(value, '?')
	if i < 0 {
		return value
	}
	// One mark after the other: a link within a link within a link takes no depth.
	var b strings.Builder
	b.WriteString(value[:i])
	for part := range strings.SplitSeq(value[i+1:], "?") {
		name, v, ok := strings.Cut(part, "=")
		if n, err := url.QueryUnescape(name); err == nil {
			name = n
		}
		b.WriteByte('?')
		if ok && v != "" && (secretName.MatchString(name) || secretFull.MatchString(name)) {
			b.WriteString(part[:strings.IndexByte(part, '=')+1] + redacted)
		} else {
			b.WriteString(part)
		}
	}
	return b.String()
}

// maxShort is how many bytes of a link [Short] leaves.
const maxShort = 80

// Short is what people tell links apart by: host and path, without scheme, www, query and
// secrets, in at most 80 bytes. A host in letters of other scripts, which may look like another, is in its ASCII form.
// Text that is no URL is "a link"; it is empty for nothing.
func Short(raw string) string {
	u, err := url.Parse(Line(raw))
	if err != nil {
		return "a link"
	}
	host, err := address.ASCIIHost(u)
	if err != nil {
		host = u.Host
	}
	s := strings.TrimPrefix(host, "www.") + strings.TrimSuffix(u.EscapedPath(), "/")
	// Three bytes are the ellipsis's; a character that was cut in two is dropped.
	if len(s) > maxShort {
		s = strings.ToValidUTF8(s[:maxShort-3], "") + "…"
	}
	return s
}

// maxShown is how many bytes of a link are shown.
const maxShown = 2048

// Line returns raw as it may be shown to people and kept: redacted, on one line,
// of at most 2,048 bytes and an ellipsis.
func Line(raw string) string {
	s := strings.ToValidUTF8(URL(raw), "\uFFFD")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	return s
}
