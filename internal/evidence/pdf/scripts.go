package pdf

import (
	"bytes"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// lineWriter writes the atoms of a line, with its powers and indices.
type lineWriter struct {
	base, size float64
	b          bytes.Buffer
	space      bool // there is space before what comes next
	x0, x1     float64
	marked     bool
	written    bool
	script     byte // of the last atom: '^', '_' or 0
	scriptAt   int  // where its text begins
}

// cell ends a cell of a table and gives it.
func (w *lineWriter) cell() cell {
	c := cell{cleanLine(w.b.String()), w.x0, w.x1}
	w.b.Reset()
	w.space, w.script, w.x0 = false, 0, w.x1
	return c
}

// add writes one atom.
func (w *lineWriter) add(a atom) {
	if w.b.Len() == 0 {
		w.x0 = a.box.x0
	}
	w.x1 = a.box.x1
	first := !w.written
	w.written = true
	before := tail(w.b.Bytes())
	kind := w.kind(a)
	if kind == 0 || before == "" || w.space && kind == '_' {
		if kind == '^' && before == "" && first && noteMark(a.text) {
			w.marked = true
			w.b.WriteString("[" + a.text + "] ")
			w.space, w.script = false, 0
			return
		}
		if w.space && before != "" && !spaceless(before, a.text) {
			w.b.WriteByte(' ')
		}
		w.b.WriteString(a.text)
		w.space, w.script = false, 0
		return
	}
	if w.script == kind && !w.space && w.b.Len()-w.scriptAt < maxTail {
		// "10^-" and "3" are one power.
		joined := strings.TrimSuffix(strings.TrimPrefix(string(w.b.Bytes()[w.scriptAt:]), "{"), "}") + a.text
		w.b.Truncate(w.scriptAt)
		w.b.WriteString(group(joined))
		return
	}
	w.space = false
	switch how := script(before, a.text, kind); how {
	case asPower:
		w.b.WriteByte(kind)
		w.script, w.scriptAt = kind, w.b.Len()
		w.b.WriteString(group(a.text))
	case asNote:
		w.b.WriteString("[" + a.text + "]")
		w.script = 0
	default:
		w.b.WriteString(a.text)
		w.script = 0
	}
}

// maxTail is how much of a text, in bytes, is looked at to go on with it.
const maxTail = 256

// tail is the end of a text.
func tail(b []byte) string {
	return strings.ToValidUTF8(string(b[max(len(b)-maxTail, 0):]), "")
}

// kind is '^' for what is raised beside the line's text, '_' for what is lowered, else 0.
func (w *lineWriter) kind(a atom) byte {
	if up := math.Abs(w.base-a.base) / w.size; a.size > scriptSize*w.size && (up < 0.2 || up > 0.6 || len(a.text) > 4) {
		return 0
	}
	switch up := w.base - a.base; {
	case up >= 0.15*w.size:
		return '^'
	case up <= -0.07*w.size:
		return '_'
	}
	return 0
}

// group puts braces around a power of several signs, as TeX has them.
func group(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '−' || r == '‐' || r == '–' {
			return '-'
		}
		return r
	}, text)
	rest := strings.TrimLeft(text, "-+")
	if len(text)-len(rest) <= 1 && !strings.ContainsFunc(rest, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '*' && r != '†' && r != '.'
	}) {
		return text
	}
	return "{" + text + "}"
}

// year matches the years that texts speak of.
var year = lazyregexp.New(`^(?:19|20)\d\d$`)

// Ways to write what is raised or lowered.
const (
	asPower = iota
	asNote
	asText
)

// script says how a raised or lowered text is written behind what stands before it. A number
// behind a word, a year or the end of a sentence is the mark of a note, and so is a sign like *.
func script(before, text string, kind byte) int {
	last, _ := utf8.DecodeLastRuneInString(before)
	if kind == '_' {
		if unicode.IsLetter(last) || unicode.IsNumber(last) || strings.ContainsRune(")]}|", last) {
			return asPower
		}
		return asText
	}
	if noteSign(text) || ordinal(text) && unicode.IsNumber(last) {
		return asText
	}
	mark := noteMark(text)
	switch {
	case unicode.IsNumber(last):
		if mark && year.MatchString(trailing(before, unicode.IsNumber)) {
			return asNote
		}
		return asPower
	case unicode.IsLetter(last):
		if n := utf8.RuneCountInString(trailing(before, unicode.IsLetter)); n > 3 && mark {
			return asNote
		} else if n > 3 && utf8.RuneCountInString(text) > 3 {
			return asText
		}
		return asPower
	case strings.ContainsRune(")]}", last):
		if open := strings.LastIndexAny(before, "([{"); mark && open >= 0 && word(before[open:]) {
			return asNote
		}
		return asPower
	case strings.ContainsRune("|∥′°µμ", last):
		return asPower
	case mark:
		return asNote
	}
	return asText
}

// noteMark recognises "3", "1,2", "4–6" and "a".
func noteMark(text string) bool {
	if len(text) == 1 && text[0] >= 'a' && text[0] <= 'h' {
		return true
	}
	for _, r := range text {
		if !(r >= '0' && r <= '9') && !strings.ContainsRune(",–-; ", r) {
			return false
		}
	}
	return text != "" && text[0] >= '0' && text[0] <= '9' && len(text) <= 12
}

// noteSign recognises the signs that mark notes and names.
func noteSign(text string) bool {
	return strings.Trim(text, "*∗†‡§¶‖#®™©℠,ª° ") == ""
}

// ordinal recognises what is raised behind a number in "1st", "2e" and "3º".
func ordinal(text string) bool {
	switch strings.ToLower(text) {
	case "st", "nd", "rd", "th", "er", "re", "e", "ère", "ème", "º", "ª", "o", "a", "d":
		return true
	}
	return false
}

// trailing is the end of s of which every character is ok.
func trailing(s string, ok func(rune) bool) string {
	return s[len(strings.TrimRightFunc(s, ok)):]
}

// word reports whether s has a word of four letters.
func word(s string) bool {
	n := 0
	for _, r := range s {
		if n++; !unicode.IsLetter(r) {
			n = 0
		} else if n == 4 {
			return true
		}
	}
	return false
}
