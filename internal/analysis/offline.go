package analysis

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

const (
	// ranked bounds the sentences that are compared with each other: the
	// beginning of the page and its end, where conclusions stand.
	ranked     = 400
	rankedTail = 80

	summaryRunes  = 1600 // a summary ends before it gets longer
	summaryMin    = 100  // the schema's
	summaryTarget = 7    // sentences, of the 5 to 10 that are asked for
	alike         = 0.6  // cosine, or share of words, above which two sentences say the same
)

// offlineAnalyst has no state and may be used by several goroutines.
type offlineAnalyst struct{}

// NewOffline makes the analyst that needs no model. Its tldr and summary are
// sentences of the page, word for word; it has no project ideas and compares
// with nothing, because a text cannot be made to say more than it says. The
// same page gives the same result.
func NewOffline() job.Analyst { return offlineAnalyst{} }

func (offlineAnalyst) Describe() job.AnalystSettings {
	return job.AnalystSettings{Analyst: job.AnalystOffline, Provider: job.AnalystOffline, Model: job.AnalystOffline}
}

func (offlineAnalyst) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	o := &job.Analysis{Analyst: job.AnalystOffline, Model: job.AnalystOffline, Mode: ModeOffline}
	if err := usable(ev); err != nil {
		return o, err
	}
	if ctx.Err() != nil {
		return o, &Error{Kind: KindCanceled, What: "the analysis was stopped", cause: ctx.Err()}
	}
	res := extract(ev)
	if res == nil {
		return o, &Error{
			Kind: KindNoEvidence, What: "the page has too few sentences to pick a summary from",
			Hint: "share a page with more text, or configure a model with OPENAI_API_KEY or OPENAI_BASE_URL",
		}
	}
	o.Result = res
	return o, nil
}

// candidate is a sentence that may be picked. vec and words serve to find
// sentences that say the same; score ranks, tier says how well the sentence
// stands alone.
type candidate struct {
	text.Sentence
	index int // in the text
	vec   vector
	words map[string]struct{}
	score float64
	tier  int // 0: stands alone; 1: a full sentence; 2: anything
}

// extract picks the sentences, or returns nil when the page has too few for
// three items and a summary of the length that the schema demands.
func extract(ev *job.Evidence) *job.Comment {
	cands := candidates(ev)
	// At most 3 sentences of up to 320 characters, then 7 of up to 500.
	tldr := pick(cands, nil, 3, 0, 320)
	if len(tldr) < 3 {
		return nil
	}
	// Preferably the summary has other sentences than the tldr.
	summary := pick(cands, tldr, summaryTarget, summaryMin, 500)
	if runes(summary) < summaryMin || len(summary) < min(5, len(cands)) {
		// A short page: the summary may say again what the tldr says.
		summary = pick(cands, nil, summaryTarget, summaryMin, 500)
	}
	if runes(summary) < summaryMin {
		return nil
	}
	return &job.Comment{
		TLDR: texts(tldr), Summary: strings.Join(texts(summary), separator(summary)),
		Projects: []string{}, SimilarTech: []string{},
	}
}

// candidates are the sentences of the page that are prose, in its order, with
// their scores. Repeated sentences come once. Their number is bounded, since
// textRank takes the square of it.
func candidates(ev *job.Evidence) []candidate {
	ss := text.Sentences(prose(clean(bodyOf(ev))), maxSentences)
	// The middle of long pages is left out: openings and conclusions say most.
	if len(ss) > ranked {
		ss = slices.Concat(ss[:ranked-rankedTail], ss[len(ss)-rankedTail:])
	}
	if len(ss) < 5 {
		// A teaser: its description and title are the page's own words too.
		ss = append(ss, text.Sentences(clean(ev.Description), maxSentences)...)
		ss = append(ss, text.Sentences(clean(ev.Title), maxSentences)...)
	}
	// The marks of lists and quotations, which pages write as text, are taken
	// off; listed holds the sentences that had one.
	listed := make(map[string]bool)
	for i := range ss {
		if bare := strings.TrimLeft(ss[i].Text, "-*•·>#–— "); bare != ss[i].Text {
			ss[i].Text = bare
			listed[bare] = true
		}
	}
	seen := make(map[string]bool)
	// The first of equal sentences stays, whatever their case.
	ss = slices.DeleteFunc(ss, func(s text.Sentence) bool {
		key := strings.ToLower(s.Text)
		dup := seen[key]
		seen[key] = true
		return dup
	})
	vecs := vectors(ss)
	central := textRank(vecs)
	title := newSet(strings.Join(terms(ev.Title+" "+ev.Description), " "))
	out := make([]candidate, 0, len(ss))
	for i, s := range ss {
		tier := tierOf(s.Text)
		if tier < 0 {
			continue
		}
		if listed[s.Text] {
			tier = max(tier, 1) // an item of a list needs the line above it
		}
		words := newSet(strings.Join(terms(s.Text), " "))
		// Centrality leads; the opening of a text and the words of its title
		// are the two other signs that hold across kinds of pages.
		score := central[i] + 0.8/(1+float64(i)/2) + 0.4*portion(words, title)
		if s.Opens {
			score += 0.05
		}
		out = append(out, candidate{Sentence: s, index: i, vec: vecs[i], words: words, score: score, tier: tier})
	}
	return out
}

