package pipeline_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/internal/retry"
)

// set is what a channel has set, and what its jobs cost in vain.
type set struct {
	prefs  job.Preferences
	err    error
	failed []string
}

func (s *set) Preferences(_ context.Context, channel string) (job.Preferences, error) {
	return s.prefs, s.err
}

func (s *set) Failed(_ context.Context, id, channel string, a *job.Analysis) error {
	s.failed = append(s.failed, id+" "+channel)
	return nil
}

// paid is a model that notes the language that it is to write in.
type paid struct {
	analyst
	languages []string
}

func (p *paid) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	p.languages = append(p.languages, job.LanguageOf(ctx))
	p.calls++
	return &job.Analysis{Analyst: job.AnalystOpenAI, Calls: 1, Result: p.result, CostUSD: new(0.01)}, p.err
}

func (p *paid) Describe() job.AnalystSettings {
	return job.AnalystSettings{Analyst: job.AnalystOpenAI, Model: "m"}
}

func TestASpentBudgetPaysNoModel(t *testing.T) {
	over := &job.OverBudget{Month: "2026-11", BudgetUSD: 5}
	for name, c := range map[string]struct {
		set      *set
		question string
		extracts bool
		want     job.Outcome
		models   int
		offline  int
		says     string
	}{
		"within the budget":     {&set{}, "", true, job.OutcomeGateFailed, 1, 0, ""}, // a model's comment has projects
		"spent":                 {&set{prefs: job.Preferences{Over: over}}, "", true, job.OutcomeSuccess, 0, 1, "It replaces a jungle"},
		"spent, a question":     {&set{prefs: job.Preferences{Over: over}}, "Why?", true, job.OutcomeError, 0, 0, "budget of this channel, $5.00 a month, is spent"},
		"nothing is ever paid":  {&set{prefs: job.Preferences{Over: over}}, "", false, job.OutcomeGateFailed, 1, 0, ""},
		"the database is away":  {&set{err: errors.New("away")}, "", true, job.OutcomeError, 0, 0, ""},
		"without any settings":  {nil, "", true, job.OutcomeGateFailed, 1, 0, ""},
		"in the channel's own":  {&set{prefs: job.Preferences{Language: "fr"}}, "", true, job.OutcomeGateFailed, 1, 0, ""},
		"a question is allowed": {&set{}, "Why?", true, job.OutcomeSuccess, 0, 0, "can be read once"},
	} {
		t.Run(name, func(t *testing.T) {
			tracer, exp := tracing(t)
			var said messages
			model, offline := &paid{analyst: analyst{result: result()}}, &analyst{result: result()}
			answers := &answerer{answer: "Requests and responses are streams that can be read once."}
			st := stages(&retriever{ev: page()}, model, &said, memory{})
			st.Answerer, st.Kept = answers, kept{evidence: map[string]*job.Evidence{"j1": page()}}
			if c.set != nil {
				st.Channels = c.set
			}
			if c.extracts {
				st.Extracts = offline
			}
			j := newJob()
			j.Question, j.About = c.question, []string{"j1"}
			r := pipeline.New(st, pipeline.WithTracer(tracer)).Process(t.Context(), j)
			if r.Outcome != c.want || model.calls != c.models || offline.calls != c.offline || !strings.Contains(said.text, c.says) {
				t.Errorf("outcome %s (%v, %v), %d calls of the model, %d extracts, said %s", r.Outcome, r.Err, r.Report.Failures(), model.calls, offline.calls, said.text)
			}
			if spent := c.set != nil && c.set.prefs.Over != nil && c.extracts; spent != (r.Over != nil) {
				t.Errorf("over budget: %+v", r.Over)
			}
			if c.set != nil && c.set.err != nil && !retry.Retryable(r.Err) {
				t.Errorf("%v is not tried again", r.Err)
			}
			if c.set != nil && c.models == 1 && !slices.Equal(model.languages, []string{c.set.prefs.Language}) {
				t.Errorf("languages %q", model.languages)
			}
			spans := exp.GetSpans()
			want := job.AnalystOpenAI
			if c.offline > 0 {
				want = job.AnalystOffline
			}
			if got := value(spans[len(spans)-1], string(job.AnalystKey)).AsString(); got != want {
				t.Errorf("the trace says that the analyst was %q, want %q", got, want)
			}
		})
	}
}

func TestWhatAFailedAnalysisCostIsKept(t *testing.T) {
	s := &set{}
	st := stages(&retriever{ev: page()}, &paid{analyst: analyst{err: errors.New("the answer broke the schema twice")}}, &poster{}, memory{})
	st.Channels = s
	j := newJob()
	pipeline.New(st).Process(t.Context(), j)
	if want := []string{j.ID + " " + j.Channel}; !slices.Equal(s.failed, want) {
		t.Errorf("kept %q, want %q", s.failed, want)
	}
}
