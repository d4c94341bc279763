package address

import (
	"net/url"
	"strings"
)

// Proofpoint URL Defense rewrites the links of mail. Its encodings are those of the decoder that
// Proofpoint publishes (help.proofpoint.com, urldecoder.py).

// urldefense2 is the parameter u with - for % and _ for /.
func urldefense2(u *url.URL) string {
	return unescape(strings.NewReplacer("-", "%", "_", "/").Replace(param(u, "u")))
}

// urldefense3 is /v3/__ADDRESS__;REPLACED!!…: of the address some characters are stars, and the
// characters that they stand for are behind it in base64. One star is the next of them, two and
// a letter the next several, the letter telling how many.
func urldefense3(u *url.URL) string {
	_, rest, ok := strings.Cut(u.EscapedPath()+"?"+u.RawQuery, "/v3/__")
	end := strings.LastIndex(rest, "__;")
	if !ok || end < 0 {
		return ""
	}
	goal, tail := rest[:end], rest[end+len("__;"):]
	encoded, _, ok := strings.Cut(tail, "!")
	if !ok {
		return ""
	}
	replaced := []rune(base64Of(encoded))
	take := func(n int) string {
		n = min(n, len(replaced))
		s := string(replaced[:n])
		replaced = replaced[n:]
		return s
	}
	var b strings.Builder
	for i := 0; i < len(goal); i++ {
		switch {
		case goal[i] != '*':
			b.WriteByte(goal[i])
		case i+2 < len(goal) && goal[i+1] == '*':
			b.WriteString(take(runLength(goal[i+2])))
			i += 2
		default:
			b.WriteString(take(1))
		}
	}
	s := b.String()
	// Gateways on the way join the two slashes.
	for _, scheme := range []string{"https:/", "http:/"} {
		if after, ok := strings.CutPrefix(s, scheme); ok && !strings.HasPrefix(after, "/") {
			return scheme + "/" + after
		}
	}
	return s
}

// runLength is the number of characters that a letter stands for: A is 2, and so on over
// A-Z, a-z, 0-9, - and _.
func runLength(c byte) int {
	return strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", c) + 2
}