// prose leaves out what retrieval marks as code, heading or table: lines
// between fences, and lines that begin with # or |.
func prose(body string) string {
	var b strings.Builder
	code := false
	for line := range strings.Lines(body) {
		bare := strings.TrimSpace(line)
		if strings.HasPrefix(bare, "```") {
			code = !code
			continue
		}
		if !code && !strings.HasPrefix(bare, "#") && !strings.HasPrefix(bare, "|") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// pick takes the n best candidates that are not in without and returns them in
// the order of the page. Only when they are fewer than three, or shorter than
// atLeast characters, does it take sentences that do not stand alone, then
// those that resemble one that it has.
func pick(cands []candidate, without []candidate, n, atLeast, longest int) []candidate {
	var got []candidate
	used := make(map[int]bool)
	for _, c := range without {
		used[c.index] = true
	}
	// Steps 0 and 1 always run, to fill up with whole statements; steps 2 (any
	// text) and 3 (repetitions) only if there is not enough without them.
	enough := func() bool { return len(got) >= min(n, 3) && runes(got) >= atLeast }
	for step := range 4 {
		// The steps take tiers 0, 1 and 2, and then tier 2 with repetitions.
		tier, repeat := min(step, 2), step == 3
		if step >= 2 && enough() {
			break
		}
		for len(got) < n {
			best := -1
			for i, c := range cands {
				if c.tier > tier || used[c.index] || utf8.RuneCountInString(c.Text) > longest || !repeat && resembles(c, got) {
					continue
				}
				if best < 0 || c.score > cands[best].score {
					best = i
				}
			}
			// A sentence that would exceed the summary ends the step; the next
			// tier begins again with its best.
			if best < 0 || len(got) > 0 && runes(got)+utf8.RuneCountInString(cands[best].Text) > summaryRunes {
				break
			}
			used[cands[best].index] = true
			got = append(got, cands[best])
		}
	}
	slices.SortFunc(got, func(a, b candidate) int { return a.index - b.index })
	return got
}

// resembles reports whether c says what one of got says already, by its meaning
// (cosine) or its plain words.
func resembles(c candidate, got []candidate) bool {
	return slices.ContainsFunc(got, func(g candidate) bool {
		return c.vec.dot(g.vec) > alike || portion(c.words, g.words) > alike
	})
}

// tierOf judges one sentence by its form: 0 when it can be read without its
// neighbours, 1 when it is at least a whole statement, 2 when it is only text
// (a question, an exclamation, a fragment), -1 when it is no prose.
// Lengths are in characters: 40 to 300 for tier 0, less in scripts of
// ideographs. Six tenths at least must be letters or spaces.
func tierOf(s string) int {
	n := utf8.RuneCountInString(s)
	letters, wide := 0, 0
	for _, r := range s {
		switch {
		case unspaced(r):
			wide++
			letters++
		case unicode.IsLetter(r), unicode.IsMark(r), r == ' ':
			letters++
		}
	}
	least, most := 40, 300
	if wide*2 > n { // an ideograph says as much as two or three letters
		least, most = 15, 140
	}
	first, _ := utf8.DecodeRuneInString(s)
	switch {
	case n < least/4 || letters*10 < n*6:
		return -1
	case !endsSentence(s) || boilerplate(s) || n < least/2 || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "？"):
		return 2
	case n < least || n > most || !balanced(s),
		unicode.IsLower(first), !unicode.IsLetter(first) && !unicode.IsDigit(first) && !strings.ContainsRune(`"'“„«‘「『([¿¡*`, first),
		leans(s):
		return 1
	}
	return 0
}

// endsSentence reports whether s has an end mark, of any script, before closing
// quotes, brackets and Markdown marks.
func endsSentence(s string) bool {
	s = strings.TrimRight(s, `"'”’»)]」』*_ `)
	r, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?。！？।؟۔", r)
}

// leaning are first words that point back at what was said before. English,
// German, French, Spanish, Italian and Portuguese.
var leaning = newSet(`this that these those it its they them their he she his her we here there such both
	however but and so also thus therefore hence moreover furthermore instead meanwhile then otherwise nevertheless yet still
	additionally besides similarly likewise consequently or nor because another finally second third
	dies diese dieser dieses das er sie es aber und doch jedoch daher deshalb dabei damit darum dazu außerdem auch dann trotzdem
	ce cette ces il elle ils elles mais et donc cependant ainsi aussi toutefois alors puis
	este esta esto estos estas ese esa eso ellos ellas pero y sin además también entonces así
	questo questa questi queste ma e quindi inoltre però anche così
	isto isso ele ela eles elas mas também assim então porém`)

// leans reports whether the first word of s is one of leaning. An apostrophe
// ends the word: "it's" leans as "it" does.
func leans(s string) bool {
	first, _, _ := strings.Cut(s, " ")
	first, _, _ = strings.Cut(strings.TrimLeft(first, `"'“‘(`), "'")
	first, _, _ = strings.Cut(first, "’")
	_, ok := leaning[strings.ToLower(strings.Trim(first, `,;:”`))]
	return ok
}

// pageFurniture are phrases of the frame around a text rather than of the text.
var pageFurniture = []string{
	"cookie", "subscribe", "newsletter", "sign up", "sign in", "log in", "all rights reserved", "©", "privacy policy",
	"terms of service", "click here", "read more", "share this", "follow us", "advertisement", "javascript", "your browser",
	"weiterlesen", "anmelden", "abonnieren", "alle rechte", "lire la suite", "abonnez", "suscríb", "http://", "https://",
}

// boilerplate reports whether s has a phrase of pageFurniture. An article on
// cookies loses its sentences by that to tier 2, not altogether.
func boilerplate(s string) bool {
	low := strings.ToLower(s)
	return slices.ContainsFunc(pageFurniture, func(p string) bool { return strings.Contains(low, p) })
}

// balanced reports whether brackets and quotation marks close. A German
// quotation begins with „ and ends with “, which is an opening mark elsewhere.
// A sentence torn out of a quotation does not stand alone.
func balanced(s string) bool {
	for _, p := range []struct{ open, close string }{{"(", ")"}, {"[", "]"}, {"“", "”"}, {"«", "»"}, {"「", "」"}} {
		if strings.Count(s, p.open) != strings.Count(s, p.close) && !(p.open == "“" && strings.Contains(s, "„")) {
			return false
		}
	}
	return strings.Count(s, `"`)%2 == 0
}

// portion is the share of the words of b that a has, from 0 to 1; 0 if b is
// empty.
func portion(a, b map[string]struct{}) float64 {
	n := 0
	for w := range b {
		if _, ok := a[w]; ok {
			n++
		}
	}
	return float64(n) / float64(max(len(b), 1))
}

// texts are the sentences of candidates.
func texts(cs []candidate) []string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.Text
	}
	return out
}

// separator is a space, except in scripts that write none.
func separator(cs []candidate) string {
	for _, c := range cs {
		if r, _ := utf8.DecodeLastRuneInString(c.Text); !strings.ContainsRune("。！？」』", r) {
			return " "
		}
	}
	return ""
}

// runes is the length of the candidates joined by spaces, in characters.
func runes(cs []candidate) int {
	n := 0
	for _, c := range cs {
		n += utf8.RuneCountInString(c.Text) + 1
	}
	return n
}
