package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/internal/retry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const pageText = "The Fetch standard gives scripts one interface for requests. It replaces a jungle of older interfaces. Requests and responses are streams that can be read once."

func page() *job.Evidence {
	return &job.Evidence{
		URL: "https://www.example.com/fetch", Title: "Fetch", Text: pageText, Lang: "en", AdapterName: "GenericAdapter", Coverage: job.CoverageFull,
		Sources:  []job.Source{{URL: "https://www.example.com/fetch", Title: "Fetch"}},
		Snippets: []job.Snippet{{ID: "s1", Content: pageText, SourceURL: "https://www.example.com/fetch"}},
	}
}

type retriever struct {
	calls int
	ev    *job.Evidence
	err   error
}

func (r *retriever) Retrieve(context.Context, string) (*job.Evidence, error) {
	r.calls++
	return r.ev, r.err
}

type analyst struct {
	calls  int
	result *job.Comment
	err    error
}

func (a *analyst) Analyze(context.Context, *job.Evidence) (*job.Analysis, error) {
	a.calls++
	return &job.Analysis{Analyst: job.AnalystOffline, Mode: analysis.ModeOffline, Result: a.result}, a.err
}

func (a *analyst) Describe() job.AnalystSettings {
	return job.AnalystSettings{Analyst: job.AnalystOffline}
}

func result() *job.Comment {
	return &job.Comment{
		TLDR: []string{
			"The Fetch standard gives scripts one interface for requests.",
			"It replaces a jungle of older interfaces.",
			"Requests and responses are streams that can be read once.",
		},
		Summary: pageText, Projects: []string{}, SimilarTech: []string{},
	}
}

type poster struct {
	jobs []string
	err  error
}

func (p *poster) Post(_ context.Context, j job.Job, ms []job.Message) (job.Posted, error) {
	if len(ms) == 0 {
		return job.Posted{}, errors.New("nothing to post")
	}
	p.jobs = append(p.jobs, j.ID)
	return job.Posted{Channel: j.Channel, TS: "2.0", Permalink: "https://slack.example/p2"}, p.err
}

// stages are the given ones with the real gates and forms.
func stages(r job.Retriever, a job.Analyst, p job.Poster, c job.Checkpoints) pipeline.Stages {
	return pipeline.Stages{Retriever: r, Analyst: a, Gates: gates.New(gates.Options{}), Formatter: comment.Format{}, Poster: p, Checkpoints: c}
}

func newJob() job.Job {
	return job.Job{ID: "j1", URL: "https://www.example.com/fetch", Channel: "C1", MessageTS: "1.5", User: "U1", Attempt: 1, Final: true}
}

func tracing(t *testing.T) (trace.Tracer, *tracetest.InMemoryExporter) {
	t.Helper()
	exp := tracetest.NewInMemoryExporter()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exp), sdktrace.WithIDGenerator(pipeline.IDGenerator{}))
	return tp.Tracer("test"), exp
}

func value(s tracetest.SpanStub, key string) attribute.Value {
	for _, kv := range s.Attributes {
		if string(kv.Key) == key {
			return kv.Value
		}
	}
	return attribute.Value{}
}

