package analysis

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence"
)

const (
	// ranked bounds the sentences that are compared with each other: the
	// beginning of the page and its end, where conclusions stand.
	ranked     = 400
	rankedTail = 80

	summaryRunes  = 1600 // a summary ends before it gets longer
	summaryMin    = 100  // the schema's
	summaryTarget = 7    // sentences, of the 5 to 10 that are asked for
	alike         = 0.6  // cosine above which two sentences say the same
)

type offlineAnalyst struct{}

// NewOffline makes the analyst that needs no model. Its tldr and summary are
// sentences of the page, word for word; it has no project ideas and compares
// with nothing, because a text cannot be made to say more than it says. The
// same page gives the same result.
func NewOffline() Analyst { return offlineAnalyst{} }

func (offlineAnalyst) Describe() Settings {
	return Settings{Analyst: AnalystOffline, Provider: AnalystOffline, Model: AnalystOffline}
}

func (offlineAnalyst) Analyze(ctx context.Context, ev *evidence.Evidence) (*Outcome, error) {
	o := &Outcome{Analyst: AnalystOffline, Model: AnalystOffline, Mode: ModeOffline}
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

// candidate is a sentence that may be picked.
type candidate struct {
	sentence
	vec   vector
	score float64
	tier  int // 0: stands alone; 1: a full sentence; 2: anything
}

// extract picks the sentences, or returns nil when the page has too few.
func extract(ev *evidence.Evidence) *Result {
	cands := candidates(ev)
	tldr := pick(cands, nil, 3, 0, 320)
	if len(tldr) < 3 {
		return nil
	}
	summary := pick(cands, tldr, summaryTarget, summaryMin, 500)
	if runes(summary) < summaryMin || len(summary) < min(5, len(cands)) {
		// A short page: the summary may say again what the tldr says.
		summary = pick(cands, nil, summaryTarget, summaryMin, 500)
	}
	if runes(summary) < summaryMin {
		return nil
	}
	return &Result{TLDR: texts(tldr), Summary: strings.Join(texts(summary), separator(summary)), Projects: []string{}, SimilarTech: []string{}}
}

func candidates(ev *evidence.Evidence) []candidate {
	ss := sentences(clean(bodyOf(ev)))
	if len(ss) > ranked {
		ss = slices.Concat(ss[:ranked-rankedTail], ss[len(ss)-rankedTail:])
	}
	if len(ss) < 5 {
		// A teaser: its description and title are the page's own words too.
		ss = append(ss, sentences(clean(ev.Description))...)
		ss = append(ss, sentences(clean(ev.Title))...)
	}
	seen := make(map[string]bool)
	ss = slices.DeleteFunc(ss, func(s sentence) bool {
		key := strings.ToLower(s.text)
		dup := seen[key]
		seen[key] = true
		return dup
	})
	vecs := vectors(ss)
	central := textRank(vecs)
	title := newSet(strings.Join(terms(ev.Title+" "+ev.Description), " "))
	out := make([]candidate, 0, len(ss))
	for i, s := range ss {
		tier := tierOf(s.text)
		if tier < 0 {
			continue
		}
		// Centrality leads; the opening of a text and the words of its title
		// are the two other signs that hold across kinds of pages.
		score := central[i] + 0.35/(1+float64(i)/4) + 0.4*overlap(s.text, title)
		if s.opens {
			score += 0.05
		}
		out = append(out, candidate{sentence: s, vec: vecs[i], score: score, tier: tier})
		out[len(out)-1].index = i
	}
	return out
}

// pick takes the n best candidates that are not in without, that are not like
// one another, and returns them in the order of the page. It takes sentences
// that do not stand alone only when there are too few others, or too few to
// reach atLeast characters.
func pick(cands []candidate, without []candidate, n, atLeast, longest int) []candidate {
	var got []candidate
	used := make(map[int]bool)
	for _, c := range without {
		used[c.index] = true
	}
	for tier := 0; tier <= 2; tier++ {
		if tier == 2 && len(got) >= min(n, 3) && runes(got) >= atLeast {
			break
		}
		for len(got) < n {
			best := -1
			for i, c := range cands {
				if c.tier != tier || used[c.index] || utf8.RuneCountInString(c.text) > longest || resembles(c, got) {
					continue
				}
				if best < 0 || c.score > cands[best].score {
					best = i
				}
			}
			if best < 0 || len(got) > 0 && runes(got)+utf8.RuneCountInString(cands[best].text) > summaryRunes {
				break
			}
			used[cands[best].index] = true
			got = append(got, cands[best])
		}
	}
	slices.SortFunc(got, func(a, b candidate) int { return a.index - b.index })
	return got
}

func resembles(c candidate, got []candidate) bool {
	return slices.ContainsFunc(got, func(g candidate) bool { return c.vec.dot(g.vec) > alike })
}

// tierOf judges one sentence by its form: 0 when it can be read without its
// neighbours, 1 when it is at least whole, 2 when it is only text, -1 when it
// is no prose.
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
	case !endsSentence(s) || boilerplate(s):
		return 2
	case n < least || n > most || !balanced(s) || strings.HasSuffix(s, "?"),
		unicode.IsLower(first), !unicode.IsLetter(first) && !unicode.IsDigit(first) && !strings.ContainsRune(`"'“„«‘「『([¿¡*`, first),
		leans(s):
		return 1
	}
	return 0
}

func endsSentence(s string) bool {
	s = strings.TrimRight(s, `"'”’»)]」』*_ `)
	r, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?。！？।؟۔…", r)
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

func leans(s string) bool {
	first, _, _ := strings.Cut(s, " ")
	_, ok := leaning[strings.ToLower(strings.Trim(first, `,;:"'“”’`))]
	return ok
}

// pageFurniture are phrases of the frame around a text rather than of the text.
var pageFurniture = []string{
	"cookie", "subscribe", "newsletter", "sign up", "sign in", "log in", "all rights reserved", "©", "privacy policy",
	"terms of service", "click here", "read more", "share this", "follow us", "advertisement", "javascript", "your browser",
	"weiterlesen", "anmelden", "abonnieren", "alle rechte", "lire la suite", "abonnez", "suscríb", "http://", "https://",
}

func boilerplate(s string) bool {
	low := strings.ToLower(s)
	return slices.ContainsFunc(pageFurniture, func(p string) bool { return strings.Contains(low, p) })
}

// balanced tells whether brackets and curly quotes close.
func balanced(s string) bool {
	for _, p := range []struct{ open, close string }{{"(", ")"}, {"[", "]"}, {"“", "”"}, {"«", "»"}, {"「", "」"}} {
		if strings.Count(s, p.open) != strings.Count(s, p.close) && !(p.open == "“" && strings.Contains(s, "„")) {
			return false
		}
	}
	return strings.Count(s, `"`)%2 == 0
}

// overlap is the share of title words that s has.
func overlap(s string, title map[string]struct{}) float64 {
	if len(title) == 0 {
		return 0
	}
	found := make(map[string]struct{})
	for _, t := range terms(s) {
		if _, ok := title[t]; ok {
			found[t] = struct{}{}
		}
	}
	return float64(len(found)) / float64(len(title))
}

func texts(cs []candidate) []string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.text
	}
	return out
}

// separator is a space, except in scripts that write none.
func separator(cs []candidate) string {
	for _, c := range cs {
		if r, _ := utf8.DecodeLastRuneInString(c.text); !strings.ContainsRune("。！？」』", r) {
			return " "
		}
	}
	return ""
}

func runes(cs []candidate) int {
	n := 0
	for _, c := range cs {
		n += utf8.RuneCountInString(c.text) + 1
	}
	return n
}
