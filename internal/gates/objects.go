package gates

import (
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/gates/action"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// bare are kinds of calls that lead nowhere without a name or an address: "join the
// group", "paste the token". Other than those that name a protection, an account
// or money they harm nobody who reads them.
const bare = action.Follow | action.Share

// hasObject reports whether a sentence has something to act on: a contact, or a
// name of somebody whom neither people nor the page know.
func (in *input) hasObject(st *statement, names map[string]*statement) bool {
	if len(st.contacts) > 0 || in.coined(st) {
		return true
	}
	for name := range names {
		if !worldName(name) && !in.ownName(name) {
			return true
		}
	}
	return false
}

// warning finds what a sentence tells readers not to do.
var warning = lazyregexp.New(`(?i)\bwarn(?:s|ed|ing)?\b.{0,30} (?:of|against|about|not to)\b|` +
	`\bbeware\b|\b(?:nobody|no one) should\b|` +
	`\b(?:never|not) (?:to )?(?:ask|call|share|give|enter|send|pay|install|open|click)|\b(?:advise[sd]? against|do not|don't)\b|` +
	`\b(?:warnt|gewarnt)\b|\bmet(?:tent)? en garde\b|\b(?:advierten?|alertam?|avverton?o?) (?:de|sobre|contra)\b|предупрежда|警告|提醒`)

// ownCommand reports whether a command fetches from the host that the page belongs to or is called
// by, as a program's README has it: ollama.com of github.com/ollama. It stands there more than once.
func (in *input) ownCommand(command string) bool {
	host := fetchedFrom(command)
	site := siteOf(host)
	return host != "" && strings.Contains(in.ev.Text, host) && in.topic().only(host) == nil &&
		(in.ofOwnHost(host) || len(site) >= 4 && !commonWord(site) && in.topic().announces(site))
}

// fetchedFrom is the host of the one address that a command of curl or wget has, "" where whence it
// fetches cannot be told.
func fetchedFrom(command string) string {
	fetch, _, _ := strings.Cut(command, "|")
	words := strings.Fields(fetch)
	if len(words) == 0 || !fetchers[strings.ToLower(words[0])] {
		return ""
	}
	address := ""
	for _, w := range words[1:] {
		switch {
		case strings.HasPrefix(w, "-") && !strings.ContainsAny(w, "=:"), w == "'=https'":
		case address != "":
			return "" // another one, or what an option is given
		default:
			address = strings.Trim(w, "\"'`")
		}
	}
	_, host := linkKey(address)
	return host
}

// fetchers are the programs that commands fetch with.
var fetchers = text.Set("curl wget")

// tells finds who else asks for something: a message, a caller.
var tells = matcher(`(?i)\b(?:messages?|e-?mails?|texts?|letters?|callers?|fraudsters?|scammers?|criminals?|gangs?|attackers?)\b` +
	`(?: [a-z]+){0,3} (?:asks?|asked|wants?|claims?|claimed|says?|said|demands?|demanded|pretends?|promises?|threatens?|leads?|led)\b`)

// quoted reports whether a sentence tells what somebody else says whom the page quotes.
func (in *input) quoted(st *statement, said string) bool {
	return tells(st.text) && slices.ContainsFunc(in.topic().statements, func(u statement) bool {
		return strings.Contains(u.text, said) && strings.ContainsAny(u.text, "\"“”„«»「")
	})
}

// foreignHost is an address that a sentence of the comment sends its readers to and
// that is nobody's whom the page is about: not the page's own, not one that people
// know, and not called like anything that three paragraphs speak of.
func (in *input) foreignHost(st *statement) string {
	if !domainPattern.MatchString(st.text) {
		return ""
	}
	found := lexicon().Scan(clauses(domainPattern.ReplaceAllString(text.WithoutAddresses(st.text), " "))) // get.example.org is no verb
	if !found.Addressed && found.Leads == 0 {
		return ""
	}
	page, said := in.topic(), st.text
	if found.Verbs == 0 {
		said = text.WithoutAddresses(said) // a source
	}
	for _, c := range st.contacts {
		said = strings.ReplaceAll(said, c.text, ",")
	}
	for _, name := range firstOf(domainPattern.FindAllString(said, maxNames), maxNames) {
		_, host := linkKey(name)
		labels := strings.Split(host, ".")
		label := labels[max(len(labels)-2, 0)]
		if in.ofOwnHost(host) || in.quoted(st, name) || worldSet()[squash(label)] || page.words[fold(labels[0])] > 0 && page.only(host) == nil {
			continue
		}
		known := func(w string) bool {
			return len(w) >= 4 && !commonWord(w) && (page.words[w] >= announced || page.versioned[w] || page.words[w] >= 3)
		}
		if !slices.ContainsFunc(append(foldedWords(wordMarks.Replace(label)), squash(label)), known) {
			return host
		}
	}
	return ""
}