func TestOutcomes(t *testing.T) {
	notFound := &evidence.Error{Reason: "not_found", URL: "https://www.example.com/fetch", Detail: "the server answered 404", Hint: "check the address"}
	for name, c := range map[string]struct {
		job       func(*job.Job)
		retriever retriever
		analyst   analyst
		poster    poster
		want      job.Outcome
		posts     int
		seen      []string
		retryable bool
	}{
		"success": {retriever: retriever{ev: page()}, analyst: analyst{result: result()}, want: job.OutcomeSuccess, posts: 1,
			seen: []string{"retrieval", "analysis", "quality_gates", "slack_post"}},
		"gate failure is told": {retriever: retriever{ev: page()}, analyst: analyst{result: &job.Comment{TLDR: []string{"x"}, Summary: "See https://evil.example/ now."}},
			want: job.OutcomeGateFailed, posts: 1, seen: []string{"retrieval", "analysis", "quality_gates", "slack_post"}},
		"retrieval error is told, no model is asked": {retriever: retriever{ev: &job.Evidence{Coverage: job.CoverageFailed}, err: notFound}, want: job.OutcomeError, posts: 1,
			seen: []string{"retrieval", "slack_post"}},
		"model error is told": {retriever: retriever{ev: page()}, analyst: analyst{err: &analysis.Error{Kind: analysis.KindAuth, What: "no"}}, want: job.OutcomeError, posts: 1,
			seen: []string{"retrieval", "analysis", "slack_post"}},
		"passing error is left to the next attempt": {job: func(j *job.Job) { j.Final = false }, retriever: retriever{ev: page()},
			analyst: analyst{err: &analysis.Error{Kind: analysis.KindRateLimited, What: "later"}}, want: job.OutcomeError, retryable: true,
			seen: []string{"retrieval", "analysis"}},
		"post error": {retriever: retriever{ev: page()}, analyst: analyst{result: result()}, poster: poster{err: retry.Passing(errors.New("down"))}, want: job.OutcomeError, posts: 1, retryable: true,
			seen: []string{"retrieval", "analysis", "quality_gates", "slack_post"}},
		"no link": {job: func(j *job.Job) { j.URL = "" }, want: job.OutcomeNoURLs},
	} {
		t.Run(name, func(t *testing.T) {
			tracer, exp := tracing(t)
			var seen []string
			p := pipeline.New(stages(&c.retriever, &c.analyst, &c.poster, nil), pipeline.WithTracer(tracer), pipeline.WithContent(true),
				pipeline.WithObserver(func(e job.Event) {
					if e.Done {
						seen = append(seen, e.Stage)
					}
				}))
			j := newJob()
			if c.job != nil {
				c.job(&j)
			}
			r := p.Process(context.Background(), j)
			if r.Outcome != c.want {
				t.Fatalf("outcome %s (%v, gates %v), want %s", r.Outcome, r.Err, r.Report.Failures(), c.want)
			}
			if got := len(c.poster.jobs); got != c.posts {
				t.Errorf("%d posts, want %d", got, c.posts)
			}
			if strings.Join(seen, " ") != strings.Join(c.seen, " ") {
				t.Errorf("seen %v, want %v", seen, c.seen)
			}
			if r.Retryable() != c.retryable {
				t.Errorf("retryable %v", r.Retryable())
			}
			spans := exp.GetSpans()
			root := spans[len(spans)-1]
			if root.Name != "pipeline.process_job" || value(root, "commentator.job.outcome").AsString() != string(c.want) {
				t.Errorf("last span %s, outcome %q", root.Name, value(root, "commentator.job.outcome").AsString())
			}
			title := map[bool]string{true: "example.com/fetch", false: "Fetch"}[c.retriever.err != nil]
			if got := value(root, "commentator.evidence.title").AsString(); j.URL != "" && got != title || j.URL == "" && got != "" {
				t.Errorf("the title is %q, want %q", got, title)
			}
			if c.want == job.OutcomeError && value(root, "commentator.job.error").AsString() == "" {
				t.Error("the root span does not say what went wrong")
			}
		})
	}
}

func TestARunIsByWhomPeopleKnow(t *testing.T) {
	ada := pipeline.WithNames(func(_ context.Context, user string) string { return map[string]string{"U1": "Ada"}[user] })
	for name, c := range map[string]struct {
		user string
		opts []pipeline.Option
		want string
	}{
		"known":           {"U1", []pipeline.Option{ada, pipeline.WithContent(true)}, "Ada"},
		"unknown":         {"U2", []pipeline.Option{ada, pipeline.WithContent(true)}, "U2"},
		"without content": {"U1", []pipeline.Option{ada}, "U1"},
		"without names":   {"U1", []pipeline.Option{pipeline.WithContent(true)}, "U1"},
		"nobody":          {"", []pipeline.Option{ada, pipeline.WithContent(true)}, ""},
	} {
		tracer, exp := tracing(t)
		j := newJob()
		j.User = c.user
		st := stages(&retriever{ev: page()}, &analyst{result: result()}, nil, nil)
		pipeline.New(st, append(c.opts, pipeline.WithTracer(tracer))...).Process(context.Background(), j)
		spans := exp.GetSpans()
		root := spans[len(spans)-1]
		if got := value(root, "commentator.user.name").AsString(); got != c.want || value(root, "user.id").AsString() != c.user {
			t.Errorf("%s: by %q, want %q; user.id %q", name, got, c.want, value(root, "user.id").AsString())
		}
	}
}

