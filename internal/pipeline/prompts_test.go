package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/internal/retry"
)

// chooser gives each job the prompt that holds now.
type chooser struct {
	now     *job.Prompt
	aliases []string
}

func (c *chooser) Prompt(_, alias string) *job.Prompt {
	c.aliases = append(c.aliases, alias)
	return c.now
}

// prompted is a model that notes by which prompt it was asked.
type prompted struct {
	paid
	versions []string
}

func (p *prompted) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	used := job.PromptOf(ctx)
	if used == nil {
		used = &job.Prompt{Name: "own", Version: "own"}
	}
	p.versions = append(p.versions, used.Version)
	out, err := p.paid.Analyze(ctx, ev)
	out.PromptName, out.PromptVersion = used.Name, used.Version
	return out, err
}

func registered(version string) *job.Prompt {
	return &job.Prompt{Name: "commentary", Version: version, Alias: "production", Registered: true, System: "x", MaxTokens: 700}
}

func TestAJobKeepsItsPromptWhateverTheAliasDoes(t *testing.T) {
	away := retry.Passing(errors.New("the model server is away"))
	for name, c := range map[string]struct {
		first     *job.Prompt // what holds at the first attempt, and at the second
		second    *job.Prompt
		err       error // of the first call of the model
		post      error // of the first post
		versions  string
		onTrace   string
		linkedTag string
	}{
		"the model failed":  {registered("1"), registered("2"), away, nil, "1 1", "commentary/1", `[{"name":"commentary","version":"1"}]`},
		"Slack failed":      {registered("1"), registered("2"), nil, retry.Passing(errors.New("away")), "1", "commentary/1", `[{"name":"commentary","version":"1"}]`},
		"its own, at first": {nil, registered("2"), away, nil, "own own", "", ""},
		"a file":            {&job.Prompt{Name: "f", Version: "abc"}, registered("2"), away, nil, "abc abc", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tracer, exp := tracing(t)
			choose, model, post := &chooser{now: c.first}, &prompted{paid: paid{analyst: analyst{result: result(), err: c.err}}}, &poster{err: c.post}
			st := stages(&retriever{ev: page()}, model, post, memory{})
			st.Prompts, st.Channels = choose, &set{prefs: job.Preferences{PromptAlias: "mine"}}
			p := pipeline.New(st, pipeline.WithTracer(tracer))
			j := newJob()
			j.Final = false
			if r := p.Process(t.Context(), j); !r.Retryable() {
				t.Fatalf("%+v", r)
			}
			choose.now, model.err, post.err = c.second, nil, nil
			j.Attempt = 2
			r := p.Process(t.Context(), j)
			if got := strings.Join(model.versions, " "); got != c.versions || len(choose.aliases) != 1 || choose.aliases[0] != "mine" {
				t.Errorf("prompts %s, chosen %q; %v", got, choose.aliases, r.Err)
			}
			spans := exp.GetSpans()
			root := spans[len(spans)-1]
			if got := value(root, string(job.PromptKey)).AsString(); got != c.onTrace {
				t.Errorf("the trace names the prompt %q", got)
			}
			if got := value(root, "mlflow.run.tag.mlflow.linkedPrompts").AsString(); got != c.linkedTag {
				t.Errorf("linked prompts %q", got)
			}
			if c.onTrace != "" && (value(root, string(job.PromptVersionKey)).AsString() != "1" || value(root, string(job.MaxTokensKey)).AsInt64() != 700 ||
				value(root, string(job.PromptAliasKey)).AsString() != "production") {
				t.Errorf("settings of the trace: %v", root.Attributes)
			}
		})
	}
}

func TestQuestionsAndExtractsHaveNoPromptOfTheRegistry(t *testing.T) {
	for name, question := range map[string]string{"a question": "Read once?", "a spent budget": ""} {
		tracer, exp := tracing(t)
		choose := &chooser{now: registered("1")}
		st := stages(&retriever{ev: page()}, &prompted{paid: paid{analyst: analyst{result: result()}}}, &poster{}, memory{})
		st.Prompts, st.Extracts = choose, &analyst{result: result()}
		st.Kept, st.Answerer = kept{evidence: map[string]*job.Evidence{"j1": page()}}, &answerer{answer: "Requests can be read once."}
		j := newJob()
		if j.Question, j.About = question, []string{"j1"}; question == "" {
			st.Channels = &set{prefs: job.Preferences{Over: &job.OverBudget{BudgetUSD: 1}}}
		}
		pipeline.New(st, pipeline.WithTracer(tracer)).Process(t.Context(), j)
		spans := exp.GetSpans()
		if len(choose.aliases) != 0 || value(spans[len(spans)-1], string(job.PromptKey)).AsString() != "" {
			t.Errorf("%s: chosen %d times, %v", name, len(choose.aliases), spans[len(spans)-1].Attributes)
		}
	}
}
