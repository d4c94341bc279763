package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Stages are what does the work. Retriever, Analyst, Gates and Formatter
// must be set.
// They are called by as many goroutines as there are jobs at once.
type Stages struct {
	Retriever job.Retriever
	Analyst   job.Analyst
	// Answerer answers questions; without it they are told that no model is set.
	Answerer job.Answerer
	// Kept is the evidence by which questions are answered.
	Kept      job.KeptEvidence
	Gates     job.Gates
	Formatter job.Formatter
	// Poster posts replies; without it they are only made.
	Poster job.Poster
	// Checkpoints keep the costly stages' results between attempts.
	Checkpoints job.Checkpoints
	// Channels say what is set for a job's channel; without them nothing is.
	Channels job.ChannelPreferences
	// Prompts choose the prompt of each job; without them it is the analyst's own.
	Prompts job.Prompts
	// Extracts comments without a model, where a channel's budget is spent; nil where no model is
	// paid at all.
	Extracts job.Analyst
}

// Pipeline does jobs, any number at once. Make one with [New]. It has no state
// of its own besides the settings and a count.
type Pipeline struct {
	Stages
	config
	abandoned atomic.Int32 // stages that went on after their deadline
}

// New makes a pipeline. Without options it records nothing and observes
// nothing.
func New(s Stages, opts ...Option) *Pipeline {
	return &Pipeline{Stages: s, config: newConfig(opts)}
}

// Process does one job. It does not return an error: how the job ended, and
// why, is in the result. When it returns, the job's telemetry is on disk, or
// the result says why not.
//
// The worker calls it for each attempt, the command line once for each link.
// When ctx ends, stages stop with an error that may be tried again; the
// telemetry of what was done is written all the same. An Attempt of 0 counts as
// 1.
func (p *Pipeline) Process(ctx context.Context, j job.Job) job.Result {
	if j.Attempt == 0 {
		j.Attempt = 1
	}
	ctx, root := p.start(ctx, j)
	result := p.stages(ctx, j)
	result.TraceID = root.Span().SpanContext().TraceID()
	result.HandedBack = p.end(ctx, root, j, result)
	result.NotOnDisk = p.flush(ctx, result.TraceID)
	return result
}

// stages runs the four stages. A stage that fails skips those behind it, except
// the last, which still tells the people in the thread. A failed attempt that
// will be tried again posts nothing, and neither does a job without a link.
func (p *Pipeline) stages(ctx context.Context, j job.Job) job.Result {
	if j.URL == "" {
		r := job.Result{Outcome: job.OutcomeNoURLs}
		r.Reply = p.reply(ctx, j, r)
		return r
	}
	var r job.Result
	if r.Evidence, r.Err = p.retrieve(ctx, j); r.Err == nil {
		var asked bool
		if r.Analysis, r.Prompt, r.Over, asked, r.Err = p.analyse(ctx, j, r.Evidence); asked {
			r.Reached = append(r.Reached, job.PeerModel)
		}
		if r.Err == nil {
			r.Report, r.Err = p.validate(ctx, j, r.Evidence, r.Analysis)
		}
	}
	r.Err = waitedLong(j, r.Err)
	switch {
	case r.Err != nil:
		r.Outcome = job.OutcomeError
	case !r.Report.Passed():
		r.Outcome = job.OutcomeGateFailed
	default:
		r.Outcome = job.OutcomeSuccess
	}
	r.Reply = p.reply(ctx, j, r)
	if j.PutOff(r.Err) || r.Retryable() && !j.Final {
		return r // the next attempt may still answer: people need not hear of this one
	}
	var err error
	if r.Posted, err = p.post(ctx, j, r.Reply); err != nil {
		r.Outcome, r.Err = job.OutcomeError, waitedLong(j, err)
		r.Reply = p.reply(ctx, j, r)
	} else if p.Poster != nil {
		r.Reached = append(r.Reached, job.PeerSlack)
	}
	return r
}

// waitedLong says of the last failure of a peer for how long it was waited for.
func waitedLong(j job.Job, err error) error {
	if peer := retry.Peer(err); peer != "" && j.Final && j.Waited > 0 && !j.MayWait {
		return fmt.Errorf("%s was awaited for %s: %w", peer, j.Waited.Round(time.Minute), err)
	}
	return err
}

// reply is what people are told, with links to the pages of the trace in ctx.
// It is built once the outcome is known, and again only when posting changed
// that.
func (p *Pipeline) reply(ctx context.Context, j job.Job, r job.Result) job.Reply {
	run, tr := p.links(j.ID, trace.SpanContextFromContext(ctx).TraceID())
	return job.NewReply(j, r, run, tr)
}

