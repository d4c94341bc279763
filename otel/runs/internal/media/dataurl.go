package media

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// minPayload is the least base64 that is taken for a file, in bytes: a picture of one dot
// has more.
const minPayload = 40

// dataURL is one data URL with base64 in a text (RFC 2397).
type dataURL struct {
	whole     string // as it stands in the text
	mediaType string // "" when it gives none
	payload   string
	cut       bool // by whoever wrote the text: what is there is not all of it
}

const base64Mark = ";base64,"

// maxHead bounds what stands before the payload: a media type with its parameters.
const maxHead = 256

// dataURLs finds the data URLs in a text, as they stand alone, in Markdown, HTML or JSON.
func dataURLs(s string) []dataURL {
	var out []dataURL
	for from := 0; ; {
		i := strings.Index(s[from:], base64Mark)
		if i < 0 {
			return out
		}
		i += from
		start := strings.LastIndex(s[max(from, i-maxHead):i], "data:")
		end := i + len(base64Mark)
		for n := 1; n > 0; end += n {
			n = unit(s[end:])
		}
		if start >= 0 {
			start += max(from, i-maxHead)
			head := strings.ReplaceAll(s[start+len("data:"):i], `\/`, "/")
			if !strings.ContainsAny(head, " \t\r\n,<>(){}[]") {
				rest := strings.ToLower(s[end:min(len(s), end+16)])
				out = append(out, dataURL{
					whole: s[start:end], mediaType: mediaType(head), payload: s[i+len(base64Mark) : end], cut: saysCut(rest),
				})
			}
		}
		from = end
	}
}

// unit returns how many bytes the next character of base64 takes in the text, 0 when
// there is none. Writers of JSON escape the slash (PHP) or the plus sign (.NET), at any
// depth of JSON in JSON, and addresses escape both.
func unit(s string) int {
	if s == "" {
		return 0
	}
	if isBase64(s[0]) {
		return 1
	}
	if s[0] != '%' && s[0] != '\\' {
		return 0
	}
	bare := strings.TrimLeft(s[:min(len(s), 16)], `\`)
	slashes := min(len(s), 16) - len(bare)
	for _, e := range []string{"/", "u002B", "u002b", "u003D", "u003d", "u002F", "u002f"} {
		if slashes > 0 && strings.HasPrefix(bare, e) {
			return slashes + len(e)
		}
	}
	for _, e := range []string{"%2B", "%2b", "%2F", "%2f", "%3D", "%3d"} {
		if strings.HasPrefix(s, e) {
			return len(e)
		}
	}
	return 0
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' || c == '-' || c == '_'
}

// saysCut reports whether what follows a payload says that it was shortened.
func saysCut(rest string) bool {
	for _, sign := range []string{"...", "…", "(trunc", "[trunc", "<trunc", " [trunc", " (trunc", "*** "} {
		if strings.HasPrefix(rest, sign) {
			return true
		}
	}
	return false
}

// decode reads base64 in either alphabet, with or without padding, broken into lines or
// escaped for JSON or an address. ok is false for anything else.
func decode(s string) (body []byte, ok bool) {
	if strings.Contains(s, `\`) {
		s = unescaper().Replace(s)
	}
	if strings.Contains(s, "%") {
		u, err := url.PathUnescape(s)
		if err != nil {
			return nil, false
		}
		s = u
	}
	if strings.ContainsAny(s, "\r\n\t ") {
		s = strings.NewReplacer("\r", "", "\n", "", "\t", "", " ", "").Replace(s)
	}
	s = strings.TrimRight(s, "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		encoding = base64.RawURLEncoding
	}
	body, err := encoding.DecodeString(s)
	return body, err == nil && len(body) > 0
}

// unescaper undoes the escapes that unit knows.
func unescaper() *strings.Replacer {
	return strings.NewReplacer(`\u002B`, "+", `\u002b`, "+", `\u003D`, "=", `\u003d`, "=", `\u002F`, "/", `\u002f`, "/", `\`, "")
}

// couldHold tells, at the price of one look at each byte, whether a text may hold a file.
// Most hold none.
func couldHold(s string) bool {
	if len(s) < minPayload {
		return false
	}
	run := 0
	for i := range len(s) {
		if c := s[i]; isBase64(c) || c == '\\' {
			if run++; run >= minPayload {
				return true
			}
		} else {
			run = 0
		}
	}
	return false
}
