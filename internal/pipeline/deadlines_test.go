package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/internal/retry"
)

// slow is a stage that lasts until its context ends, or for ever.
type slow struct {
	job.Retriever
	job.Analyst
	deaf  bool
	ended <-chan struct{}
	err   error // in the place of the context's
}

func (s *slow) wait(ctx context.Context) error {
	if s.deaf {
		<-s.ended
		return nil
	}
	<-ctx.Done()
	if s.err != nil {
		return s.err
	}
	return fmt.Errorf("stopped: %w", ctx.Err())
}

func (s *slow) Retrieve(ctx context.Context, _ string) (*job.Evidence, error) {
	return new(job.Evidence), s.wait(ctx)
}

func (s *slow) Analyze(ctx context.Context, _ *job.Evidence) (*job.Analysis, error) {
	return new(job.Analysis), s.wait(ctx)
}

func (s *slow) Describe() job.AnalystSettings {
	return job.AnalystSettings{Analyst: job.AnalystOffline}
}

func (s *slow) Check(*job.Evidence, *job.Analysis) job.Report {
	_ = s.wait(context.Background())
	return job.Report{}
}

func (s *slow) Post(ctx context.Context, _ job.Job, _ []job.Message) (job.Posted, error) {
	return job.Posted{}, s.wait(ctx)
}

func TestEachStageHasItsDeadline(t *testing.T) {
	limits := pipeline.Deadlines{Retrieval: 10 * time.Second, Analysis: 20 * time.Second, Gates: 30 * time.Second, Post: 40 * time.Second}
	for _, c := range []struct {
		stage string
		deaf  bool
		after time.Duration
		set   func(*pipeline.Stages, *slow)
	}{
		{"retrieval", false, limits.Retrieval, func(s *pipeline.Stages, w *slow) { s.Retriever = w }},
		{"retrieval", true, limits.Retrieval, func(s *pipeline.Stages, w *slow) { s.Retriever = w }},
		{"analysis", false, limits.Analysis, func(s *pipeline.Stages, w *slow) { s.Analyst = w }},
		{"analysis", true, limits.Analysis, func(s *pipeline.Stages, w *slow) { s.Analyst = w }},
		{"quality_gates", true, limits.Gates, func(s *pipeline.Stages, w *slow) { s.Gates = w }},
		{"slack_post", false, limits.Post, func(s *pipeline.Stages, w *slow) { s.Poster = w }},
	} {
		t.Run(fmt.Sprintf("%s, deaf %v", c.stage, c.deaf), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan struct{})
				s := stages(&retriever{ev: page()}, &analyst{result: result()}, &poster{}, nil)
				c.set(&s, &slow{deaf: c.deaf, ended: ended})
				j := newJob()
				j.Final = false
				began := time.Now()
				res := pipeline.New(s, pipeline.WithDeadlines(limits)).Process(t.Context(), j)
				if took := time.Since(began); took < c.after || took > c.after+3*time.Second {
					t.Errorf("it took %s, the deadline is %s", took, c.after)
				}
				var e *pipeline.StageTimeoutError
				if !errors.As(res.Err, &e) || e.Stage != c.stage || !res.Retryable() || !strings.Contains(res.Err.Error(), c.stage) {
					t.Errorf("retryable %v: %v", res.Retryable(), res.Err)
				}
				close(ended)
				synctest.Wait()
			})
		})
	}
}

func TestStagesThatDoNotStopAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		s := stages(&slow{deaf: true, ended: ended}, &analyst{result: result()}, nil, nil)
		p := pipeline.New(s, pipeline.WithDeadlines(pipeline.Deadlines{Retrieval: time.Second, Analysis: time.Second, Gates: time.Second, Post: time.Second}))
		j := newJob()
		j.Final, j.MayWait = false, true
		var timeouts, turns int
		for range 10 {
			switch res := p.Process(t.Context(), j); {
			case retry.IsTurn(res.Err):
				turns++
			case errors.As(res.Err, new(*pipeline.StageTimeoutError)):
				timeouts++
			}
		}
		if timeouts != 4 || turns != 6 {
			t.Errorf("%d stages were left to themselves, %d jobs put off", timeouts, turns)
		}
		close(ended)
		synctest.Wait()
		// They have ended, so that there is room again.
		if res := p.Process(t.Context(), j); retry.IsTurn(res.Err) {
			t.Errorf("afterwards: %v", res.Err)
		}
	})
}

