package gates

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/gates/quantity"
	"github.com/technoshare/commentator/internal/gates/sound"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// checkNames looks for each name of tldr and summary on the page. What counts
// as a name depends on the language: German writes every noun with a capital,
// and a translation spells names anew. The score is the share of known names.
func checkNames(in *input) verdict {
	how := in.naming()
	var found, doubts []string
	seen := map[string]bool{}
	for _, p := range append(in.prose(), in.leads()...) {
		for _, run := range nameRuns(text.WithoutAddresses(p.text)) {
			if p.field == "similar_tech" { // all of it is a name
				for i := range run {
					run[i].weak = false
				}
			}
			for _, w := range run {
				if how.asks(w) {
					seen[fold(w.text)] = true
				}
			}
			for _, n := range in.unknown(run, how) {
				said := fmt.Sprintf("“%s” in the %s", excerpt(n.text), p.name)
				if n.doubtful {
					doubts = append(doubts, said)
				} else {
					found = append(found, said)
				}
			}
		}
	}
	return weighed(distinct(found), distinct(doubts), len(seen), "not on the page: ", fmt.Sprintf("%d names, all on the page", len(seen)))
}

// leads are the names of similar technologies of which the comment says what it
// can only have from the page. Others are to bring in what the page does not
// have.
func (in *input) leads() []part {
	var parts []part
	for i, s := range in.res.SimilarTech {
		if name, rest, ok := leadName(s); ok && in.reportsPage(rest) {
			parts = append(parts, part{"similar_tech", fmt.Sprintf("similar tech %d", i+1), name})
		}
	}
	return parts
}

// ofPage are words by which a sentence tells what a page says of a thing.
var ofPage = lazyregexp.New(`(?i)\b(?:included|installed|bundled|ship(?:s|ped)|reached|mentioned|named|listed|` +
	`according to|says the|still|` +
	`version|given as|provided|provides|maintained|the (?:new|old|page|text|author|team|former|current|project|release|list))\b`)

// reportsPage reports whether a sentence rests on the page: by its words, a
// number of the page, or a name of it beside that of its subject.
func (in *input) reportsPage(sentence string) bool {
	if ofPage.MatchString(sentence) {
		return true
	}
	t := quantity.Read(sentence, in.commentLanguage())
	for _, q := range t.Numbers {
		if b, counts := in.corpus.numbers.judge(q, t); counts && b == right {
			return true
		}
	}
	for _, run := range nameRuns(sentence) {
		for _, w := range run {
			if f := fold(w.text); !w.weak && w.shape != acronym && len(f) > 2 && !generic[f] && in.corpus.has(w.text) &&
				!strings.Contains(squash(in.ev.Title), f) {
				return true
			}
		}
	}
	return false
}

// naming says which words are asked about.
type naming int

const (
	namingAll     naming = iota // every capital that isn't forced by grammar
	namingShaped                // only OpenAI, GPT-4, NASA, and several unknown words side by side
	namingForeign               // the page is in another language, which has its own names for places, offices and laws
)

// asks reports whether a word counts as a name under n. A weak word (see
// [word]) never does by itself; [input.unknown] decides about it from its
// neighbours.
func (n naming) asks(w word) bool {
	if n == namingShaped {
		return w.shape >= acronym
	}
	return w.shape != plainWord || !w.weak
}

// naming compares the languages of comment and page.
func (in *input) naming() naming {
	page, comment := in.evidenceLanguage(), in.commentLanguage()
	if in.opts.Offline {
		comment = page
	}
	switch {
	case latin(in.res.Summary) != latin(in.corpus.text), page != "" && comment != page && !related(page, comment):
		if comment != "de" && comment != "lb" {
			return namingForeign
		}
		return namingShaped
	// German and Luxembourgish nouns have capitals; only the shape tells.
	case comment == "de" || comment == "lb":
		return namingShaped
	}
	return namingAll
}

// latin reports whether at least half of the letters are Latin; a text without
// letters counts as Latin.
func latin(s string) bool {
	yes, all := 0, 0
	for _, r := range firstLetters(s) {
		if unicode.IsLetter(r) {
			all++
			if unicode.Is(unicode.Latin, r) {
				yes++
			}
		}
	}
	return yes*2 >= all
}

// unknownName is a name that the page does not have; doubtful ones may be
// another form of one that it has.
type unknownName struct {
	text     string
	doubtful bool
}

// unknown lists the words of a run that the page does not have. Neighbours that
// are unknown come as one name, "Katherine Bouman", so that a person is counted
// once; of "Google Veo" only the unknown half is listed.
func (in *input) unknown(run []word, how naming) []unknownName {
	known := make([]bool, len(run))
	for i, w := range run {
		known[i] = in.knownName(w.text) || w.shape == plainWord && starters[fold(w.text)] ||
			how != namingAll && w.shape == plainWord && (commonWord(fold(w.text)) || in.countryName(fold(w.text)))
	}
	in.expansions(run, known)
	if how != namingAll {
		in.heard(run, known)
	}
	var out []unknownName
	last := -2 // neighbours are one name: Katherine Bouman
	for i, w := range run {
		// Not asked about, or a capital that may be the sentence's: no name.
		if known[i] || !how.asks(w) && !in.subject(w, how) && !beside(run, known, i, how) && !listed(run, known, i, how) {
			continue
		}
		n := unknownName{w.text, in.doubtful(w, how)}
		// "Elon Musk": the weak word before belongs to it.
		if i > 0 && last != i-1 && run[i-1].weak && !known[i-1] && how != namingShaped && properLooking(run[i-1].text) {
			n.text = run[i-1].text + " " + n.text
		}
		// The word before was unknown too: the two are one name.
		if last == i-1 {
			out[len(out)-1].text += " " + n.text
			out[len(out)-1].doubtful = out[len(out)-1].doubtful && n.doubtful
		} else {
			out = append(out, n)
		}
		last = i
	}
	return out
}

