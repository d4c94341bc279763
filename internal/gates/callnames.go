package gates

import (
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// maxNames bounds the names of one sentence that are looked for.
const maxNames = 20

// foreignNames are the names in a sentence of the comment that stand in no
// more than one paragraph of the page and not in its title, each with the
// page's sentence that has it.
func (in *input) foreignNames(st *statement) map[string]*statement {
	page, out, said := in.topic(), map[string]*statement{}, st.text
	for _, c := range st.contacts {
		said = strings.ReplaceAll(said, c.text, ",")
	}
	german := in.commentLanguage() == "de" // in which each noun has a capital
	for _, run := range nameRuns(said) {
		if german && unitWords[fold(run[0].text)] {
			run = run[1:] // 300 Euro Zulage
		}
		if len(run) > 1 && emptyWords()[fold(run[0].text)] {
			run = run[1:] // Die Behörde
		}
		if st.found.Claims == 0 && slices.ContainsFunc(run, func(w word) bool {
			f := fold(w.text)
			return len(f) >= 4 && page.words[f] >= announced
		}) {
			continue // called like the page
		}
		for _, w := range run {
			if len(out) == maxNames || w.weak && w.shape == plainWord && len(run) == 1 || german && w.shape == plainWord && len(run) == 1 {
				continue
			}
			for _, f := range foldedWords(w.text) {
				at, ok := page.first[f]
				if ok && page.words[f] <= 1 && len(f) >= 4 && !commonWord(f) && !generic[f] && !starters[f] {
					out[joinRun(run)] = &page.statements[at]
				}
			}
		}
	}
	command := slices.ContainsFunc(st.words, commands)
	for _, c := range firstOf(compounds(emphasis.Replace(said)), maxNames) {
		if strings.Contains(c, "/") && !domainPattern.MatchString(c) || constant.MatchString(c) {
			continue // a path or a variable
		}
		if !command && !strings.ContainsAny(c, "_.@/") && !slices.ContainsFunc(foldedWords(wordMarks.Replace(c)), func(w string) bool {
			return len(w) > 3 && !commonWord(w)
		}) {
			continue // "one-click", "out-of-tree"
		}
		if !command && hyphened.MatchString(c) && !slices.ContainsFunc(st.words, installs) {
			continue // "toll-free"
		}
		if u := page.only(c); u != nil && !page.ownCompound(c) {
			out[c] = u
		}
	}
	for _, host := range firstOf(domainPattern.FindAllString(said, maxNames), maxNames) {
		if u := page.only(host); u != nil && !in.ofOwnHost(host) {
			out[host] = u
		}
	}
	return out
}

// hyphened is a word of two parts, as English makes them of any.
var hyphened = lazyregexp.New(`^[a-z]+-[a-z]+$`)

// constant is a variable of the environment or a constant of a program.
var constant = lazyregexp.New(`^[A-Z0-9]+(?:_[A-Z0-9]+)+$`)

// unitWords are units that German writes like names.
var unitWords = text.Set(`euro cent prozent dollar franken grad meter kilometer liter
	stunden minuten tage tagen wochen monate monaten jahre jahren uhr`)

// ownCompound reports whether a compound is one of the page's own: its words
// are what the page is called, or its first one is and the page is about
// installing.
func (t *topic) ownCompound(c string) bool {
	parts := slices.DeleteFunc(foldedWords(c), func(w string) bool { return strings.ContainsAny(w, "0123456789") })
	if len(parts) == 0 {
		return true
	}
	own := func(w string) bool { return t.words[w] >= announced }
	if !slices.ContainsFunc(parts, func(w string) bool { return !own(w) }) {
		return true
	}
	// What a stranger calls by the page's name has words that the page does not use.
	return own(parts[0]) && t.installing() >= 2 && !slices.ContainsFunc(parts, func(w string) bool { return t.words[w] < 2 })
}

// firstOf are the first items of a list, at most n.
func firstOf[T any](list []T, n int) []T { return slices.Clip(list[:min(len(list), n)]) }

// only is the statement that has a compound such as a package's name, when no
// other paragraph has it.
func (t *topic) only(compound string) *statement {
	parts := foldedWords(compound)
	if len(parts) == 0 || t.words[parts[0]] == 0 {
		return nil
	}
	var found *statement
	for i := range t.statements {
		if u := &t.statements[i]; hasRun(u.words, parts) {
			if found != nil && found.para != u.para {
				return nil
			}
			found = u
		}
	}
	return found
}

// hasRun reports whether parts stand in words next to each other.
func hasRun(words, parts []string) bool {
	for i := 0; i+len(parts) <= len(words); i++ {
		if slices.Equal(words[i:i+len(parts)], parts) {
			return true
		}
	}
	return false
}
