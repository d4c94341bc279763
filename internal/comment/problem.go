package comment

import (
	"fmt"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

const (
	// How many reasons are shown, and how many characters of each. Together
	// they fit into one message, which Messages relies on; the run in MLflow
	// has all of them.
	maxReasons = 8
	maxReason  = 400
)

// problemDocument says why there is no comment: a sentence by the outcome, then
// the reasons as a list. Reasons may quote servers and pages, hence are plain
// text.
func problemDocument(p job.Reply) document {
	d := document{Title: title(p.Title, p.URL), Links: mlflowLinks(p.RunURL, p.TraceURL), Kind: "Problem", Lead: "No comment: "}
	switch {
	case p.Question != "" && p.Outcome == job.OutcomeGateFailed:
		d.Lead = "No answer: "
		d.Intro = plain(fmt.Sprintf("I wrote an answer, but I don't post it: it failed %s.", count(len(p.Reasons), "quality check")))
	case p.Question != "":
		d.Lead, d.Intro = "No answer: ", plain("I could not answer this.")
	case p.Outcome == job.OutcomeGateFailed:
		d.Intro = plain(fmt.Sprintf("I wrote a comment on this link, but I don't post it: it failed %s.", count(len(p.Reasons), "quality check")))
	case p.Outcome == job.OutcomeNoURLs:
		d.Intro = plain("I found no link to comment on in this message.")
	default:
		d.Intro = plain("I could not comment on this link.")
	}
	// plain gives one span for a text that is not empty.
	d.Intro[0].Text = "⚠️ " + d.Intro[0].Text
	s := section{List: true}
	for i, r := range p.Reasons {
		if i == maxReasons {
			s.Items = append(s.Items, plain(fmt.Sprintf("and %d more, see the run", len(p.Reasons)-i)))
			break
		}
		if sp := plain(text.Shorten(line(r), maxReason)); sp != nil {
			s.Items = append(s.Items, sp)
		}
	}
	if len(s.Items) > 0 {
		d.Sections = []section{s}
	}
	return d
}

// count is a number with its noun: "one quality check", "3 quality checks".
func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
