package slack

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/text"
)

// formCallback names the form that asks why a comment was not helpful. Forms stay open for as long as
// people like, also while the program is replaced.
const formCallback = "feedback_reason"

// Inputs of the form: block and element have the same name.
const (
	inputWhy    = "why"
	inputBetter = "better"
)

const (
	// maxWhy and maxBetter bound the inputs, in characters; Slack takes up to 3,000.
	maxWhy, maxBetter = 2000, 3000
	// formWithin bounds the opening: after three seconds Slack does not take it any more.
	formWithin = 2500 * time.Millisecond
)

// buttonEmoji stands for the emoji of a reaction where a button was pressed: a person has one verdict by
// the buttons, and reactions beside it.
const buttonEmoji = "feedback_buttons"

// openForm is a form to open for a person who pressed 👎 below a comment.
type openForm struct {
	trigger           string
	channel, ts, user string
	version           string // the time of the press
}

// formMetadata goes with the form and comes back with it: which press of whom about which comment.
type formMetadata struct {
	JobID   string `json:"job"`
	User    string `json:"user"`
	Version string `json:"version"`
}

// formAnswer is the payload of [taskReason].
type formAnswer struct {
	formMetadata
	Why    string `json:"why,omitempty"`
	Better string `json:"better,omitempty"`
}

// readPress reads that a person pressed 👍 or 👎 below a message of the bot. Stored, it is what a
// reaction is, see readReaction.
func (r *reader) readPress(in interaction, a action) plan {
	var inner messageEvent
	if !loose(in.Message, &inner) || !timestamp.MatchString(inner.TS) || !timestamp.MatchString(a.ActionTS) || in.Channel.ID == "" {
		return nothing("a verdict on no message")
	}
	if !inner.message().own(r.self) {
		return nothing("a verdict on a message that is not this bot's")
	}
	if a.Value != job.FeedbackGood && a.Value != job.FeedbackBad {
		return nothing("a verdict %q", text.Shorten(a.Value, 40))
	}
	t := target{
		Channel: in.Channel.ID, TS: inner.TS, User: in.User.ID, Good: a.Value == job.FeedbackGood, Emoji: buttonEmoji, Version: a.ActionTS,
	}
	p := plan{event: job.Submission{
		Kind: "verdict", Keys: []string{strings.Join([]string{"verdict", t.Channel, t.TS, t.User, a.ActionTS}, "/")},
		Tasks: []job.Task{{Kind: taskFeedback, Payload: t}},
	}}
	if !t.Good && in.TriggerID != "" {
		p.form = &openForm{trigger: in.TriggerID, channel: t.Channel, ts: t.TS, user: t.User, version: a.ActionTS}
	}
	return p
}

// readForm reads what a person sent by the form. Slack gives each form that was opened an id of its own,
// and takes it once.
func readForm(in interaction) plan {
	var view struct {
		ID       string `json:"id"`
		Callback string `json:"callback_id"`
		Metadata string `json:"private_metadata"`
		State    struct {
			Values map[string]map[string]struct {
				Value string `json:"value"` // null where nothing was written
			} `json:"values"`
		} `json:"state"`
	}
	if !loose(in.View, &view) || view.Callback != formCallback || view.ID == "" {
		return nothing("a form that is not known")
	}
	t := formAnswer{}
	if json.Unmarshal([]byte(view.Metadata), &t.formMetadata) != nil || t.JobID == "" || t.User != in.User.ID || t.Version == "" {
		return nothing("a form of nobody")
	}
	said := func(input string, most int) string {
		return text.Shorten(strings.TrimSpace(text.Strip(view.State.Values[input][input].Value)), most)
	}
	t.Why, t.Better = said(inputWhy, maxWhy), said(inputBetter, maxBetter)
	return plan{event: job.Submission{
		Kind: "reason", Keys: []string{"form/" + view.ID}, Tasks: []job.Task{{Kind: taskReason, Payload: t}},
	}}
}

// openForm asks a person why, with what the person said before. The press is stored already: whatever
// fails here costs the form and nothing else, and another press opens it.
func (b *Bot) openForm(ctx context.Context, f openForm) {
	ctx, cancel := context.WithTimeout(ctx, formWithin)
	defer cancel()
	post, err := b.stores.Posts.At(ctx, f.channel, f.ts)
	if err == nil && post == nil {
		return // a notice, or of another installation
	}
	var before job.Reason
	if err == nil {
		before, err = b.stores.People.Reason(ctx, post.JobID, f.user, job.FeedbackName)
	}
	if err == nil {
		err = b.api.OpenForm(ctx, f.trigger, reasonForm(formMetadata{JobID: post.JobID, User: f.user, Version: f.version}, before))
	}
	if err != nil {
		b.log.Warn("the form that asks for the reason of a 👎 was not opened; the 👎 itself is stored", "channel", f.channel, "error", err)
	}
}

// reasonForm is the form, filled with what was said before.
func reasonForm(m formMetadata, before job.Reason) Form {
	input := func(name, label, hint, value string, most int) map[string]any {
		element := map[string]any{"type": "plain_text_input", "action_id": name, "multiline": true, "max_length": most}
		if value != "" {
			element["initial_value"] = value
		}
		return map[string]any{
			"type": "input", "block_id": name, "optional": true, "element": element,
			"label": map[string]any{"type": "plain_text", "text": label}, "hint": map[string]any{"type": "plain_text", "text": hint},
		}
	}
	blocks, err := json.Marshal([]any{
		section("Your 👎 is noted. Both answers are optional. They are kept in MLflow with your name beside them, "+
			"and without it they become examples that later comments are measured by.", nil),
		input(inputWhy, "What was wrong?", "For instance: it repeats the abstract and leaves the results out.", before.Why, maxWhy),
		input(inputBetter, "What would have been right?", "The sentences that you would have liked to read.", before.Better, maxBetter),
	})
	metadata, metaErr := json.Marshal(m)
	if err != nil || metaErr != nil { // texts have JSON
		panic("encode the form")
	}
	return Form{
		Callback: formCallback, Metadata: string(metadata), Title: "Why was it not helpful?", Submit: "Send", Close: "Not now", Blocks: blocks,
	}
}

// reasoned keeps why a person judged a comment badly, and passes on what stands then. Like a reaction it
// is in the database first.
func (w *Worker) reasoned(ctx context.Context, a formAnswer) error {
	l, err := w.bot.stores.Queue.Link(ctx, a.JobID)
	if err != nil {
		return retry.Passing(err)
	}
	if l == nil {
		return nil // forgotten since
	}
	r := job.Reason{JobID: l.ID, User: a.User, Name: job.FeedbackName, Why: a.Why, Better: a.Better, Version: a.Version}
	if err := w.bot.stores.People.SaveReason(ctx, r); err != nil {
		return retry.Passing(err)
	}
	return w.passOn(ctx, *l, a.User)
}
