package evaluation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/eval"
)

// RequiredTag is the tag of the rows that the policy required asks for; see [Required].
const RequiredTag = "required"

// Required gives the ids of the rows that have to pass: those with the tag required=true, or all
// rows where none has it.
func Required(rows []datasets.Row) []string {
	var all, tagged []string
	for _, r := range rows {
		all = append(all, r.ID)
		if r.Tags[RequiredTag] == "true" {
			tagged = append(tagged, r.ID)
		}
	}
	if len(tagged) > 0 {
		return tagged
	}
	return all
}

// Inputs are a link and what was found behind it.
type Inputs datasets.Inputs

// MarshalJSON writes what the row's trace shows, and judges are told: the link, and the evidence by
// its title and digest. The dataset has all of it, which may be long.
func (in Inputs) MarshalJSON() ([]byte, error) {
	var shown struct {
		URL      string `json:"url"`
		Title    string `json:"title,omitempty"`
		Evidence string `json:"evidence_sha256,omitempty"`
	}
	shown.URL = in.URL
	if in.Evidence != nil {
		shown.Title, shown.Evidence = in.Evidence.Title, datasets.Inputs(in).Digest()
	}
	return json.Marshal(shown)
}

// Expectations are what would be right, by name, as MLflow shows them.
type Expectations map[string]any

// Output is what a variant makes of a row. It is kept in the journal.
type Output struct {
	// Reply is the text as it would be posted, in Markdown.
	Reply   string       `json:"reply"`
	Comment *job.Comment `json:"comment"`
	// Language was asked for; Offline says that no model was asked.
	Language string `json:"language,omitempty"`
	Offline  bool   `json:"offline,omitempty"`

	gates *verdicts // shared by the copies that scorers get
}

// verdicts are what the gates say of an output, worked out once for all scorers.
type verdicts struct {
	once   sync.Once
	report job.Report
}

// UnmarshalJSON reads what a journal kept.
func (o *Output) UnmarshalJSON(text []byte) error {
	type plain Output
	if err := json.Unmarshal(text, (*plain)(o)); err != nil {
		return fmt.Errorf("read output: %w", err)
	}
	o.gates = new(verdicts)
	return nil
}

// errNoEvidence says that a row cannot be run.
var errNoEvidence = errors.New("the row has no evidence: build the dataset anew, or add the row again")

// task makes an output of a row, by one analysis.
func (v Variant) task(format job.Formatter) func(context.Context, Inputs) (Output, error) {
	return func(ctx context.Context, in Inputs) (Output, error) {
		if in.Evidence == nil {
			return Output{}, errNoEvidence
		}
		a, err := v.Analyst.Analyze(job.WithPrompt(ctx, v.Prompt), in.Evidence)
		if err != nil {
			return Output{}, err
		}
		reply := job.NewReply(job.Job{URL: in.URL}, job.Result{Outcome: job.OutcomeSuccess, Evidence: in.Evidence, Analysis: a}, "", "")
		return Output{
			Reply: format.Markdown(reply), Comment: a.Result, Language: a.Language, Offline: a.Offline(), gates: new(verdicts),
		}, nil
	}
}

// check asks the gates, once for each output.
func (o Output) check(gates job.Gates, ev *job.Evidence) job.Report {
	o.gates.once.Do(func() {
		a := &job.Analysis{Result: o.Comment, Language: o.Language}
		if o.Offline {
			a.Analyst = job.AnalystOffline
		}
		o.gates.report = gates.Check(ev, a)
	})
	return o.gates.report
}

// testCase is what scorers judge.
type testCase = eval.Case[Inputs, Expectations, Output]
