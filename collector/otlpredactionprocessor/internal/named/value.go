package named

import (
	"encoding/json"
	"strings"
)

// value is a part of a text.
type value struct {
	from, to int
	number   bool   // of JSON, which needs quotes around what is no number
	quote    string // around it
	list     bool   // it is an element of one
}

// valueAfter finds the value that belongs to a name, unless it is none or no secret.
func (f *finder) valueAfter(text string, sign, at int, n name) (v value, ok bool) {
	if at < len(text) && text[at] == '=' || sign > 0 && strings.IndexByte("=!<>:", text[sign-1]) >= 0 {
		return v, false // a comparison, or := of a program
	}
	begin := at
	at = skip(text, at, n.quote != "")
	if at < len(text) && text[at] == '[' {
		v.list, at = true, skip(text, at+1, true)
	}
	if q := quoteAt(text, at); q != "" {
		v, ok = f.quoted(text, at, q, v.list)
		if v.to > v.from && endsWhatWasBefore(text[v.from], n.quote, q) {
			return v, false
		}
		return v, ok
	}
	if n.quote != "" {
		if slashes := len(n.quote) - 1; slashes&(slashes+1) != 0 {
			return v, false // some of the backslashes are the name's: each level of JSON has twice as many and one
		}
		v.from, v.to, v.number = at, at+numberLength(text[at:]), true
		return v, v.to > v.from && !v.list
	}
	v.from, v.to = at, f.plainEnd(text, at)
	if line, ok := header(text, v, n.text); ok {
		return line, true
	}
	return v, secret(text, v, text[sign] != ':', n.tight && at == begin)
}

// endsWhatWasBefore reports whether the quote behind a sign is the end of a text that the name is in, by what follows it.
func endsWhatWasBefore(follows byte, name, quote string) bool {
	const ofJSON, ofCode = " ,:}]\t\r\n\\", ";)>+.&"
	return name != quote && strings.IndexByte(ofJSON, follows) >= 0 || name == "" && strings.IndexByte(ofCode, follows) >= 0
}

// nextOf gives the next element of a list.
func (f *finder) nextOf(text string, last value) (v value, ok bool) {
	if !last.list {
		return v, false
	}
	at := skip(text, last.to+len(last.quote), true)
	if at >= len(text) || text[at] != ',' {
		return v, false
	}
	at = skip(text, at+1, true)
	if quoteAt(text, at) != last.quote {
		return v, false
	}
	return f.quoted(text, at, last.quote, true)
}

// skip goes over blanks, and over line breaks, escaped or not, where lines is set.
func skip(text string, at int, lines bool) int {
	for at < len(text) {
		switch c := text[at]; {
		case c == ' ' || c == '\t' || lines && (c == '\n' || c == '\r'):
			at++
		case lines && c == '\\' && at+1 < len(text) && strings.IndexByte("nrt", text[at+1]) >= 0:
			at += 2
		default:
			return at
		}
	}
	return at
}

// quoteAt gives the quote at a place, with the backslashes before it.
func quoteAt(text string, at int) string {
	for end := at; end < len(text) && end-at < maxName; end++ {
		switch text[end] {
		case '\\':
			continue
		case '"', '\'':
			return text[at : end+1]
		}
		return ""
	}
	return ""
}

// quoted finds a value in quotes, one that was cut off too; of a list it may be empty. A quote within it has more
// backslashes than the one that ends it: twice as many and one, and each pair of backslashes of the value itself is twice
// as long too.
func (f *finder) quoted(text string, at int, quote string, list bool) (v value, ok bool) {
	v = value{from: at + len(quote), quote: quote, list: list}
	sign, slashes := quote[len(quote)-1], len(quote)-1
	run := 0
	for v.to = v.from; v.to < len(text); v.to++ {
		switch text[v.to] {
		case '\\':
			run++
			continue
		case sign, '"':
			if text[v.to] == sign && run%(2*(slashes+1)) == slashes {
				v.to -= slashes
				return v, list || v.to > v.from
			}
			if run%(slashes+1) < slashes || sign != '"' && text[v.to] == '"' && f.endsJSON(text, v, run) {
				v.to -= run // it was cut off, within a text that ends here
				return v, v.to > v.from
			}
		}
		run = 0
	}
	return v, v.to > v.from
}

