package comment

import "fmt"

const (
	maxReasons = 8
	maxReason  = 400
)

func (p Problem) document() document {
	d := document{Title: title(p.Title, p.URL), Links: mlflowLinks(p.RunURL, p.TraceURL)}
	switch p.Outcome {
	case "gate_failed":
		d.Intro = plain(fmt.Sprintf("I wrote a comment on this link, but I don't post it: it failed %s.", count(len(p.Reasons), "quality check")))
	case "no_urls":
		d.Intro = plain("I found no link to comment on in this message.")
	default:
		d.Intro = plain("I could not comment on this link.")
	}
	d.Intro[0].Text = "⚠️ " + d.Intro[0].Text
	s := section{List: true}
	for i, r := range p.Reasons {
		if i == maxReasons {
			s.Items = append(s.Items, plain(fmt.Sprintf("and %d more, see the run", len(p.Reasons)-i)))
			break
		}
		if sp := plain(shorten(line(r), maxReason)); sp != nil {
			s.Items = append(s.Items, sp)
		}
	}
	if len(s.Items) > 0 {
		d.Sections = []section{s}
	}
	return d
}

func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// ProblemMessage says in the thread why there is no comment.
func ProblemMessage(p Problem) Message {
	return messages(p.document(), "No comment: ")[0]
}

// ProblemMarkdown says the same in MLflow.
func ProblemMarkdown(p Problem) string { return markdown(p.document()) }

// ProblemHTML is a page that looks like the message.
func ProblemHTML(p Problem) string { return page(p.document(), "Problem") }

// ProblemTerminal says the same on a terminal; see [Terminal].
func ProblemTerminal(p Problem, width int, color bool) string {
	return terminal(p.document(), width, color)
}
