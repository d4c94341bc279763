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

// answerer answers each question alike, and notes what it was given.
type answerer struct {
	calls  int
	answer string
	ev     *job.Evidence
}

func (a *answerer) Answer(_ context.Context, ev *job.Evidence, question string) (*job.Analysis, error) {
	a.calls++
	a.ev = ev
	return &job.Analysis{
		Analyst: job.AnalystOpenAI, Question: question, PromptName: "an-answer", PromptVersion: "1",
		Result: &job.Comment{TLDR: []string{}, Projects: []string{}, SimilarTech: []string{}, Answer: a.answer},
	}, nil
}

// kept is what a queue keeps.
type kept struct {
	evidence map[string]*job.Evidence
	err      error
}

func (k kept) KeptEvidence(_ context.Context, ids []string) (out []*job.Evidence, err error) {
	for _, id := range ids {
		if ev := k.evidence[id]; ev != nil {
			out = append(out, ev)
		}
	}
	return out, k.err
}

// messages keeps what is posted.
type messages struct{ text string }

func (m *messages) Post(_ context.Context, j job.Job, ms []job.Message) (job.Posted, error) {
	for _, one := range ms {
		m.text += one.Text + " " + string(one.Blocks)
	}
	return job.Posted{Channel: j.Channel, TS: "3.0"}, nil
}

func TestQuestionsAreAnsweredFromWhatWasKept(t *testing.T) {
	second := page()
	second.Title, second.Text, second.Coverage = "Streams", "The Streams standard was made by Contoso.", job.CoveragePartial
	all := map[string]*job.Evidence{"j1": page(), "j2": second}
	for name, c := range map[string]struct {
		answerer *answerer
		kept     kept
		want     job.Outcome
		says     string
		calls    int
		passing  bool
	}{
		"answered": {&answerer{answer: "Requests and responses are streams that can be read once."}, kept{evidence: all},
			job.OutcomeSuccess, "can be read once", 1, false},
		"from another link of the thread": {&answerer{answer: "Contoso made the Streams standard."}, kept{evidence: all},
			job.OutcomeSuccess, "Contoso made", 1, false},
		"a name of the question may be said again": {&answerer{answer: "The page does not mention Zyxwort at all."}, kept{evidence: all},
			job.OutcomeSuccess, "does not mention Zyxwort", 1, false},
		"an invented name is not posted": {&answerer{answer: "Quibblesoft Industries maintains the standard."}, kept{evidence: all},
			job.OutcomeGateFailed, "I wrote an answer, but I don't post it", 1, false},
		"a number of the question is no evidence": {&answerer{answer: "Yes, it is 47 percent faster."}, kept{evidence: all},
			job.OutcomeGateFailed, "I wrote an answer, but I don't post it", 1, false},
		"a link that the page does not have": {&answerer{answer: "See https://evil.example/ for the requests."}, kept{evidence: all},
			job.OutcomeGateFailed, "I wrote an answer, but I don't post it", 1, false},
		"one of two is kept": {&answerer{answer: "Requests and responses are streams that can be read once."},
			kept{evidence: map[string]*job.Evidence{"j1": page()}}, job.OutcomeSuccess, "can be read once", 1, false},
		"nothing is kept":      {&answerer{}, kept{}, job.OutcomeError, "nothing is kept any more", 0, false},
		"no model":             {nil, kept{evidence: all}, job.OutcomeError, "this worker was started without a model", 0, false},
		"the database is away": {&answerer{}, kept{err: errors.New("away")}, job.OutcomeError, "", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			tracer, exp := tracing(t)
			var said messages
			st := stages(&retriever{err: errors.New("nothing is fetched")}, &analyst{err: errors.New("no comment is made")}, &said, nil)
			st.Kept = c.kept
			if c.answerer != nil {
				st.Answerer = c.answerer
			}
			j := newJob()
			j.ID, j.MessageTS, j.ThreadTS, j.SessionTS = "q1", "2.5", "1.5", "1.5"
			j.Question, j.About, j.Final = "Is Zyxwort 47 percent faster?", []string{"j1", "j2"}, !c.passing
			r := pipeline.New(st, pipeline.WithTracer(tracer), pipeline.WithContent(true)).Process(t.Context(), j)
			if r.Outcome != c.want || !strings.Contains(said.text, c.says) || retry.Retryable(r.Err) != c.passing {
				t.Errorf("outcome %s (%v, gates %v), said %s", r.Outcome, r.Err, r.Report.Failures(), said.text)
			}
			if c.answerer != nil && c.answerer.calls != c.calls {
				t.Errorf("%d calls of the model", c.answerer.calls)
			}
			spans := exp.GetSpans()
			root := spans[len(spans)-1]
			if got, want := value(root, "session.id").AsString(), newJob().Session(); got != want {
				t.Errorf("session %q, that of the link is %q", got, want)
			}
			if got := value(root, "commentator.evidence.title").AsString(); got != j.Question {
				t.Errorf("the title is %q", got)
			}
			if c.want == job.OutcomeSuccess && value(root, "commentator.analysis.prompt_name").AsString() != "an-answer" {
				t.Errorf("prompt %q", value(root, "commentator.analysis.prompt_name").AsString())
			}
		})
	}
}

func TestAQuestionIsPaidForOnce(t *testing.T) {
	a := &answerer{answer: "Requests and responses are streams that can be read once."}
	st := stages(&retriever{}, &analyst{}, &poster{err: retry.Passing(errors.New("Slack is away"))}, memory{})
	st.Kept, st.Answerer = kept{evidence: map[string]*job.Evidence{"j1": page()}}, a
	j := newJob()
	j.Question, j.About, j.Final = "Read once?", []string{"j1"}, false
	p := pipeline.New(st)
	if r := p.Process(t.Context(), j); !r.Retryable() {
		t.Fatalf("%+v", r)
	}
	p.Poster = &poster{}
	j.Attempt = 2
	if r := p.Process(t.Context(), j); r.Outcome != job.OutcomeSuccess || a.calls != 1 {
		t.Errorf("outcome %s, %d calls", r.Outcome, a.calls)
	}
}
