package article

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/page/render"
)

// para is one block of rendered text: a paragraph, heading, list, table or code.
type para struct {
	text  string
	key   string // its words, lower-case, single spaces; "" when it has none
	level int    // heading level, 0 for other blocks
	code  bool
}

// paras splits rendered text at blank lines outside code fences.
func paras(text string) []para {
	var out []para
	var open []string
	fenced := false
	flush := func() {
		if len(open) == 0 {
			return
		}
		t := strings.TrimRight(strings.Join(open, "\n"), " \n")
		open = open[:0]
		if strings.TrimSpace(t) == "" {
			return
		}
		p := para{text: t, key: wordsOf(t), code: strings.HasPrefix(t, "```")}
		if !p.code {
			p.level = render.HeadingLevel(t)
		}
		out = append(out, p)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if line == "" && !fenced {
			flush()
			continue
		}
		open = append(open, line)
	}
	flush()
	return out
}

// join is the text that paras has taken apart.
func join(ps []para) string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.text
	}
	return strings.Join(texts, "\n\n")
}

// wordsOf is the form in which texts are compared. It keeps letters, numbers
// and marks: "Rope-walk, 2nd" becomes "rope walk 2nd".
func wordsOf(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// chars is the length of p in characters, punctuation left out.
func (p para) chars() int { return utf8.RuneCountInString(p.key) }

// prose reports whether p reads like running text: long enough, and ending as a
// sentence does.
func (p para) prose() bool {
	if p.code || p.level > 0 || p.chars() < 80 {
		return false
	}
	return endsSentence(p.text)
}

// endsSentence reports whether s ends as a sentence does, in any of several scripts, behind
// quotes and brackets.
func endsSentence(s string) bool {
	s = strings.TrimRight(s, " \n\t\"'”’»)]*_")
	r, _ := utf8.DecodeLastRuneInString(s)
	return sentenceEnd(r)
}

// proseShare is the share of ps, by characters, that reads like running text.
func proseShare(ps []para) float64 {
	prose, all := 0, 0
	for _, p := range ps {
		all += p.chars()
		if p.prose() {
			prose += p.chars()
		}
	}
	return float64(prose) / float64(max(all, 1))
}
