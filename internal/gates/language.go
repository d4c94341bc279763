package gates

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/RadhiFadlillah/whatlanggo"

	"github.com/technoshare/commentator/internal/gates/quantity"
	"github.com/technoshare/commentator/internal/text"
)

// stopWords are the most frequent words of a language. They tell languages
// apart where trigrams are unsure: a text about English products may look
// English to a detector that sees letters only, but it has no English articles.
// A word may stand in several lists; only shares are compared.
var stopWords = map[string]map[string]bool{
	"en": text.Set(`the of and to in is that it for as with was on are by this be from at or an which its has not
		have but they their can will more also`),
	"de": text.Set(`der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch
		es an werden aus er hat dass sie nach wird bei einer um am`),
	"fr": text.Set(`de la le et les des en un une du est que dans pour qui par sur au plus pas avec ce se sont il elle ne cette ou aux`),
	"es": text.Set(`de la que el en y los se del las un por con una para es su al lo como más pero sus le ha este está también`),
	"it": text.Set(`di e il la che in un per è una sono con del non si le dei da al come più della alla gli nel anche ma`),
	"pt": text.Set(`de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das seu sua ou são`),
	"nl": text.Set(`de van het een en in is dat op te zijn voor met die niet aan er om ook als maar bij door naar uit worden wordt`),
	"sv": text.Set(`och i att det som en på är av för med den till inte om ett har de sig från men var kan också`),
	"pl": text.Set(`w i na z się do nie że jest to o jak po od za przez dla są oraz ale jego które ma`),
	"tr": text.Set(`ve bir bu için ile da de olarak daha çok olan en gibi kadar sonra ancak ne değil`),
	"id": text.Set(`yang dan di dari untuk dengan ini itu dalam pada adalah tidak akan oleh juga ke sebagai ada telah atau`),
	"ru": text.Set(`и в не на что с по как это для из от к его но за так же она был`),
}

// confusable are languages that detection takes for one another, as ISO 639-1
// codes. A comment in any language of a group passes for the others of that
// group: a false alarm is worse than a Dane who reads Norwegian.
var confusable = []map[string]bool{
	text.Set(`id ms jv su`), text.Set(`no nb nn da sv`), text.Set(`sr hr bs sl`), text.Set(`es gl pt ca`), text.Set(`cs sk`),
	text.Set(`ru uk be bg mk`), text.Set(`hi mr ne`), text.Set(`nl af de`), text.Set(`zh ja`),
}

// languageLetters is the least that can be judged: below a sentence or so, a
// single foreign name decides what the detector says.
const languageLetters = 80

// checkLanguage judges each part by itself: models that are asked in one
// language about a page in another tend to slip in one part only. Names and
// addresses don't count, nor do parts too short to judge. The offline analyst
// quotes the page, so its language is the page's whatever was asked for.
func checkLanguage(in *input) verdict {
	want := baseLanguage(in.opts.Language)
	if in.opts.Offline || want == "" {
		want = in.evidenceLanguage()
	}
	if want == "" {
		return pass("the page's language is not known")
	}
	groups := map[string]string{"summary": in.res.Summary, "tldr": strings.Join(in.res.TLDR, "\n"),
		"projects": afterNames(in.res.Projects), "similar_tech": afterNames(in.res.SimilarTech)}
	var found []string
	n := 0
	for _, field := range []string{"tldr", "summary", "projects", "similar_tech"} {
		text := text.WithoutAddresses(groups[field])
		if countLetters(text) < languageLetters {
			continue
		}
		n++
		if got := wrongLanguage(text, want); got != "" {
			found = append(found, fmt.Sprintf("%s is in %s, not in %s: “%s”", in.called(field), got, want, excerpt(text)))
		}
	}
	return faults(found, n, "in "+want)
}

// wrongLanguage names the language of text when it is surely not want, else it
// returns "". The name is an ISO 639-1 code, or the detector's own where there
// is none. Two witnesses must agree before a text is called wrong: the trigram
// detector, and the stop words of want or, where no list of want exists, the
// detector's word that it is sure.
func wrongLanguage(text, want string) string {
	have, known := stopShare(text, want)
	if have >= 0.15 {
		return "" // reads like the right one, whatever the detector says
	}
	info := whatlanggo.Detect(text)
	got := info.Lang.Iso6391()
	if got == want || related(got, want) {
		return ""
	}
	// The detector's value for a text in which it recognised nothing.
	if info.Lang == -1 {
		return ""
	}
	// The detector says another language. Ask the stop words of both.
	if known {
		switch other, ok := stopShare(text, got); {
		// By its stop words the text is no more of the other language than of
		// the right one: the detector was misled by names.
		case ok && other <= have:
			return ""
		// No list of the other language to compare with: a few stop words of
		// the right one outweigh a detector that is not sure.
		case !ok && have >= 0.05 && !info.IsReliable():
			return ""
		}
		if got == "" {
			got = info.Lang.String()
		}
		return got
	}
	if !info.IsReliable() {
		return ""
	}
	if got == "" {
		got = info.Lang.String()
	}
	return got
}