// fixed is a stage of gates that says what it is told to.
type fixed job.Report

func (f fixed) Check(*job.Evidence, *job.Analysis) job.Report { return job.Report(f) }

func TestGatesThatPassedAreCountedAndTheOthersNamed(t *testing.T) {
	good, bad := job.GateResult{Name: "links", Passed: true}, job.GateResult{Name: "names", Severity: job.Blocking}
	advisory := job.GateResult{Name: "similar", Severity: job.Advisory}
	for name, c := range map[string]struct {
		results []job.GateResult
		want    string
	}{
		"all passed": {[]job.GateResult{good, good}, "2 of 2 passed"},
		"a warning":  {[]job.GateResult{good, advisory}, "1 of 2 passed; warning: similar"},
		"a failure":  {[]job.GateResult{bad, good}, "1 of 2 passed; failed: names"},
		"both":       {[]job.GateResult{bad, advisory, bad}, "0 of 3 passed; failed: names, names; warning: similar"},
	} {
		st := stages(&retriever{ev: page()}, &analyst{result: result()}, nil, nil)
		st.Gates = fixed{Results: c.results}
		got := ""
		pipeline.New(st, pipeline.WithObserver(func(e job.Event) {
			if e.Done && e.Stage == "quality_gates" {
				got = e.Detail
			}
		})).Process(context.Background(), newJob())
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

type memory map[string][]byte

func (m memory) Load(_ context.Context, job, stage string, into any) (bool, error) {
	b, ok := m[job+"/"+stage]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(b, into)
}

func (m memory) Save(_ context.Context, job, stage string, v any) (err error) {
	m[job+"/"+stage], err = json.Marshal(v)
	return err
}

func TestAnAttemptAfterACrashPaysNothingAndWritesTheSameTrace(t *testing.T) {
	store := memory{}
	ids := func() (*retriever, *analyst, []string) {
		tracer, exp := tracing(t)
		r, a := &retriever{ev: page()}, &analyst{result: result()}
		p := pipeline.New(stages(r, a, nil, store), pipeline.WithTracer(tracer))
		if res := p.Process(context.Background(), newJob()); res.Outcome != job.OutcomeSuccess || res.TraceID != pipeline.TraceID(newJob()) {
			t.Fatalf("outcome %s %v, trace %s", res.Outcome, res.Err, res.TraceID)
		}
		var out []string
		for _, s := range exp.GetSpans() {
			out = append(out, s.Name+" "+s.SpanContext.TraceID().String()+" "+s.SpanContext.SpanID().String())
		}
		return r, a, out
	}
	_, _, first := ids()
	r, a, second := ids()
	if r.calls != 0 || a.calls != 0 {
		t.Errorf("the second attempt fetched %d times and asked %d times", r.calls, a.calls)
	}
	if strings.Join(first, "\n") != strings.Join(second, "\n") {
		t.Errorf("ids differ:\n%s\n--\n%s", strings.Join(first, "\n"), strings.Join(second, "\n"))
	}
}

func TestIDsDifferBetweenJobsAndAttempts(t *testing.T) {
	a, b, c := newJob(), newJob(), newJob()
	b.Attempt, c.ID = 2, "j2"
	if pipeline.TraceID(a) == pipeline.TraceID(b) || pipeline.TraceID(a) == pipeline.TraceID(c) {
		t.Error("two attempts or jobs share a trace")
	}
}

func TestContentStaysOffSpansUnlessAskedFor(t *testing.T) {
	for _, content := range []bool{false, true} {
		tracer, exp := tracing(t)
		p := pipeline.New(stages(&retriever{ev: page()}, &analyst{result: result()}, nil, nil), pipeline.WithTracer(tracer), pipeline.WithContent(content))
		p.Process(context.Background(), newJob())
		found := false
		for _, s := range exp.GetSpans() {
			for _, kv := range s.Attributes {
				found = found || strings.Contains(kv.Value.String(), "jungle of older interfaces")
			}
		}
		if found != content {
			t.Errorf("content %v: text of the page on spans: %v", content, found)
		}
	}
}

func TestSecretsInALinkReachNoSpan(t *testing.T) {
	tracer, exp := tracing(t)
	j := newJob()
	j.URL = "https://user:hunter22@www.example.com/fetch?access_token=hunter33"
	p := pipeline.New(stages(&retriever{ev: page()}, &analyst{result: result()}, nil, nil), pipeline.WithTracer(tracer), pipeline.WithContent(true))
	p.Process(context.Background(), j)
	for _, s := range exp.GetSpans() {
		for _, kv := range s.Attributes {
			if v := kv.Value.String(); strings.Contains(v, "hunter22") || strings.Contains(v, "hunter33") {
				t.Errorf("%s of %s: %s", kv.Key, s.Name, v)
			}
		}
	}
}

func TestFlushFailureDoesNotChangeTheOutcome(t *testing.T) {
	full := errors.New("disk full")
	p := pipeline.New(stages(&retriever{ev: page()}, &analyst{result: result()}, nil, nil),
		pipeline.WithFlush(func(context.Context, trace.TraceID) error { return full }))
	r := p.Process(context.Background(), newJob())
	if r.Outcome != job.OutcomeSuccess || !errors.Is(r.NotOnDisk, full) {
		t.Errorf("outcome %s, not on disk: %v", r.Outcome, r.NotOnDisk)
	}
}

func TestQueueWaitIsRecorded(t *testing.T) {
	tracer, exp := tracing(t)
	j := newJob()
	j.QueueWait = 1500 * time.Millisecond
	pipeline.New(stages(&retriever{ev: page()}, &analyst{result: result()}, nil, nil), pipeline.WithTracer(tracer)).Process(context.Background(), j)
	spans := exp.GetSpans()
	if got := value(spans[len(spans)-1], "commentator.job.queue_wait").AsFloat64(); got != 1.5 {
		t.Errorf("queue wait %v s", got)
	}
}

// failed leaves an attempt to the next run if it failed.
func failed(err error) bool { return err != nil }

func TestACutAttemptLeavesItsTelemetryToTheNextRun(t *testing.T) {
	for _, c := range []struct {
		name      string
		left      func(err error) bool
		err       error
		want, set bool
	}{
		{"cut", failed, context.Canceled, true, true},
		{"failed", func(error) bool { return false }, context.Canceled, false, true},
		{"nobody runs it again", failed, context.Canceled, false, false},
		{"done in spite of the cut", failed, nil, false, true},
		{"done, but others have it by now", func(error) bool { return true }, nil, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			tracer, exp := tracing(t)
			opts := []pipeline.Option{pipeline.WithTracer(tracer)}
			if c.set {
				opts = append(opts, pipeline.WithHandedBack(func(_ context.Context, id string, err error) bool {
					return c.left(err) && id == newJob().ID
				}))
			}
			p := pipeline.New(stages(&retriever{ev: page(), err: c.err}, &analyst{result: result()}, nil, nil), opts...)
			r := p.Process(t.Context(), newJob())
			spans := exp.GetSpans()
			if got := value(spans[len(spans)-1], "mlflow.run.handed_back"); got.AsBool() != c.want || r.HandedBack != c.want {
				t.Errorf("handed back: %v by the span, %v by the result", got.String(), r.HandedBack)
			}
		})
	}
}
