package gates

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/RadhiFadlillah/whatlanggo"

	"github.com/technoshare/commentator/internal/text"
)

// marks are what no honest comment contains, whatever the page says. Most are
// syntax that Slack, a browser or a chat template would act on; the last three
// are what phishing asks of readers, such as "enter your password", "click
// here" and "curl … | sh".
var marks = []struct {
	what string
	find func(string) string // the first place, or ""
}{
	// <!channel>, <@U024BE7LH>, and the same after one round of escaping.
	{"a Slack mention", regexp.MustCompile(`(?i)<!(?:channel|here|everyone|subteam)[^>]*>?|<[@#][A-Z0-9]{3,}[^>]*>?|&lt;[!@#]`).FindString},
	// "@here", which Slack makes a mention of where link_names is set.
	{"a call to the whole channel", regexp.MustCompile(`(?i)(?:^|[\s(*_"“])@(?:channel|here|everyone)\b`).FindString},
	// <|im_start|>, </system>, [INST], <<SYS>>.
	{"chat markup", regexp.MustCompile(`(?i)<\|[a-z_]+\|>|</?(?:system|assistant|user|im_start|im_end)>|\[/?INST\]|<</?SYS>>`).FindString},
	// An image is loaded by whoever reads it, and its address can carry out
	// data.
	{"an image", regexp.MustCompile(`!\[[^\]]*\]\([^)]*\)`).FindString},
	{"HTML", regexp.MustCompile(`(?i)<(?:script|img|iframe|a|style|svg|object|embed|form|link|meta)[\s/>][^>]*>?`).FindString},
	{"a block of code", regexp.MustCompile("```").FindString},
	{"hidden direction marks", firstDeceptive},
	// "Please confirm your account number", "What is your real name".
	{"a request for personal data", regexp.MustCompile(`(?i)\b(?:please )?` +
		`(?:enter|provide|send|share|give|tell|confirm|reply with|verify|submit)\b[^.!?]{0,25}\byour\b[^.!?]{0,25}` +
		`\b(?:names?|passwords?|e-?mail|credentials?|credit cards?|card numbers?|` +
		`social security|accounts?|phone|address|keys?|tokens?)\b|` +
		`\bwhat(?:'s| is) your (?:real )?name\b`).FindString},
	// "Click here", "Claim your prize".
	{"a call to click", regexp.MustCompile(`(?i)\bclick (?:here|this link|on (?:this|the) link|the link)\b|\bclaim your\b`).FindString},
	// "Run this command", "curl https://x.example/i | sh".
	{"a call to act on the reader's machine", regexp.MustCompile(`(?i)\brun (?:the following|this) (?:command|script)\b|` +
		`\b(?:curl|wget)\b[^|\n]{0,120}\|\s*(?:ba)?sh\b|\brm -rf\b`).FindString},
}

