package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/genai"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// describeEvidence puts what retrieval found on its span. The counts and the
// adapter are always there; text of the page only where content may be
// recorded. The attributes become tags, params, metrics and artifacts of the
// stage's run by package mlflowview.
func (p *Pipeline) describeEvidence(span trace.Span, ev *job.Evidence) {
	span.SetAttributes(
		job.AdapterKey.String(ev.AdapterName), job.CoverageKey.String(string(ev.Coverage)), job.HasErrorsKey.Bool(len(ev.Errors) > 0),
		job.SnippetCountKey.Int(len(ev.Snippets)), job.SourceCountKey.Int(len(ev.Sources)), job.ErrorCountKey.Int(len(ev.Errors)),
	)
	if !p.content {
		return
	}
	span.SetAttributes(
		mlflowattr.SpanInputsKey.String(encode(map[string]string{"url": ev.URL})),
		job.EvidenceJSONKey.String(encode(ev)))
	genai.RecordDocuments(span, documents(ev))
}

// documents are the snippets as the conventions for GenAI spans describe what a
// retrieval returned. The score says nothing: all of them are from the one
// page.
func documents(ev *job.Evidence) []genai.Document {
	docs := make([]genai.Document, len(ev.Snippets))
	for i, s := range ev.Snippets {
		docs[i] = genai.Document{ID: s.ID, URI: s.SourceURL, Content: s.Content, Score: 1}
	}
	return docs
}

// describeAnalysis puts settings, mode and result on the stage's span. Tokens
// and cost are on the model call's own span, and counted there.
func (p *Pipeline) describeAnalysis(span trace.Span, ev *job.Evidence, out *job.Analysis, used *job.Prompt) {
	span.SetAttributes(p.settings(out, used)...)
	// An analyst that failed may have nothing to tell.
	if out == nil {
		return
	}
	span.SetAttributes(prompt(out)...)
	span.SetAttributes(job.ModeKey.String(out.Mode), job.ModelCallCountKey.Int(out.Calls), job.ToolCallCountKey.Int(0))
	if !p.content {
		return
	}
	inputs := map[string]any{"url": ev.URL, "title": ev.Title, "snippet_count": len(ev.Snippets)}
	if out.Question != "" {
		inputs["question"] = out.Question
	}
	span.SetAttributes(mlflowattr.SpanInputsKey.String(encode(inputs)))
	if out.Result != nil {
		result := encode(out.Result)
		span.SetAttributes(job.CommentJSONKey.String(result), mlflowattr.SpanOutputsKey.String(result))
	}
}

// settings are the params of the parent run and of analysis. Those of the model
// are left out where none is asked, rather than shown as zero. out may be nil, and so may used, the
// job's prompt where that is not the analyst's own.
func (p *Pipeline) settings(out *job.Analysis, used *job.Prompt) []attribute.KeyValue {
	s := p.Analyst.Describe()
	if out != nil && out.Offline() && p.Extracts != nil {
		s = p.Extracts.Describe()
	}
	kv := []attribute.KeyValue{job.AnalystKey.String(s.Analyst), job.ModelKey.String(s.Model)}
	if s.Analyst == job.AnalystOffline {
		return kv
	}
	if used != nil {
		s.PromptName, s.PromptVersion = used.Name, used.Version
		s.Temperature, s.MaxTokens = cmp.Or(used.Temperature, s.Temperature), cmp.Or(used.MaxTokens, s.MaxTokens)
		kv = append(kv, registered(used)...)
	}
	if s.Temperature != nil {
		kv = append(kv, job.TemperatureKey.Float64(*s.Temperature))
	}
	return append(kv, job.MaxTokensKey.Int(s.MaxTokens), job.PromptNameKey.String(s.PromptName), job.PromptVersionKey.String(s.PromptVersion))
}

// registered links a run, and its trace, with the version of MLflow's registry that a job has used.
func registered(used *job.Prompt) []attribute.KeyValue {
	if !used.Registered {
		return nil
	}
	kv := []attribute.KeyValue{
		job.PromptKey.String(used.Ref()),
		mlflowattr.LinkedPrompts(mlflowattr.Prompt{Name: used.Name, Version: used.Version}),
	}
	if used.Alias != "" {
		kv = append(kv, job.PromptAliasKey.String(used.Alias))
	}
	return kv
}

// prompt is the one that was used, where that is another than the settings name.
func prompt(out *job.Analysis) []attribute.KeyValue {
	if out.Question == "" || out.PromptName == "" {
		return nil
	}
	return []attribute.KeyValue{job.PromptNameKey.String(out.PromptName), job.PromptVersionKey.String(out.PromptVersion)}
}