// endsJSON reports whether a quote in a value between apostrophes ends the text of JSON that the value is in. run: the
// backslashes before it.
func (f *finder) endsJSON(text string, v value, run int) bool {
	if run%2 == 0 && f.isJSON(text) {
		return true
	}
	if text[v.from] == '{' || text[v.from] == '[' { // the value is JSON itself
		return false
	}
	at := skip(text, v.to+1, true)
	return at == len(text) || strings.IndexByte(",:}]", text[at]) >= 0
}

// isJSON reports whether all of a text is JSON.
func (f *finder) isJSON(text string) bool {
	if !f.judged {
		f.judged, f.json = true, json.Valid([]byte(text))
	}
	return f.json
}

// numberLength gives how much of a text is a number.
func numberLength(text string) (n int) {
	for n < len(text) && strings.IndexByte("-+.eE0123456789", text[n]) >= 0 {
		n++
	}
	return n
}

// finder remembers what it has looked for, so that the time is in proportion to the text.
type finder struct {
	begin, end   int  // of a value without quotes
	judged, json bool // whether the text is JSON, once it was asked
}

// plainEnd gives where a value without quotes ends.
func (f *finder) plainEnd(text string, at int) int {
	if at < f.begin || at > f.end {
		f.begin, f.end = at, len(text)
		if i := strings.IndexAny(text[at:], " \t\r\n\"'`&,;()<>{}[]\\"); i >= 0 {
			f.end = at + i
		}
	}
	return f.end
}

// secret judges a value without quotes, which may be a word, or part of a program. assigned: the sign is not a colon;
// tight: nothing is around it.
func secret(text string, v value, assigned, tight bool) bool {
	word, after := text[v.from:v.to], byte(' ')
	if v.to < len(text) {
		after = text[v.to]
	}
	if word == "" || strings.IndexByte("$%*", word[0]) >= 0 || strings.IndexByte("([<{", after) >= 0 {
		return false // a variable, a mark, a call, a placeholder
	}
	if assigned && tight && strings.IndexByte(",;)}]", after) < 0 {
		return true
	}
	const least = 6 // so that sizes and versions are none
	digits, letters, others := kinds(word)
	switch {
	case !digits && !others: // a word, or a name
		return false
	case assigned && tight:
		return true
	}
	return len(word) >= least && (digits && letters || others)
}

// maxJudged bounds the bytes of a value that are looked at.
const maxJudged = 256

// kinds says what a word is made of. Dots and underscores are of names, as are hyphens of words.
func kinds(word string) (digits, letters, others bool) {
	for _, c := range []byte(word[:min(len(word), maxJudged)]) {
		switch {
		case '0' <= c && c <= '9':
			digits = true
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			letters = true
		case strings.IndexByte("!#^~|@+/=*%$", c) >= 0:
			others = true
		}
	}
	return digits, letters, others
}

// header finds the value of a header with a scheme, or with cookies.
func header(text string, v value, name string) (value, bool) {
	word := text[v.from:v.to]
	goesOn := ""
	switch name = strings.ToLower(name); {
	case strings.HasSuffix(name, "cookie") && strings.Contains(word[:min(len(word), maxJudged)], "="):
		goesOn = ";"
	case strings.HasSuffix(name, "authorization") && len(word) <= maxName && strings.HasPrefix(text[v.to:], " "):
		switch strings.ToLower(word) {
		case "digest", "signature", "hmac", "aws4-hmac-sha256":
			goesOn = ","
		case "basic", "bearer", "token", "apikey", "api-key", "key", "bot", "negotiate", "ntlm", "sharedkey":
		default:
			return v, false
		}
		v.from = skip(text, v.to, false)
	default:
		return v, false
	}
	for v.to = v.from; v.to < len(text); v.to++ {
		switch c := text[v.to]; c {
		case '\r', '\n', '"', '\'', '\\':
			return v, v.to > v.from
		case ' ', '\t':
			if goesOn == "" || text[v.to-1] != goesOn[0] {
				return v, v.to > v.from
			}
		}
	}
	return v, v.to > v.from
}
