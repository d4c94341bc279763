package job

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/retry"
)

// Outcome is how a job ended, the value of the tag outcome. The values are written into runs
// and into the column outcome of the queue, where cancelled joins them: they are compared with
// stored ones and must not be renamed.
type Outcome string

// The outcomes of a job.
const (
	OutcomeSuccess    Outcome = "success"
	OutcomeGateFailed Outcome = "gate_failed"
	OutcomeNoURLs     Outcome = "no_urls"
	OutcomeError      Outcome = "error"
)

// Job is one link to comment on, or one question about such links.
type Job struct {
	ID      string
	URL     string // as shared, secrets included; empty: the message held no link
	Channel string // Slack channel, or cli
	// MessageTS is the timestamp of the message that held the link; ThreadTS
	// the thread to answer in, when it differs.
	MessageTS, ThreadTS string
	User                string // Slack user who shared the link
	Attempt             int    // from 1
	// Resumed says that this attempt was begun before and cut by a crash. It
	// writes the same trace again.
	Resumed bool
	// Final says that nobody will try again, so a passing error is reported
	// to people instead of being left to the next attempt.
	Final bool
	// MayWait says that an attempt which has to wait for its turn or for a peer will be run
	// again, whatever Final says: people need not hear of it. Waited is for how long that has
	// been so.
	MayWait bool
	Waited  time.Duration
	// QueueWait is how long the job waited for a worker.
	QueueWait time.Duration
	// Question is what a person asks about the links whose jobs About names; empty for a link to
	// comment on. SessionTS is then the message of the first of these links.
	Question  string
	About     []string
	SessionTS string
	// Origin is the listener's span, linked from the job's root span.
	Origin trace.SpanContext
}

// ShownURL is the link as it may be shown and kept, without secrets. Whatever leaves the
// process (spans, replies, logs) takes this form, never URL itself.
func (j Job) ShownURL() string { return redact.URL(j.URL) }

// ShortURL is the link as people tell links apart, host and path in at most 80 bytes; empty for none.
func (j Job) ShortURL() string { return redact.Short(j.URL) }

// Domain is the host of the link in lower case, without www. It is empty for what is no URL. A
// port is not part of it, so that a rule for a site holds on every port.
func (j Job) Domain() string {
	u, err := url.Parse(j.URL)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// PutOff reports whether an attempt that ended with err had to wait and will be run again. People
// hear nothing of it.
func (j Job) PutOff(err error) bool { return j.MayWait && retry.Waits(err) }

// Thread is the timestamp of the message that replies go under. For a link in a thread it is
// the thread's root, else the message itself becomes the root.
func (j Job) Thread() string {
	if j.ThreadTS != "" {
		return j.ThreadTS
	}
	return j.MessageTS
}

// Session names the conversation: a link, and the questions about it. It holds no slash, since
// MLflow's pages can't show a session with one.
func (j Job) Session() string { return j.Channel + "-" + cmp.Or(j.SessionTS, j.MessageTS) }

// Result is what became of a job.
type Result struct {
	Outcome  Outcome
	TraceID  trace.TraceID
	Evidence *Evidence // nil when retrieval did not get that far
	Analysis *Analysis // nil when no result came
	Prompt   *Prompt   // of the analysis, where that is not the analyst's own
	Report   Report
	Reply    Reply // what people are told; zero when it is left to the next attempt
	Posted   Posted
	Err      error    // reason of OutcomeError
	Reached  []string // peers that answered in this attempt, such as [PeerSlack]
	// Over is set where a model was not asked because the channel's budget is spent.
	Over *OverBudget
	// HandedBack says that this is no end of the attempt: another process ends it, or the next
	// one here.
	HandedBack bool
	// NotOnDisk says why the job's telemetry could not be kept; the job
	// itself is not affected.
	NotOnDisk error
}

// Retryable reports whether another attempt of the job may succeed without anybody mending
// anything, and without paying the model for the same answer. An outcome of failed gates is
// final for that reason: the same page and the same model would most likely fail the same
// gates, at the same price.
func (r Result) Retryable() bool { return r.Outcome == OutcomeError && retry.Retryable(r.Err) }

// RetryAfter is how long the other side asked to wait, or 0.
func (r Result) RetryAfter() time.Duration { return retry.After(r.Err) }

// Posted says where the reply stands. It is zero without a poster.
type Posted struct {
	Channel, TS, Permalink string
}

// Event tells how a job moves on. The first event of a stage has Done false. Stage is
// retrieval, analysis, quality_gates or slack_post. Duration and Detail or Err come with Done, as
// does Skipped: the stage had nothing to do, and Detail says why.
type Event struct {
	JobID, Stage string
	Done         bool
	Skipped      bool
	Duration     time.Duration
	Detail       string
	Err          error
}
