package pipeline

import (
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/job"
)

// Outcome is how a job ended, the value of the tag outcome.
type Outcome string

// The outcomes of a job.
const (
	Success    Outcome = "success"
	GateFailed Outcome = "gate_failed"
	NoURLs     Outcome = "no_urls"
	Error      Outcome = "error"
)

// Job is one link to comment on.
type Job struct {
	ID      string
	URL     string // empty: the message held no link
	Channel string // Slack channel, or cli
	// MessageTS is the timestamp of the message that held the link; ThreadTS
	// the thread to answer in, when it differs.
	MessageTS, ThreadTS string
	User                string // Slack user who shared the link
	Attempt             int    // from 1
	// Resumed says that this attempt was begun before and cut by a crash. It
	// writes the same trace again.
	Resumed bool
	// HandedBack tells, once the attempt failed, that it was cut by a shutdown
	// and will be run again under the same number, as Resumed. Its telemetry is
	// then left to that run. May be nil.
	HandedBack func() bool
	// Final says that nobody will try again, so a passing error is reported
	// to people instead of being left to the next attempt.
	Final bool
	// QueueWait is how long the job waited for a worker.
	QueueWait time.Duration
	// Origin is the listener's span, linked from the job's root span.
	Origin trace.SpanContext
}

// session names the conversation; MLflow's pages can't have a slash in it.
func (j Job) session() string { return j.Channel + "-" + j.MessageTS }

// Result is what became of a job.
type Result struct {
	Outcome  Outcome
	TraceID  trace.TraceID
	Evidence *job.Evidence // nil when retrieval did not get that far
	Analysis *job.Analysis // nil when no result came
	Report   job.Report
	Posted   Posted
	Messages []comment.Message // as posted, or as they would be
	Err      error             // reason of outcome error
	// NotOnDisk says why the job's telemetry could not be kept; the job
	// itself is not affected.
	NotOnDisk error
}

// Posted says where the reply stands. It is zero without a poster.
type Posted struct {
	Channel, TS, Permalink string
}
