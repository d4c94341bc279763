package slack

import (
	"context"
	"slices"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// Tasks of the bot.
const (
	taskMark     = "mark"     // reactions that say how the links of a message ended
	taskRetract  = "retract"  // links or their message are gone
	taskAgain    = "again"    // somebody wants links of a message run again
	taskFeedback = "feedback" // 👍 or 👎, or one taken back
	taskReason   = "reason"   // a form was sent that says why
	taskHelp     = "help"
	taskQuestion = "question" // words for the bot, in a thread
	taskCommand  = "command"
	taskHome     = "home" // App Home was opened, or something was pressed there
	taskDigest   = "digest_now"
	taskBudget   = "budget" // a channel's budget is spent
	taskRespond  = "respond"
)

// target is a message that a task is about. It is stored as a task's payload and may be read
// by another version of the program: fields may be added, but none may change its meaning.
type target struct {
	Channel   string   `json:"channel"`
	TS        string   `json:"ts,omitempty"`
	Thread    string   `json:"thread,omitempty"`
	User      string   `json:"user,omitempty"`
	Asked     string   `json:"asked,omitempty"` // identity of the request
	Good      bool     `json:"good,omitempty"`
	Emoji     string   `json:"emoji,omitempty"`     // of a reaction
	Removed   bool     `json:"removed,omitempty"`   // the verdict was taken back
	Deleted   bool     `json:"deleted,omitempty"`   // the whole message
	Canonical []string `json:"canonical,omitempty"` // the links meant
	Version   string   `json:"version,omitempty"`   // of the message that left them out, or of the reaction
	URLs      []string `json:"urls,omitempty"`
	Text      string   `json:"text,omitempty"` // of a question
	Respond   string   `json:"respond,omitempty"`
}

// response is an answer at a response_url.
type response struct {
	URL  string `json:"url"`
	Text string `json:"text"`
}

// mark puts ✅ or ⚠️ on a message when its last link has ended. Each link asks for it when it
// ends, and a retraction too. The marks are put as the links stand now, so to repeat it, or to
// do it late, is no harm. It fails only for a limit, which says when to come back.
func (w *Worker) mark(ctx context.Context, t target) error {
	ls, err := w.bot.stores.Queue.LinksOf(ctx, t.Channel, t.TS)
	if err != nil {
		return retry.Passing(err)
	}
	good, bad := 0, 0
	for _, l := range ls {
		switch {
		case !l.State.Final():
			return nil // its own end will do
		// Neither good nor bad: its reply is gone.
		case l.State == job.LinkCancelled:
		case l.Outcome == "success":
			good++
		default:
			bad++
		}
	}
	type step struct {
		emoji string
		put   bool
	}
	steps := []step{{emojiDone, bad == 0 && good > 0}, {emojiProblem, bad > 0}, {emojiWorking, false}}
	slices.SortStableFunc(steps, func(a, b step) int { // first what is new, so that the message is never bare
		switch {
		case a.put == b.put:
			return 0
		case a.put:
			return -1
		}
		return 1
	})
	for _, s := range steps {
		do := w.bot.api.Unreact
		if s.put {
			do = w.bot.api.React
		}
		if err := do(ctx, t.Channel, t.TS, s.emoji); err != nil {
			// A limit will pass. Anything else, such as a message that is gone, is no worse
			// without the reaction.
			if retry.After(err) > 0 {
				return err
			}
			w.bot.log.Debug("reaction", "emoji", s.emoji, "error", err)
		}
	}
	return nil
}
