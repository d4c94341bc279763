package pipeline

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/genai"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// describeEvidence puts what retrieval found on its span.
func (p *Pipeline) describeEvidence(span trace.Span, ev *job.Evidence) {
	span.SetAttributes(
		keyAdapter.String(ev.AdapterName), keyCoverage.String(string(ev.Coverage)), keyHasErrors.Bool(len(ev.Errors) > 0),
		keySnippets.Int(len(ev.Snippets)), keySources.Int(len(ev.Sources)), keyErrors.Int(len(ev.Errors)),
	)
	if !p.content {
		return
	}
	span.SetAttributes(
		mlflowattr.SpanInputsKey.String(encode(map[string]string{"url": ev.URL})),
		keyEvidenceJSON.String(encode(ev)))
	genai.RecordDocuments(span, documents(ev))
}

func documents(ev *job.Evidence) []genai.Document {
	docs := make([]genai.Document, len(ev.Snippets))
	for i, s := range ev.Snippets {
		docs[i] = genai.Document{ID: s.ID, URI: s.SourceURL, Content: s.Content, Score: 1}
	}
	return docs
}

// describeAnalysis puts settings, mode and result on the stage's span. Tokens
// and cost are on the model call's own span, and counted there.
func (p *Pipeline) describeAnalysis(span trace.Span, ev *job.Evidence, out *job.Analysis) {
	span.SetAttributes(p.settings()...)
	if out == nil {
		return
	}
	span.SetAttributes(keyMode.String(out.Mode), keyModelCalls.Int(out.Calls), keyToolCalls.Int(0))
	if !p.content {
		return
	}
	span.SetAttributes(mlflowattr.SpanInputsKey.String(encode(map[string]any{"url": ev.URL, "title": ev.Title, "snippet_count": len(ev.Snippets)})))
	if out.Result != nil {
		result := encode(out.Result)
		span.SetAttributes(keyResultJSON.String(result), mlflowattr.SpanOutputsKey.String(result))
	}
}

// settings are the params of the parent run and of analysis.
func (p *Pipeline) settings() []attribute.KeyValue {
	s := p.analyst.Describe()
	kv := []attribute.KeyValue{keyAnalyst.String(s.Analyst), keyModel.String(s.Model)}
	if s.Analyst == job.AnalystOffline {
		return kv
	}
	if s.Temperature != nil {
		kv = append(kv, keyTemp.Float64(*s.Temperature))
	}
	return append(kv, keyMaxTokens.Int(s.MaxTokens), keyPrompt.String(s.PromptName), keyPromptVer.String(s.PromptVersion))
}

// describeReport puts each gate's verdict on the stage's span.
func (p *Pipeline) describeReport(span trace.Span, out *job.Analysis, r job.Report) {
	failures := r.Failures()
	passed := 0
	if r.Passed() {
		passed = 1
	}
	span.SetAttributes(keyGateFailures.Int(len(failures)), keyGatePassed.Int(passed), keyGateScore.Float64(r.Score()),
		keyGatesJSON.String(encode(r.Table())), keyGateTables.String(tables("gates.json")))
	if len(failures) > 0 {
		span.SetAttributes(keyGateList.String(strings.Join(failures, "\n") + "\n"))
	}
	for _, g := range r.Results {
		label := "pass"
		if !g.Passed {
			label = "fail"
		}
		genai.RecordEvaluation(span, genai.Evaluation{Name: "gate/" + g.Name, Score: g.Score, Label: label, Explanation: g.Detail})
	}
	if p.content {
		span.SetAttributes(
			mlflowattr.SpanInputsKey.String(encode(out.Result)),
			mlflowattr.SpanOutputsKey.String(encode(map[string]any{"passed": r.Passed(), "gate_failures": failures, "report": r.Markdown()})))
	}
}

// tables is the value of MLflow's tag mlflow.loggedArtifacts for one table.
func tables(path string) string {
	return encode([]map[string]string{{"path": path, "type": "table"}})
}

// describeReply puts the messages on the stage's span.
func (p *Pipeline) describeReply(span trace.Span, j Job, r Result, messages []comment.Message) {
	// The post is the pipeline's own doing, no tool that a model called.
	span.SetAttributes(keyReplies.Int(len(messages)), keyChannel.String(j.Channel), keyToolCalls.Int(0))
	if !p.content {
		return
	}
	payload := encode(map[string]any{"channel": j.Channel, "thread_ts": j.thread(), "messages": messages})
	span.SetAttributes(keyPayload.String(payload), mlflowattr.SpanInputsKey.String(payload),
		keyHTML.String(p.html(j, r, span.SpanContext().TraceID())))
}

// describeJob puts the outcome, and what the parent run shows of all stages,
// on the root span.
func (p *Pipeline) describeJob(root *genai.Workflow, j Job, r Result) {
	span := root.Span()
	span.SetAttributes(keyOutcome.String(string(r.Outcome)), keyToolCalls.Int(0), keyGateFailures.Int(len(r.Report.Failures())))
	span.SetAttributes(p.settings()...)
	if r.Evidence != nil {
		span.SetAttributes(keyAdapter.String(r.Evidence.AdapterName), keySnippets.Int(len(r.Evidence.Snippets)))
	}
	if r.Analysis != nil {
		span.SetAttributes(keyModelCalls.Int(r.Analysis.Calls))
	}
	if len(r.Report.Results) > 0 {
		span.SetAttributes(keyGateScore.Float64(r.Report.Score()), keyGateTables.String(tables("quality_gates/gates.json")))
	}
	switch {
	case r.Err != nil:
		span.SetAttributes(keyError.String(r.Err.Error()))
	case r.Outcome == GateFailed:
		span.SetAttributes(keyError.String(strings.Join(r.Report.Failures(), "; ")))
	}
	if p.content {
		answer := p.markdown(j, r, span.SpanContext().TraceID())
		span.SetAttributes(keyMarkdown.String(answer))
		root.Messages(fetch.Redact(j.URL), answer)
	}
}

func analystName(out *job.Analysis) string {
	if out.Analyst == job.AnalystOffline {
		return "offline, the page's own sentences"
	}
	s := fmt.Sprintf("%s, %d + %d tokens", out.Model, out.InputTokens, out.OutputTokens)
	if out.CostUSD != nil {
		s += fmt.Sprintf(", $%.4f", *out.CostUSD)
	}
	return s
}

// domain is the host of a link without www.
func domain(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}
