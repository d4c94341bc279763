package gates

import (
	"fmt"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// input is what every gate sees. Gates don't change it.
type input struct {
	ev   *job.Evidence
	res  *job.Comment
	opts Options
	// size is the comment's as given; res is bounded.
	size []int
	// corpus is all text of the evidence that a comment may rest on, without
	// the passages that address the model.
	corpus *corpus
	// orders are the passages of the page that address the model.
	orders []string
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
	in := &input{ev: ev, res: bounded(res), opts: opts, size: fullSize(res)}
	var trusted strings.Builder
	planted := 0
	for _, text := range evidenceTexts(ev) {
		keep, orders := splitOrders(text)
		for _, o := range orders {
			if planted += len(o); planted <= maxOrders {
				in.orders = append(in.orders, o)
			}
		}
		trusted.WriteString(keep)
		trusted.WriteString("\n\n")
	}
	in.corpus = newCorpus(trusted.String())
	return in
}

// What the gates read at most: far more than any comment that passes, and any
// page that is not made to tire them.
const (
	maxItems  = 40
	maxPart   = 8000 // characters
	maxOrders = 64 << 10
)

// bounded is the result as far as the gates read it. What is left out has
// failed by its length already.
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

// fullSize is what Slack counts of each part, in the order of input.parts.
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

// firstChars is the first characters of s, without a mark: the gates judge what
// is there.
func firstChars(s string, most int) string {
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
// the page beside them.
func evidenceTexts(ev *job.Evidence) []string {
	texts := []string{ev.Title, ev.Description, ev.Text, ev.Author, ev.SiteName, ev.Published, ev.URL, ev.FinalURL, ev.CanonicalURL}
	for _, s := range ev.Sources {
		texts = append(texts, s.Title, s.URL)
	}
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

// prose is what must rest on the evidence word for word.
func (in *input) prose() []part {
	var parts []part
	for i, s := range in.res.TLDR {
		parts = append(parts, part{"tldr", fmt.Sprintf("tldr item %d", i+1), s})
	}
	return append(parts, part{"summary", "summary", in.res.Summary})
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
// of nothing but its own.
func (in *input) short() bool {
	_, most := text.CountSentences(in.ev.Text)
	return in.opts.Offline && most < 8
}

// verdict is what one gate says.
type verdict struct {
	passed bool
	detail string
	score  float64 // 0 to 1
}

// pass is a verdict with the full score.
func pass(format string, args ...any) verdict {
	return verdict{passed: true, detail: fmt.Sprintf(format, args...), score: 1}
}

// fail is a verdict below the full score, however few faults there are among
// many things.
func fail(score float64, format string, args ...any) verdict {
	return verdict{detail: fmt.Sprintf(format, args...), score: min(max(score, 0), 0.99)}
}

// faults makes a verdict of the faults found among n things checked.
func faults(found []string, n int, good string) verdict {
	if len(found) == 0 {
		return pass("%s", good)
	}
	return fail(1-float64(len(found))/float64(max(n, len(found))), "%s", list(found))
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
