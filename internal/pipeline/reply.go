package pipeline

import (
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/slackbot/render"
)

// thread is the message that replies go under.
func (j Job) thread() string {
	if j.ThreadTS != "" {
		return j.ThreadTS
	}
	return j.MessageTS
}

// reply renders what goes into the thread: the comment, or why there is none.
func (p *Pipeline) reply(job Job, r Result, id trace.TraceID) []render.Message {
	if r.Outcome == Success {
		return render.Messages(p.comment(job, r, id))
	}
	return []render.Message{render.ProblemMessage(p.problem(job, r, id))}
}

func (p *Pipeline) markdown(job Job, r Result, id trace.TraceID) string {
	if r.Outcome == Success {
		return render.Markdown(p.comment(job, r, id))
	}
	return render.ProblemMarkdown(p.problem(job, r, id))
}

func (p *Pipeline) html(job Job, r Result, id trace.TraceID) string {
	if r.Outcome == Success {
		return render.HTML(p.comment(job, r, id))
	}
	return render.ProblemHTML(p.problem(job, r, id))
}

func (p *Pipeline) comment(job Job, r Result, id trace.TraceID) render.Comment {
	run, tr := p.links(job.ID, id)
	return render.Comment{
		URL: fetch.Redact(job.URL), Title: r.Evidence.Title, Result: r.Analysis.Result,
		Adapter: r.Evidence.AdapterName, Coverage: string(r.Evidence.Coverage), CoverageNote: strings.Join(r.Evidence.Errors, "; "),
		Offline: r.Analysis.Analyst == analysis.AnalystOffline, RunURL: run, TraceURL: tr,
	}
}

func (p *Pipeline) problem(job Job, r Result, id trace.TraceID) render.Problem {
	run, tr := p.links(job.ID, id)
	pr := render.Problem{URL: fetch.Redact(job.URL), Outcome: string(r.Outcome), RunURL: run, TraceURL: tr}
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
