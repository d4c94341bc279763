package pipeline

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/otel/genai"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Pipeline does jobs, any number at once. Make one with [New].
type Pipeline struct {
	retriever Retriever
	analyst   analysis.Analyst
	gates     gates.Options
	config
}

// Retriever finds the evidence behind a link. The evidence is never nil; an
// error says that nothing usable was found.
type Retriever interface {
	Retrieve(ctx context.Context, url string) (*evidence.Evidence, error)
}

// New makes a pipeline.
func New(r Retriever, a analysis.Analyst, g gates.Options, opts ...Option) *Pipeline {
	return &Pipeline{retriever: r, analyst: a, gates: g, config: newConfig(opts)}
}

// Process does one job. It does not return an error: how the job ended, and
// why, is in the result. When it returns, the job's telemetry is on disk, or
// the result says why not.
func (p *Pipeline) Process(ctx context.Context, job Job) Result {
	if job.Attempt == 0 {
		job.Attempt = 1
	}
	ctx, root := p.start(ctx, job)
	result := p.stages(ctx, job)
	result.TraceID = root.Span().SpanContext().TraceID()
	p.end(root, job, result)
	result.NotOnDisk = p.flush(ctx, result.TraceID)
	return result
}

// stages runs the four stages. Whatever goes wrong in one, the last still
// tells the people in the thread.
func (p *Pipeline) stages(ctx context.Context, job Job) Result {
	if job.URL == "" {
		return Result{Outcome: NoURLs}
	}
	var r Result
	if r.Evidence, r.Err = p.retrieve(ctx, job); r.Err == nil {
		if r.Analysis, r.Err = p.analyse(ctx, job, r.Evidence); r.Err == nil {
			r.Report = p.validate(ctx, job, r.Evidence, r.Analysis)
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
	if r.Retryable() && !job.Final {
		return r // the next attempt may still answer: people need not hear of this one
	}
	var err error
	if r.Messages, r.Posted, err = p.post(ctx, job, r); err != nil {
		r.Outcome, r.Err = Error, err
	}
	return r
}

// retrieve is stage 1: the page, as snippets with provenance.
func (p *Pipeline) retrieve(ctx context.Context, job Job) (*evidence.Evidence, error) {
	ctx, stage := p.stage(ctx, job, "retrieval")
	ctx, span := genai.StartRetrieval(ctx, p.tracer, domain(job.URL), fetch.Redact(job.URL),
		genai.WithSpanName(spanRetrieve), genai.WithContent(p.content))

	ev := new(evidence.Evidence)
	resumed := p.resume(ctx, job, "evidence", ev)
	var err error
	if !resumed {
		if ev, err = p.retriever.Retrieve(ctx, job.URL); err == nil {
			err = p.checkpoint(ctx, job, "evidence", ev)
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
func (p *Pipeline) analyse(ctx context.Context, job Job, ev *evidence.Evidence) (*analysis.Outcome, error) {
	ctx, stage := p.stage(ctx, job, "analysis")
	ctx, span := p.tracer.Start(ctx, spanAnalyse, trace.WithAttributes(mlflowattr.SpanTypeKey.String(mlflowattr.TypeLLM)))
	defer span.End()

	out := new(analysis.Outcome)
	resumed := p.resume(ctx, job, "analysis", out)
	var err error
	if !resumed {
		if out, err = p.analyst.Analyze(ctx, ev); err == nil {
			err = p.checkpoint(ctx, job, "analysis", out)
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
func (p *Pipeline) validate(ctx context.Context, job Job, ev *evidence.Evidence, out *analysis.Outcome) gates.Report {
	ctx, stage := p.stage(ctx, job, "quality_gates")
	_, span := p.tracer.Start(ctx, spanValidate, trace.WithAttributes(mlflowattr.SpanTypeKey.String(mlflowattr.TypeEvaluator)))
	defer span.End()

	opts := p.gates
	opts.Offline = out.Analyst == analysis.AnalystOffline
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
func (p *Pipeline) post(ctx context.Context, job Job, r Result) ([]comment.Message, Posted, error) {
	ctx, stage := p.stage(ctx, job, "slack_post")
	ctx, span := p.tracer.Start(ctx, spanPost, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(mlflowattr.SpanTypeKey.String(mlflowattr.TypeTool)))
	defer span.End()

	messages := p.reply(job, r, span.SpanContext().TraceID())
	p.describeReply(span, job, r, messages)
	if p.poster == nil {
		span.SetAttributes(keyPosted.Bool(false), mlflowattr.SpanOutputsKey.String(`{"posted":false}`))
		stage.done("not posted, no Slack channel given")
		return messages, Posted{}, nil
	}
	posted, err := p.poster.Post(ctx, job, messages)
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
func (p *Pipeline) start(ctx context.Context, job Job) (context.Context, *genai.Workflow) {
	kv := []attribute.KeyValue{
		keyJobID.String(job.ID), keyAttempt.Int(job.Attempt), keyChannel.String(job.Channel), keyMessageTS.String(job.MessageTS),
		genai.SessionIDKey.String(job.session()),
	}
	if job.URL != "" {
		kv = append(kv, keyURL.String(fetch.Redact(job.URL)), keyDomain.String(domain(job.URL)))
	}
	if job.User != "" {
		kv = append(kv, genai.UserIDKey.String(job.User))
	}
	if job.Resumed {
		kv = append(kv, mlflowattr.ResumedKey.Bool(true))
	}
	if job.QueueWait > 0 {
		kv = append(kv, keyQueueWait.Float64(job.QueueWait.Seconds()))
	}
	start := []trace.SpanStartOption{trace.WithNewRoot()}
	if job.Origin.IsValid() {
		start = append(start, trace.WithLinks(trace.Link{SpanContext: job.Origin}))
	}
	return genai.StartWorkflow(withSeed(ctx, jobSeed(job)), p.tracer, spanJob, "commentary",
		genai.WithContent(p.content), genai.WithAttributes(kv...), genai.WithSpanOptions(start...))
}

// end puts the outcome on the root span and ends it.
func (p *Pipeline) end(root *genai.Workflow, job Job, r Result) {
	p.describeJob(root, job, r)
	if r.Err != nil {
		genai.MarkFailed(root.Span(), r.Err, errorType(r.Err))
		if job.HandedBack != nil && job.HandedBack() {
			root.Span().SetAttributes(mlflowattr.HandedBackKey.Bool(true))
		}
	}
	root.End()
}

// stage starts the clock of a stage, and numbers the span ids under it.
func (p *Pipeline) stage(ctx context.Context, job Job, name string) (context.Context, stageClock) {
	p.observe(Event{JobID: job.ID, Stage: name})
	return withSeed(ctx, jobSeed(job)+"/"+name), stageClock{p: p, job: job.ID, name: name, began: time.Now()}
}
