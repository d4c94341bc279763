package fakeslack_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// critic is an app on slack-go that asks for reasons: a press of 👎 opens a modal, and what is sent by it
// comes out of reasons.
type critic struct {
	api     *slack.Client
	client  *socketmode.Client
	reasons chan string
	errs    chan error
}

func startCritic(t *testing.T, s *fakeslack.Server) *critic {
	t.Helper()
	api := slack.New(botToken, slack.OptionAPIURL(s.APIURL()), slack.OptionAppLevelToken(appToken))
	c := &critic{api: api, client: socketmode.New(api), reasons: make(chan string, 10), errs: make(chan error, 10)}
	ctx, cancel := context.WithCancel(t.Context())
	done, handled := make(chan struct{}), make(chan struct{})
	go func() { defer close(done); _ = c.client.RunContext(ctx) }()
	go func() {
		defer close(handled)
		for {
			select {
			case e := <-c.client.Events:
				if e.Type == socketmode.EventTypeInteractive {
					if err := c.handle(e); err != nil {
						c.errs <- err
					}
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done; <-handled })
	if err := s.WaitSockets(within(t, patience), 1); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *critic) handle(e socketmode.Event) error {
	in, ok := e.Data.(slack.InteractionCallback)
	if !ok {
		return fmt.Errorf("an interaction is a %T", e.Data)
	}
	if in.Type == slack.InteractionTypeViewSubmission {
		why := in.View.State.Values["why"]["text"].Value
		if why == "no reason" {
			return c.client.Ack(*e.Request, map[string]any{"response_action": "errors", "errors": map[string]string{"why": "that is none"}})
		}
		c.reasons <- in.View.CallbackID + " " + in.View.PrivateMetadata + " " + in.User.ID + ": " + why
		return c.client.Ack(*e.Request)
	}
	if err := c.client.Ack(*e.Request); err != nil {
		return err
	}
	a := in.ActionCallback.BlockActions[0]
	c.reasons <- fmt.Sprint(a.Type, " ", a.ActionID, " ", a.Value, " on ", in.Message.Timestamp, " by ", in.User.ID)
	if a.Value != "bad" {
		return nil
	}
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	input := slack.NewPlainTextInputBlockElement(plain("…"), "text")
	input.Multiline, input.MaxLength = true, 20
	_, err := c.api.OpenView(in.TriggerID, slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "reason", PrivateMetadata: in.Message.Timestamp, Title: plain("Why?"), Submit: plain("Send"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("why", plain("Reason"), nil, input)}},
	})
	return err
}

func (c *critic) next(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-c.reasons:
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	case err := <-c.errs:
		t.Fatal(err)
	case <-within(t, patience).Done():
		t.Fatalf("nothing came, want %q", want)
	}
}

// fetch reads a part of the page.
func fetch(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, err)
	}
	return string(b)
}

