package pipeline

import (
	"context"
	"errors"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// A question goes through the stages of a link: its evidence is that which was kept of the links that
// it is about, and its analysis an answer.

// Why a question is not answered.
var (
	errNothingKept = errors.New("nothing is kept any more of the links of this thread: " +
		"share the link again, or react with 🔁 to the comment, and ask then")
	// Another program beside this worker may well have a model, as in the demo.
	errNoModel = errors.New("this worker was started without a model and only picks sentences of a page; for answers " +
		"it takes OPENAI_API_KEY, or OPENAI_BASE_URL for any compatible server, and a MODEL other than offline")
)

// recall is the evidence that was kept of the links that the question is about, as one.
func (p *Pipeline) recall(ctx context.Context, j job.Job) (*job.Evidence, error) {
	if p.Answerer == nil {
		return nil, errNoModel // first, since to share the link again would not help
	}
	if p.Kept == nil {
		return nil, errNothingKept
	}
	kept, err := p.Kept.KeptEvidence(ctx, j.About)
	if err != nil {
		return nil, retry.Passing(err)
	}
	if len(kept) == 0 {
		return nil, errNothingKept
	}
	return joined(kept), nil
}

// joined is the evidence of several links, that of the first with the text of the others behind it,
// each under its title.
func joined(all []*job.Evidence) *job.Evidence {
	if len(all) == 1 {
		return all[0]
	}
	out := *all[0]
	var text strings.Builder
	out.Sources, out.Snippets, out.Links, out.Errors = nil, nil, nil, nil
	for _, ev := range all {
		text.WriteString(ev.Title + "\n" + ev.URL + "\n" + ev.Description + "\n\n" + ev.Text + "\n\n")
		out.Sources, out.Snippets = append(out.Sources, ev.Sources...), append(out.Snippets, ev.Snippets...)
		out.Links, out.Errors = append(out.Links, ev.Links...), append(out.Errors, ev.Errors...)
		if ev.Coverage == job.CoveragePartial {
			out.Coverage = job.CoveragePartial
		}
	}
	out.Text, out.Lead, out.PageOffsets = text.String(), 0, nil
	return &out
}

// answer asks the model.
func (p *Pipeline) answer(ctx context.Context, j job.Job, ev *job.Evidence) (*job.Analysis, error) {
	if p.Answerer == nil {
		return new(job.Analysis), errNoModel
	}
	return p.Answerer.Answer(ctx, ev, j.Question)
}
