package page

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// declarationWindow is how far into a page a charset declaration is looked for.
// Browsers stop at 1,024 bytes; real pages declare it as late as byte 58,180.
const declarationWindow = 128 << 10

var (
	// metaCharset matches <meta charset="utf-8"> and <meta http-equiv=… content="text/html;
	// charset=gbk">, xmlEncoding <?xml version="1.0" encoding="iso-8859-1"?> at the beginning.
	metaCharset = lazyregexp.New(`(?i)<meta[^>]{0,500}?charset\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})`)
	xmlEncoding = lazyregexp.New(`(?i)^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-z0-9_:.-]{2,40})["']`)
)

// Decode returns body as UTF-8 and the name of the encoding it was in. The order is: byte
// order mark; UTF-8 when the bytes are valid, whatever is declared (pages are saved as UTF-8
// under their old declaration, the reverse does not happen by chance); the declaration of the
// header, then of the page; then a guess from the bytes. The result is valid UTF-8 in any
// case. The name is that of the WHATWG Encoding standard, in lower case; windows-1252 is what
// remains, as it decodes every byte.
func Decode(body []byte, contentType string) ([]byte, string) {
	switch {
	case bytes.HasPrefix(body, []byte{0xef, 0xbb, 0xbf}):
		return validUTF8(body[3:]), "utf-8"
	case bytes.HasPrefix(body, []byte{0xff, 0xfe}), bytes.HasPrefix(body, []byte{0xfe, 0xff}):
		return transform(body, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)), "utf-16"
	}
	names := declared(body, contentType)
	if utf8.Valid(trimPartialRune(body)) {
		// ISO-2022 and UTF-16 are the encodings whose bytes can be valid UTF-8
		// and still mean something else.
		for _, name := range names {
			if strings.HasPrefix(name, "iso-2022") && bytes.IndexByte(body, 0x1b) >= 0 ||
				strings.HasPrefix(name, "utf-16") && bytes.IndexByte(body, 0) >= 0 {
				if enc, canonical := charset.Lookup(name); enc != nil {
					return transform(body, enc), canonical
				}
			}
		}
		return trimPartialRune(body), "utf-8"
	}
	for _, name := range names {
		enc, canonical := charset.Lookup(name)
		if enc == nil || canonical == "replacement" {
			continue
		}
		if canonical == "utf-8" {
			if mostlyUTF8(body) {
				return validUTF8(body), canonical
			}
			continue
		}
		if out := transform(body, enc); plausible(out) {
			return out, canonical
		}
	}
	if mostlyUTF8(body) {
		return validUTF8(body), "utf-8"
	}
	if enc, name := guess(body); enc != nil {
		return transform(body, enc), name
	}
	enc, name := charset.Lookup("windows-1252")
	return transform(body, enc), name
}

// declared lists the names that header and page give, in order of authority.
func declared(body []byte, contentType string) []string {
	var names []string
	add := func(name string) {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			names = append(names, name)
		}
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		add(params["charset"])
	}
	head := body[:min(len(body), declarationWindow)]
	if m := xmlEncoding.FindSubmatch(head); m != nil {
		add(string(m[1]))
	}
	if m := metaCharset.FindSubmatch(head); m != nil {
		add(string(m[1]))
	}
	return names
}

// mostlyUTF8 reports whether non-ASCII text is UTF-8 with some damage, as pages assembled from
// several sources are. It allows one broken sequence to ten good ones.
func mostlyUTF8(body []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	return good > 10*bad
}

// plausible refuses a decoding that is mostly replacement characters. One in fifty is damage;
// more is another encoding.
func plausible(text []byte) bool {
	bad := bytes.Count(text, []byte("\uFFFD"))
	return bad == 0 || bad*50 < utf8.RuneCount(text)
}

// guess asks the byte statistics. Markup is removed first: it is ASCII and only dilutes the
// evidence. 32 KiB are enough for the statistics. The encoding is nil when nothing is likely.
func guess(body []byte) (encoding.Encoding, string) {
	sample := make([]byte, 0, 32<<10)
	inTag := false
	for _, b := range body {
		switch {
		case b == '<':
			inTag = true
		case b == '>':
			inTag = false
		case !inTag:
			sample = append(sample, b)
		}
		if len(sample) == cap(sample) {
			break
		}
	}
	results, err := chardet.NewTextDetector().DetectAll(sample)
	if err != nil {
		return nil, ""
	}
	for _, r := range results {
		if r.Confidence < 30 {
			break
		}
		enc, name := charset.Lookup(r.Charset)
		if enc != nil && name != "utf-8" && name != "replacement" && plausible(transform(sample, enc)) {
			return enc, name
		}
	}
	return nil, ""
}

// transform decodes body. What enc cannot decode becomes U+FFFD rather than an
// error.
func transform(body []byte, enc encoding.Encoding) []byte {
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		return validUTF8(body)
	}
	return validUTF8(out)
}

// validUTF8 replaces what is no UTF-8, and returns b itself where there is nothing to replace.
func validUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\uFFFD"))
}

// trimPartialRune drops the bytes of a rune that a cut body ends with. A rune has at most four
// bytes, so a cut one has at most three.
func trimPartialRune(b []byte) []byte {
	for i := 1; i <= 3 && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}
