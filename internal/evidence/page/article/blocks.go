package article

import (
	"regexp"
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

// wordsOf is the form in which texts of two extractors are compared. It keeps letters, numbers
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
	return strings.ContainsRune(".!?…:。！？।؟", r)
}

// merge lets a second extractor correct the first. The first decides unless the second holds
// almost all of its text and a good deal more, as when a page's body is split over several
// containers. Otherwise prose that the second found before or between blocks that both found
// is put in, and blocks that only the first found at the edges of the common part are left
// out, as are headings without prose around. The figures are shares of characters: less than
// six tenths in common means that the two took different parts of the page, nine tenths that
// one has the other's text and more.
func merge(a, b []para) []para {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 {
		return b
	}
	inA, inB := newIndex(a), newIndex(b)
	if len(a) == 1 && len(b) > 2 && a[0].chars() > 800 && covered(b, inA) > 0.8 {
		return b // the first gave up and took all text as one block
	}
	shared, sharedChars, totalA := make([]bool, len(a)), 0, 0
	for i, p := range a {
		totalA += p.chars()
		if shared[i] = inB.has(p); shared[i] {
			sharedChars += p.chars()
		}
	}
	totalB := 0
	for _, p := range b {
		totalB += p.chars()
	}
	if totalA == 0 || sharedChars*10 < totalA*6 {
		// Different parts: the first is still trusted, unless it found next to nothing.
		if totalB > 3*totalA && totalA < minArticle {
			return b
		}
		return a
	}
	if sharedChars*10 >= totalA*9 && totalB*10 > totalA*15 && proseShare(b) > 0.7 {
		return b
	}
	return consensus(a, b, shared, inA)
}

// covered is the share of ps, by characters, that occurs in x.
func covered(ps []para, x index) float64 {
	in, all := 0, 0
	for _, p := range ps {
		all += p.chars()
		if x.has(p) {
			in += p.chars()
		}
	}
	return float64(in) / float64(max(all, 1))
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

// consensus is a without what only a found before the first and after the last
// prose that both found, and with the prose that only b found.
func consensus(a, b []para, shared []bool, inA index) []para {
	first, last := -1, -1
	for i := range a {
		if shared[i] && a[i].prose() {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return a
	}
	out := make([]para, 0, len(a)+4)
	for i, p := range a {
		if !shared[i] && (i < first || i > last) && !p.prose() {
			continue
		}
		out = append(out, p)
	}
	return insertMissing(out, b, inA)
}

// insertMissing puts prose of b that a lacks where b has it, if a neighbour of it in b tells
// where that is. Before the first common block at most three are taken: more are what stands
// above an article. Blocks of less than 20 characters occur too often to tell a place.
func insertMissing(a, b []para, inA index) []para {
	place := map[string]int{}
	for i, p := range a {
		if _, ok := place[p.key]; !ok && p.key != "" {
			place[p.key] = i
		}
	}
	before := make(map[int][]para) // position in a → what goes before it
	var pending []para
	anchored := false // a block of a was seen in b already
	for _, p := range b {
		if i, ok := place[p.key]; ok && p.chars() >= 20 {
			if len(pending) > 0 && (anchored || len(pending) <= 3) {
				before[i] = append(before[i], pending...)
			}
			pending, anchored = nil, true
			continue
		}
		if p.prose() && !inA.has(p) {
			pending = append(pending, p)
		}
	}
	if len(before) == 0 {
		return a
	}
	out := make([]para, 0, len(a)+len(before))
	for i, p := range a {
		out = append(out, before[i]...)
		out = append(out, p)
	}
	return out
}

// index answers whether a block's words occur in a text, however that is split
// into blocks. Long blocks are compared without spaces, since extractors lose
// the space where a line break stood.
type index struct{ words, letters string }

// longKey is the length in bytes from which a block is long: a shorter one could occur by chance
// across words.
const longKey = 40

// newIndex joins the words of all blocks, with a space at either end so that every word stands
// between two.
func newIndex(ps []para) index {
	keys := make([]string, 0, len(ps))
	for _, p := range ps {
		if p.key != "" {
			keys = append(keys, p.key)
		}
	}
	words := " " + strings.Join(keys, " ") + " "
	return index{words, strings.ReplaceAll(words, " ", "")}
}

// has reports whether the words of p occur in the text, in their order.
func (x index) has(p para) bool {
	switch {
	case p.key == "":
		return true
	case len(p.key) >= longKey:
		return strings.Contains(x.letters, strings.ReplaceAll(p.key, " ", ""))
	}
	return strings.Contains(x.words, " "+p.key+" ")
}

// onlyURL matches a block that is an address, with or without angle brackets.
var onlyURL = regexp.MustCompile(`^<?https?://\S+>?$`)

// trim removes what surrounds an article and is not part of it: its title and standfirst,
// which are metadata, lines that ask the reader for something, bare addresses, prose said
// twice, and pointers to other articles. links holds the keys of the page's blocks that are
// nothing but a link. Pointers are only looked for in what is mostly prose: on a front page or
// a list, links are the content.
func trim(ps []para, title, description string, links map[string]bool) []para {
	title, description = wordsOf(title), wordsOf(description)
	article := proseShare(ps) > 0.5
	out := make([]para, 0, len(ps))
	said := map[string]bool{}
	started := false
	for i, p := range ps {
		switch {
		case p.key == "" && !p.code, onlyURL.MatchString(p.text), promotional(p):
			continue
		// The title once more, as long as the text has not begun.
		case !started && p.level > 0 && (similar(p.key, title) || similar(p.key, description) || p.level == 1):
			continue
		case article && pointer(p, links, maxPointers):
			continue
		// A label goes with the pointers that it announces, or when nothing follows it.
		case article && label.MatchString(p.text) && (i+1 == len(ps) || pointer(ps[i+1], links, maxPointers)):
			continue
		// Behind a label, a long list of links is a list of pointers too.
		case article && i > 0 && label.MatchString(ps[i-1].text) && pointer(p, links, 50):
			continue
		}
		if p.prose() {
			if said[p.key] {
				continue
			}
			said[p.key], started = true, true
		}
		out = append(out, p)
	}
	// A heading at the end has lost what stood below it.
	for len(out) > 0 && (out[len(out)-1].level > 0 || article && aboutAuthor.MatchString(out[len(out)-1].text)) {
		out = out[:len(out)-1]
	}
	return out
}

// aboutAuthor matches the short last lines that name author and sources.
var aboutAuthor = regexp.MustCompile(`(?i)^(about the authors?|source|sources|credits?)\b.{0,80}$`)

// label announces pointers to other articles.
var label = regexp.MustCompile(`(?i)^[#\s]*(more|related|see also|read more|read next|further reading|recommended|` +
	`you (may|might)|popular|trending|latest)\b[^.!?]{0,60}$`)

// maxPointers is the number of items above which a list of links is content.
const maxPointers = 6

// pointer reports whether every line of p is nothing but a link, as inside an article only
// pointers to others are. A single short line is no pointer, as a word of the article may be a
// link by itself; most bounds the lines.
func pointer(p para, links map[string]bool, most int) bool {
	lines := strings.Split(p.text, "\n")
	if p.code || len(lines) > most {
		return false
	}
	for _, line := range lines {
		key := wordsOf(line)
		if key != "" && !links[key] || len(lines) == 1 && len(key) < 12 {
			return false
		}
	}
	return true
}

// similar reports whether one text is the other but for a piece of it, as a title
// is with and without the site's name.
func similar(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || len(a)*10 > len(b)*7 && strings.Contains(b, a)
}