func TestSlackGoAsksForReasonsByAModal(t *testing.T) {
	s := start(t)
	c := startCritic(t, s)
	ctx := within(t, patience)
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, true, false)
	}
	buttons := slack.NewContextActionsBlock("b", slack.NewFeedbackButtonsBlockElement("feedback",
		slack.NewFeedbackButton(plain("👍"), "good"), slack.NewFeedbackButton(plain("👎"), "bad").WithAccessibilityLabel("not <helpful>")))
	_, ts, err := c.api.PostMessage(channel, slack.MsgOptionText("a comment", false), slack.MsgOptionBlocks(buttons))
	if err != nil {
		t.Fatal(err)
	}
	press := func(value string) error {
		_, err := s.Interact(ctx, fakeslack.Interaction{Type: "block_actions", Channel: channel, MessageTS: ts, ActionID: "feedback", Value: value})
		return err
	}
	user := fakeslack.DefaultUser
	if err := press("other"); err == nil {
		t.Error("a button that is not there was pressed")
	}
	if err := press("good"); err != nil {
		t.Fatal(err)
	}
	c.next(t, "feedback_buttons feedback good on "+ts+" by "+user)
	if err := press("bad"); err != nil {
		t.Fatal(err)
	}
	c.next(t, "feedback_buttons feedback bad on "+ts+" by "+user)
	if err := s.WaitFor(ctx, func(s *fakeslack.Server) bool { return s.Modal(user) != nil }); err != nil {
		t.Fatal(err)
	}
	page := fetch(t, s.URL()+"/")
	for _, want := range []string{`class="verdict" data-action="feedback" data-block="b" data-value="bad" data-users="` + user + `" title="not &lt;helpful&gt;"`, `data-value="good" data-users=""`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if m := fetch(t, s.URL()+"/_page/modal?user="+user); !strings.Contains(m, "<h2>Why?</h2>") || !strings.Contains(m, "<textarea") || !strings.Contains(m, "Reason") {
		t.Errorf("modal %s", m)
	}
	if m := fetch(t, s.URL()+"/_page/modal?user=U0SOMEONE"); strings.TrimSpace(m) != "" {
		t.Errorf("another person sees %s", m)
	}
	send := func(why string) error {
		_, err := s.Interact(ctx, fakeslack.Interaction{
			Type: "view_submission", ViewID: fmt.Sprint(s.Modal(user)["id"]), Values: map[string]string{"why": why},
		})
		return err
	}
	for why, want := range map[string]string{"": "fill in", strings.Repeat("x", 21): "20 characters", "no reason": "that is none"} {
		if err := send(why); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q was sent: %v", why, err)
		}
	}
	if m := fetch(t, s.URL()+"/_page/modal?user="+user); !strings.Contains(m, "that is none") {
		t.Errorf("the modal does not say what is wrong: %s", m)
	}
	if err := send("it is dull"); err != nil {
		t.Fatal(err)
	}
	c.next(t, "reason "+ts+" "+user+": it is dull")
	if s.Modal(user) != nil {
		t.Error("the modal stays open")
	}
	// One that is left tells the app nothing.
	if err := press("bad"); err != nil {
		t.Fatal(err)
	}
	c.next(t, "feedback_buttons feedback bad on "+ts+" by "+user)
	if err := s.WaitFor(ctx, func(s *fakeslack.Server) bool { return s.Modal(user) != nil }); err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprint(s.Modal(user)["id"])
	if _, err := s.Interact(ctx, fakeslack.Interaction{Type: "view_closed", ViewID: id}); err != nil || s.Modal(user) != nil {
		t.Errorf("left: %v", err)
	}
	if _, err := s.Interact(ctx, fakeslack.Interaction{Type: "view_closed", ViewID: id}); err == nil {
		t.Error("left twice")
	}
}

func TestButtonsAndModalsHaveSlacksLimits(t *testing.T) {
	s := start(t)
	text := map[string]any{"type": "plain_text", "text": "x"}
	good := map[string]any{"text": text, "value": "v"}
	buttons := func(change func(e map[string]any)) []any {
		e := map[string]any{"type": "feedback_buttons", "action_id": "a", "positive_button": good, "negative_button": good}
		change(e)
		return []any{map[string]any{"type": "context_actions", "elements": []any{e}}}
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		want   string
	}{
		"right":           {func(map[string]any) {}, ""},
		"one button":      {func(e map[string]any) { delete(e, "negative_button") }, "invalid_blocks"},
		"no value":        {func(e map[string]any) { e["positive_button"] = map[string]any{"text": text} }, "invalid_blocks"},
		"a style":         {func(e map[string]any) { e["style"] = "primary" }, "invalid_blocks"},
		"another element": {func(e map[string]any) { e["type"] = "button" }, "invalid_blocks"},
		"a long label": {func(e map[string]any) {
			e["positive_button"] = map[string]any{"text": text, "value": "v", "accessibility_label": strings.Repeat("x", 76)}
		}, "invalid_blocks"},
		"a long action_id": {func(e map[string]any) { e["action_id"] = strings.Repeat("x", 256) }, "invalid_blocks"},
	} {
		t.Run(name, func(t *testing.T) {
			call(t, s, botToken, "chat.postMessage", map[string]any{"channel": channel, "text": "x", "blocks": buttons(c.change)}).want(t, c.want)
		})
	}
	for name, change := range map[string]func(map[string]any){
		"a long title": func(v map[string]any) {
			v["title"] = map[string]any{"type": "plain_text", "text": strings.Repeat("x", 25)}
		},
		"too much metadata": func(v map[string]any) { v["private_metadata"] = strings.Repeat("x", 3001) },
		"nothing to send": func(v map[string]any) {
			v["blocks"] = []any{map[string]any{"type": "input", "label": text, "element": map[string]any{"type": "plain_text_input", "action_id": "a"}}}
		},
	} {
		view := map[string]any{"type": "modal", "title": text, "blocks": []any{map[string]any{"type": "divider"}}}
		change(view)
		t.Run(name, func(t *testing.T) {
			call(t, s, botToken, "views.open", map[string]any{"trigger_id": "x", "view": view}).want(t, "invalid_arguments")
		})
	}
}
