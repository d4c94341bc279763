package fakeslack_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// bot is a small app on slack-go's own Socket Mode client: it reacts to each message
// of a person and replies in its thread.
type bot struct {
	api    *slack.Client
	client *socketmode.Client
	seen   chan *slackevents.MessageEvent
	errs   chan error
}

// startBot runs a bot until the test ends.
func startBot(t *testing.T, s *fakeslack.Server) *bot {
	t.Helper()
	api := slack.New(botToken, slack.OptionAPIURL(s.APIURL()), slack.OptionAppLevelToken(appToken))
	b := &bot{api: api, client: socketmode.New(api), seen: make(chan *slackevents.MessageEvent, 100), errs: make(chan error, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = b.client.RunContext(ctx) }()
	handled := make(chan struct{})
	go func() {
		defer close(handled)
		for {
			select {
			case e := <-b.client.Events:
				if err := b.handle(e); err != nil {
					b.errs <- err
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done; <-handled })
	return b
}

// handle acknowledges an event, then answers it.
func (b *bot) handle(e socketmode.Event) error {
	if e.Type != socketmode.EventTypeEventsAPI {
		return nil
	}
	if err := b.client.Ack(*e.Request); err != nil {
		return err
	}
	outer, ok := e.Data.(slackevents.EventsAPIEvent)
	if !ok {
		return errors.New("not an Events API event")
	}
	m, ok := outer.InnerEvent.Data.(*slackevents.MessageEvent)
	if !ok || m.BotID != "" || m.SubType != "" {
		return nil
	}
	if err := b.api.AddReaction("eyes", slack.NewRefToMessage(m.Channel, m.TimeStamp)); err != nil {
		return err
	}
	_, _, err := b.api.PostMessage(m.Channel, slack.MsgOptionTS(m.TimeStamp), slack.MsgOptionText("seen "+m.Text, false),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "technoshare_reply", EventPayload: map[string]any{"key": m.TimeStamp}}),
		slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "seen", false, false), nil, nil)))
	b.seen <- m
	return err
}

// next waits for the next message that the bot has answered.
func (b *bot) next(t *testing.T, ctx context.Context) *slackevents.MessageEvent {
	t.Helper()
	select {
	case m := <-b.seen:
		return m
	case err := <-b.errs:
		t.Fatal(err)
	case <-ctx.Done():
		t.Fatal("the bot saw no message")
	}
	return nil
}

func TestSlackGoClientReceivesRepliesReactsAndReconnects(t *testing.T) {
	s := start(t)
	b := startBot(t, s)
	ctx := within(t, patience)
	if err := s.WaitSockets(ctx, 1); err != nil {
		t.Fatal(err)
	}
	p := say(t, s, "look at https://example.com/a?b=1&c=2")
	m := b.next(t, ctx)
	if m.TimeStamp != p.TS || m.Text != "look at <https://example.com/a?b=1&amp;c=2>" || m.ClientMsgID == "" {
		t.Fatalf("message %+v", m)
	}
	for _, f := range []fakeslack.Fault{{Socket: "cut"}, {Socket: "disconnect"}} {
		if err := s.Inject(f); err != nil {
			t.Fatal(err)
		}
		opened := s.Stats().Opened
		if err := s.WaitFor(ctx, func(s *fakeslack.Server) bool { return s.Stats().Opened > opened && s.Stats().Sockets == 1 }); err != nil {
			t.Fatalf("after %q: %v", f.Socket, err)
		}
		p := say(t, s, "again "+f.Socket)
		if m := b.next(t, ctx); m.TimeStamp != p.TS {
			t.Fatalf("after %q: got %+v", f.Socket, m)
		}
	}
	msgs, _, _, err := b.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: p.TS, IncludeAllMetadata: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(msgs) != 2 || msgs[1].Metadata.EventPayload["key"] != p.TS || msgs[0].Reactions[0].Name != "eyes" || msgs[0].ReplyCount != 1 {
		t.Fatalf("thread %+v", msgs)
	}
}

func TestSlackGoSeesSlacksErrors(t *testing.T) {
	s := start(t)
	api := slack.New(botToken, slack.OptionAPIURL(s.APIURL()))
	_, _, err := api.PostMessage("C0NOWHERE", slack.MsgOptionText("x", false))
	if r, ok := errors.AsType[slack.SlackErrorResponse](err); !ok || r.Err != "channel_not_found" {
		t.Fatalf("unknown channel: %v", err)
	}
	if err := s.Inject(fakeslack.Fault{Method: "chat.postMessage", Status: 429, RetryAfter: 7}); err != nil {
		t.Fatal(err)
	}
	_, _, err = api.PostMessage(channel, slack.MsgOptionText("x", false))
	if r, ok := errors.AsType[*slack.RateLimitedError](err); !ok || r.RetryAfter != 7*time.Second {
		t.Fatalf("limit: %v", err)
	}
	if err := s.Inject(fakeslack.Fault{Method: "chat.postMessage", DropResponse: true}); err != nil {
		t.Fatal(err)
	}
	if _, _, err = api.PostMessage(channel, slack.MsgOptionText("dropped", false)); err == nil {
		t.Fatal("a dropped response is no error")
	}
	if got := s.Messages(channel); len(got) != 1 || got[0]["text"] != "dropped" {
		t.Fatalf("the dropped post took no effect: %v", got)
	}
	swapped := slack.New(appToken, slack.OptionAPIURL(s.APIURL()), slack.OptionAppLevelToken("xapp-"+botToken))
	if _, err := swapped.AuthTest(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := swapped.PostMessage(channel, slack.MsgOptionText("x", false)); err == nil || err.Error() != "not_allowed_token_type" {
		t.Fatalf("app token for a post: %v", err)
	}
}
