package evaluation

import (
	"cmp"
	"context"
	"maps"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/eval/judge"
)

// rubric is what the judge goes by.
const rubric = `The program comments on a link. Its inputs are the link and the title of the page; its output is the comment.
The expectations were left by people who had read an earlier comment on the same page:
"` + datasets.ExpectedResponse + `" is what would have been right, "` + datasets.Reasons + `" are their reasons
for liking or disliking that comment, and others are what their names say.
The verdict is "pass" if the comment does what the expectations ask for, and does not repeat what they complain of.
Wording, order and length may differ. It is "fail" if something that was asked for is missing, is contradicted, or is wrong again.`

// openAI is the server where none is named.
const openAI = "https://api.openai.com/v1"

// NewJudge makes a scorer of a model on any server with OpenAI's API: it says whether a reply is
// what people asked for. It is not asked about rows that expect nothing but what the scorer contains
// checks; they pass.
func NewJudge(url, key, model string) eval.Scorer[Inputs, Expectations, Output] {
	asked := judge.New[Inputs, Expectations, string](judge.Config{
		Name: Judge, Rubric: rubric, URL: cmp.Or(url, openAI), APIKey: key, Model: model,
	})
	s := eval.On(asked, func(e Expectations) Expectations { return e }, func(o Output) string { return o.Reply })
	ask := s.Score
	s.Score = func(ctx context.Context, k testCase) (eval.Score, error) {
		if k.Expected = k.Expected.forJudge(); len(k.Expected) == 0 {
			return eval.Verdict(true, "nothing is expected that a judge is needed for"), nil
		}
		return ask(ctx, k)
	}
	return s
}

// forJudge is what only a judge can weigh.
func (e Expectations) forJudge() Expectations {
	left := maps.Clone(e)
	delete(left, ExpectContains)
	delete(left, ExpectExcludes)
	return left
}

// Unjudged counts the rows that expect something which only a judge can weigh.
func Unjudged(rows []datasets.Row) (n int) {
	for _, r := range rows {
		if len(Expectations(r.Expectations).forJudge()) > 0 {
			n++
		}
	}
	return n
}