// beside reports whether a word of a German run is one of several unknown ones
// side by side, as first and last name are; nouns hardly ever are.
func beside(run []word, known []bool, i int, how naming) bool {
	if how != namingShaped || run[i].shape != plainWord {
		return false
	}
	// j and its successor stand side by side: no "der" is between them.
	pair := func(j int) bool {
		return j >= 0 && j+1 < len(run) && !known[j] && !known[j+1] && !run[j].weak && run[j].next == strings.ToLower(run[j+1].text)
	}
	return pair(i-1) || pair(i)
}

// listed reports whether a word that begins a sentence is named beside a name
// of the page: "Rancher and Docker".
func listed(run []word, known []bool, i int, how naming) bool {
	return how != namingShaped && i == 0 && len(run) > 1 && (run[i].next == "and" || run[i].next == "or") && known[1] && !run[1].weak &&
		properLooking(run[i].text) && !commonWord(fold(run[i].text))
}

// heard marks the words of a run that the page has in another script, each by
// itself or the run as a whole.
func (in *input) heard(run []word, known []bool) {
	all := true
	for i := range run[:max(len(run)-1, 0)] { // Kim Min-su of Naver
		pair := run[i : i+2]
		if (!known[i] || !known[i+1]) && pair[0].next == strings.ToLower(pair[1].text) && in.corpus.heard().Has(joinRun(pair)) {
			known[i], known[i+1] = true, true
		}
	}
	for i, w := range run {
		if !known[i] && !w.weak && in.corpus.heard().Has(strings.TrimSuffix(strings.TrimSuffix(w.text, "'s"), "’s")) {
			known[i] = true
		}
		all = all && known[i]
	}
	if !all && len(run) > 1 && len(run) < 5 && in.corpus.heard().Has(joinRun(run)) {
		for i := range known {
			known[i] = true
		}
	}
}

// doubtful reports whether an unknown word may be a translation, or the reading
// of a name that cannot be read here.
func (in *input) doubtful(w word, how naming) bool {
	if languagesOfCode[fold(w.text)] && strings.Contains(in.corpus.text, "```") {
		return true // a reader knows it by the code
	}
	f := fold(w.text)
	switch {
	case in.orderWords[f]: // what a comment reports of an order, or obeys: [checkInjection] tells
		return true
	case how == namingAll:
		return false
	case w.shape == acronym: // WHO for 世界卫生组织
		return len(f) <= 5
	case w.shape == plainWord && in.corpus.heard().Kanji() && sound.Romaji(w.text):
		return japaneseReadings[f] == ""
	}
	return false
}

// expansions accepts runs whose initials are an acronym of the page: "Amazon
// Web Services" for AWS. It marks their words in known and leaves the others.
// All stretches of two to six words within the run are tried.
func (in *input) expansions(run []word, known []bool) {
	for i := range run {
		// initials grows by one word a round, from word i to word j.
		initials := strings.ToLower(string([]rune(run[i].text)[0]))
		for j := i + 1; j < len(run) && j < i+6; j++ {
			initials += strings.ToLower(string([]rune(run[j].text)[0]))
			if in.corpus.words[initials] {
				for k := i; k <= j; k++ {
					known[k] = true
				}
			}
		}
	}
}

// subject reports whether a weak word is a name after all: without an article it
// is the subject of a verb in the singular, which few other nouns can be.
// "Anthropic released it" makes a name of Anthropic; "Retrieval is hard" makes
// none of Retrieval, which properLooking excludes by its ending.
func (in *input) subject(w word, how naming) bool {
	if how == namingShaped || !w.weak || !properLooking(w.text) || commonWord(fold(w.text)) {
		return false
	}
	return how == namingAll && singularVerbs[w.next] || strings.HasSuffix(w.text, "'s") || strings.HasSuffix(w.text, "’s")
}

// properLooking excludes words that begin a sentence without being a name:
// known ones, short ones, and those with an ending of common nouns, adverbs and
// adjectives, such as "Retrieval" and "Additionally". It errs to the side of
// excluding.
func properLooking(w string) bool {
	f := fold(w)
	if starters[f] || generic[f] || len(f) < 3 {
		return false
	}
	for _, end := range []string{"ing", "ly", "tion", "sion", "ment", "ness", "ity", "ism", "ance", "ence", "ware", "ship", "ics", "ogy",
		"age", "ure", "ers", "ors", "ists", "ies", "tions", "ments", "ed", "al", "ive", "ous", "able", "ible", "ful", "less", "body", "thing",
		"one", "ency", "ancy"} {
		if strings.HasSuffix(f, end) {
			return false
		}
	}
	return true
}

// languagesOfCode are languages whose code is known by its look, and rarely named beside it.
var languagesOfCode = text.Set(`ada apl assembly awk bash c clojure cobol cpp css cuda d dart elixir elm erlang fish fortran fsharp
	go golang graphql groovy haskell hcl html java javascript json jsx julia kotlin latex lisp lua makefile markdown matlab mojo nim nix
	objective-c ocaml perl php powershell prolog protobuf python r racket ruby rust scala scheme scss shell solidity sql svelte swift
	tex toml tsx typescript vhdl verilog vue wasm xml yaml zig zsh`)
