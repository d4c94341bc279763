package fakeslack_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// TestAppHomeBySlackGo has an app on slack-go's own client show a home, take what is chosen there, and
// show it anew.
func TestAppHomeBySlackGo(t *testing.T) {
	s := start(t)
	api := slack.New(botToken, slack.OptionAPIURL(s.APIURL()), slack.OptionAppLevelToken(appToken))
	client := socketmode.New(api)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	done := make(chan struct{})
	go func() { defer close(done); _ = client.RunContext(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	if err := s.WaitSockets(ctx, 1); err != nil {
		t.Fatal(err)
	}
	view := func(chosen string) slack.HomeTabViewRequest {
		option := func(v string) *slack.OptionBlockObject {
			return slack.NewOptionBlockObject(v, slack.NewTextBlockObject(slack.PlainTextType, strings.ToUpper(v), false, false), nil)
		}
		menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "colour", option("red"), option("blue"))
		menu.InitialOption = option(chosen)
		label := slack.NewTextBlockObject(slack.PlainTextType, "Amount", false, false)
		input := slack.NewInputBlock("in", label, nil, slack.NewPlainTextInputBlockElement(nil, "amount"))
		input.DispatchAction = true
		return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "chosen: *"+chosen+"*", false, false), nil, slack.NewAccessory(menu)), input,
		}}}
	}
	next := func() socketmode.Event {
		t.Helper()
		for {
			select {
			case e := <-client.Events:
				if e.Request == nil || e.Type == socketmode.EventTypeHello {
					continue
				}
				if err := client.Ack(*e.Request); err != nil {
					t.Fatal(err)
				}
				return e
			case <-ctx.Done():
				t.Fatal("no event")
			}
		}
	}
	if err := s.OpenHome(fakeslack.DefaultUser); err != nil {
		t.Fatal(err)
	}
	outer, _ := next().Data.(slackevents.EventsAPIEvent)
	opened, ok := outer.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
	if !ok || opened.User != fakeslack.DefaultUser || opened.Tab != "home" || !strings.HasPrefix(opened.Channel, "D") {
		t.Fatalf("%+v", outer.InnerEvent.Data)
	}
	published, err := api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: opened.User, View: view("red")})
	if err != nil || published.Hash == "" {
		t.Fatalf("%+v, %v", published, err)
	}
	interact := func(action, value string) slack.InteractionCallback {
		t.Helper()
		failed := make(chan error, 1)
		go func() {
			_, err := s.Interact(ctx, fakeslack.Interaction{Type: "block_actions", Home: true, ActionID: action, Value: value})
			failed <- err
		}()
		cb, ok := next().Data.(slack.InteractionCallback)
		if err := <-failed; err != nil || !ok {
			t.Fatal(ok, err)
		}
		return cb
	}
	cb := interact("colour", "blue")
	if a := cb.ActionCallback.BlockActions; len(a) != 1 || a[0].SelectedOption.Value != "blue" || a[0].ActionTs == "" ||
		cb.View.Type != slack.VTHomeTab || cb.View.ID != published.ID || cb.Container.Type != "view" || cb.User.ID != fakeslack.DefaultUser {
		t.Errorf("%+v", cb)
	}
	if a := interact("amount", "7").ActionCallback.BlockActions; len(a) != 1 || a[0].Value != "7" || a[0].BlockID != "in" {
		t.Errorf("%+v", a)
	}
	if _, err := s.Interact(ctx, fakeslack.Interaction{Type: "block_actions", Home: true, ActionID: "colour", Value: "green"}); err == nil {
		t.Error("an option that there is not was chosen")
	}
	stale := published.Hash
	if _, err := api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: opened.User, View: view("blue"), Hash: &stale}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: opened.User, View: view("red"), Hash: &stale}); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("with a hash of before: %v", err)
	}
	resp, err := http.Get(s.URL() + "/home?user=" + fakeslack.DefaultUser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"chosen: <b>blue</b>", `<option value="blue" selected>BLUE</option>`, `data-action="amount" data-block="in"`, "APP HOME"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the page lacks %s:\n%s", want, body)
		}
	}
}

func TestViewsThatSlackRefuses(t *testing.T) {
	s := start(t)
	api := slack.New(botToken, slack.OptionAPIURL(s.APIURL()))
	section := slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "x", false, false), nil, nil)
	many := make([]slack.Block, 101)
	for i := range many {
		many[i] = section
	}
	for want, c := range map[string]struct {
		user   string
		kind   slack.ViewType
		blocks []slack.Block
	}{
		"user_not_found":    {"U0NOBODY0", slack.VTHomeTab, []slack.Block{section}},
		"invalid_arguments": {fakeslack.DefaultUser, slack.VTModal, []slack.Block{section}},
		"invalid_blocks":    {fakeslack.DefaultUser, slack.VTHomeTab, many},
	} {
		_, err := api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: c.user,
			View: slack.HomeTabViewRequest{Type: c.kind, Blocks: slack.Blocks{BlockSet: c.blocks}}})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if s.Home(fakeslack.DefaultUser) != nil {
		t.Error("a view that was refused is shown")
	}
}