// describeReport puts each gate's verdict on the stage's span: as counts and a
// table for the run, and as one evaluation event a gate, which MLflow shows as
// an assessment of the trace. Details are recorded without content too: they
// quote a few words at most.
func (p *Pipeline) describeReport(span trace.Span, out *job.Analysis, r job.Report) {
	failures := r.Failures()
	passed := 0
	if r.Passed() {
		passed = 1
	}
	span.SetAttributes(job.GateFailureCountKey.Int(len(failures)), job.GatePassedKey.Int(passed), job.GateScoreKey.Float64(r.Score()),
		job.GateTableKey.String(encode(r.Table())), job.LoggedArtifactsKey.String(tables("gates.json")))
	if len(failures) > 0 {
		span.SetAttributes(job.FailedGatesKey.String(strings.Join(failures, "\n") + "\n"))
	}
	// Without a label MLflow takes the score, a number: its page of quality has an average and a
	// trend of those alone. Only the verdict of all gates is coloured in its list of traces.
	for _, g := range r.Results {
		genai.RecordEvaluation(span, genai.Evaluation{Name: "gate/" + g.Name, Score: g.Score, Explanation: g.Detail})
	}
	why := strings.Join(failures, "; ")
	genai.RecordEvaluation(span, genai.Evaluation{Name: "gates", Score: float64(passed), Label: verdict(r.Passed()), Explanation: why})
	genai.RecordEvaluation(span, genai.Evaluation{Name: "gate_score", Score: r.Score(), Explanation: why})
	if p.content {
		result := map[string]any{"passed": r.Passed(), "gate_failures": append([]string{}, failures...), "report": r.Markdown()}
		span.SetAttributes(mlflowattr.SpanInputsKey.String(encode(out.Result)), mlflowattr.SpanOutputsKey.String(encode(result)))
	}
}

// verdict is the label of an evaluation.
func verdict(passed bool) string {
	if passed {
		return "pass"
	}
	return "fail"
}

// tables is the value of MLflow's tag mlflow.loggedArtifacts for one table.
// MLflow's page of evaluations offers the JSON artifacts that the tag lists.
func tables(path string) string {
	return encode([]map[string]string{{"path": path, "type": "table"}})
}

// describeReply puts the messages on the stage's span, as Slack gets them, and
// the page that looks like them.
func (p *Pipeline) describeReply(span trace.Span, j job.Job, reply job.Reply, messages []job.Message) {
	span.SetAttributes(job.MessageCountKey.Int(len(messages)), job.ChannelKey.String(j.Channel), job.ToolCallCountKey.Int(0))
	if !p.content {
		return
	}
	payload := encode(map[string]any{"channel": j.Channel, "thread_ts": j.Thread(), "messages": messages})
	span.SetAttributes(job.PayloadKey.String(payload), mlflowattr.SpanInputsKey.String(payload),
		job.HTMLKey.String(p.Formatter.HTML(reply)))
}

// describeJob puts the outcome, and what the parent run shows of all stages,
// on the root span.
func (p *Pipeline) describeJob(ctx context.Context, root *genai.Workflow, j job.Job, r job.Result) {
	span := root.Span()
	span.SetAttributes(job.OutcomeKey.String(string(r.Outcome)), job.ToolCallCountKey.Int(0),
		job.GateFailureCountKey.Int(len(r.Report.Failures())))
	span.SetAttributes(p.settings(r.Analysis, r.Prompt)...)
	if r.Evidence != nil {
		span.SetAttributes(job.AdapterKey.String(r.Evidence.AdapterName), job.SnippetCountKey.Int(len(r.Evidence.Snippets)))
	}
	if r.Analysis != nil {
		span.SetAttributes(job.ModelCallCountKey.Int(r.Analysis.Calls))
		span.SetAttributes(prompt(r.Analysis)...)
	}
	if len(r.Report.Results) > 0 {
		span.SetAttributes(job.GateScoreKey.Float64(r.Report.Score()), job.LoggedArtifactsKey.String(tables("quality_gates/gates.json")))
	}
	// Lists of runs tell jobs apart by it: a question is no second comment on its page, and a job
	// that read no page has its link.
	title := j.ShortURL()
	if p.content {
		title = cmp.Or(j.Question, r.Reply.Title, title)
	}
	if title != "" {
		span.SetAttributes(job.TitleKey.String(title))
	}
	if j.User != "" {
		name := ""
		if p.content && ctx.Err() == nil {
			name = p.name(ctx, j.User)
		}
		span.SetAttributes(job.UserNameKey.String(cmp.Or(name, j.User)))
	}
	switch {
	case r.Err != nil:
		span.SetAttributes(job.ErrorKey.String(r.Err.Error()))
	case r.Outcome == job.OutcomeGateFailed:
		span.SetAttributes(job.ErrorKey.String(strings.Join(r.Report.Failures(), "; ")))
	}
	if p.content {
		span.SetAttributes(job.MarkdownKey.String(p.Formatter.Markdown(r.Reply)), job.NoteKey.String(p.Formatter.Note(r.Reply, r.Report)))
		root.Messages(cmp.Or(j.Question, j.ShownURL()), p.Formatter.Answer(r.Reply))
	}
}

// analystName is the detail of the stage's event: who answered, and what it
// took.
func analystName(out *job.Analysis) string {
	if out.Offline() {
		return "offline, the page's own sentences"
	}
	s := fmt.Sprintf("%s, %d + %d tokens", out.Model, out.InputTokens, out.OutputTokens)
	if out.CostUSD != nil {
		s += ", " + text.Dollars(*out.CostUSD)
	}
	return s
}

// verdicts is the detail of the stage's event: how many gates passed, and which did not. One that keeps
// the comment from being posted has failed, any other one warns.
func verdicts(r job.Report) string {
	passed, failed, warned := 0, []string{}, []string{}
	for _, g := range r.Results {
		switch {
		case g.Passed:
			passed++
		case g.Blocks():
			failed = append(failed, g.Name)
		default:
			warned = append(warned, g.Name)
		}
	}
	s := fmt.Sprintf("%d of %d passed", passed, len(r.Results))
	if len(failed) > 0 {
		s += "; failed: " + strings.Join(failed, ", ")
	}
	if len(warned) > 0 {
		s += "; warning: " + strings.Join(warned, ", ")
	}
	return s
}

// encode is v as JSON. The values are the pipeline's own and always encode;
// null would only mean a mistake in them.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}
