package pipeline

import (
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// thread is the message that replies go under.
func (j Job) thread() string {
	if j.ThreadTS != "" {
		return j.ThreadTS
	}
	return j.MessageTS
}

// reply renders what goes into the thread: the comment, or why there is none.
func (p *Pipeline) reply(j Job, r Result, id trace.TraceID) []comment.Message {
	if r.Outcome == Success {
		return comment.Messages(p.comment(j, r, id))
	}
	return []comment.Message{comment.ProblemMessage(p.problem(j, r, id))}
}

func (p *Pipeline) markdown(j Job, r Result, id trace.TraceID) string {
	if r.Outcome == Success {
		return comment.Markdown(p.comment(j, r, id))
	}
	return comment.ProblemMarkdown(p.problem(j, r, id))
}

func (p *Pipeline) html(j Job, r Result, id trace.TraceID) string {
	if r.Outcome == Success {
		return comment.HTML(p.comment(j, r, id))
	}
	return comment.ProblemHTML(p.problem(j, r, id))
}

func (p *Pipeline) comment(j Job, r Result, id trace.TraceID) comment.Comment {
	run, tr := p.links(j.ID, id)
	return comment.Comment{
		URL: fetch.Redact(j.URL), Title: r.Evidence.Title, Result: r.Analysis.Result,
		Adapter: r.Evidence.AdapterName, Coverage: string(r.Evidence.Coverage), CoverageNote: strings.Join(r.Evidence.Errors, "; "),
		Offline: r.Analysis.Analyst == job.AnalystOffline, RunURL: run, TraceURL: tr,
	}
}

func (p *Pipeline) problem(j Job, r Result, id trace.TraceID) comment.Problem {
	run, tr := p.links(j.ID, id)
	pr := comment.Problem{URL: fetch.Redact(j.URL), Outcome: string(r.Outcome), RunURL: run, TraceURL: tr}
	if r.Evidence != nil {
		pr.Title = r.Evidence.Title
	}
	if r.Err != nil {
		pr.Reasons = []string{r.Err.Error()}
	} else {
		pr.Reasons = r.Report.Failures()
	}
	return pr
}