// retrieve is stage 1: the page, as snippets with provenance. The evidence is
// returned beside an error too, since it notes what was tried. A result that
// cannot be kept fails the attempt, which may be tried again.
func (p *Pipeline) retrieve(ctx context.Context, j job.Job) (*job.Evidence, error) {
	ctx, stage := p.stage(ctx, j, "retrieval")
	ctx, span := genai.StartRetrieval(ctx, p.tracer, j.Domain(), j.ShownURL(),
		genai.WithSpanName(job.SpanRetrieve), genai.WithContent(p.content))

	ev := new(job.Evidence)
	resumed := p.resume(ctx, j, "evidence", ev)
	var err error
	if !resumed {
		ev, err = within(ctx, &p.abandoned, stage.name, p.deadlines.Retrieval, func(ctx context.Context) (*job.Evidence, error) {
			if j.Question != "" {
				return p.recall(ctx, j)
			}
			return p.Retriever.Retrieve(ctx, j.URL)
		})
		if ev == nil { // it was left to itself
			ev = &job.Evidence{URL: j.ShownURL(), Coverage: job.CoverageFailed}
		}
		if err == nil {
			err = p.checkpoint(ctx, j, "evidence", ev)
		}
	}
	span.Span().SetAttributes(job.ResumedKey.Bool(resumed))
	p.describeEvidence(span.Span(), ev)
	if err != nil {
		stage.failed(span.Span(), err)
		span.Span().End()
		return ev, err
	}
	span.End(documents(ev))
	stage.done("%s, %d snippets, coverage %s", ev.AdapterName, len(ev.Snippets), ev.Coverage)
	return ev, nil
}

// analyse is stage 2: the one model call. A result that an earlier attempt
// paid for is used again. used is the job's prompt where that is not the analyst's own, asked says that
// a model has answered now, and over that none was asked because the channel's budget is spent.
func (p *Pipeline) analyse(
	ctx context.Context, j job.Job, ev *job.Evidence,
) (out *job.Analysis, used *job.Prompt, over *job.OverBudget, asked bool, err error) {
	ctx, stage := p.stage(ctx, j, "analysis")
	ctx, span := p.tracer.Start(ctx, job.SpanAnalyse, trace.WithAttributes(mlflowattr.SpanTypeKey.String(mlflowattr.TypeLLM)))
	defer span.End()

	out = new(job.Analysis)
	resumed := p.resume(ctx, j, "analysis", out)
	var pinned bool
	if p.Prompts != nil || resumed || j.Resumed || j.Attempt > 1 { // else nobody can have chosen one before
		used, pinned = p.pinned(ctx, j)
	}
	if !resumed {
		var prefs job.Preferences
		prefs, err = p.preferences(ctx, j)
		if over = prefs.Over; err == nil && over == nil && !pinned {
			used, err = p.pin(ctx, j, prefs.PromptAlias)
		}
		if err == nil {
			out, err = within(ctx, &p.abandoned, stage.name, p.deadlines.Analysis, func(ctx context.Context) (*job.Analysis, error) {
				return p.analysis(job.WithPrompt(job.WithLanguage(ctx, prefs.Language), used), j, ev, prefs.Over)
			})
			if err == nil {
				asked = !out.Offline()
				err = p.checkpoint(ctx, j, "analysis", out)
			} else {
				p.failed(ctx, j, out)
			}
		}
	}
	if out != nil && out.Offline() {
		used = nil
	}
	span.SetAttributes(job.ResumedKey.Bool(resumed))
	p.describeAnalysis(span, ev, out, used)
	if err != nil {
		stage.failed(span, err)
		return nil, used, over, asked, err
	}
	stage.done("%s", analystName(out))
	return out, used, over, asked, nil
}

// validate is stage 3: pure rules on the result, given the evidence. Its only error is that they
// took too long.
func (p *Pipeline) validate(ctx context.Context, j job.Job, ev *job.Evidence, out *job.Analysis) (job.Report, error) {
	ctx, stage := p.stage(ctx, j, "quality_gates")
	ctx, span := p.tracer.Start(ctx, job.SpanValidate, trace.WithAttributes(mlflowattr.SpanTypeKey.String(mlflowattr.TypeEvaluator)))
	defer span.End()

	report, err := within(ctx, &p.abandoned, stage.name, p.deadlines.Gates, func(context.Context) (job.Report, error) {
		return p.Gates.Check(ev, out), nil
	})
	if err != nil {
		stage.failed(span, err)
		return job.Report{}, err
	}
	p.describeReport(span, out, report)
	stage.done("%s", verdicts(report))
	return report, nil
}