// panicking is an analyst with a fault.
type panicking struct{ analyst }

func (*panicking) Analyze(context.Context, *job.Evidence) (*job.Analysis, error) { panic("boom") }

func TestAPanicOfAStageIsOneOfTheJob(t *testing.T) {
	defer func() {
		r := recover()
		if s, ok := r.(interface{ Stack() []byte }); fmt.Sprint(r) != "boom" || !ok || !strings.Contains(string(s.Stack()), "panicking") {
			t.Errorf("recovered %v", r)
		}
	}()
	s := stages(&retriever{ev: page()}, &panicking{}, nil, nil)
	s.Gates = gates.New(gates.Options{})
	pipeline.New(s).Process(t.Context(), newJob())
	t.Error("it went on")
}

// outageError is that of a peer.
type outageError struct{ name string }

func (e outageError) Error() string           { return "503" }
func (outageError) Retryable() bool           { return true }
func (outageError) RetryAfter() time.Duration { return 0 }
func (e outageError) Peer() string            { return e.name }

func TestAJobThatHasToWaitTellsNobody(t *testing.T) {
	model, slack := outageError{job.PeerModel}, outageError{job.PeerSlack}
	for _, c := range []struct {
		name           string
		change         func(*job.Job)
		analysis, post error
		putOff, handed bool
		posts          int
		paid           bool
		want           string
	}{
		{"for the model", func(*job.Job) {}, model, nil, true, true, 0, false, "503"},
		{"for Slack", func(*job.Job) {}, nil, slack, true, true, 1, false, "503"},
		{"for Slack, after the model was paid", func(*job.Job) {}, nil, slack, true, false, 1, true, "503"},
		{"for its turn", func(*job.Job) {}, retry.Turn(errors.New("no slot"), 0), nil, true, true, 0, false, "no slot"},
		{"long enough", func(j *job.Job) { j.MayWait, j.Waited = false, 24*time.Hour }, model, nil, false, false, 1, false,
			"the model server was awaited for 24h0m0s: 503"},
		{"where nobody runs it again", func(j *job.Job) { j.MayWait = false }, model, nil, false, false, 1, false, "503"},
		{"for nothing", func(*job.Job) {}, errors.New("refused"), nil, false, false, 1, false, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tracer, exp := tracing(t)
			p := &poster{err: c.post}
			a := &analyst{result: result(), err: c.analysis}
			var an job.Analyst = a
			if c.paid {
				an = paidAnalyst{a}
			}
			j := newJob()
			j.MayWait = true
			c.change(&j)
			res := pipeline.New(stages(&retriever{ev: page()}, an, p, nil), pipeline.WithTracer(tracer)).Process(t.Context(), j)
			spans := exp.GetSpans()
			handed := value(spans[len(spans)-1], "mlflow.run.handed_back")
			if j.PutOff(res.Err) != c.putOff || handed.AsBool() != c.handed || len(p.jobs) != c.posts || res.Err.Error() != c.want {
				t.Errorf("put off %v, handed back %v, %d posts: %v", j.PutOff(res.Err), handed.AsBool(), len(p.jobs), res.Err)
			}
		})
	}
}

// paidAnalyst says that a model has answered.
type paidAnalyst struct{ *analyst }

func (a paidAnalyst) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	out, err := a.analyst.Analyze(ctx, ev)
	out.Analyst = job.AnalystOpenAI
	return out, err
}