// related reports whether detection may take one language for the other.
func related(a, b string) bool {
	for _, k := range confusable {
		if k[a] && k[b] {
			return true
		}
	}
	return false
}

// stopShare is the share of words that are stop words of a language, from 0 to
// 1. known is false where there is no list of that language.
func stopShare(text, lang string) (share float64, known bool) {
	if _, known = stopWords[lang]; !known {
		return 0, false
	}
	return stopShares(text)[lang], true
}

// stopLanguages are the languages of each stop word.
var stopLanguages = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for lang, words := range stopWords {
		for w := range words {
			out[w] = append(out[w], lang)
		}
	}
	return out
})

// stopShares are the shares of all languages that have a list.
func stopShares(text string) map[string]float64 {
	out, languages, words := map[string]float64{}, stopLanguages(), 0
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		words++
		for _, lang := range languages[w] {
			out[lang]++
		}
	}
	for lang := range out {
		out[lang] /= float64(words)
	}
	return out
}

// detectPage finds the page's language: what its text says, else what the
// page declares. The text comes first because templates often declare "en" for
// pages in any language. It is an ISO 639-1 code, or "" when neither tells.
func (in *input) detectPage() string {
	if countLetters(in.ev.Text) >= 200 {
		if info := whatlanggo.Detect(firstLetters(in.ev.Text)); info.IsReliable() {
			return info.Lang.Iso6391()
		}
	}
	return baseLanguage(in.ev.Lang)
}

// detectComment finds the language that a comment is written in: what its
// summary says, else the one asked for, else the page's.
func (in *input) detectComment() string {
	if countLetters(in.res.Summary) >= languageLetters {
		if info := whatlanggo.Detect(firstLetters(in.res.Summary)); info.IsReliable() {
			return info.Lang.Iso6391()
		}
	}
	if want := baseLanguage(in.opts.Language); want != "" {
		return want
	}
	return in.evidenceLanguage()
}

// commentLanguage and evidenceLanguage are the languages of comment and page;
// detecting them is the dearest thing that the gates do, and done once.
func (in *input) commentLanguage() string { return in.languages.comment() }

func (in *input) evidenceLanguage() string { return in.languages.page() }

// numberLanguages are those in which a page's numbers are read: its own, the
// comment's and English, whose units and words stand in pages of any language,
// and those of the scripts in it.
func (in *input) numberLanguages(page string) []string {
	out := []string{"en"}
	add := func(langs ...string) {
		for _, l := range langs {
			if quantity.Knows(l) && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	own := in.evidenceLanguage()
	add(own, in.commentLanguage())
	scripts := map[string]bool{}
	for _, r := range page {
		switch {
		case r < 0x400:
		case unicode.Is(unicode.Han, r):
			scripts["zh"] = true
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			scripts["ja"] = true
		case unicode.Is(unicode.Hangul, r):
			scripts["ko"] = true
		case unicode.Is(unicode.Cyrillic, r):
			scripts["ru"] = true
		case unicode.Is(unicode.Devanagari, r):
			scripts["hi"] = true
		}
	}
	for _, l := range []string{"zh", "ja", "ko", "ru", "hi"} {
		if scripts[l] {
			add(l)
		}
	}
	if !quantity.Knows(own) && len(out) == 1 {
		add("de", "fr", "es", "pt")
	}
	return out
}

// firstLetters bounds what detection reads, in bytes. More text does not change
// its answer, and its time grows with the length.
func firstLetters(s string) string {
	const most = 8000
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// baseLanguage is the language of a tag such as en-GB, in lower case; "" for
// tags that do not begin with a code of two letters.
func baseLanguage(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(tag))
	if i := strings.IndexAny(tag, "-_"); i > 0 {
		tag = tag[:i]
	}
	if len(tag) != 2 {
		return ""
	}
	return tag
}

// afterNames is the items without the names that they begin with, which belong
// to no language.
func afterNames(items []string) string {
	out := make([]string, len(items))
	for i, s := range items {
		if _, rest, ok := leadName(s); ok {
			s = rest
		}
		out[i] = s
	}
	return strings.Join(out, "\n")
}

// countLetters counts what language detection works with.
func countLetters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}
