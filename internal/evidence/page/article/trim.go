package article

import (
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// onlyURL matches a block that is an address, with or without angle brackets.
var onlyURL = lazyregexp.New(`^<?https?://\S+>?$`)

// trim removes what surrounds an article and is not part of it: its title and standfirst,
// which are metadata, lines that ask the reader for something, bare addresses, prose said
// twice, and pointers to other articles. links holds the keys of the page's blocks that are
// nothing but a link. Pointers are only looked for in what is mostly prose: on a front page or
// a list, links are the content.
func trim(ps []para, title, description string, links map[string]linkKind) []para {
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
		case article && pointer(p, links, maxPointers) && !(p.level > 0 && i+1 < len(ps) && ps[i+1].prose()):
			continue
		// A label goes with the pointers that it announces, or when nothing follows it.
		case article && label.MatchString(p.text) && (i+1 == len(ps) || pointer(ps[i+1], links, maxPointers)):
			continue
		// Behind a label, a long list of links is a list of pointers too.
		case article && i > 0 && label.MatchString(ps[i-1].text) && pointer(p, links, maxList):
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
	if article {
		out = edges(out, links)
	}
	// A heading at the end has lost what stood below it.
	for len(out) > 0 && (out[len(out)-1].level > 0 || article && aboutAuthor.MatchString(out[len(out)-1].text)) {
		out = out[:len(out)-1]
	}
	return out
}

// edges leaves out the short lines before the first and after the last block that says
// something: who wrote it, when, under what subject, where else to go.
func edges(ps []para, links map[string]linkKind) []para {
	first, last := 0, len(ps)
	for last > 0 && !ps[last-1].says(links) {
		last--
	}
	for first < last && !ps[first].says(links) {
		first++
	}
	if first == last {
		return ps
	}
	// Headings directly above the first block are of it.
	for first > 0 && ps[first-1].level > 0 {
		first--
	}
	return ps[first:last]
}

// says reports whether p is more than a label: code, a row, a quote, a sentence, a list of what is
// not only links, or long.
func (p para) says(links map[string]linkKind) bool {
	switch {
	case p.code, p.chars() >= 80, strings.HasPrefix(p.text, "|"), strings.HasPrefix(p.text, ">"):
		return true
	case p.level > 0:
		return false
	case listItem.MatchString(p.text):
		return (strings.Contains(p.text, "\n") || p.chars() >= 20 && endsSentence(p.text)) && !pointer(p, links, maxList)
	}
	return p.chars() >= 10 && endsSentence(p.text)
}

// listItem matches the mark of a list.
var listItem = lazyregexp.New(`^(-|\d+\.) `)

// aboutAuthor matches the short last lines that name author and sources.
var aboutAuthor = lazyregexp.New(`(?i)^(about the authors?|source|sources|credits?)\b.{0,80}$`)

// label announces pointers to other articles.
var label = lazyregexp.New(`(?i)^[#\s]*(more|related|see also|read more|read next|further reading|recommended|` +
	`you (may|might)|popular|trending|latest)\b[^.!?]{0,60}$`)

// maxPointers is the number of items above which a list of links is content.
const maxPointers = 6

// maxList is the number of items above which a list is content whatever it is made of.
const maxList = 50

// pointer reports whether every line of p is nothing but a link, as inside an article only
// pointers to others are. A single short line is no pointer, as a word of the article may be a
// link by itself; most bounds the lines.
func pointer(p para, links map[string]linkKind, most int) bool {
	lines := strings.Split(p.text, "\n")
	if p.code || len(lines) > most {
		return false
	}
	kind := linkLine
	if p.level > 0 { // its words in a table of contents make it no pointer
		kind = linkHeading
	}
	for _, line := range lines {
		key := wordsOf(line)
		if key != "" && links[key]&kind == 0 || len(lines) == 1 && len(key) < 12 {
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
