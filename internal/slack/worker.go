package slack

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// Worker is the working half of a bot. It is safe for concurrent use and keeps nothing itself.
type Worker struct {
	bot      *Bot
	process  job.Process
	format   job.Formatter
	feedback Feedback // may be nil
}

// Worker makes the working half. format is for what it says itself of a link;
// feedback may be nil.
func (b *Bot) Worker(process job.Process, format job.Formatter, feedback Feedback) *Worker {
	return &Worker{bot: b, process: process, format: format, feedback: feedback}
}

// Handlers are what a queue calls to have its links answered and its tasks done. Tasks stand
// in the database under these kinds, so a kind that is no longer made must stay here for as
// long as an older version may have left some.
func (w *Worker) Handlers() job.Handlers {
	return job.Handlers{Link: w.link, Tasks: map[string]job.TaskFunc{
		job.TaskShared: task(w.shared), job.TaskFull: task(w.full), job.TaskGaveUp: task(w.gaveUp),
		taskMark: task(w.mark), taskRetract: task(w.retract), taskAgain: task(w.again),
		job.TaskElsewhere: task(w.elsewhere), job.TaskDigest: task(w.digestDue),
		taskFeedback: task(w.judged), taskReason: task(w.reasoned), taskHelp: task(w.help), taskHome: task(w.home),
		taskDigest: task(w.digestNow), taskBudget: task(w.overBudget),
		taskQuestion: task(w.question), taskCommand: task(w.commandRun), taskRespond: task(w.respond),
	}}
}

// task decodes the payload of a task. One that can't be decoded never will be.
func task[T any](do func(context.Context, T) error) job.TaskFunc {
	return func(ctx context.Context, payload json.RawMessage) error {
		var t T
		if err := json.Unmarshal(payload, &t); err != nil {
			return &Error{Method: "task", Code: "undecodable", cause: err}
		}
		return do(ctx, t)
	}
}

// Reactions on the message that held the links.
const (
	emojiWorking = "eyes"
	emojiDone    = "white_check_mark"
	emojiProblem = "warning"
)

// reactTimeout bounds a reaction; none is worth more.
const reactTimeout = 5 * time.Second

// link does one attempt at a link. The first reaction runs beside the job, which need not wait
// for it, but ends before the verdict: the final reactions, which the verdict asks for, must
// come after it.
func (w *Worker) link(ctx context.Context, a job.Attempt) job.Verdict {
	log := w.bot.log.With("job_id", a.ID, "attempt", a.Number)
	log.Info("link begun", "domain", a.Domain, "resumed", a.Resumed, "queue_wait", a.QueueWait)

	var reacting sync.WaitGroup
	reacting.Go(func() { w.react(ctx, a.Link, emojiWorking) })
	j := job.Job{
		ID: a.ID, URL: a.URL, Channel: a.Channel, MessageTS: a.MessageTS, ThreadTS: a.ThreadTS, User: a.User,
		Attempt: a.Number, Resumed: a.Resumed, Final: a.Final, MayWait: a.MayWait, Waited: a.Waited,
		QueueWait: a.QueueWait, Origin: originSpan(a.Origin),
		Question: a.Question, About: strings.Fields(a.About), SessionTS: a.SessionTS,
	}
	r := w.process(ctx, j)
	reacting.Wait()

	v := job.Verdict{
		Outcome: string(r.Outcome), TraceID: r.TraceID.String(), Reached: r.Reached,
		Then: []job.Task{{Kind: taskMark, Payload: target{Channel: a.Channel, TS: a.MessageTS}}},
	}
	if c := r.Reply.Comment; c != nil && r.Outcome == job.OutcomeSuccess {
		v.Comment = &job.Kept{Title: r.Reply.Title, TLDR: c.TLDR}
	}
	if r.Over != nil {
		v.Then = append(v.Then, budgetTask(a.Channel, *r.Over))
	}
	if r.NotOnDisk != nil {
		log.Error("the telemetry of a job was not kept", "error", r.NotOnDisk)
	}
	if r.Outcome != job.OutcomeError {
		log.Info("link ended", "outcome", r.Outcome, "trace_id", v.TraceID, "permalink", r.Posted.Permalink)
		return v
	}
	v.Err = r.Err
	if v.Err == nil {
		v.Err = errors.New("the job ended in an error that it did not name")
	}
	v.Retry, v.After, v.Counts = r.Retryable(), r.RetryAfter(), retry.Counted(r.Err)
	if j.PutOff(r.Err) {
		// What the model was paid for is in the trace, which was written then.
		v.Retry, v.PutOff, v.Peer, v.Written = true, true, retry.Peer(r.Err), slices.Contains(r.Reached, job.PeerModel)
		log.Info("link put off", "peer", v.Peer, "after", v.After, "error", r.Err)
		return v
	}
	switch {
	case r.HandedBack:
		log.Info("link left to another process", "error", r.Err)
	case v.Retry && !a.Final:
		log.Warn("link to be tried again", "trace_id", v.TraceID, "error", r.Err)
	default:
		log.Error("link ended in an error", "trace_id", v.TraceID, "error", r.Err)
		if retry.Peer(r.Err) == job.PeerSlack {
			// There is no word in the thread. It is said when Slack is back, under the key of the
			// reply, so that nothing is said twice.
			told := a.Link
			told.Error = r.Err.Error()
			v.Then = append(v.Then, job.Task{Kind: job.TaskGaveUp, Key: "gave_up/" + a.ID, Payload: told})
		}
	}
	return v
}

// react adds a reaction. Failures don't matter to the job.
func (w *Worker) react(ctx context.Context, l job.Link, emoji string) {
	ctx, cancel := context.WithTimeout(ctx, reactTimeout)
	defer cancel()
	if err := w.bot.api.React(ctx, l.Channel, l.MessageTS, emoji); err != nil {
		w.bot.log.Debug("reaction", "emoji", emoji, "error", err)
	}
}