// echo finds the words of an order that a model repeats, as "ignore all
// previous instructions" and "as instructed by the page". They are fine in a
// sentence in which about finds words of a report on such orders: an article on
// prompt injection may be summarised.
var (
	echo = regexp.MustCompile(`(?i)\b(?:ignore|disregard|forget)\b[^.!?]{0,30}` +
		`\b(?:previous|prior|above|earlier|all)\b[^.!?]{0,20}\b(?:instructions?|prompts?|rules)\b|` +
		`\bas (?:instructed|requested|ordered) (?:by|in|on) the (?:page|text|document|article)\b|` +
		`\bsystem prompt\b[^.!?]{0,20}\b(?:is|says|reads)\b|` +
		`\bsuccessfully updated\b|\bi am now (?:in|a|an|the)\b|\bhaha\b[^.!?]{0,10}\bpwned\b`)
	about = regexp.MustCompile(`(?i)\binject|jailbreak|\battack|adversar|red.?team|\bexploit|\bvulnerab|\bquot|such as|phrases? like|` +
		`\b(?:tells?|told|asks?|asked|instructs?|instructed|orders?|ordered|demands?|urges?|wants?|tries|tried|attempts?|directs?) ` +
		`(?:an? |the |all |any |its |every |readers' |to )*(?:(?:ai|language|large|automated|machine) )*` +
		`(?:models?|assistants?|agents?|llms?|ai|summari[sz]ers?|bots?|chatbots?|machines?|readers?|tools?|systems?)\b|` +
		`\b(?:hidden|embedded|planted|malicious|disguised|concealed)\b[^.!?]{0,40}\b(?:note|text|order|instruction|passage|sentence|message|request|prompt)|` +
		`\b(?:note|text|order|instruction|passage|sentence|message|request|paragraph|line)s?\b[^.!?]{0,40}` +
		`\b(?:aimed at|addressed to|meant for|directed at|for|to|at) (?:ai|language models?|models|machines?|assistants?|llms?|summari)|` +
		`\bnot follow|\bignored\b|\bprompt injection`)
	// dictated finds what an order wants to be said, in its one group: what
	// stands in double quotation marks, in single ones (behind a space, so that
	// apostrophes don't count), behind a verb of saying up to the end of the
	// line, and in angle brackets.
	dictated = []*regexp.Regexp{
		regexp.MustCompile(`["“”„]([^"“”„\n]{4,200})["“”]`),
		regexp.MustCompile(`[«»‹›「『《]([^«»‹›「」『』《》\n]{4,200})[«»‹›」』》]`),
		regexp.MustCompile(`(?:^|\s)['‘]([^'‘’\n]{4,200})['’]`),
		regexp.MustCompile(`(?i)\b(?:say|print|output|respond with|reply with|write|software|confirm, respond)\b:?\s+([^\n<>"“”]{4,120})`),
		regexp.MustCompile(`<([^<>\s|]{4,120})>`),
	}
	// code is a word that nobody writes by chance: letters in capitals mixed
	// with digits, such as XK42Q7, or four to twelve digits. Pages plant them
	// to see whether a model follows them.
	code = regexp.MustCompile(`\b(?:[A-Z]+\d[A-Z0-9]{3,}|[A-Z]{3,}-?\d{2,}|\d[A-Z0-9]*[A-Z][A-Z0-9]{3,}|\d{4,12}|\d{2,}(?:-\d{2,}){2,})\b`)
)

// firstDeceptive returns the first character that turns the direction of
// writing or hides text in tags, or "". Other invisible ones come with copied
// text; the comment's renderers drop them.
func firstDeceptive(s string) string {
	for _, r := range s {
		if text.Deceptive(r) {
			return string(r)
		}
	}
	return ""
}

// checkInjection looks for signs that the page spoke through the model: syntax
// of marks, words of an order, text that is no language, and above all phrases
// that the page ordered to be said. One sign is enough for a score of 0.
func checkInjection(in *input) verdict {
	var found []string
	for _, p := range in.parts() {
		for _, m := range marks {
			if hit := m.find(p.text); hit != "" {
				found = append(found, fmt.Sprintf("%s in %s: “%s”", m.what, p.name, excerpt(visible(hit))))
			}
		}
		for _, s := range text.Stretches(p.text) {
			if hit := echo.FindString(s.Text); hit != "" && !about.MatchString(s.Text) {
				found = append(found, fmt.Sprintf("words of an order in %s: “%s”", p.name, excerpt(hit)))
			}
		}
		if unreadable(p.text) {
			found = append(found, fmt.Sprintf("%s is hardly made of words", p.name))
		}
	}
	obeyed, reported := in.followed()
	return weighed(distinct(append(found, obeyed...)), distinct(reported), 1, "", "no trace of orders")
}

