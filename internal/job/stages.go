package job

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/trace"
)

// Retriever finds the evidence behind a link. It is safe for concurrent use.
type Retriever interface {
	// Retrieve never returns nil evidence; an error says that nothing usable was
	// found. It should be a retry.Hint and may have a method ErrorType() string,
	// the low-cardinality error.type of the span.
	Retrieve(ctx context.Context, url string) (*Evidence, error)
}

// Analyst makes a comment from evidence. It is safe for concurrent use.
type Analyst interface {
	// Analyze never returns a nil Analysis. For its error see [Retriever].
	Analyze(ctx context.Context, ev *Evidence) (*Analysis, error)
	Describe() AnalystSettings
}

// Answerer answers a question about evidence. It is safe for concurrent use.
type Answerer interface {
	// Answer never returns a nil Analysis. The question is a person's words; the evidence is not to
	// be trusted. For its error see [Retriever].
	Answer(ctx context.Context, ev *Evidence, question string) (*Analysis, error)
}

// Answer has an analyst answer a question as an [Answerer] does. The error of one that is none is no
// passing one.
func Answer(ctx context.Context, a Analyst, ev *Evidence, question string) (*Analysis, error) {
	if answerer, ok := a.(Answerer); ok {
		return answerer.Answer(ctx, ev, question)
	}
	return new(Analysis), errors.New("the analyst answers no questions: set OPENAI_API_KEY or OPENAI_BASE_URL")
}

// KeptEvidence is the evidence of jobs that have ended, for questions about them.
type KeptEvidence interface {
	// KeptEvidence is what is kept of each of the jobs, in their order, as far as it is.
	KeptEvidence(ctx context.Context, jobIDs []string) ([]*Evidence, error)
}

// Gates say whether a comment may be posted. Check is pure: it does no I/O and
// takes nil for what is missing.
type Gates interface {
	Check(ev *Evidence, a *Analysis) Report
}

// Formatter gives a reply its forms. It is pure.
type Formatter interface {
	// Messages is the reply as messages for Slack, at least one.
	Messages(r Reply) []Message
	// Markdown is the reply as MLflow shows it.
	Markdown(r Reply) string
	// Answer is the reply as MLflow's list of traces and its sessions show it, beside the
	// link that was asked for: it begins with the comment, or with the first reason.
	Answer(r Reply) string
	// Note describes the job in Markdown, in a few lines: the page, the comment's first
	// part, and what the gates said.
	Note(r Reply, gates Report) string
	// HTML is a whole page that looks like the messages.
	HTML(r Reply) string
}

// Poster puts a reply into the thread of a job. Calling it again for the same
// job must not post again.
type Poster interface {
	Post(ctx context.Context, j Job, messages []Message) (Posted, error)
}

// Checkpoints keep what a stage got at a price, so that an attempt after a crash does not pay
// again. Values are encoded as JSON. Stage names the checkpoint within the job. Load reports
// found as false, without an error, for what was never saved; a value that can't be decoded
// any more is an error, and the stage is done anew.
type Checkpoints interface {
	Load(ctx context.Context, jobID, stage string, into any) (found bool, err error)
	Save(ctx context.Context, jobID, stage string, value any) error
}

// Links gives the addresses of a job's pages in MLflow, as far as they can be
// known before the job's telemetry is delivered; empty when they can't.
type Links func(jobID string, id trace.TraceID) (run, trace string)

// Process does one job. It does not fail: how the job ended is in the result.
type Process func(ctx context.Context, j Job) Result
