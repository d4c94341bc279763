package gates

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

const (
	// maxHidden is how many hidden sentences of a page are kept.
	maxHidden = 64
	// maxHiddenSize bounds one of them, in bytes as it is written.
	maxHiddenSize = 4096
)

// encodedRun finds what may be Base64 (RFC 4648, either alphabet) or hexadecimal,
// of at least encodedLeast characters.
var encodedRun = lazyregexp.New(`[A-Za-z0-9+/_-]{24,}={0,2}`)

const encodedLeast = 24

// hiddenText lists what a page says in a form that people don't read and that
// models do: Base64, hexadecimal, rot13, backwards, and letters with a mark
// between them. Nothing of it is what the page is about, so that it is treated
// as an order.
func hiddenText(page string) []string {
	var out []string
	runs := 0
	for word := range strings.FieldsSeq(page) {
		if runs >= 4*maxHidden {
			break
		}
		if len(word) < encodedLeast {
			continue
		}
		for _, run := range encodedRun.FindAllString(word, 4*maxHidden-runs) {
			runs++
			if len(out) < maxHidden && len(run) <= maxHiddenSize {
				if s := decoded(run); s != "" {
					out = append(out, s)
				}
			}
		}
	}
	for _, line := range strings.Split(page, "\n") {
		if len(out) == maxHidden {
			break
		}
		if len(line) < 16 || len(line) > maxHiddenSize || !ascii(line) {
			continue
		}
		if s := disguised(line); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// decoded is the sentence that a run of Base64 or hexadecimal holds, or "".
func decoded(run string) string {
	if b, err := hex.DecodeString(run); err == nil {
		if s := sentenceOf(b); s != "" {
			return s
		}
	}
	run = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(run, "="))
	b, err := base64.RawStdEncoding.DecodeString(run)
	if err != nil {
		return ""
	}
	return sentenceOf(b)
}

// sentenceOf is b when it is readable text of several words, else "".
func sentenceOf(b []byte) string {
	if !utf8.Valid(b) {
		return ""
	}
	s, letters, n := string(b), 0, 0
	for _, r := range s {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return ""
		}
		if n++; unicode.IsLetter(r) || unicode.IsSpace(r) {
			letters++
		}
	}
	if letters*10 < n*8 || len(strings.Fields(s)) < 3 && !spacelessText(s) {
		return ""
	}
	return s
}

// disguised is what a line says when its letters are put right, or "". Lines
// that can be read as they stand are left alone.
func disguised(line string) string {
	words := strings.Fields(line)
	if len(words) < 4 {
		return ""
	}
	if s := joinedLetters(words); s != "" {
		return s
	}
	if readable(line) >= 0.2 {
		return ""
	}
	if s := strings.Map(rot13, line); readable(s) >= 0.6 {
		return s
	}
	back := []byte(line)
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	if s := string(back); readable(s) >= 0.6 {
		return s
	}
	return ""
}

var spelled = lazyregexp.New(`^\W?[A-Za-z](?:[-._*·|][A-Za-z])+\W*$`)

// joinedLetters puts "V-i-s-i-t" together when most words of a line are written
// like that.
func joinedLetters(words []string) string {
	n := 0
	for i, w := range words {
		if spelled.MatchString(w) {
			n++
			words[i] = strings.Map(func(r rune) rune {
				if unicode.IsLetter(r) {
					return r
				}
				return -1
			}, w)
		}
	}
	if n < 4 || n*3 < len(words)*2 {
		return ""
	}
	return strings.Join(words, " ")
}

// readable is the share of a line's words that are everyday English.
func readable(line string) float64 {
	n, known := 0, 0
	for _, w := range rawWords(line) {
		if f := fold(w); len(f) > 1 {
			if n++; commonWord(f) || emptyWords()[f] {
				known++
			}
		}
	}
	if n < 4 {
		return 1
	}
	return float64(known) / float64(n)
}

func rot13(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return 'a' + (r-'a'+13)%26
	case r >= 'A' && r <= 'Z':
		return 'A' + (r-'A'+13)%26
	}
	return r
}

// compounds are names in small letters such as those of packages, of at least
// eight letters: "pg-booster-plus".
func compounds(s string) []string {
	var out []string
	for w := range strings.FieldsSeq(text.WithoutAddresses(s)) {
		w = strings.Trim(w, ".,;:!?()“”\"'`*")
		if len(w) >= 8 && ascii(w) && strings.ContainsAny(strings.Trim(w, "-_"), "-_") && text.HasWord(w) {
			out = append(out, w)
		}
	}
	return out
}