// post is stage 4: the reply, or an honest word on why there is none.
// It has no checkpoint: the poster knows itself what it has posted.
func (p *Pipeline) post(ctx context.Context, j job.Job, reply job.Reply) (job.Posted, error) {
	ctx, stage := p.stage(ctx, j, "slack_post")
	// The post is the pipeline's own doing, no tool that a model called.
	ctx, span := p.tracer.Start(ctx, job.SpanPost, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(mlflowattr.SpanTypeKey.String(mlflowattr.TypeTask)))
	defer span.End()

	messages := p.Formatter.Messages(reply)
	p.describeReply(span, j, reply, messages)
	if p.Poster == nil {
		span.SetAttributes(job.PostedKey.Bool(false), mlflowattr.SpanOutputsKey.String(`{"posted":false}`))
		stage.skipped("skipped, as no Slack channel is given")
		return job.Posted{}, nil
	}
	// Not left to itself: what is posted after the job has ended would be posted twice. A poster
	// heeds its context.
	pctx, cancel := context.WithTimeout(ctx, p.deadlines.Post)
	defer cancel()
	posted, err := p.Poster.Post(pctx, j, messages)
	err = timedOut(ctx, pctx, stage.name, p.deadlines.Post, err)
	span.SetAttributes(job.PostedKey.Bool(err == nil))
	if err != nil {
		stage.failed(span, err)
		return job.Posted{}, err
	}
	if posted.Permalink != "" {
		span.SetAttributes(job.PermalinkKey.String(posted.Permalink))
	}
	outputs := map[string]any{"posted": true, "ts": posted.TS, "permalink": posted.Permalink}
	span.SetAttributes(mlflowattr.SpanOutputsKey.String(encode(outputs)))
	stage.done("%s", posted.Permalink)
	return posted, nil
}

// start begins the job's root span. Its ids follow from job and attempt. It is
// a root though ctx may hold the span of the Slack event that asked for the
// job: one message may ask for several jobs, and a job runs long after it. A
// link leads back to the event.
func (p *Pipeline) start(ctx context.Context, j job.Job) (context.Context, *genai.Workflow) {
	kv := []attribute.KeyValue{
		job.IDKey.String(j.ID), job.AttemptKey.Int(j.Attempt), job.ChannelKey.String(j.Channel), job.MessageTSKey.String(j.MessageTS),
		genai.SessionIDKey.String(j.Session()),
	}
	if j.URL != "" {
		kv = append(kv, job.URLKey.String(j.ShownURL()), job.DomainKey.String(j.Domain()))
	}
	if j.User != "" {
		kv = append(kv, genai.UserIDKey.String(j.User))
	}
	if j.Resumed {
		kv = append(kv, mlflowattr.ResumedKey.Bool(true))
	}
	if j.QueueWait > 0 {
		kv = append(kv, job.QueueWaitKey.Float64(j.QueueWait.Seconds()))
	}
	start := []trace.SpanStartOption{trace.WithNewRoot()}
	if j.Origin.IsValid() {
		start = append(start, trace.WithLinks(trace.Link{SpanContext: j.Origin}))
	}
	return genai.StartWorkflow(withSeed(ctx, jobSeed(j)), p.tracer, job.SpanJob, "commentary",
		genai.WithContent(p.content), genai.WithAttributes(kv...), genai.WithSpanOptions(start...))
}

// end puts the outcome on the root span and ends it. A job that was cut by a
// shutdown, or had to wait, and will be run again under the same number, or that others
// have taken over, is marked, so that no second run is shown for it. One that had to wait
// after the model was paid is shown: what it cost is in this trace only. handedBack says
// that the attempt was cut, or taken over.
func (p *Pipeline) end(ctx context.Context, root *genai.Workflow, j job.Job, r job.Result) (handedBack bool) {
	p.describeJob(ctx, root, j, r)
	if r.Err != nil {
		genai.MarkFailed(root.Span(), r.Err, errorType(r.Err))
	}
	putOff := r.Err != nil && j.PutOff(r.Err) && !slices.Contains(r.Reached, job.PeerModel)
	// As late as can be: what ends behind it is written under this attempt's ids.
	handedBack = !putOff && p.handedBack(ctx, j.ID, r.Err)
	if putOff || handedBack {
		root.Span().SetAttributes(mlflowattr.HandedBackKey.Bool(true))
	}
	root.End()
	return handedBack
}

// stage starts the clock of a stage, and numbers the span ids under it.
// name is that of the stage in events and of its run in MLflow.
func (p *Pipeline) stage(ctx context.Context, j job.Job, name string) (context.Context, stageClock) {
	p.observe(job.Event{JobID: j.ID, Stage: name})
	return withSeed(ctx, jobSeed(j)+"/"+name), stageClock{observe: p.observe, job: j.ID, name: name, began: time.Now()}
}
