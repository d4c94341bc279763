package slack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/slack"
)

// opinions runs the working half, and keeps what was passed on last of each person.
func (w *world) opinions() (last func(user string) job.Feedback, stop func()) {
	said := map[string]job.Feedback{}
	stop = w.workWith(func(_ context.Context, _ string, f job.Feedback) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		f.JobID = ""
		said[f.User] = f
		return nil
	})
	return func(user string) job.Feedback {
		w.mu.Lock()
		defer w.mu.Unlock()
		return said[user]
	}, stop
}

// commented shares a link and waits for the comment, whose ts it returns.
func (w *world) commented() string {
	w.t.Helper()
	p := w.say("https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	return replyTS(w.slack, p.TS)
}

// try does what a person does until Slack takes it: a busy machine may be too late for Slack's three seconds.
func (w *world) try(in fakeslack.Interaction) {
	w.t.Helper()
	ctx := within(w.t, 2*time.Minute)
	for {
		_, err := w.slack.Interact(ctx, in)
		if err == nil {
			return
		}
		if ctx.Err() != nil || !strings.Contains(err.Error(), "acknowledge") {
			w.t.Fatal(err)
		}
	}
}

// verdict has a person press a button below a comment.
func (w *world) verdict(user, ts, value string) {
	w.t.Helper()
	w.try(fakeslack.Interaction{Type: "block_actions", Channel: channel, MessageTS: ts, User: user, ActionID: job.FeedbackAction, Value: value})
}

// form has a person press 👎 until a form opens, other than the one before, and returns its id and blocks.
func (w *world) form(user, ts, before string) (id, blocks string) {
	w.t.Helper()
	id, err := w.slack.OpenModal(within(w.t, 2*time.Minute), user, before, func() { w.verdict(user, ts, job.FeedbackBad) })
	if err != nil {
		w.t.Fatal(err)
	}
	return id, plainJSON(w.slack.Modal(user)["blocks"])
}

// send sends a form.
func (w *world) send(id, why, better string) {
	w.t.Helper()
	w.try(fakeslack.Interaction{Type: "view_submission", ViewID: id, Values: map[string]string{"why": why, "better": better}})
}

// awaitOpinion waits until verdict, reason and correction of a person are passed on.
func (w *world) awaitOpinion(last func(string) job.Feedback, user, value, why, better string) {
	w.t.Helper()
	w.await(fmt.Sprintf("%s says %q, %q, %q", user, value, why, better), func(*fakeslack.Server) bool {
		f := last(user)
		return f.Value == value && f.Why == why && f.Better == better
	})
}

func TestAButtonIsAVerdictAndAsksForTheReason(t *testing.T) {
	w := town(t)
	w.buttons = true
	w.listen()
	last, _ := w.opinions()
	reply := w.commented()

	first, blocks := w.form(alice, reply, "")
	w.awaitOpinion(last, alice, "false", "", "") // whether or not the form is sent
	if strings.Contains(blocks, "initial_value") {
		t.Errorf("the first form is filled: %s", blocks)
	}
	if w.slack.Modal(bob) != nil {
		t.Error("bob sees a form for alice")
	}
	w.send(first, "  it misses the point\n", "Say who made it.")
	w.awaitOpinion(last, alice, "false", "it misses the point", "Say who made it.")
	if w.slack.Modal(alice) != nil {
		t.Error("the form is still open")
	}

	// Pressed again, it is filled with what was said, and replaces that.
	second, blocks := w.form(alice, reply, first)
	if !strings.Contains(blocks, `"initial_value":"it misses the point"`) || !strings.Contains(blocks, `"initial_value":"Say who made it."`) {
		t.Errorf("the second form has %s", blocks)
	}
	w.send(second, "it is dull", "")
	w.awaitOpinion(last, alice, "false", "it is dull", "")

	// The other button takes the reason out of the way, and opens nothing.
	w.verdict(alice, reply, job.FeedbackGood)
	w.awaitOpinion(last, alice, "true", "", "")
	w.verdict(bob, reply, job.FeedbackGood)
	w.awaitOpinion(last, bob, "true", "", "")
	w.awaitQuiet()
	if w.slack.Modal(alice) != nil || w.slack.Modal(bob) != nil {
		t.Error("👍 opens a form")
	}
	// A reaction is a verdict beside the button: the later of the two counts.
	w.event(map[string]any{"type": "reaction_added", "user": alice, "reaction": "-1", "event_ts": clock()(),
		"item": map[string]any{"type": "message", "channel": channel, "ts": reply}})
	w.awaitOpinion(last, alice, "false", "it is dull", "")
}

// What was acknowledged outlasts MLflow's absence and a restart, and comes once however often it is
// delivered.
func TestAReasonOutlastsMLflowAndARestart(t *testing.T) {
	w := town(t)
	w.buttons = true
	w.listen()
	_, stop := w.opinions()
	reply := w.commented()
	w.awaitQuiet()
	stop()
	stop = w.workWith(func(context.Context, string, job.Feedback) error { return retry.Passing(errors.New("MLflow is away")) })
	id, _ := w.form(alice, reply, "")
	view := w.slack.Modal(alice)
	w.send(id, "first", "")
	state := map[string]any{"values": map[string]any{"why": map[string]any{"why": map[string]any{"type": "plain_text_input", "value": "again"}}}}
	again := map[string]any{"type": "view_submission", "user": map[string]any{"id": alice}}
	again["view"] = map[string]any{"id": id, "callback_id": view["callback_id"], "private_metadata": view["private_metadata"], "state": state}
	w.try(fakeslack.Interaction{Payload: again}) // acknowledged, and known already
	stop()
	last, _ := w.opinions()
	w.awaitOpinion(last, alice, "false", "first", "")
	w.awaitQuiet()
	if f := last(alice); f.Why != "first" {
		t.Errorf("it is %q in the end", f.Why)
	}
}

func TestAFormThatCannotBeOpenedCostsTheFormAlone(t *testing.T) {
	w := town(t)
	w.buttons = true
	w.listen()
	last, _ := w.opinions()
	reply := w.commented()
	if err := w.slack.Inject(fakeslack.Fault{Method: "views.open", Status: 500}); err != nil {
		t.Fatal(err)
	}
	w.verdict(alice, reply, job.FeedbackBad)
	w.awaitOpinion(last, alice, "false", "", "")
	w.form(alice, reply, "")
}

func TestVerdictsOnWhatIsNotOursMeanNothing(t *testing.T) {
	w := town(t)
	w.buttons = true
	w.listen()
	last, _ := w.opinions()
	reply := w.commented()
	w.awaitQuiet()
	press := func(change func(p, message, action map[string]any)) {
		t.Helper()
		message := map[string]any{"type": "message", "ts": reply, "user": "U0COMMENT"}
		action := map[string]any{"type": "feedback_buttons", "action_id": job.FeedbackAction, "value": job.FeedbackGood, "action_ts": clock()()}
		p := map[string]any{"type": "block_actions", "user": map[string]any{"id": alice}, "channel": map[string]any{"id": channel}}
		change(p, message, action)
		p["message"], p["actions"] = message, []any{action}
		w.try(fakeslack.Interaction{Payload: p})
	}
	press(func(_, m, _ map[string]any) { m["user"] = bob })
	press(func(_, m, _ map[string]any) { m["ts"] = "1700000000.000100" })
	press(func(_, m, _ map[string]any) { m["ts"] = "x" })
	press(func(_, _, a map[string]any) { a["value"] = "perhaps" })
	press(func(_, _, a map[string]any) { a["action_ts"] = "" })
	press(func(p, _, _ map[string]any) { p["channel"] = map[string]any{"id": other} })
	for _, metadata := range []string{"", "{}", `{"job":"nothing","user":"` + alice + `","version":"1700000000.000100"}`, `{"job":"x","user":"` + bob + `","version":"1"}`} {
		p := map[string]any{"type": "view_submission", "user": map[string]any{"id": alice},
			"view": map[string]any{"id": "V" + fmt.Sprint(len(metadata)), "callback_id": "feedback_reason", "private_metadata": metadata}}
		w.try(fakeslack.Interaction{Payload: p})
	}
	w.awaitQuiet()
	if f := last(alice); f != (job.Feedback{}) || len(w.slack.Views()) != 0 {
		t.Errorf("%+v was passed on, with the forms %v", f, w.slack.Views())
	}
	press(func(_, _, _ map[string]any) {}) // as it is, it counts
	w.awaitOpinion(last, alice, "true", "", "")
}

func TestButtonsWorkByHTTP(t *testing.T) {
	const secret = "8f742231b10e8888abcd99yyyzzz85a5"
	w := town(t)
	w.buttons = true
	bot, err := slack.New(slack.Config{BotToken: "xoxb-test", SigningSecret: secret, MaxLinks: 3, APIURL: w.slack.APIURL()}, stores(w.store))
	if err != nil {
		t.Fatal(err)
	}
	handler, err := bot.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	stop := w.listen()
	last, _ := w.opinions()
	reply := w.commented()
	stop()
	if err := w.slack.SetRequestURL(within(t, time.Minute), server.URL, secret); err != nil {
		t.Fatal(err)
	}
	id, _ := w.form(bob, reply, "")
	w.send(id, "dull", "shorter")
	w.awaitOpinion(last, bob, "false", "dull", "shorter")
}
