package pipeline

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/genai"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Pipeline does jobs, any number at once. Make one with [New].
type Pipeline struct {
	retriever Retriever
	analyst   job.Analyst
	gates     gates.Options
	config
}

// Retriever finds the evidence behind a link. The evidence is never nil; an
// error says that nothing usable was found.
type Retriever interface {
	Retrieve(ctx context.Context, url string) (*job.Evidence, error)
}

// New makes a pipeline.
func New(r Retriever, a job.Analyst, g gates.Options, opts ...Option) *Pipeline {
	return &Pipeline{retriever: r, analyst: a, gates: g, config: newConfig(opts)}
}

// Process does one job. It does not return an error: how the job ended, and
// why, is in the result. When it returns, the job's telemetry is on disk, or
// the result says why not.
func (p *Pipeline) Process(ctx context.Context, j Job) Result {
	if j.Attempt == 0 {
		j.Attempt = 1
	}
	ctx, root := p.start(ctx, j)
	result := p.stages(ctx, j)
	result.TraceID = root.Span().SpanContext().TraceID()
	p.end(root, j, result)
	result.NotOnDisk = p.flush(ctx, result.TraceID)
	return result
}

// stages runs the four stages. Whatever goes wrong in one, the last still
// tells the people in the thread.
func (p *Pipeline) stages(ctx context.Context, j Job) Result {
	if j.URL == "" {
		return Result{Outcome: NoURLs}
	}
	var r Result
	if r.Evidence, r.Err = p.retrieve(ctx, j); r.Err == nil {
		if r.Analysis, r.Err = p.analyse(ctx, j, r.Evidence); r.Err == nil {
			r.Report = p.validate(ctx, j, r.Evidence, r.Analysis)
		}
	}
	switch {
	case r.Err != nil:
		r.Outcome = Error
	case !r.Report.Passed():
		r.Outcome = GateFailed
	default:
		r.Outcome = Success
	}
	if r.Retryable() && !j.Final {
		return r // the next attempt may still answer: people need not hear of this one
	}
	var err error
	if r.Messages, r.Posted, err = p.post(ctx, j, r); err != nil {
		r.Outcome, r.Err = Error, err
	}
	return r
}

// retrieve is stage 1: the page, as snippets with provenance.
func (p *Pipeline) retrieve(ctx context.Context, j Job) (*job.Evidence, error) {
	ctx, stage := p.stage(ctx, j, "retrieval")
	ctx, span := genai.StartRetrieval(ctx, p.tracer, domain(j.URL), fetch.Redact(j.URL),
		genai.WithSpanName(spanRetrieve), genai.WithContent(p.content))

	ev := new(job.Evidence)
	resumed := p.resume(ctx, j, "evidence", ev)
	var err error
	if !resumed {
		if ev, err = p.retriever.Retrieve(ctx, j.URL); err == nil {
			err = p.checkpoint(ctx, j, "evidence", ev)
		}
	}
	span.Span().SetAttributes(keyResumed.Bool(resumed))
	p.describeEvidence(span.Span(), ev)
	if err != nil {
		span.Span().SetAttributes(keyError.String(err.Error()))
		span.Fail(err, errorType(err))
		stage.failed(err)
		return ev, err
	}
	span.End(documents(ev))
	stage.done("%s, %d snippets, coverage %s", ev.AdapterName, len(ev.Snippets), ev.Coverage)
	return ev, nil
}

// analyse is stage 2: the one model call. A result that an earlier attempt
// paid for is used again.
func (p *Pipeline) analyse(ctx context.Context, j Job, ev *job.Evidence) (*job.Analysis, error) {
	ctx, stage := p.stage(ctx, j, "analysis")
	ctx, span := p.tracer.Start(ctx, spanAnalyse, trace.WithAttributes(mlflowattr.SpanTypeKey.String(mlflowattr.TypeLLM)))
	defer span.End()

	out := new(job.Analysis)
	resumed := p.resume(ctx, j, "analysis", out)
	var err error
	if !resumed {
		if out, err = p.analyst.Analyze(ctx, ev); err == nil {
			err = p.checkpoint(ctx, j, "analysis", out)
		}
	}
	span.SetAttributes(keyResumed.Bool(resumed))
	p.describeAnalysis(span, ev, out)
	if err != nil {
		span.SetAttributes(keyError.String(err.Error()))
		genai.MarkFailed(span, err, errorType(err))
		stage.failed(err)
		return nil, err
	}
	stage.done("%s", analystName(out))
	return out, nil
}