// followed lists what the page ordered to be said and the comment says, parted
// into what obeys and what a sentence only reports. It goes over the orders of
// the page and takes out of each whatever could be the wanted answer:
// quotations, codes, clauses, names, addresses. A phrase that the rest of the
// page has as well proves nothing and is not looked for.
func (in *input) followed() (obeyed, reported []string) {
	said := in.sentences()
	// Phrases come up several times, as a quotation and as a clause of it; each
	// is searched for once.
	looked := map[string]bool{}
	look := func(phrase string) {
		phrase = strings.TrimSpace(phrase)
		key := spaced(phrase)
		if len(key) < 4 || looked[key] || in.corpus.has(phrase) {
			return
		}
		looked[key] = true
		parts := map[string]bool{} // those with a sentence that has it
		for _, s := range said {
			if !strings.Contains(s.folded, " "+key+" ") || s.whole && parts[s.part] {
				continue
			}
			parts[s.part] = true
			what := fmt.Sprintf("%s says what the page ordered: “%s”", s.part, excerpt(phrase))
			// What was dictated may hold words of a report itself.
			if rest := strings.Replace(s.folded, " "+key+" ", " ", 1); about.MatchString(s.text) && (about.MatchString(rest) || len(key) < 24) {
				reported = append(reported, what)
			} else {
				obeyed = append(obeyed, what)
			}
		}
	}
	for _, o := range in.orders {
		for _, t := range dictated {
			for _, m := range t.FindAllStringSubmatch(o, 200) {
				// A single common word, such as "yes", would be found by chance.
				if len(strings.Fields(m[1])) > 1 || strings.ContainsAny(m[1], ".0123456789") || !ascii(m[1]) && spacelessText(m[1]) ||
					!commonWord(fold(m[1])) && !in.knownName(m[1]) {
					look(m[1])
					for _, s := range text.Stretches(m[1]) {
						if len(strings.Fields(s.Text)) > 1 {
							look(s.Text)
						}
					}
				}
			}
		}
		// The bound of 200 finds, here and above, keeps a page of nothing but
		// codes from taking the gates' time.
		for _, c := range code.FindAllString(o, 200) {
			look(c)
		}
		for _, s := range text.Stretches(o) {
			for clause := range strings.FieldsFuncSeq(s.Text, func(r rune) bool { return strings.ContainsRune(":;\n\"“”()[]{}<>`", r) }) {
				// Shorter clauses are common turns of phrase.
				if len(strings.Fields(clause)) > 3 && !about.MatchString(clause) {
					look(clause)
				}
			}
		}
		german := whatlanggo.DetectLang(firstLetters(o)) == whatlanggo.Deu // in which each noun has a capital
		for _, run := range nameRuns(o) {
			if phrase := joinRun(run); len(run) > 1 && !in.corpus.has(phrase) {
				look(phrase)
			}
			for _, w := range run {
				if (!german || w.shape == product) && in.planted(w) {
					look(w.text)
				}
			}
		}
		for _, l := range append(text.Addresses(o), domainPattern.FindAllString(o, -1)...) {
			if _, host := linkKey(l); host != "" {
				look(host)
			}
		}
	}
	return obeyed, reported
}

// spacelessText reports whether a text is of a script without spaces, so that it
// may be a sentence though it is one word.
func spacelessText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
	}) >= 0
}

// planted reports whether a word of an order is a name that somebody made: no
// common word, none of the trade's, and long enough not to come by chance.
func (in *input) planted(w word) bool {
	f := fold(w.text)
	return len(f) >= 4 && (w.shape == product || !w.weak && w.shape == plainWord) && !commonWord(f) && !starters[f] && !in.knownName(w.text)
}

// sentence is one of a comment, also in the form of [spaced] between spaces;
// whole is true of a part with all of its sentences.
type sentence struct {
	part, text, folded string
	whole              bool
}

// sentences are those of the whole comment.
func (in *input) sentences() []sentence {
	var out []sentence
	for _, p := range in.parts() {
		for _, s := range text.Stretches(p.text) {
			out = append(out, sentence{p.name, s.Text, " " + spaced(s.Text) + " ", false})
		}
		// What was dictated may be several sentences.
		out = append(out, sentence{p.name, p.text, " " + spaced(p.text) + " ", true})
	}
	return out
}

// joinRun is a run of names as it may be said: its words with one space between
// them. Words such as "of" within it are not part of the run.
func joinRun(run []word) string {
	texts := make([]string, len(run))
	for i, w := range run {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

// spaced folds text to words with one space between them, the form in which
// sentences are compared: "It's New!" gives "it new".
func spaced(s string) string {
	words := rawWords(s)
	for i, w := range words {
		words[i] = fold(w)
	}
	return strings.Join(words, " ")
}

// unreadable reports whether text is emoji, cipher or encoded bytes: more
// symbols than letters, or a word of more than 40 letters and digits as Base64
// and hex digests have it. Addresses are left out, which may be as long.
func unreadable(s string) bool {
	letters, symbols := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			letters++
		case unicode.IsSpace(r), unicode.IsPunct(r):
		default:
			symbols++
		}
	}
	if symbols > 5 && symbols > letters {
		return true
	}
	for w := range strings.FieldsSeq(text.WithoutAddresses(s)) {
		w = strings.Trim(w, "*_`\"'().,")
		if len(w) > 40 && ascii(w) && strings.IndexFunc(w, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+/=", r)
		}) < 0 && strings.ContainsAny(w, "0123456789") {
			return true
		}
	}
	return false
}

// visible spells out marks that have no form of their own, as U+202E, so that
// the detail of a verdict shows what was found.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "U+%04X", r)
		}
	}
	return b.String()
}
