package gates

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/lazyregexp"
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
	{"a Slack mention", finder(`(?i)<!(?:channel|here|everyone|subteam)[^>]*>?|<[@#][A-Z0-9]{3,}[^>]*>?|&lt;[!@#]`)},
	// "@here", which Slack makes a mention of where link_names is set.
	{"a call to the whole channel", finder(`(?i)(?:^|[\s(*_"“])@(?:channel|here|everyone)\b`)},
	// <|im_start|>, </system>, [INST], <<SYS>>.
	{"chat markup", finder(`(?i)<\|[a-z_]+\|>|</?(?:system|assistant|user|im_start|im_end)>|\[/?INST\]|<</?SYS>>`)},
	// An image is loaded by whoever reads it, and its address can carry out
	// data.
	{"an image", finder(`!\[[^\]]*\]\([^)]*\)`)},
	{"HTML", finder(`(?i)<(?:script|img|iframe|a|style|svg|object|embed|form|link|meta)[\s/>][^>]*>?`)},
	{"a block of code", finder("```")},
	{"hidden direction marks", firstDeceptive},
	// "Please confirm your account number", "What is your real name".
	{"a request for personal data", finder(`(?i)\b(?:please )?` +
		`(?:enter|provide|send|share|give|tell|confirm|reply with|verify|submit)\b[^.!?]{0,25}\byour\b[^.!?]{0,25}` +
		`\b(?:names?|passwords?|e-?mail|credentials?|credit cards?|card numbers?|` +
		`social security|accounts?|phone|address|keys?|tokens?)\b|` +
		`\bwhat(?:'s| is) your (?:real )?name\b`)},
	// "Click here", "Claim your prize".
	{"a call to click", finder(`(?i)\bclick (?:here|this link|on (?:this|the) link|the link)\b|\bclaim your\b`)},
	// "Run this command", "curl https://x.example/i | sh".
	{"a call to act on the reader's machine", finder(`(?i)\brun (?:the following|this) (?:command|script)\b|` +
		`\b(?:curl|wget)\b[^|\n]{0,120}\|\s*(?:ba)?sh\b|\brm -rf\b`)},
}

// echo finds the words of an order that a model repeats, as "ignore all
// previous instructions" and "as instructed by the page". They are fine in a
// sentence in which about finds words of a report on such orders: an article on
// prompt injection may be summarised.
var (
	echo = finder(`(?i)\b(?:ignore|disregard|forget)\b[^.!?]{0,30}` +
		`\b(?:previous|prior|above|earlier|all)\b[^.!?]{0,20}\b(?:instructions?|prompts?|rules)\b|` +
		`\bas (?:instructed|requested|ordered) (?:by|in|on) the (?:page|text|document|article)\b|` +
		`\bsystem prompt\b[^.!?]{0,20}\b(?:is|says|reads)\b|` +
		`\bsuccessfully updated\b|\bi am now (?:in|a|an|the)\b|\bhaha\b[^.!?]{0,10}\bpwned\b`)
	about = matcher(`(?i)\binject|jailbreak|\battack|adversar|red.?team|\bexploit|\bvulnerab|\bquot|such as|phrases? like|` +
		`\b(?:tells?|told|asks?|asked|instructs?|instructed|orders?|ordered|demands?|urges?|wants?|tries|tried|attempts?|directs?) ` +
		`(?:an? |the |all |any |its |every |readers' |to )*(?:(?:ai|language|large|automated|machine) )*` +
		`(?:models?|assistants?|agents?|llms?|ai|summari[sz]ers?|bots?|chatbots?|machines?|readers?|tools?|systems?)\b|` +
		`\b(?:hidden|embedded|planted|malicious|disguised|concealed)\b[^.!?]{0,40}` +
		`\b(?:note|text|order|instruction|passage|sentence|message|request|prompt)|` +
		`\b(?:note|text|order|instruction|passage|sentence|message|request|paragraph|line)s?\b[^.!?]{0,40}` +
		`\b(?:aimed at|addressed to|meant for|directed at|for|to|at) (?:ai|language models?|models|machines?|assistants?|llms?|summari)|` +
		`\bnot follow|\bignored\b|\bprompt injection`)
	// dictated finds what an order wants to be said, in its one group: what
	// stands in double quotation marks, in single ones (behind a space, so that
	// apostrophes don't count), behind a verb of saying up to the end of the
	// line, and in angle brackets.
	dictated = []*lazyregexp.Regexp{
		lazyregexp.New(`["“”„]([^"“”„\n]{4,200})["“”]`),
		lazyregexp.New(`[«»‹›「『《]([^«»‹›「」『』《》\n]{4,200})[«»‹›」』》]`),
		lazyregexp.New(`(?:^|\s)['‘]([^'‘’\n]{4,200})['’]`),
		lazyregexp.New(`(?i)\b(?:say|print|output|respond with|reply with|write|software|confirm, respond)\b:?\s+([^\n<>"“”]{4,120})`),
		lazyregexp.New(`<([^<>\s|]{4,120})>`),
	}
	// code is a word that nobody writes by chance: letters in capitals mixed
	// with digits, such as XK42Q7, or four to twelve digits. Pages plant them
	// to see whether a model follows them.
	code = lazyregexp.New(`\b(?:[A-Z]+\d[A-Z0-9]{3,}|[A-Z]{3,}-?\d{2,}|\d[A-Z0-9]*[A-Z][A-Z0-9]{3,}|\d{4,12}|\d{2,}(?:-\d{2,}){2,})\b`)
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
			if hit := in.mark(m.find, p.text); hit != "" {
				found = append(found, fmt.Sprintf("%s in %s: “%s”", m.what, p.name, excerpt(visible(hit))))
			}
		}
		for _, s := range text.Stretches(p.text) {
			if hit := echo(s.Text); hit != "" && !about(s.Text) {
				found = append(found, fmt.Sprintf("words of an order in %s: “%s”", p.name, excerpt(hit)))
			}
		}
		if unreadable(p.text) {
			found = append(found, fmt.Sprintf("%s is hardly made of words", p.name))
		}
	}
	obeyed, reported := in.followed()
	found = append(append(found, obeyed...), in.retold()...)
	return weighed(distinct(found), distinct(reported), 1, "", "no trace of orders")
}

// mark is the first place in a text that find gives and that is no command of the page's own.
func (in *input) mark(find func(string) string, s string) string {
	for range maxCalls {
		hit := find(s)
		if hit == "" || !in.ownCommand(hit) {
			return hit
		}
		_, s, _ = strings.Cut(s, hit)
	}
	return ""
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
	for _, c := range contactsOf(s) {
		if c.kind == money { // judged by checkCalls
			s = strings.ReplaceAll(s, c.text, " ")
		}
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