// validate is stage 3: pure rules on the result, given the evidence.
func (p *Pipeline) validate(ctx context.Context, j Job, ev *job.Evidence, out *job.Analysis) job.Report {
	ctx, stage := p.stage(ctx, j, "quality_gates")
	_, span := p.tracer.Start(ctx, spanValidate, trace.WithAttributes(mlflowattr.SpanTypeKey.String(mlflowattr.TypeEvaluator)))
	defer span.End()

	opts := p.gates
	opts.Offline = out.Analyst == job.AnalystOffline
	report := gates.Check(ev, out.Result, opts)
	p.describeReport(span, out, report)
	if n := len(report.Failures()); n > 0 {
		stage.done("%d of %d failed", n, len(report.Results))
	} else {
		stage.done("%d passed", len(report.Results))
	}
	return report
}

// post is stage 4: the reply, or an honest word on why there is none.
func (p *Pipeline) post(ctx context.Context, j Job, r Result) ([]comment.Message, Posted, error) {
	ctx, stage := p.stage(ctx, j, "slack_post")
	ctx, span := p.tracer.Start(ctx, spanPost, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(mlflowattr.SpanTypeKey.String(mlflowattr.TypeTool)))
	defer span.End()

	messages := p.reply(j, r, span.SpanContext().TraceID())
	p.describeReply(span, j, r, messages)
	if p.poster == nil {
		span.SetAttributes(keyPosted.Bool(false), mlflowattr.SpanOutputsKey.String(`{"posted":false}`))
		stage.done("not posted, no Slack channel given")
		return messages, Posted{}, nil
	}
	posted, err := p.poster.Post(ctx, j, messages)
	span.SetAttributes(keyPosted.Bool(err == nil))
	if err != nil {
		span.SetAttributes(keyError.String(err.Error()))
		genai.MarkFailed(span, err, errorType(err))
		stage.failed(err)
		return messages, Posted{}, err
	}
	if posted.Permalink != "" {
		span.SetAttributes(keyPermalink.String(posted.Permalink))
	}
	span.SetAttributes(mlflowattr.SpanOutputsKey.String(encode(map[string]any{"posted": true, "ts": posted.TS, "permalink": posted.Permalink})))
	stage.done("%s", posted.Permalink)
	return messages, posted, nil
}

// start begins the job's root span. Its ids follow from job and attempt.
func (p *Pipeline) start(ctx context.Context, j Job) (context.Context, *genai.Workflow) {
	kv := []attribute.KeyValue{
		keyJobID.String(j.ID), keyAttempt.Int(j.Attempt), keyChannel.String(j.Channel), keyMessageTS.String(j.MessageTS),
		genai.SessionIDKey.String(j.session()),
	}
	if j.URL != "" {
		kv = append(kv, keyURL.String(fetch.Redact(j.URL)), keyDomain.String(domain(j.URL)))
	}
	if j.User != "" {
		kv = append(kv, genai.UserIDKey.String(j.User))
	}
	if j.Resumed {
		kv = append(kv, mlflowattr.ResumedKey.Bool(true))
	}
	if j.QueueWait > 0 {
		kv = append(kv, keyQueueWait.Float64(j.QueueWait.Seconds()))
	}
	start := []trace.SpanStartOption{trace.WithNewRoot()}
	if j.Origin.IsValid() {
		start = append(start, trace.WithLinks(trace.Link{SpanContext: j.Origin}))
	}
	return genai.StartWorkflow(withSeed(ctx, jobSeed(j)), p.tracer, spanJob, "commentary",
		genai.WithContent(p.content), genai.WithAttributes(kv...), genai.WithSpanOptions(start...))
}

// end puts the outcome on the root span and ends it.
func (p *Pipeline) end(root *genai.Workflow, j Job, r Result) {
	p.describeJob(root, j, r)
	if r.Err != nil {
		genai.MarkFailed(root.Span(), r.Err, errorType(r.Err))
		if j.HandedBack != nil && j.HandedBack() {
			root.Span().SetAttributes(mlflowattr.HandedBackKey.Bool(true))
		}
	}
	root.End()
}

// stage starts the clock of a stage, and numbers the span ids under it.
func (p *Pipeline) stage(ctx context.Context, j Job, name string) (context.Context, stageClock) {
	p.observe(Event{JobID: j.ID, Stage: name})
	return withSeed(ctx, jobSeed(j)+"/"+name), stageClock{p: p, job: j.ID, name: name, began: time.Now()}
}
