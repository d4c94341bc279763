package gates

import (
	"fmt"
	"strings"
	"sync"

	"github.com/technoshare/commentator/internal/gates/quantity"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// input is what every gate sees. Gates don't change it.
type input struct {
	ev   *job.Evidence
	res  *job.Comment
	opts Options
	// size is the comment's as given; res is bounded.
	// It has one entry for each of [input.parts], in that order.
	size []int
	// corpus is all text of the evidence that a comment may rest on. The
	// passages that address the model are not in it: a name or link that only
	// they have is unknown, so that a page cannot vouch for what it tries to
	// plant.
	corpus    *corpus
	languages struct{ comment, page func() string }
	// orders are the passages of the page that address the model.
	orders []string
	// orderWords are the words of orders, in folded form.
	orderWords map[string]bool
	// orderNumbers are the numbers of orders, nil without any.
	orderNumbers func() *numberSet
	// hidden are the words of what the page says in disguise; see [hiddenText].
	hidden map[string]bool
	// countries are the English names of what the page names in its language;
	// see [countriesOf].
	countries func() map[string]bool
	// topic is what the page is about; see [checkCalls].
	topic func() *topic
	// ordered is the same of the orders; none of it fits the page.
	ordered func() *topic
}

// newInput prepares what all gates look at, once for a comment. It parts each
// text of the evidence into what a comment may rest on and the passages that
// address the model; the latter count for nothing but the injection gate.
func newInput(ev *job.Evidence, res *job.Comment, opts Options) *input {
	if ev == nil {
		ev = &job.Evidence{Coverage: job.CoverageFailed}
	}
	if res == nil {
		res = &job.Comment{}
	}
	if opts.Answer {
		res = &job.Comment{Summary: res.Answer} // it is read as the one paragraph that it is
	}
	in := &input{ev: ev, res: bounded(res), opts: opts, size: fullSize(res), hidden: map[string]bool{}}
	in.languages.comment, in.languages.page = sync.OnceValue(in.detectComment), sync.OnceValue(in.detectPage)
	var trusted strings.Builder
	// Of all orders together no more than maxOrders bytes are kept; an order
	// that would exceed that is left out whole. It is out of the corpus all the
	// same.
	planted := 0
	for _, text := range evidenceTexts(ev) {
		keep, orders := splitOrders(text)
		if text == ev.Text {
			var foreign []string
			keep, foreign = splitTongues(keep, in.evidenceLanguage())
			orders = append(orders, foreign...)
		}
		for _, o := range orders {
			if planted += len(o); planted <= maxOrders {
				in.orders = append(in.orders, o)
			}
		}
		for _, h := range hiddenText(text) {
			if planted += len(h); planted <= maxOrders {
				in.orders = append(in.orders, h)
				for _, w := range foldedWords(h) {
					in.hidden[w] = true
				}
			}
		}
		trusted.WriteString(keep)
		trusted.WriteString("\n\n")
	}
	in.orderWords = map[string]bool{}
	for _, o := range in.orders {
		for _, w := range rawWords(o) {
			in.orderWords[fold(w)] = true
		}
	}
	in.orderNumbers = sync.OnceValue(func() *numberSet {
		if len(in.orders) == 0 {
			return nil
		}
		all := strings.Join(in.orders, "\n")
		return newNumberSet(all, in.numberLanguages(all))
	})
	in.countries = sync.OnceValue(func() map[string]bool { return countriesOf(trusted.String(), in.evidenceLanguage()) })
	in.topic = sync.OnceValue(func() *topic {
		return newTopic(trusted.String(), ev.Title, ev.URL, ev.FinalURL, ev.CanonicalURL)
	})
	in.ordered = sync.OnceValue(func() *topic {
		t := newTopic(strings.Join(in.orders, "\n\n"), "")
		for i := range t.statements {
			t.statements[i].rank = 0
		}
		return t
	})
	in.corpus = newCorpus(trusted.String(), in.numberLanguages(trusted.String()))
	in.corpus.numbers.foreign = in.evidenceLanguage() != "" && !quantity.Knows(in.evidenceLanguage())
	return in
}

// What the gates read at most: far more than any comment that passes, and any
// page that is not made to tire them.
// Nearly all gates compare every part with the page, so that their time is the
// product of both sizes.
const (
	// maxItems is the most entries of one list that are read; the forms ask for
	// 8 at most.
	maxItems  = 40
	maxPart   = 8000 // characters
	maxOrders = 64 << 10
)

// bounded is the result as far as the gates read it. What is left out has
// failed by its length already: a list of more than maxItems breaks its own
// gate, and maxPart is above every limit of [checkLength], which counts before
// the cut.
func bounded(res *job.Comment) *job.Comment {
	items := func(in []string) []string {
		out := make([]string, 0, len(in))
		for _, s := range in[:min(len(in), maxItems)] {
			out = append(out, firstChars(s, maxPart))
		}
		return out
	}
	return &job.Comment{TLDR: items(res.TLDR), Summary: firstChars(res.Summary, maxPart), Projects: items(res.Projects),
		SimilarTech: items(res.SimilarTech)}
}

// fullSize is what Slack counts of each part, in the order of input.parts. It
// must walk the fields as parts does: checkLength matches the two by index.
func fullSize(res *job.Comment) []int {
	var out []int
	add := func(items ...string) {
		for _, s := range items {
			out = append(out, slackLength(s))
		}
	}
	add(res.TLDR[:min(len(res.TLDR), maxItems)]...)
	add(res.Summary)
	add(res.Projects[:min(len(res.Projects), maxItems)]...)
	add(res.SimilarTech[:min(len(res.SimilarTech), maxItems)]...)
	return out
}

// firstChars returns the first most characters of s, all of s if it has no
// more. It adds no ellipsis: the gates judge what is there, and a mark of ours
// would count as a sentence without an end.
func firstChars(s string, most int) string {
	// Bytes are never fewer than characters: the common case needs no counting.
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}

// evidenceTexts are the words that the model was shown, and what is known of
// the page beside them, such as its author and address, which a comment may
// name as well.
func evidenceTexts(ev *job.Evidence) []string {
	texts := []string{ev.Title, ev.Description, ev.Text, ev.Author, ev.SiteName, ev.Published, ev.URL, ev.FinalURL, ev.CanonicalURL}
	for _, s := range ev.Sources {
		texts = append(texts, s.Title, s.URL)
	}
	// Snippets are mostly stretches of the text; only others add something.
	for _, s := range ev.Snippets {
		if !strings.Contains(ev.Text, s.Content) {
			texts = append(texts, s.Content)
		}
	}
	return texts
}

// part is one piece of the comment, with a name for people.
type part struct {
	field string // tldr, summary, projects, similar_tech
	name  string
	text  string
}

// prose is what must rest on the evidence word for word. Project ideas and
// similar technologies are left out: they are to bring in what the page does
// not have.
func (in *input) prose() []part {
	var parts []part
	for i, s := range in.res.TLDR {
		parts = append(parts, part{"tldr", fmt.Sprintf("tldr item %d", i+1), s})
	}
	return append(parts, part{"summary", in.called("summary"), in.res.Summary})
}

// called is the name of a field for people.
func (in *input) called(field string) string {
	if in.opts.Answer {
		return "answer"
	}
	return field
}

// parts are all pieces of the comment, in the order in which people read it.
func (in *input) parts() []part {
	parts := in.prose()
	for i, s := range in.res.Projects {
		parts = append(parts, part{"projects", fmt.Sprintf("project %d", i+1), s})
	}
	for i, s := range in.res.SimilarTech {
		parts = append(parts, part{"similar_tech", fmt.Sprintf("similar tech %d", i+1), s})
	}
	return parts
}

// short reports whether the page has too few sentences for a full summary made
// of nothing but its own. That is possible with the offline analyst only, which
// needs sentences for three items and a summary of five: eight in all.
func (in *input) short() bool {
	_, most := text.CountSentences(in.ev.Text)
	return in.opts.Offline && most < 8
}

// verdict is what one gate says. detail is one sentence for people; it ends up
// in the Slack thread, in a tag of the run and in the table of gates.
type verdict struct {
	passed bool
	detail string
	score  float64 // 0 to 1
	// doubtful says that what was found is not certainly wrong: the verdict is
	// reported and blocks nothing, whatever its gate's severity.
	doubtful bool
}

// pass is a verdict with the full score.
func pass(format string, args ...any) verdict {
	return verdict{passed: true, detail: fmt.Sprintf(format, args...), score: 1}
}

// fail is a verdict below the full score, however few faults there are among
// many things. A score of 1 thus always means a pass.
func fail(score float64, format string, args ...any) verdict {
	return verdict{detail: fmt.Sprintf(format, args...), score: min(max(score, 0), 0.99)}
}

// faults makes a verdict of the faults found among n things checked: a pass
// with the detail good when there are none, else a fail whose score is the
// share of things without a fault. n may be less than the number of faults,
// since a thing may have several; the score is then 0.
func faults(found []string, n int, good string) verdict {
	if len(found) == 0 {
		return pass("%s", good)
	}
	return fail(1-float64(len(found))/float64(max(n, len(found))), "%s", list(found))
}

// weighed makes a verdict of what is certainly wrong and of what is in doubt,
// among n things checked. Both are listed; doubts alone block nothing.
func weighed(found, doubts []string, n int, prefix, good string) verdict {
	bad := len(found) + len(doubts)
	score := 1 - (float64(len(found))+float64(len(doubts))/2)/float64(max(n, bad, 1))
	switch {
	case bad == 0:
		return pass("%s", good)
	case len(found) == 0:
		v := fail(score, "in doubt, %s%s", prefix, list(doubts))
		v.doubtful = true
		return v
	case len(doubts) == 0:
		return fail(score, "%s%s", prefix, list(found))
	}
	return fail(score, "%s%s; in doubt: %s", prefix, list(found), list(doubts))
}

// maxListed bounds a detail: it ends up in Slack and in tags.
const maxListed = 8

// list joins at most maxListed things for people.
func list(items []string) string {
	if len(items) <= maxListed {
		return strings.Join(items, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(items[:maxListed], "; "), len(items)-maxListed)
}

// excerpt shortens text for a detail.
func excerpt(s string) string {
	return text.Shorten(text.OneLine(s), 60)
}

// distinct keeps the first of equal strings.
func distinct(items []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range items {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
