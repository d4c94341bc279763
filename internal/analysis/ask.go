package analysis

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/technoshare/commentator/internal/job"
)

// maxTries bounds in how many forms one analysis is asked for: as it is known
// to work, without what the refusal names, as plainly as can be; and once more
// for a form that was learnt and has ceased to work.
const maxTries = 4

// ask gets an answer, in simpler forms while the server refuses the form. It
// remembers the one that worked, for the jobs to come; jobs that run at the same
// time may each find it out for themselves. The page is laid out anew in each
// form, since a longer prompt leaves less room for it.
//
// The first refusal takes away all that it names; the second takes everything
// that a server may refuse, since refused calls hold up the worker and a server
// that names one thing at a time may name many.
func (a *openAIAnalyst) ask(ctx context.Context, ev *job.Evidence, o *job.Analysis) (*answer, form, *Error) {
	f, learnt := a.memory.get(a.now())
	tried := make([]form, 0, maxTries)
	guessed := false // a refusal named nothing
	retries := a.cfg.MaxRetries
	for {
		page := read(ev, a.room(f))
		user := userOf(a.prompt, page.page, o.Language)
		if a.asked != "" {
			user += ask(a.asked)
		}
		o.Messages = f.messages(f.system(systemOf(a.prompt, a.context, o.Language), &a.schemas), user)
		o.EvidenceTokens, o.Shortened = page.tokens, page.shortened
		ans, err := a.retrying(ctx, f, o, retries, false)
		if err == nil {
			a.remember(a.memory.keep(f, guessed, a.now()))
			return ans, f, nil
		}
		// These complain of tokens and models, but no other form would help.
		if err.Kind == KindContextLength || err.Kind == KindQuota || err.Kind == KindFiltered {
			return nil, f, err
		}
		tried = append(tried, f)
		next, vague := f.amend(err.Status, err.complaint, a.sent(f))
		switch {
		case next == f && a.mayLackSystem(f, err) && retries > 0:
			next.SystemInUser, guessed, retries = true, true, retries-1
			if a.pause(ctx, firstPause) != nil {
				return nil, f, err
			}
		case next == f && !vague:
			return nil, f, err // the form is not at fault
		case next == f && learnt && len(tried) == 1:
			// What was learnt holds no longer: begin anew.
			a.remember(a.memory.forget(f))
			next = a.memory.known
		case next == f || len(tried) > 1 && !(learnt && len(tried) == 2):
			next, guessed = next.plainest(), guessed || vague
		}
		if len(tried) >= maxTries || slices.Contains(tried, next) {
			a.remember(a.memory.forget(tried[0]))
			return nil, f, err
		}
		f = next
	}
}

// mayLackSystem reports whether a failure may be that of a chat template without
// a system role, which some servers (SGLang, mlx) report as a 500 without a
// word. Then the retry, which a 500 gets anyway, says the same in the user's
// message. Vendors whose models are known to have the role keep it.
func (a *openAIAnalyst) mayLackSystem(f form, err *Error) bool {
	return err.Status == http.StatusInternalServerError && err.Kind == KindServer && !f.SystemInUser && vendor(a.host) == ""
}

// sent says which optional settings a request of this form holds.
func (a *openAIAnalyst) sent(f form) sentOptions {
	return sentOptions{temperature: a.cfg.Temperature != nil && !f.NoTemperature, seed: a.cfg.Seed != nil && !f.NoSeed}
}

// remember tells of a failure to keep what was learnt, which costs refused
// calls after a restart and must not cost the job.
func (a *openAIAnalyst) remember(err error) {
	if err != nil {
		a.log.Warn("what was learnt of the model server is not kept", "error", err)
	}
}

// maxPause bounds the wait before a retry within one analysis. What takes
// longer is for the job queue to schedule.
const maxPause = 5 * time.Second

// firstPause is the wait before the first retry.
const firstPause = 500 * time.Millisecond

// retrying calls once, and again after failures that pass quickly: the server
// is busy, failed, or cannot be reached. Timeouts are not among them, since
// another whole timeout would hold up the worker. Waits are 0.5, 1, 2, 4 s, or
// what the server asks for, if that is more. proven says that the server has
// taken the form before, so that it cannot be at fault.
func (a *openAIAnalyst) retrying(ctx context.Context, f form, o *job.Analysis, retries int, proven bool) (*answer, *Error) {
	for attempt := 0; ; attempt++ {
		ans, err := a.call(ctx, f, o)
		if err == nil {
			return ans, nil
		}
		quick := err.Kind == KindRateLimited || err.Kind == KindServer || err.Kind == KindUnreachable
		wait := max(err.After, firstPause<<min(attempt, 3))
		if !quick || attempt >= retries || wait > maxPause {
			return nil, err
		}
		next, _ := f.amend(err.Status, err.complaint, a.sent(f))
		if !proven && (next != f || a.mayLackSystem(f, err)) {
			return nil, err // no use in sending it again as it is: see ask
		}
		if a.pause(ctx, wait) != nil {
			return nil, err
		}
	}
}
