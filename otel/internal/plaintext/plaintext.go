// Package plaintext makes text from outside fit for a line on a terminal and in a log:
// what servers, proxies and file names say may hold sequences that move the cursor, change
// the title of a window, or turn the direction of reading. Everything that the errors of
// this module quote passes through it, once, where the text comes in.
package plaintext

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sequences are what a terminal takes for an order (ECMA-48, 5.4 and 5.6): control
// sequences, strings such as the title of a window with what ends them, and the escapes of
// two characters. Their introducers exist in an 8-bit form too, which is in UTF-8 the
// second half of Latin-1's controls.
var sequences = regexp.MustCompile(
	"(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]" +
		"|(?:\x1b[\\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\x07\x1b\u009c]*(?:\x07|\x1b\\\\|\u009c)" +
		"|\x1b[ -/]*[0-~]")

// scanFactor bounds how much of a text is looked at, as a multiple of what may be left of it.
const scanFactor = 8

// Line returns s on one line of at most limit characters, with an ellipsis where more was
// there. Sequences for terminals are gone; of all else that is not to be seen, such as
// controls and marks of direction, nothing but a space is left. What is no UTF-8 is U+FFFD.
func Line(s string, limit int) string {
	return bounded(strings.Join(strings.Fields(clean(s, limit, ' ')), " "), limit)
}

// Text is Line for text of several lines, whose ends and tabs stay.
func Text(s string, limit int) string {
	return bounded(strings.TrimSpace(clean(s, limit, '\n')), limit)
}

// clean makes the replacements. newline is what becomes of the end of a line.
func clean(s string, limit int, newline rune) string {
	cut := false
	if most := scanFactor * utf8.UTFMax * limit; len(s) > most { // whoever sends megabytes pays for none
		s, cut = s[:most], true
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = sequences.ReplaceAllString(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t' && newline == '\n':
			if r == '\n' {
				return newline
			}
			return r
		case r == ' ', unicode.IsPrint(r), r == '\u200d', r == '\u200c': // joiners are parts of words and signs
			return r
		}
		return ' '
	}, s)
	if cut {
		s += "…"
	}
	return s
}

func bounded(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:max(limit-1, 0)]) + "…"
}

// maxError bounds the text of an error, in characters.
const maxError = 1000

// Error returns err with its text as [Line] writes it: errors of the network and of TLS
// quote names and answers of the other side. What errors.Is and errors.As find stays.
func Error(err error) error {
	if err == nil {
		return nil
	}
	return foreignError{err}
}

type foreignError struct{ err error }

func (e foreignError) Error() string { return Line(e.err.Error(), maxError) }
func (e foreignError) Unwrap() error { return e.err }
