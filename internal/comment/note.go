package comment

import (
	"fmt"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// Answer is the reply in Markdown without what stands beside it in a conversation or in a
// list: the page's title and link, which was the question, headings before the first
// sentence, and MLflow's own pages.
func Answer(r job.Reply) string {
	d := newDocument(r)
	d.Title, d.Links = nil, nil
	if len(d.Sections) > 0 {
		d.Intro, d.Sections[0].Heading = nil, ""
	}
	return markdown(d)
}

// Note is the description of the job's run: the page, the comment's first part, and how
// many gates passed and which did not, or the error. It has no heading, as MLflow folds a
// description after a few lines.
func Note(r job.Reply, gates job.Report) string {
	var b strings.Builder
	if t := title(r.Title, r.URL); len(t) > 0 {
		b.WriteString(md(t) + "\n\n")
	}
	if r.Comment != nil {
		for _, item := range list(headTLDR, r.Comment.TLDR).Items {
			b.WriteString("- " + md(item) + "\n")
		}
		b.WriteString("\n")
	}
	n := len(gates.Results)
	if n == 0 || gates.Passed() && r.Outcome != job.OutcomeSuccess { // it did not end by the gates
		for _, why := range r.Reasons {
			b.WriteString(md(plain(text.Shorten(line(why), maxNote))) + "\n\n")
		}
	}
	if n > 0 {
		passed := n
		for _, g := range gates.Results {
			if !g.Passed {
				passed--
			}
		}
		fmt.Fprintf(&b, "%d of %d gates passed", passed, n)
		if passed < n {
			b.WriteString(":")
		}
		b.WriteString("\n\n")
		for _, g := range append(gates.Failures(), gates.Warnings()...) {
			b.WriteString("- " + md(plain(line(g))) + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
